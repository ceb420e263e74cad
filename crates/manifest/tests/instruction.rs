//! IFTMIN: what goes where, case by case, and what the carrier's 856 says of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use edi::{Limits, Verdict};
use manifest::{Class, Kind, Manifest, Purpose, Record, mapping, write};
use proptest::prelude::*;

const SENDER: &str = "NAD+CZ+++NORTHSHOP MADE-UP GOODS+77 WAREHOUSE LOOP+BRAMPTON+ON+L6T0A1+CA'";
const CONSIGNEE: &str = "NAD+CN+++GALENDRA IRONPETAL+6770 MAPLEHOOK DRIVE+TORONTO+ON+M4A3M8+CA'";

fn document(version: &str, una: &str, body: &str) -> String {
    let segments = body.matches('\'').count() - body.matches("?'").count() + 2;
    format!(
        "{una}UNB+UNOC:3+NORTHSHOP:ZZ+DEMOCARRIER:ZZ+261102:1630+1'UNH+1+IFTMIN:D:{version}:UN'{body}\
         UNT+{segments}+1'UNZ+1+1'"
    )
}

fn with<R>(document: &str, look: impl FnOnce(&Manifest<'_>) -> R) -> R {
    let (interchange, findings) = edi::read(document.as_bytes(), &Limits::default());
    assert_eq!(edi::verdict(&interchange, &findings), Verdict::Accepted, "{findings:?}");
    look(&mapping::read(&interchange, &interchange.groups[0].sets[0], &Class::ALL).unwrap())
}

fn shown(record: &Record<'_>) -> String {
    let line = |f: &manifest::Field<'_>| {
        let value = String::from_utf8_lossy(f.value.expose()).into_owned();
        let party = if f.party == 0 { String::new() } else { format!("{:?}{} ", f.role, f.party) };
        let qualifier = format!("{:?}", f.qualifier);
        let qualifier = if qualifier.is_empty() { qualifier } else { format!("/{qualifier}") };
        format!("{party}{:?}{qualifier}={value}", f.tag)
    };
    record.fields.iter().map(|f| line(&f)).collect::<Vec<_>>().join("; ")
}

/// Record 0 and the parcels of a D.96A message, one a line.
#[track_caller]
fn check(body: &str, expected: &[&str]) {
    let lines = with(&document("96A", "", body), |m| m.records().map(shown).collect::<Vec<_>>());
    assert_eq!(lines, expected, "{body}");
}

#[test]
fn each_goods_item_is_a_parcel_and_the_consignee_its_recipient() {
    check(
        "BGM+610+NS-E-1+9'RFF+CU:NS-510001'NAD+CZ+++SHOP'NAD+CN+++ADA+1 ELM ST:APT 4+LAVAL+QC+H7A0A1+CA'\
         GID+1+1:CT'PCI+18+9999157075900203'GID+2'RFF+ON:O2'PCI+33E+003999915707590001'GIN+BJ+399991570759000128'",
        &[
            "ManifestNumber=NS-E-1; Order/CO=NS-510001; Sender1 Name=SHOP",
            "Tracking/CP=9999157075900203; Recipient1 Name=ADA; Recipient1 Street=1 ELM ST; Recipient1 StreetMore=APT 4; \
             Recipient1 City=LAVAL; Recipient1 Region=QC; Recipient1 PostalCode=H7A0A1; Recipient1 Country=CA",
            "Order=O2; Sscc/GM=003999915707590001; Sscc/GM=399991570759000128; Recipient1 Name=ADA; \
             Recipient1 Street=1 ELM ST; Recipient1 StreetMore=APT 4; Recipient1 City=LAVAL; Recipient1 Region=QC; \
             Recipient1 PostalCode=H7A0A1; Recipient1 Country=CA",
        ],
    );
}

#[test]
fn whoever_gets_it_is_the_recipient_and_the_nearest_one_counts() {
    check(
        "BGM+610+M+9'NAD+CN+++BUYER'NAD+DP+++ADA'GID+1'GID+2'NAD+CN+++BEA'",
        &[
            "ManifestNumber=M",
            "Consignee1 Name=BUYER; Recipient2 Name=ADA",
            "Consignee1 Name=BUYER; Recipient2 Name=BEA",
        ],
    );
}

