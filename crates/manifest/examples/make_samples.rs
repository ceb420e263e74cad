//! Writes the sample manifests of the repository's `examples/`: `cargo run -p manifest --example make_samples`.
//!
//! Persons, streets, shops and the carrier are made up; phone numbers are 555-01xx, e-mail addresses at example.com,
//! .ca and .org; tracking numbers begin with 9999 and are no card numbers. The same octets every time.

use std::fmt::Write as _;

fn main() -> std::io::Result<()> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    std::fs::create_dir_all(directory)?;
    for (name, text) in documents() {
        std::fs::write(format!("{directory}/{name}"), text)?;
        eprintln!("{directory}/{name}");
    }
    Ok(())
}

/// File names and contents.
pub fn documents() -> [(&'static str, String); 4] {
    let day = "20261102";
    [
        ("manifest-856.edi", interchange("NORTHSHOP", 1, "SH", day, &[ship_notice(day)])),
        ("manifest-215.edi", interchange("NORTHSHOP", 2, "UP", day, &[pick_up(day)])),
        ("manifest-856-errors.edi", interchange("NORTHSHOP", 3, "SH", day, &with_errors(day))),
        ("manifest-856-second.edi", interchange("LAKESHOP", 1, "SH", day, &[small_ship_notice(day)])),
    ]
}

const FIRST: [&str; 28] = [
    "AVELIN",
    "BRASKA",
    "CORVINE",
    "DESMERA",
    "ELOWIN",
    "FENRICK",
    "GALENDRA",
    "HALVEK",
    "ISOLDRA",
    "JORVANE",
    "KESTRELLE",
    "LUMIRA",
    "MARISKO",
    "NEVARRE",
    "ODALINE",
    "PERRIVAL",
    "QUENBY",
    "ROSAVINE",
    "SOLVANE",
    "TAMSIRA",
    "ULDREN",
    "VESPERIN",
    "WYNSLA",
    "XANDREL",
    "YSOLTE",
    "ZEPHRINE",
    "BERTILO",
    "CLOVENA",
];
const LAST: [&str; 30] = [
    "THISTLEMERE",
    "QUILLFEATHER",
    "BRAMBLEWICK",
    "DUNMARROW",
    "FAIRLOCH",
    "GREYLARK",
    "HOLLOWAND",
    "IRONPETAL",
    "JUNIVERN",
    "KITTERBY",
    "LARKENDALE",
    "MOSSHAVEN",
    "NORTHQUILL",
    "OAKENSHORE",
    "PEBBLETON",
    "QUARROWAY",
    "RAVENSTEP",
    "SILVERFEN",
    "TANGLEBY",
    "UNDERHAWK",
    "VALEMOOR",
    "WINTERSEDGE",
    "YARROWIN",
    "ZINNERAY",
    "BEAUCHENAL",
    "DESROCHELLE",
    "MONTFOUGERE",
    "LAVERDANNE",
    "PETITCLAIRON",
    "ROSECOMBE",
];
const STREET: [&str; 18] = [
    "LANTERNMOSS LANE",
    "RUE DES PETITS GIVRES",
    "COPPERFERN ROAD",
    "OTTERBRIAR AVENUE",
    "CHEMIN DU VIEUX TAMARAC",
    "SNOWLARK CRESCENT",
    "RUE DE LA CLAIRVIGNE",
    "MAPLEHOOK DRIVE",
    "BOULEVARD DES AULNELLES",
    "PINEWHISTLE COURT",
    "TIDEGLASS WAY",
    "AVENUE DU GRAND HUARD",
    "FOXMALLOW STREET",
    "STONEWREN TERRACE",
    "RANG DES TROIS SORBIERS",
    "HERONGATE PLACE",
    "CEDARQUILT TRAIL",
    "MUSKEGBELL ROAD",
];
const REMARK: [&str; 6] = [
    "LEAVE WITH THE NEIGHBOUR IN THE BLUE HOUSE",
    "SIDE DOOR, RING TWICE",
    "GIFT, DO NOT SHOW THE INVOICE",
    "LAISSER DERRIERE LA REMISE",
    "CALL FROM THE GATE",
    "FRAGILE, CERAMIC BIRDS",
];

/// Province, postal letters, a city, area code, and how many of 150 recipients live there.
const PLACES: [(&str, &str, &str, &str, usize); 17] = [
    ("ON", "M", "TORONTO", "416", 24),
    ("ON", "K", "OTTAWA", "613", 16),
    ("ON", "N", "LONDON", "519", 12),
    ("QC", "H", "MONTREAL", "514", 24),
    ("QC", "G", "QUEBEC", "418", 14),
    ("QC", "J", "SHERBROOKE", "819", 7),
    ("BC", "V", "VICTORIA", "250", 15),
    ("AB", "T", "CALGARY", "403", 13),
    ("MB", "R", "WINNIPEG", "204", 6),
    ("SK", "S", "REGINA", "306", 5),
    ("NS", "B", "HALIFAX", "902", 4),
    ("NB", "E", "MONCTON", "506", 3),
    ("NL", "A", "GANDER", "709", 2),
    ("PE", "C", "CHARLOTTETOWN", "902", 2),
    ("YT", "Y", "WHITEHORSE", "867", 1),
    ("NT", "X", "YELLOWKNIFE", "867", 1),
    ("NU", "X", "IQALUIT", "867", 1),
];

/// SplitMix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    fn of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.roll(list.len())]
    }

    fn postal_code(&mut self, first: &str) -> String {
        const LETTERS: [&str; 20] =
            ["A", "B", "C", "E", "G", "H", "J", "K", "L", "M", "N", "P", "R", "S", "T", "V", "W", "X", "Y", "Z"];
        let (a, b, c) = (1 + self.roll(9), self.of(&LETTERS), self.roll(10));
        format!("{first}{a}{b} {c}{}{}", self.of(&LETTERS), self.roll(10))
    }

    /// Sixteen digits that begin with 9999; the last is moved off where a card number's check digit would be.
    fn tracking(&mut self, shop: usize, number: usize) -> String {
        let digits = format!("9999{shop}{:06}{number:05}", self.roll(1_000_000));
        let twice = |d: u32| if d > 4 { 2 * d - 9 } else { 2 * d };
        let digit = |b: u8| u32::from(b - b'0');
        let sum: u32 =
            digits.bytes().enumerate().map(|(at, b)| if at % 2 == 0 { twice(digit(b)) } else { digit(b) }).sum();
        if !sum.is_multiple_of(10) { digits } else { format!("{}{}", &digits[..15], (number + 1) % 10) }
    }
}

