//! The bound that an intake record states is never below what a mapping makes of the same octets: for any messages
//! one behind the other, good or damaged, refused or not. More with `PROPTEST_CASES`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use edi::{Interchange, Limits, Rules};
use manifest::{Class, Manifest, mapping};
use proptest::{prelude::*, sample::Index};
use std::collections::BTreeSet;

const ISA: &str =
    "ISA*00*          *00*          *ZZ*SHIPPER        *ZZ*CARRIER        *260102*0304*U*00401*000000001*0*P*>~";

/// The parcels of all sets, and the parties: each naming in the document once, in how many records it may be.
fn mapped(interchange: &Interchange<'_>) -> (u64, u64) {
    let (mut rows, mut parties) = (0, 0);
    for set in interchange.groups.iter().flat_map(|group| &group.sets) {
        let Ok(manifest) = mapping::read(interchange, set, &Class::ALL) else { continue };
        rows += manifest.parcels.len() as u64;
        parties += namings(&manifest, interchange.bytes()).max(manifest.head.parties.into());
    }
    (rows, parties)
}

/// A party is told from others by where in the document the last of its values stands.
fn namings(manifest: &Manifest<'_>, document: &[u8]) -> u64 {
    let octets = document.as_ptr_range();
    let mut places = BTreeSet::new();
    for record in manifest.records() {
        let mut last = std::collections::BTreeMap::new();
        for field in record.fields.iter().filter(|field| matches!(field.tag.class(), Class::Address | Class::Contact)) {
            let place = field.value.expose().as_ptr();
            if octets.contains(&place) {
                let known = last.entry(field.party).or_insert(place);
                *known = place.max(*known);
            }
        }
        places.extend(last.into_values());
    }
    places.len() as u64
}

#[track_caller]
fn is_bounded(octets: &[u8]) {
    for (interchange, ..) in edi::interchanges(octets, &Limits::default(), &Rules::default()).take(8) {
        let census = edi::census(&interchange);
        let (rows, parties) = mapped(&interchange);
        let text = octets.escape_ascii();
        assert!(rows <= census.rows, "{rows} parcels, {census:?}: {text}");
        assert!(parties <= census.parties, "{parties} parties, {census:?}: {text}");
    }
}

fn x12(sets: &[(&str, String)]) -> String {
    let sets = sets.iter().enumerate().map(|(n, (kind, body))| {
        let segments = body.matches('~').count() + 2;
        format!("ST*{kind}*{:04}~{body}SE*{segments}*{:04}~", n + 1, n + 1)
    });
    let (count, sets) = (sets.len(), sets.collect::<String>());
    format!("{ISA}GS*SH*SHIPPER*CARRIER*20260102*0304*1*X*004010~{sets}GE*{count}*1~IEA*1*000000001~")
}

fn edifact(messages: &[(&str, String)]) -> String {
    let messages = messages.iter().enumerate().map(|(n, (kind, body))| {
        let segments = body.matches('\'').count() + 2;
        format!("UNH+{n}+{kind}:D:96A:UN'{body}UNT+{segments}+{n}'")
    });
    let (count, messages) = (messages.len(), messages.collect::<String>());
    format!("UNB+UNOC:3+SHIPPER+CARRIER+260102:0304+1'{messages}UNZ+{count}+1'")
}

/// What its census and its mapping say of one 856.
fn notice(levels: &str) -> (u64, u64) {
    let document = x12(&[("856", format!("BSN*00*M1*20260102*0304~{levels}"))]);
    is_bounded(document.as_bytes());
    let (interchange, _) = edi::read(document.as_bytes(), &Limits::default());
    (edi::census(&interchange).rows, mapped(&interchange).0)
}

/// Security H7: the maximum of packs, tares and marks is less than what one shipment has of all of them.
#[test]
fn h7_tares_and_orders_without_packs_are_parcels_beside_packs() {
    assert_eq!(notice("HL*1**S~HL*2*1*O~HL*3*2*P~HL*4*1*T~HL*5*1*O~"), (3, 3));
    assert_eq!(notice("HL*1**S~HL*2*1*P~HL*3*2*I~HL*4*1*O~MAN*CP*1~HL*5*4*I~MAN*CP*2~"), (3, 3));
    assert_eq!(notice("HL*1**S~HL*2*1*T~HL*3*2*T~HL*4*3*P~HL*5*2*T~HL*6*1*O~"), (3, 3));
}