#[test]
fn each_distinct_mark_or_number_of_an_item_is_a_parcel() {
    check(
        "BGM+610+M+9'NAD+CN+++ADA'GID+1+4:CT'MEA+WT+G+KGM:8'PCI+18+A1'RFF+CU:R1'PCI+18+A2'PCI+18+A2'\
         GIN+BJ+S1+S2:S3'PCI+18'",
        &[
            "ManifestNumber=M",
            "Tracking/CP=A1; Order/CO=R1; Recipient1 Name=ADA",
            "Tracking/CP=A2; Recipient1 Name=ADA",
            "Tracking/CP=A2; Sscc/GM=S1; Recipient1 Name=ADA",
            "Sscc/GM=S2; Recipient1 Name=ADA",
            "Sscc/GM=S3; Recipient1 Name=ADA",
        ],
    );
}

#[test]
fn a_consignment_without_items_is_one_parcel() {
    check(
        "BGM+610+M+9'RFF+CW:T1'NAD+CZ+++SHOP'NAD+CN+++ADA'",
        &["ManifestNumber=M; Sender1 Name=SHOP", "Tracking/2I=T1; Recipient1 Name=ADA"],
    );
}

#[test]
fn classes_of_the_other_segments() {
    check(
        "BGM+610+M+9'MOA+44:129,9:CAD'MOA+22:5'FTX+DEL+++RING:TWICE'LOC+7+CATOR:::TORONTO'RFF+ADE:123'\
         NAD+FP+77::9++PAYER'LOC+5+X'NAD+CN++OLD NAME:OLD STREET'GID+1'",
        &[
            "ManifestNumber=M; Reference/ZZ=CATOR; Remark=RING; Remark=TWICE; Remark=TORONTO; DeclaredValue=12990; \
             Currency/ZZ=CAD; Cod=500; Account/12=123; BillTo1 Name=PAYER; BillTo1 PartyNumber/UL=77; BillTo1 Location/ZZ=X",
            "Recipient1 Name=OLD NAME; Recipient1 Street=OLD STREET",
        ],
    );
}

/// Seen in the field: a contact belongs to the party above it, not to the message.
#[test]
fn field_24_contacts_belong_to_the_party_above() {
    check(
        "BGM+610+M+9'NAD+CZ+++SHOP'CTA+IC+:DESK'COM+905-555-0100:TE'COM+desk@northshop.example:EM'NAD+CN+++ADA'CTA+IC'\
         COM+416-555-0199:AL'NAD+FP+1234567'GID+1+1:CT'",
        &[
            "ManifestNumber=M; Sender1 Name=SHOP; Sender1 ContactName/IC=DESK; Sender1 Phone/TE=905-555-0100; \
             Sender1 Email/EM=desk@northshop.example; BillTo2 PartyNumber/ZZ=1234567",
            "Recipient1 Name=ADA; Recipient1 Phone/CP=416-555-0199",
        ],
    );
}

/// Seen in the field: in syntax 3 there is no repetition, whatever UNA says; releases are no part of a value.
#[test]
fn field_20_an_asterisk_is_text_and_released_octets_are_meant() {
    let body = "BGM+610+M+9'NAD+CN+++GALENDRA*IRON?+PETAL+UNIT 4*B ??+TORONTO+ON+M4A3M8+CA'GID+1'";
    with(&document("96A", "UNA:+.?*'", body), |manifest| {
        assert_eq!(
            shown(&manifest.parcels[0]),
            "Recipient1 Name=GALENDRA*IRON+PETAL; Recipient1 Street=UNIT 4*B ?; Recipient1 City=TORONTO; \
             Recipient1 Region=ON; Recipient1 PostalCode=M4A3M8; Recipient1 Country=CA"
        );
    });
}

