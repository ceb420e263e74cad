//! Mapped fields are places among the document's octets; some values are made. Both are seen alike.

use edi::Limits;
use manifest::{Class, Field, Manifest, Record, mapping, mapping::Mapper};

const ISA: &str = "ISA*00*          *00*          *ZZ*SHIPPER        *ZZ*CARRIER        *260105*0930*U*00401*000000007*0*P*>~\
                   GS*SH*SHIPPER*CARRIER*20260105*0930*7*X*004010~";

/// Values of every kind with this letter in them: of levels, of parties, of MANs, padded ones, and one that is said twice.
fn notice(letter: &str, number: u32) -> String {
    let parcel = |n: u32| {
        let (order, pack) = (2 * n, 2 * n + 1);
        format!(
            "HL*{order}*1*O~PRF*{letter}RDER {n}~PRF*ANOTHER {n}~N1*ST*ADA {letter}XAMPLE {n}*92*{letter}7~\
             N3* {n} {letter}LM ST *FLOOR 2~N4*L{letter}VAL*QC*H7A 0A1*CA~PER*IC*ADA {letter}*EM*{n}@example.com~\
             HL*{pack}*{order}*P~REF*CN*{letter}9999{n}~MAN*CP*{letter}{n}*{letter}{n}B~MAN*CP*PLAIN{n}~\
             CUR*BY*CAD~CUR*BY*CAD~NTE*GEN*{letter}T HOME~"
        )
    };
    let parcels: String = (1..=3).map(parcel).collect();
    format!(
        "ST*856*{number:04}~BSN*00*{letter}-{number}*20260105*0930~HL*1**S~DTM*011*20260105~N1*SF*SH{letter}P~\
         {parcels}CTT*7~SE*1*{number:04}~"
    )
}

fn document(letter: &str) -> Vec<u8> {
    let sets: String = (1..=3).map(|number| notice(letter, number)).collect();
    // A letter of Latin-1 in one octet, which no UTF-8 is.
    let octets = format!("{ISA}{sets}GE*3*7~IEA*1*000000007~");
    octets.chars().map(|letter| u8::try_from(letter).expect("Latin-1")).collect()
}

fn shown(record: &Record<'_>, plain: &str) -> Vec<String> {
    let line = |f: Field<'_>| {
        let value = String::from_utf8(f.value.expose().to_vec()).expect("UTF-8").replace('É', plain);
        format!("{:?} {} {:?} {:?} {value}", f.role, f.party, f.tag, f.qualifier)
    };
    record.fields.iter().map(line).collect()
}

fn all(manifest: &Manifest<'_>, plain: &str) -> Vec<Vec<String>> {
    manifest.records().map(|record| shown(record, plain)).collect()
}

#[test]
fn made_values_are_where_borrowed_ones_would_be() {
    let (plain, latin) = (document("E"), document("É"));
    let (plain, _) = edi::read(&plain, &Limits::default());
    let (latin, _) = edi::read(&latin, &Limits::default());
    for accepts in [&Class::ALL[..], &[Class::Linkable, Class::Contact]] {
        for (one, other) in plain.groups[0].sets.iter().zip(&latin.groups[0].sets) {
            let one = mapping::read(&plain, one, accepts).unwrap();
            let other = mapping::read(&latin, other, accepts).unwrap();
            assert_eq!(one.parcels.len(), 3);
            assert_eq!(all(&one, "E"), all(&other, "E"));
            assert_ne!(one.number, other.number);
        }
    }
}

#[test]
fn released_values_stay_with_their_goods() {
    let item = |n: u32| format!("GID+{n}+1:CT'FTX+AAA+++O?'CLOCK {n}'PCI+18+NO?+{n}:MARKS OF {n}'GIN+ML+{n}?:A+{n}B'");
    let items: String = (1..=3).map(item).collect();
    let document = format!(
        "UNB+UNOC:3+SHIPPER+CARRIER+260105:0930+1'UNH+1+IFTMIN:D:01B:UN'BGM+610+M?+1+9'\
         NAD+CN+++O?'NEIL+1 ELM ST+LAVAL+QC+H7A 0A1+CA'{items}UNT+9+1'UNZ+1+1'"
    );
    let (interchange, _) = edi::read(document.as_bytes(), &Limits::default());
    let manifest = mapping::read(&interchange, &interchange.groups[0].sets[0], &Class::ALL).unwrap();
    let values = |record: &Record<'_>| {
        let text = |f: Field<'_>| String::from_utf8(f.value.expose().to_vec()).unwrap();
        record.fields.iter().map(text).collect::<Vec<_>>().join("|")
    };
    assert_eq!(manifest.number.expose(), b"M+1");
    let parcels: Vec<String> = manifest.parcels.iter().map(values).collect();
    let address = "O'NEIL|1 ELM ST|LAVAL|QC|H7A 0A1|CA";
    let of =
        |n: u32| [format!("NO+{n}|MARKS OF {n}|{n}:A|{address}|O'CLOCK {n}"), format!("{n}B|{address}|O'CLOCK {n}")];
    assert_eq!(parcels, (1..=3).flat_map(of).collect::<Vec<_>>());
}

#[test]
fn a_manifest_keeps_its_fields_when_its_mapper_goes_on() {
    for letter in ["E", "É"] {
        let document = document(letter);
        let (interchange, _) = edi::read(&document, &Limits::default());
        let sets = &interchange.groups[0].sets;
        let mut mapper = Mapper::default();
        // The second is gone before the third is read, and the first is not.
        let first = mapper.read(&interchange, &sets[0], &Class::ALL).unwrap();
        let second = mapper.read(&interchange, &sets[1], &Class::ALL).unwrap();
        drop(second);
        let third = mapper.read(&interchange, &sets[2], &Class::ALL).unwrap();
        drop(mapper);
        assert_eq!(first, mapping::read(&interchange, &sets[0], &Class::ALL).unwrap());
        assert_eq!(third, mapping::read(&interchange, &sets[2], &Class::ALL).unwrap());
        assert_ne!(first, third);
    }
}

#[test]
fn mapped_and_listed_fields_are_equal() {
    let document = document("É");
    let (interchange, _) = edi::read(&document, &Limits::default());
    let manifest = mapping::read(&interchange, &interchange.groups[0].sets[0], &Class::ALL).unwrap();
    for record in manifest.records() {
        let listed = Record::new(record.operational, record.fields.to_vec());
        assert_eq!(*record, listed);
        assert_eq!((record.fields.len(), record.fields.is_empty()), (listed.fields.len(), false));
        for class in Class::ALL {
            assert_eq!(record.class_bytes(class), listed.class_bytes(class));
        }
        let last = record.fields.iter().next_back();
        assert_eq!(last, record.fields.get(record.fields.len() - 1));
        assert_eq!(record.fields.get(record.fields.len()), None);
    }
}