/// A made-up person.
struct Person {
    name: String,
    street: String,
    more: Option<String>,
    city: &'static str,
    province: &'static str,
    postal_code: String,
    phone: Option<String>,
    email: Option<String>,
}

/// So many persons, in the provinces' proportions; one in thirty-three can be reached by phone, by e-mail or by both.
fn persons(dice: &mut Dice, count: usize) -> Vec<Person> {
    let weights: Vec<usize> = PLACES.iter().enumerate().flat_map(|(at, p)| std::iter::repeat_n(at, p.4)).collect();
    // Every place once, then by lot.
    let places: Vec<usize> =
        (0..count).map(|n| if n < PLACES.len() { n } else { weights[dice.roll(weights.len())] }).collect();
    let person = |(n, place): (usize, usize)| {
        let (province, letter, city, area, _) = PLACES[place];
        let (first, last) = (dice.of(&FIRST), dice.of(&LAST));
        let (phone, email) = match (n % 33 == 7, n / 33 % 3) {
            (true, 0) => (true, false),
            (true, 1) => (false, true),
            (reached, _) => (reached, reached),
        };
        let host = ["example.com", "example.ca", "example.org"][dice.roll(3)];
        Person {
            name: format!("{first} {last}"),
            street: format!("{} {}", 1 + dice.roll(9800), dice.of(&STREET)),
            more: (n % 9 == 4).then(|| format!("APT {}", 100 + dice.roll(900))),
            city,
            province,
            postal_code: dice.postal_code(letter),
            phone: phone.then(|| format!("{area}-555-01{:02}", dice.roll(100))),
            email: email.then(|| format!("{}.{}@{host}", first.to_lowercase(), last.to_lowercase())),
        }
    };
    places.into_iter().enumerate().map(person).collect()
}