/// Seen in the field: comma and point are both decimal marks; a segment without data is one.
#[test]
fn fields_22_and_26_numbers() {
    let body = format!(
        "BGM+610+M+9'DTM+137:20261101:102'DTM+234:202611021200:203'TSR'CNT+11:2'{SENDER}{CONSIGNEE}\
         GID+1+1:CT'MEA+WT+G+KGM:12,5'DIM+2+CMT:30:20.5:10'GID+2+3:CT'MEA+AAE+AAB+LBR:2'"
    );
    with(&document("96A", "", &body), |manifest| {
        let [first, second] = [0, 1].map(|n| manifest.parcels[n].operational);
        assert_eq!((first.weight_grams, first.pieces, first.ship_date), (Some(12_500), 1, Some(20261102)));
        assert_eq!((first.length_mm, first.width_mm, first.height_mm), (Some(300), Some(205), Some(100)));
        assert_eq!((second.weight_grams, second.pieces), (Some(907), 3));
        assert_eq!(first.province, manifest::Province::ON);
        assert_eq!((manifest.head.operational.pieces, manifest.unmapped), (2, 1), "TSR says nothing");
    });
}

#[test]
fn the_three_directories_say_the_same() {
    for (version, number, service) in [("96A", "M-1", "3"), ("01B", "M-1:1", "3"), ("04A", "M-1", "3")] {
        let body = format!("BGM+610+{number}+5'TSR++{service}'{SENDER}{CONSIGNEE}GID+1'PCI+18+A1'");
        with(&document(version, "", &body), |manifest| {
            assert_eq!((manifest.purpose, manifest.number.expose()), (Purpose::Replace, &b"M-1"[..]), "{version}");
            assert_eq!(manifest.parcels[0].operational.service.unwrap().to_string(), service);
            assert_eq!(manifest.parcels[0].operational.province, manifest::Province::ON);
            assert_eq!(manifest.search_values(1)[0], (Kind::Tracking, b"A1".to_vec().into()));
        });
    }
}

#[test]
fn purposes() {
    use Purpose::{Cancel, Change, Original, Replace};
    for (code, purpose) in
        [("9", Original), ("1", Cancel), ("3", Change), ("4", Change), ("5", Replace), ("", Original)]
    {
        let body = format!("BGM+610+M+{code}'NAD+CN+++A'").replace("+'", "'");
        with(&document("96A", "", &body), |manifest| assert_eq!(manifest.purpose, purpose, "{code}"));
    }
}

/// The carrier gets an 856 that our own reader takes, with everything that was kept.
#[test]
fn the_carriers_856_says_the_same() {
    let body = format!(
        "BGM+610+NS-E-1+9'DTM+137:20261102:102'FTX+DEL+++RING *TWICE*'RFF+CU:NS-510001'{SENDER}CTA+IC+:DESK'\
         COM+905-555-0100:TE'{CONSIGNEE}GID+1+1:CT'MEA+WT+G+KGM:8.26'RFF+AAS:X1'PCI+18+9999157075900203'\
         GID+2+1:CT'MEA+WT+G+KGM:1'PCI'GIN+BJ+399991570759000128'"
    );
    with(&document("96A", "", &body), |manifest| {
        let envelope = write::Envelope {
            sender_qualifier: "ZZ",
            sender: "BULLA",
            receiver_qualifier: "ZZ",
            receiver: "DEMOCARRIER",
            group_sender: "BULLA",
            group_receiver: "DEMOCARRIER",
            interchange_control: 7,
            group_control: 7,
            date: 20261102,
            time: 1630,
            test: false,
        };
        let written = write::x12_856(manifest, &envelope);
        let (interchange, findings) = edi::read(&written, &Limits::default());
        assert_eq!(findings, []);
        let again = mapping::read(&interchange, &interchange.groups[0].sets[0], &Class::ALL).unwrap();
        assert_eq!(again.records().map(shown).collect::<Vec<_>>(), manifest.records().map(shown).collect::<Vec<_>>());
        let operational = |m: &Manifest<'_>| m.parcels.iter().map(|p| p.operational).collect::<Vec<_>>();
        assert_eq!(operational(&again), operational(manifest));
    });
}