/// Security H7: two sets hold as much as both of them, however each is written.
#[test]
fn h7_sets_are_added_up() {
    let packs = |code| (0..10).map(|n| format!("HL*{}*1*{code}~", n + 2)).collect::<String>();
    let sets = ["P", "T"].map(|code| ("856", format!("BSN*00*M*20260102*0304~HL*1**S~{}", packs(code))));
    let document = x12(&sets);
    let (interchange, _) = edi::read(document.as_bytes(), &Limits::default());
    assert_eq!((edi::census(&interchange).rows, mapped(&interchange).0), (20, 20));
}

/// A bound that is twice the truth would be one, too: of plain documents it is the truth.
#[test]
fn plain_shipments_are_counted_exactly() {
    for levels in [
        "HL*1**S~",
        "HL*1**S~MAN*CP*1~MAN*CP*2~",
        "HL*1**S~HL*2*1*O~HL*3*2*P~MAN*CP*1~HL*4*3*I~HL*5*1*O~HL*6*5*P~MAN*GM*1~MAN*CP*2~",
        "HL*1**S~HL*2*1*O~MAN*CP*1~HL*3*2*I~HL*4*1*O~MAN*CP*2~",
        "HL*1**S~HL*2*1*T~MAN*GM*1~HL*3*2*P~MAN*GM*2~HL*4*3*O~HL*5*4*I~HL*6*2*P~",
        "HL*1**S~HL*2*1*T~MAN*GM*1~HL*3*2*O~HL*4*3*I~HL*5*1*T~",
        "HL*1**S~HL*2*1*O~HL*3*2*I~HL*4*2*I~HL*5*1*O~HL*6*5*I~",
        "HL*1**S~HL*2*1*P~HL*3*2*O~HL*4*3*I~HL*5*1*P~HL*6*5*O~HL*7*6*I~",
    ] {
        let (counted, mapped) = notice(levels);
        assert_eq!(counted, mapped, "{levels}");
    }
}

#[test]
fn a_number_of_two_octets_is_a_parcel() {
    let octets = "UNB+UNOC:3+A+B+260102:0304+1'UNH+1+IFTMIN:D:96A:UN'GID'GIN++1:2:3:4:5:6:7:8:9'";
    let (interchange, _) = edi::read(octets.as_bytes(), &Limits { octets: 10, ..Limits::default() });
    assert!(!interchange.is_complete());
    assert!(edi::Census::of_octets("GIN++1:2:3:4:5:6:7:8:9'".len() as u64).rows >= 9);
    is_bounded(octets.as_bytes());
}

fn hl() -> impl Strategy<Value = String> {
    let code = prop::sample::select(vec!["S", "O", "P", "P", "T", "I", "I", "X", ""]);
    let nearby = (0u8..9, 0u8..9, code).prop_map(|(number, parent, code)| {
        if parent == 0 { format!("HL*{number}**{code}~") } else { format!("HL*{number}*{parent}*{code}~") }
    });
    nearby.boxed()
}

const X12_SEGMENTS: &str = "BSN*00*M*20260102*0304~ B2A*00~ SMD*G2~ SMD~ CD3*G*1~ CD3~ MAN*CP*1~ MAN*CP*2~ MAN*GM*3**CP*4~ MAN~ \
    N1*ST*A~ N1*SF*B*92*C~ N1*CN~ N1*BT*D~ N2*E~ N3*F*G~ N4*H*QC*H7A0A1*CA~ N4~ PER*DC*I*TE*1~ G61*DC*J*EM*K~ REF*CN*1~ L11*1*PO~ \
    PRF*PO1~ TD1*CTN*1~ TD5*B*2*ABCD~ LIN**SK*1~ SN1**1*EA~ CTT*1~ NTE**L~ QQQ*M~ ~ HL~ HL*1~ UNH*1*IFTMIN~ GID~ NAD*CN***A~ COM*1>TE~";
const EDIFACT_SEGMENTS: &str = "BGM+610+M+9' GID+1+2:CT' GID' PCI+18+A:B12345678' PCI' GIN+BJ+1:2+3' GIN+ML' GIN++1:2:3:4' RFF+CW:1' \
    NAD+CN+++A' NAD+DP+1::9++B:C+D' NAD+CZ' NAD+FP+++E' CTA+IC+:E' COM+1:TE' LOC+5+A:::B' EQD+CN' MOA+44:1' FTX+A+++B' MEA+WT+G+KGM:1' \
    DGS+ADR' TSR' XYZ' ?' DTM+137:2:102' HL+1++P' HL+2+1+T' MAN+CP+1' N1+ST+A' PER+DC+I+TE+1' CD3+G' SMD'";