impl Person {
    /// N1, N3, N4.
    fn address(&self) -> String {
        let Self { name, street, city, province, postal_code, .. } = self;
        let more = self.more.as_ref().map(|m| format!("*{m}")).unwrap_or_default();
        format!("N1*ST*{name}\nN3*{street}{more}\nN4*{city}*{province}*{postal_code}*CA\n")
    }

    fn per(&self) -> String {
        let pairs = [("TE", &self.phone), ("EM", &self.email)];
        let held: String = pairs.iter().filter_map(|(code, v)| Some(format!("*{code}*{}", v.as_ref()?))).collect();
        if held.is_empty() { held } else { format!("PER*DC*{}{held}\n", self.name) }
    }

    fn g61(&self) -> String {
        let pairs = [("TE", &self.phone), ("EM", &self.email)];
        let line = |code, value| format!("G61*DC*{}*{code}*{value}\n", self.name);
        pairs.iter().filter_map(|(code, v)| Some(line(code, v.as_ref()?))).collect()
    }
}

const NORTHSHOP: &str = "N1*SF*NORTHSHOP MADE-UP GOODS\nN3*77 WAREHOUSE LOOP\nN4*BRAMPTON*ON*L6T 0A1*CA\n";
const LAKESHOP: &str = "N1*SF*LAKESHOP INVENTED WARES\nN3*5 HARBOURLIGHT QUAY\nN4*LAVAL*QC*H7A 0B2*CA\n";

/// How many parcels the orders have, in turn: 210 in 150 orders.
const PARCELS: [usize; 5] = [1, 2, 1, 1, 2];

/// An 856 of shipment, orders and packs.
fn ship_notice(day: &str) -> (&'static str, String) {
    let mut dice = Dice(856);
    let mut body =
        format!("BSN*00*NS-20261102-1*{day}*1630*0001\nHL*1**S\nTD5**2*DEMO*M********G2\nDTM*011*{day}\n{NORTHSHOP}");
    let (mut level, mut parcel) = (1, 0);
    for (n, person) in persons(&mut dice, 150).iter().enumerate() {
        level += 1;
        let order = level;
        write!(body, "HL*{order}*1*O\nPRF*NS-{:06}\n", 410_000 + n * 7).expect("a string takes all");
        if n % 12 == 5 {
            writeln!(body, "PID*F****{}", dice.of(&REMARK)).expect("a string takes all");
        }
        if n % 4 == 0 {
            writeln!(body, "REF*CR*CUST-{:05}", 20_000 + dice.roll(80_000)).expect("a string takes all");
        }
        body += &person.address();
        body += &person.per();
        for _ in 0..PARCELS[n % PARCELS.len()] {
            level += 1;
            parcel += 1;
            body += &format!("HL*{level}*{order}*P\n");
            let (kilograms, grams) = (dice.roll(18), 1 + dice.roll(99));
            body += &format!("MEA*PD*LN*{}*CM\nMEA*PD*WD*{}*CM\n", 15 + dice.roll(60), 10 + dice.roll(40));
            body += &format!("TD1******G*{kilograms}.{grams:02}*KG\nMAN*CP*{}\n", dice.tracking(1, parcel));
            if parcel % 10 == 3 {
                body += &format!("CUR*SE*CAD\nSAC*N**ZZ*DECLARED*{}\n", 100_003 + dice.roll(899_000));
            }
        }
    }
    ("856", format!("{body}CTT*{level}\n"))
}