/// Segments in any order and number, some of them cut.
fn body() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec![
        "BGM+610+M+9'",
        "GID+1+2:CT'",
        "GID'",
        "PCI+18+A:B12345678'",
        "PCI'",
        "GIN+BJ+1:2+3'",
        "GIN+ML'",
        "RFF+CW:1'",
        "NAD+CN+++A'",
        "NAD+DP+1::9++B:C+D'",
        "NAD+CZ'",
        "CTA+IC+:E'",
        "COM+1:TE'",
        "LOC+5+A:::B'",
        "EQD+CN'",
        "MOA+44:1'",
        "FTX+A+++B'",
        "MEA+WT+G+KGM:1'",
        "DGS+ADR'",
        "TSR'",
        "UNH+2+IFTMIN:D:96A:UN'",
        "XYZ'",
        "?'",
        "DTM+137:2:102'",
    ]);
    prop::collection::vec(segment, 0..40).prop_map(|segments| segments.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_census_is_never_below_what_is_mapped(body in body(), cut in 0usize..400) {
        let text = document("96A", "", &body);
        for text in [&text[..], &text[..text.len().min(cut)]] {
            let (interchange, _) = edi::read(text.as_bytes(), &Limits::default());
            let census = edi::census(&interchange);
            let sets = interchange.groups.iter().flat_map(|group| &group.sets);
            let (mut rows, mut heads) = (0, 0);
            for set in sets.filter(|set| set.kind == b"IFTMIN") {
                let manifest = mapping::read(&interchange, set, &Class::ALL).unwrap();
                rows += manifest.parcels.len() as u64;
                heads += u64::from(manifest.head.parties);
            }
            prop_assert!(rows <= census.rows, "{rows} {census:?} {text}");
            prop_assert!(heads <= census.parties, "{heads} {census:?} {text}");
        }
    }
}

/// What an IFTMIN and an 856 with the same names in another set are opened as.
#[test]
fn names_keep_their_characters_in_every_declared_set() {
    const NAMES: [&str; 3] = ["HÉLOÏSE D?'ÉGLANTINE", "3 RUE DE L?'ÎLE", "MONTRÉAL"];
    let latin = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
    let seen = |octets: &[u8]| {
        let (interchange, findings) = edi::read(octets, &Limits::default());
        assert_eq!(edi::verdict(&interchange, &findings), Verdict::Accepted, "{findings:?}");
        let read = mapping::read(&interchange, &interchange.groups[0].sets[0], &Class::ALL).unwrap();
        let (parcel, search) = (read.parcels[0].clone(), read.search_values(1));
        let fields: Vec<_> = parcel.fields.iter().map(|f| (f.tag, f.value.to_owned())).collect();
        for name in NAMES {
            let meant = name.replace('?', "");
            assert!(fields.iter().any(|(_, value)| value.expose() == meant.as_bytes()), "{meant}");
        }
        (parcel.operational, fields, search.len())
    };
    let nad = format!("NAD+CN+++{}+{}+{}+QC+H2X1Y4+CA'", NAMES[0], NAMES[1], NAMES[2]);
    let body = format!("BGM+610+M1+9'FTX+DEL+++LAISSER À L?'ENTRÉE'{nad}GID+1'PCI++9999000000000001'");
    let unoc = document("96A", "", &body);
    let unoy = unoc.replace("UNOC:3", "UNOY:4").replace("261102:1630", "20261102:1630");
    assert_eq!(seen(&latin(&unoc)), seen(unoy.as_bytes()), "ISO 8859-1 and UTF-8");

    let notice = format!(
        "ISA*00*          *00*          *ZZ*SHIPPER        *ZZ*CARRIER        *260105*0930*U*00401*000000007*0*P*>~\
         GS*SH*SHIPPER*CARRIER*20260105*0930*7*X*004010~ST*856*0001~BSN*00*M1*20260105*0930~HL*1**S~HL*2*1*O~\
         N1*ST*{}~N3*{}~N4*{}*QC*H2X1Y4*CA~HL*3*2*P~MAN*CP*9999000000000001~CTT*3~SE*11*0001~GE*1*7~IEA*1*000000007~",
        NAMES[0], NAMES[1], NAMES[2]
    )
    .replace('?', "");
    assert_eq!(seen(&latin(&notice)), seen(notice.as_bytes()), "X12 declares no set");
}
