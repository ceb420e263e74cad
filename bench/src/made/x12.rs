//! An 856 and a 215.

use super::{
    Document, Plan,
    text::{Dice, Person, Text},
};

/// More than a parcel ever has, line feeds included.
const OCTETS_A_PARCEL_MAX: u64 = 400;

pub fn ship_notice(plan: &Plan) -> Document {
    let mut dice = Dice::new(856);
    interchange(plan, "SH", "856", |text, set, parcels| {
        text.put(format_args!("BSN*00*NS-{set:07}*20260105*0930*0001"));
        text.put(format_args!("HL*1**S"));
        text.put(format_args!("TD5**2*DEMO*M********G2"));
        text.put(format_args!("REF*BM*BOL-{set:07}"));
        text.put(format_args!("DTM*011*20260105"));
        sender(text);
        for n in 0..parcels {
            order_and_pack(text, &mut dice, 2 * n + 2, set * plan.parcels_a_set + n);
        }
        text.put(format_args!("CTT*{}", 2 * parcels + 1));
    })
}

/// An order with its recipient, and the one pack of it.
fn order_and_pack(text: &mut Text, dice: &mut Dice, level: u64, number: u64) {
    let person = Person::new(dice);
    text.put(format_args!("HL*{level}*1*O"));
    text.put(format_args!("PRF*NS-{:08}***20260105", number % 100_000_000));
    recipient(text, &person);
    let (_, _, _, area) = person.in_canada();
    text.put(format_args!(
        "PER*DC*{} {}*TE*{area}-555-01{:02}*EM*{}@example.com",
        person.first,
        person.last,
        person.number % 100,
        person.mailbox()
    ));
    text.put(format_args!("HL*{}*{level}*P", level + 1));
    let (kilograms, grams) = (dice.roll(25), 1 + dice.roll(99));
    text.put(format_args!("TD1*CTN25*1****G*{kilograms}.{grams:02}*KG*0.{:03}*CR", 1 + dice.roll(180)));
    text.put(format_args!("REF*CR*CUSTOMER-{:08}", dice.roll(100_000_000)));
    text.put(format_args!("MAN*CP*{}", tracking(number)));
}

pub fn pick_up_manifest(plan: &Plan) -> Document {
    let mut dice = Dice::new(215);
    interchange(plan, "UP", "215", |text, set, parcels| {
        text.put(format_args!("B2A*00"));
        text.put(format_args!("C3*CAD"));
        text.put(format_args!("L11*NS-{set:07}*MA"));
        text.put(format_args!("G62*11*20260105"));
        sender(text);
        for n in 0..parcels {
            shipment(text, &mut dice, set * plan.parcels_a_set + n);
        }
    })
}

/// A shipment of one package.
fn shipment(text: &mut Text, dice: &mut Dice, number: u64) {
    let person = Person::new(dice);
    text.put(format_args!("SMD*G2*PP"));
    text.put(format_args!("L11*NS-{:08}*PO", number % 100_000_000));
    recipient(text, &person);
    let (_, _, _, area) = person.in_canada();
    let (first, last) = (person.first, person.last);
    text.put(format_args!("G61*DC*{first} {last}*TE*{area}-555-01{:02}", person.number % 100));
    text.put(format_args!("G61*DC*{first} {last}*EM*{}@example.com", person.mailbox()));
    text.put(format_args!("CD3*G*{}.{}", 1 + dice.roll(40), dice.roll(10)));
    text.put(format_args!("MAN*CP*{}", tracking(number)));
    text.put(format_args!("MS4*N*{}*{}*{}", 8 + dice.roll(20), 6 + dice.roll(12), 4 + dice.roll(9)));
}

fn sender(text: &mut Text) {
    text.put(format_args!("N1*SF*NORTHSHOP MADE-UP GOODS"));
    text.put(format_args!("N3*77 WAREHOUSE LOOP"));
    text.put(format_args!("N4*BRAMPTON*ON*L6T 0A1*CA"));
}

fn recipient(text: &mut Text, person: &Person) {
    let (province, postal_code, city, _) = person.in_canada();
    text.put(format_args!("N1*ST*{} {}*92*RCP{:08}", person.first, person.last, person.number * 7919));
    text.put(format_args!("N3*{} {}*UNIT {}", person.house, person.street, person.apartment));
    text.put(format_args!("N4*{city}*{province}*{postal_code}*CA"));
}

/// Sixteen digits.
fn tracking(number: u64) -> String {
    format!("9999{:012}", number % 1_000_000_000_000)
}

/// The envelope around sets; `body` is given the set's number from 0 and how many parcels to put into it.
fn interchange(plan: &Plan, group: &str, kind: &str, mut body: impl FnMut(&mut Text, u64, u64)) -> Document {
    let a_set = plan.parcels_a_set.max(1);
    let sets = plan.parcels.div_ceil(a_set);
    let mut text = Text::x12(plan.newlines, plan.parcels * OCTETS_A_PARCEL_MAX + sets * 512 + 4096);
    text.put(format_args!(
        "ISA*00*          *00*          *ZZ*NORTHSHOP      *ZZ*DEMOCARRIER    *260105*0930*U*00401*000000001*0*P*>"
    ));
    text.put(format_args!("GS*{group}*NORTHSHOP*DEMOCARRIER*20260105*0930*1*X*004010"));
    for set in 0..sets {
        text.begin();
        text.put(format_args!("ST*{kind}*{:04}", set + 1));
        body(&mut text, set, a_set.min(plan.parcels - set * a_set));
        text.put(format_args!("SE*{}*{:04}", text.with_trailer(), set + 1));
    }
    text.put(format_args!("GE*{sets}*1"));
    text.put(format_args!("IEA*1*000000001"));
    text.finish(plan.parcels)
}