/// The segments of a list that is parted by blanks: no value in it has one.
fn of(list: &'static str) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(list.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>())
}

/// A ship notice as it should be: parents before children, each numbered by its place.
fn tree() -> impl Strategy<Value = String> {
    let level =
        (any::<Index>(), prop::sample::select(vec!["O", "P", "T", "I", "S"]), prop::collection::vec(0u8..4, 0..3));
    prop::collection::vec(level, 0..12).prop_map(|levels| {
        let mut body = String::from("BSN*00*M*20260102*0304~HL*1**S~");
        for (n, (parent, code, said)) in levels.into_iter().enumerate() {
            body += &format!("HL*{}*{}*{code}~", n + 2, parent.index(n + 1) + 1);
            body.extend(said.into_iter().map(|what| match what {
                0 => "N1*ST*A~N3*B~PER*DC*C*TE*1~".to_owned(),
                1 => "MAN*CP*7~".to_owned(),
                _ => format!("MAN*CP*{n}{what}~"),
            }));
        }
        body
    })
}

fn body() -> impl Strategy<Value = (&'static str, String)> {
    let x12 = prop_oneof![2 => of(X12_SEGMENTS), 1 => hl()];
    let any = prop::collection::vec(x12, 0..24).prop_map(|segments| segments.concat());
    let kind = prop::sample::select(vec!["856", "856", "215", "214", "997", "IFTMIN"]);
    prop_oneof![(kind, any), (Just("856"), tree())]
}

fn message() -> impl Strategy<Value = (&'static str, String)> {
    let segments = prop::collection::vec(of(EDIFACT_SEGMENTS), 0..24).prop_map(|segments| segments.concat());
    (prop::sample::select(vec!["IFTMIN", "IFTMIN", "IFTSTA", "CONTRL", "856", "215"]), segments)
}

fn interchange() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => prop::collection::vec(body(), 0..4).prop_map(|sets| x12(&sets)),
        1 => prop::collection::vec(message(), 0..4).prop_map(|messages| edifact(&messages)),
    ]
}

#[derive(Debug, Clone)]
enum Damage {
    Replace(Index, u8),
    Remove(Index, usize),
    Repeat(Index, Index, usize),
    Cut(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let octet = prop_oneof![any::<u8>(), prop::sample::select(b"*~>+:'?\r\n ISAUNBHTGDPCMLO0123".to_vec())];
    prop_oneof![
        6 => (any::<Index>(), octet).prop_map(|(at, by)| Damage::Replace(at, by)),
        3 => (any::<Index>(), 0..40usize).prop_map(|(at, count)| Damage::Remove(at, count)),
        3 => (any::<Index>(), any::<Index>(), 0..200usize).prop_map(|(from, to, count)| Damage::Repeat(from, to, count)),
        1 => any::<Index>().prop_map(Damage::Cut),
    ]
}

fn damaged(mut octets: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let length = octets.len();
        match damage {
            _ if length == 0 => {}
            Damage::Replace(at, by) => octets[at.index(length)] = *by,
            Damage::Remove(at, count) => drop(octets.drain(at.index(length)..length.min(at.index(length) + count))),
            Damage::Repeat(from, to, count) => {
                let piece = octets[from.index(length)..length.min(from.index(length) + count)].to_vec();
                octets.splice(to.index(length)..to.index(length), piece);
            }
            Damage::Cut(at) => octets.truncate(at.index(length)),
        }
    }
    octets
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 2000 },
        ..ProptestConfig::default()
    })]

    #[test]
    fn of_any_interchanges(
        interchanges in prop::collection::vec(interchange(), 1..3),
        damages in prop_oneof![Just(Vec::new()), prop::collection::vec(damage(), 1..8)],
    ) {
        is_bounded(&damaged(interchanges.concat().into_bytes(), &damages));
    }
}

/// With equipment a party ends earlier than with goods: whoever is told of then is somebody else.
#[test]
fn contacts_of_equipment() {
    let body = "EQD+CN'NAD+CN+++A'DTM+137:2:102'CTA+IC+:E'NAD+DP+++B'CTA+IC+:F'LOC+5+A'COM+5550100:TE'";
    is_bounded(edifact(&[("IFTMIN", body.to_owned())]).as_bytes());
}
