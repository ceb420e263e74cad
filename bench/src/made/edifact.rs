//! An IFTMIN: one consignment of one parcel a message.

use super::{
    Document, Plan,
    text::{Dice, Person, Text},
};

/// More than a parcel ever has, line feeds included.
const OCTETS_A_PARCEL_MAX: u64 = 520;

/// `release` is S009's 0054.
pub fn instructions(plan: &Plan, release: &str) -> Document {
    let mut dice = Dice::new(9735);
    let mut text = Text::edifact(plan.newlines, plan.parcels * OCTETS_A_PARCEL_MAX + 4096);
    text.advice("UNA:+.? '");
    text.put(format_args!("UNB+UNOC:3+FJORDSHOP:ZZZ+DEMOCARRIER:ZZZ+260105:0930+1++IFTMIN"));
    for number in 1..=plan.parcels {
        text.begin();
        text.put(format_args!("UNH+{number}+IFTMIN:D:{release}:UN"));
        consignment(&mut text, &mut dice, number);
        text.put(format_args!("UNT+{}+{number}", text.with_trailer()));
    }
    text.put(format_args!("UNZ+{}+1", plan.parcels));
    text.finish(plan.parcels)
}

fn consignment(text: &mut Text, dice: &mut Dice, number: u64) {
    let person = Person::new(dice);
    let (first, last) = (person.first, person.last);
    let (city, postal_code) = person.in_norway();
    let weight = (1 + dice.roll(25), dice.roll(100));
    text.put(format_args!("BGM+610+7012345{number:010}+9"));
    text.put(format_args!("DTM+137:20260105:102"));
    text.put(format_args!("CNT+11:1:PCE"));
    text.put(format_args!("RFF+CU:NO{:08}", dice.roll(100_000_000)));
    text.put(format_args!("TDT+20++3"));
    text.put(format_args!("NAD+CZ+10009999999::87++FJORDSHOP AS+77 LAGERVEIEN+OSLO++0581+NO"));
    // One name in twenty has an apostrophe or a plus, which must be released.
    let (before, after) = match dice.roll(40) {
        0 => ("O?'", ""),
        1 => ("?+ ", " AS"),
        _ => ("", ""),
    };
    text.put(format_args!(
        "NAD+CN+++{first} {before}{last}{after}+{} {}:UNIT {}+{city}++{postal_code}+NO",
        person.house, person.street, person.apartment
    ));
    text.put(format_args!("CTA+IC+:{first} {last}"));
    text.put(format_args!("COM+475550{:04}:TE", person.number % 10_000));
    text.put(format_args!("COM+{}@example.com:EM", person.mailbox()));
    text.put(format_args!("GID+1+1:PC"));
    text.put(format_args!("MEA+WT+G+KGM:{}.{:02}", weight.0, weight.1));
    text.put(format_args!("PCI+33E"));
    text.put(format_args!("GIN+BJ+{}", sscc(number)));
}

/// A serial shipping container code with its check digit (GS1: weights 3 and 1 from the right).
fn sscc(number: u64) -> String {
    let digits = format!("39999999{:09}", number % 1_000_000_000);
    let sum: u32 =
        digits.bytes().enumerate().map(|(at, d)| u32::from(d - b'0') * if at % 2 == 0 { 3 } else { 1 }).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    #[test]
    fn check_digit() {
        assert_eq!(super::sscc(0), "399999990000000004");
        assert_eq!(super::sscc(1), "399999990000000011");
    }
}
