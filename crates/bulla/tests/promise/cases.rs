//! What is sent: every fate that a document can have, and every place where a value can stand that is not its own.

use crate::made_up::{Document, Person, Shop};

pub enum Sender {
    /// The demo shipper's of this name.
    Demo(&'static str),
    /// A token that nobody was given.
    Token(String),
    Nobody,
}

/// One body, and what becomes of it.
pub struct Case {
    pub name: String,
    pub sender: Sender,
    pub body: Vec<u8>,
    /// Status and verdict, where they are certain.
    pub expected: Option<(u16, &'static str)>,
    pub persons: Vec<Person>,
    /// The name of the file that is made of it for the verbs.
    pub file: Option<&'static str>,
}

fn case(name: &str, body: Vec<u8>, expected: (u16, &'static str), persons: Vec<Person>) -> Case {
    Case { name: name.into(), sender: Sender::Demo("northshop"), body, expected: Some(expected), persons, file: None }
}

/// Each fate, and what is sent again.
pub fn documents(shop: &mut Shop) -> Vec<Case> {
    let mut cases = accepted(shop);
    cases.extend(again(shop));
    cases.extend(refused(shop));
    cases.extend(envelopes(shop));
    cases.extend(strangers(shop));
    cases.extend(junk(shop));
    cases
}

fn notice(shop: &mut Shop, name: &str, count: usize) -> (Document, Vec<Person>) {
    shop.document(name);
    let persons: Vec<Person> = (0..count).map(|_| shop.person()).collect();
    (shop.ship_notice(&persons), persons)
}

fn accepted(shop: &mut Shop) -> Vec<Case> {
    let mut cases = Vec::new();
    let (document, persons) = notice(shop, "an accepted 856", 20);
    cases.push(case("an accepted 856", document.text(), (200, "accepted"), persons));
    shop.document("an accepted 215");
    let persons: Vec<Person> = (0..20).map(|_| shop.person()).collect();
    let document = shop.pick_up(&persons);
    cases.push(case("an accepted 215", document.text(), (200, "accepted"), persons));
    let (mut document, persons) = notice(shop, "an 856 with passwords", 2);
    for (qualifier, password) in [(1, 2), (3, 4)] {
        *document.at("ISA", 0, qualifier) = "01".into();
        *document.at("ISA", 0, password) = shop.word("password", 10);
    }
    cases.push(case("passwords", document.text(), (200, "accepted"), persons));
    let (mut document, persons) = notice(shop, "an 856 with errors", 3);
    *document.at("ISA", 0, 14) = "1".into();
    *document.at("DTM", 0, 2) = shop.word("date", 9);
    *document.at("REF", 1, 2) = shop.word("too long", 60);
    *document.at("N4", 1, 2) = shop.word("province", 9);
    let erring = case("errors", document.text(), (200, "accepted-with-errors"), persons);
    cases.push(Case { file: Some("errors.edi"), ..erring });
    cases
}

/// What came before, once more and with changes.
fn again(shop: &mut Shop) -> Vec<Case> {
    let mut cases = Vec::new();
    let (document, persons) = notice(shop, "an 856 sent again", 2);
    cases.push(case("sent once", document.text(), (200, "accepted"), persons));
    cases.push(case("the same octets", document.text(), (200, "duplicate"), Vec::new()));
    let mut other = document.clone();
    *other.at("N1", 1, 2) = shop.word("other name", 12);
    cases.push(case("other octets under the number", other.text(), (422, "refused"), Vec::new()));
    other.renumber(shop.next_control());
    cases.push(case("the manifest's number again", other.text(), (422, "refused"), Vec::new()));
    for (purpose, name) in [("05", "a replacement"), ("04", "a change"), ("01", "a cancellation")] {
        let mut next = document.clone();
        next.renumber(shop.next_control());
        *next.at("BSN", 0, 1) = purpose.into();
        *next.at("N1", 1, 2) = shop.word(name, 12);
        let fate = case(name, next.text(), (200, "accepted"), Vec::new());
        // Which purposes a version takes is its own matter.
        cases.push(Case { expected: None, ..fate });
    }
    cases
}

fn refused(shop: &mut Shop) -> Vec<Case> {
    let mut cases = Vec::new();
    let (mut document, persons) = notice(shop, "an 856 with a wrong parent", 3);
    *document.at("HL", 2, 2) = "9".into();
    let wrong = case("a wrong parent", document.text(), (422, "refused"), persons);
    cases.push(Case { file: Some("parent.edi"), ..wrong });
    let (mut document, persons) = notice(shop, "an 856 with a card number", 2);
    let card = shop.card();
    *document.at("PID", 0, 5) = format!("PAID BY {card}");
    let paid = case("a card number", document.text(), (422, "refused"), persons);
    cases.push(Case { file: Some("card.edi"), ..paid });
    let (mut document, persons) = notice(shop, "an 856 without a manifest number", 2);
    document.at("BSN", 0, 2).clear();
    cases.push(case("no manifest number", document.text(), (422, "refused"), persons));
    let (mut document, persons) = notice(shop, "a set of an unknown kind", 2);
    *document.at("ST", 0, 1) = "810".into();
    *document.at("GS", 0, 1) = "IN".into();
    cases.push(case("an unknown kind", document.text(), (422, "refused"), persons));
    let (document, persons) = notice(shop, "an 856 and a broken one", 2);
    let mut second = document.0.clone();
    second.retain(|segment| !["ISA", "GS", "GE", "IEA"].contains(&segment[0].as_str()));
    let word = shop.word("set's number", 9);
    second.iter_mut().filter(|s| s[0] == "SE").for_each(|s| s[2].clone_from(&word));
    let mut both = document;
    let end = both.0.len() - 2;
    both.0.splice(end..end, second);
    *both.at("GE", 0, 1) = "2".into();
    cases.push(Case { expected: None, ..case("in part", both.text(), (200, "accepted-in-part"), persons) });
    cases
}

/// Envelopes that end early, count wrong or are cut within a value.
fn envelopes(shop: &mut Shop) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, tag, element) in [("IEA02", "IEA", 2), ("GE02", "GE", 2), ("SE02", "SE", 2), ("SE01", "SE", 1)] {
        let (mut document, persons) = notice(shop, &format!("a broken envelope, {name}"), 2);
        *document.at("ISA", 0, 14) = "1".into();
        *document.at(tag, 0, element) = shop.word(name, 9);
        let broken = case(name, document.text(), (422, "refused"), persons);
        cases.push(Case { file: (name == "IEA02").then_some("iea.edi"), ..broken });
    }
    for (name, part) in [("half", 2), ("a third", 3), ("nine tenths", 10)] {
        let (document, persons) = notice(shop, &format!("{name} of an 856"), 4);
        let text = document.text();
        let kept = if part == 10 { text.len() / 10 * 9 } else { text.len() / part };
        cases.push(case(name, text[..kept].to_vec(), (422, "refused"), persons));
    }
    cases
}

/// Those who may not send, to nobody, or for another.
fn strangers(shop: &mut Shop) -> Vec<Case> {
    let mut cases = Vec::new();
    let (document, _) = notice(shop, "a body with an unknown token", 2);
    let (body, token) = (document.text(), shop.word("token", 20));
    let unknown = |sender| Case { sender, ..case("an unknown token", body.clone(), (401, "-"), Vec::new()) };
    cases.push(unknown(Sender::Token(token)));
    cases.push(unknown(Sender::Nobody));
    let (mut document, persons) = notice(shop, "an 856 of another's sender", 2);
    *document.at("ISA", 0, 6) = "LAKESHOP".into();
    cases.push(case("another's sender", document.text(), (403, "-"), persons));
    let (mut document, persons) = notice(shop, "an 856 of nobody's sender", 2);
    *document.at("ISA", 0, 6) = shop.word("sender", 12);
    cases.push(case("nobody's sender", document.text(), (403, "-"), persons));
    let (mut document, persons) = notice(shop, "an 856 for nobody", 2);
    *document.at("ISA", 0, 8) = shop.word("receiver", 12);
    cases.push(case("an unknown receiver", document.text(), (422, "refused"), persons));
    let (document, persons) = notice(shop, "an 856 with another's token", 2);
    cases.push(Case {
        sender: Sender::Demo("lakeshop"),
        ..case("another's token", document.text(), (403, "-"), persons)
    });
    cases
}

/// What is no EDI, or not only.
fn junk(shop: &mut Shop) -> Vec<Case> {
    let mut cases = vec![case("empty", Vec::new(), (400, "-"), Vec::new())];
    shop.document("octets that are no EDI");
    let person = shop.person();
    let plain = format!("{}\0{}\n{}", person.name, person.street, person.tracking);
    cases.push(case("junk", [shop.junk(300), plain.into_bytes(), shop.junk(300)].concat(), (400, "-"), Vec::new()));
    let json = format!("{{\"recipient\": \"{}\"}}", shop.word("name in JSON", 12));
    cases.push(case("JSON", json.into_bytes(), (400, "-"), Vec::new()));
    let header = format!("ISA*{}", shop.word("where the header should be", 30));
    cases.push(Case { expected: None, ..case("hardly a header", header.into_bytes(), (400, "-"), Vec::new()) });
    for octet in [0, 7, 0x80, 0xff] {
        let (document, persons) = notice(shop, "an 856 with control octets", 1);
        let mut body = document.text();
        let places: Vec<usize> =
            body.windows(4).enumerate().filter(|(_, w)| w == b"N1*S").map(|(n, _)| n + 6).collect();
        places.iter().rev().for_each(|at| body.insert(*at, octet));
        cases.push(Case { expected: None, ..case("control octets", body, (422, "refused"), persons) });
    }
    cases
}

/// For every element of two documents, tags and one more than there are included: a name, then a number, in its place.
pub fn misplaced(shop: &mut Shop) -> Vec<Case> {
    let mut cases = Vec::new();
    shop.document("an 856 to misplace in");
    let person = [shop.person()];
    let ship_notice = shop.ship_notice(&person);
    shop.document("a 215 to misplace in");
    let person = [shop.person()];
    let pick_up = shop.pick_up(&person);
    for (kind, number, document) in [("856", "BSN", ship_notice), ("215", "L11", pick_up)] {
        let mut seen = std::collections::BTreeMap::new();
        for (segment, elements) in document.0.iter().enumerate() {
            let tag = &elements[0];
            let nth = *seen.entry(tag.clone()).and_modify(|n| *n += 1).or_insert(1);
            for element in 0..=elements.len() {
                for digits in [false, true] {
                    let what = format!("{kind} {tag}{element:02} (segment {tag} {nth})");
                    shop.document("a place that is not its own");
                    let value = if digits { shop.number(&what) } else { shop.word(&what, 9) };
                    let mut changed = document.clone();
                    changed.renumber(shop.next_control());
                    // A manifest's number is taken once.
                    let unique = format!("M{}", shop.next_control());
                    *changed.at(number, 0, if kind == "856" { 2 } else { 1 }) = unique;
                    *Document::element(&mut changed.0[segment], element) = value;
                    let fate = case(&what, changed.text(), (0, ""), Vec::new());
                    cases.push(Case { expected: None, ..fate });
                }
            }
        }
    }
    cases
}
