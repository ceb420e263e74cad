//! The census: never below what is there.

mod sample;

use edi::{Census, census};
use sample::*;

fn counted(document: &[u8]) -> Census {
    census(&all(document).0)
}

#[test]
fn of_good_documents() {
    assert_eq!(counted(ship_notice(SHIP_NOTICE).as_bytes()), Census { rows: 1, parties: 2 });
    assert_eq!(counted(pickup(PICKUP).as_bytes()), Census { rows: 3, parties: 3 });
}

#[test]
fn of_bad_documents() {
    // Outside of sets and groups, too.
    let loose = format!("{ISA}N1*ST*NO ONE~N1*ST*NOBODY~HL*1**P~HL*2**P~HL*3**P~");
    assert_eq!(counted(loose.as_bytes()), Census { rows: 3, parties: 2 });
    // A damaged id may have been anything; a contact behind it may be another's.
    let damaged = ship_notice(&SHIP_NOTICE.replace("N1*ST", "N!*ST").replace("MAN*", "MAM*"));
    assert_eq!(counted(damaged.as_bytes()), Census { rows: 3, parties: 4 });
}

#[test]
fn by_size_where_it_was_not_read() {
    let by_size = |document: &[u8]| Census::of_octets(document.len() as u64);
    let good = ship_notice(SHIP_NOTICE);
    // Another terminator than the one declared: one long segment. Two interchanges. No EDI.
    let other_terminator = good.replacen("*>~", "*>!", 1).replace("N2*SECOND FLOOR", &"N2*SECOND FLOOR~".repeat(300));
    for document in [other_terminator, good.repeat(2), "hello".into(), good.replacen("*>~", "*>A", 1)] {
        assert_eq!(counted(document.as_bytes()), by_size(document.as_bytes()), "{document}");
    }
    assert_eq!(Census::of_octets(9), Census { rows: 5, parties: 3 });
}

fn instruction(body: &str) -> Vec<u8> {
    format!("UNB+UNOC:3+SHIPPER+CARRIER+260105:0930+1'UNH+1+IFTMIN:D:96A:UN'{body}UNT+1+1'UNZ+1+1'").into_bytes()
}

#[test]
fn of_instructions() {
    let rows = |body| counted(&instruction(body)).rows;
    assert_eq!(rows("BGM+610+1'"), 1);
    // An item and its mark are one parcel; each further mark or number is one more.
    assert_eq!(rows("GID+1'PCI++A'GID+2'GID+3'PCI++B'PCI++C'GIN+BJ+1:2+3'GIN+ML+4'"), 7);
    let parties = |body| counted(&instruction(body)).parties;
    // A contact belongs to the name above it, unless there is none.
    assert_eq!(parties("CTA+IC+:A'COM+1:TE'COM+2:TE'NAD+CZ+++B'CTA+IC+:C'COM+3:TE'RFF+CU:1'COM+4:TE'"), 2);
    assert_eq!(parties("NAD+CZ+++B'GID+1'COM+3:TE'GID+2'NAD+CN+++D'COM+5:TE'GDS'CTA+IC+:E'"), 4);
}