/// An 856 of shipment and packs, without orders between them.
fn small_ship_notice(day: &str) -> (&'static str, String) {
    let mut dice = Dice(50);
    let mut body = format!("BSN*00*LAKE-0042*{day}*1105\nHL*1**S\nTD5**2*DEMO\nDTM*011*{day}\n{LAKESHOP}");
    for (n, person) in persons(&mut dice, 50).iter().enumerate() {
        body += &format!("HL*{}*1*P\nPRF*LK{:05}\n", n + 2, 70_000 + n * 3);
        body += &format!("TD1******G*{}*LB\nMAN*CP*{}\n", 1 + dice.roll(40), dice.tracking(2, n));
        body += &person.address();
        body += &person.per();
    }
    ("856", format!("{body}CTT*51\n"))
}

/// A 215: shipments with their recipients and packages.
fn pick_up(day: &str) -> (&'static str, String) {
    let mut dice = Dice(215);
    let mut body = format!("B2A*00\nC3*CAD\nL11*NS-PU-20261102*MA\nG62*11*{day}\n{NORTHSHOP}");
    let mut parcel = 0;
    for (n, person) in persons(&mut dice, 150).iter().enumerate() {
        body += &format!("SMD*G2*PP\nL11*NSP{:06}*PO\n", 520_000 + n * 7);
        if n % 12 == 5 {
            body += &format!("NTE*DEL*{}\n", dice.of(&REMARK));
        }
        body += &person.address();
        body += &person.g61();
        for _ in 0..PARCELS[n % PARCELS.len()] {
            parcel += 1;
            let (pounds, tenths) = (1 + dice.roll(40), dice.roll(10));
            let value =
                if parcel % 10 == 3 { format!("*****DV*{}", 100_003 + dice.roll(899_000)) } else { String::new() };
            body += &format!("CD3*G*{pounds}.{tenths}{value}\nMAN*CP*{}\n", dice.tracking(3, parcel));
            if parcel % 3 == 0 {
                body += &format!("MS4*N*{}*{}*{}\n", 8 + dice.roll(20), 6 + dice.roll(12), 4 + dice.roll(9));
            }
        }
    }
    ("215", body)
}

/// One set that is accepted with errors and one that is refused.
fn with_errors(day: &str) -> [(&'static str, String); 2] {
    let mut dice = Dice(997);
    let [first, second] = &persons(&mut dice, 2)[..] else { unreachable!("two were asked for") };
    let [one, two] = [dice.tracking(4, 1), dice.tracking(4, 2)];
    let open = |number| format!("BSN*00*{number}*{day}*0900*0001\nHL*1**S\n");
    // The thirteenth month, and a qualifier of four characters.
    let erring = format!(
        "{}DTM*011*20261340\n{NORTHSHOP}HL*2*1*O\nPRF*NS-990001\nREF*CUST*CUST-99001\n{}HL*3*2*P\nMAN*CP*{one}\nCTT*3\n",
        open("NS-ERR-1"),
        first.address()
    );
    // A pack whose parent does not exist, and (below) a wrong count in SE.
    let refused = format!(
        "{}DTM*011*{day}\n{NORTHSHOP}HL*2*1*O\nPRF*NS-990002\n{}HL*3*7*P\nMAN*CP*{two}\nCTT*3\n",
        open("NS-ERR-2"),
        second.address()
    );
    [("856", erring), ("856 miscounted", refused)]
}

/// The envelope around sets: `~` and a newline end each segment.
fn interchange(sender: &str, control: u32, group: &str, day: &str, sets: &[(&str, String)]) -> String {
    let short = &day[2..];
    let mut text = format!(
        "ISA*00*          *00*          *ZZ*{sender:15}*ZZ*DEMOCARRIER    *{short}*1630*U*00401*{control:09}*0*P*>\n\
         GS*{group}*{sender}*DEMOCARRIER*{day}*1630*{control}*X*004010\n"
    );
    for (n, (kind, body)) in (1..).zip(sets) {
        let miscounted = usize::from(kind.ends_with("miscounted"));
        let count = body.lines().count() + 2 + miscounted;
        text += &format!("ST*{}*{n:04}\n{body}SE*{count}*{n:04}\n", &kind[..3]);
    }
    text += &format!("GE*{}*{control}\nIEA*1*{control:09}\n", sets.len());
    text.replace('\n', "~\n")
}
