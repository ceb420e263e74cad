//! What goes where, case by case.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use edi::Limits;
use manifest::{Class, Code, Manifest, Province, Record, mapping, parcel::Kind};

/// The set's segments, between an envelope of its own.
fn with_manifest<R>(
    kind: &str,
    body: &str,
    accepts: &[Class],
    look: impl FnOnce(Result<Manifest<'_>, mapping::Error>) -> R,
) -> R {
    let text = format!(
        "ISA*00*          *00*          *ZZ*SHIPPER        *ZZ*CARRIER        *260105*0930*U*00401*000000007*0*P*>~\
         GS*SH*SHIPPER*CARRIER*20260105*0930*7*X*004010~ST*{kind}*0001~{body}~SE*1*0001~GE*1*7~IEA*1*000000007~"
    );
    let (interchange, _) = edi::read(text.as_bytes(), &Limits::default());
    look(mapping::read(&interchange, &interchange.groups[0].sets[0], accepts))
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

/// Record 0 and the parcels, one a line.
fn check(body: &str, expected: &[&str]) {
    let lines = with_manifest("856", body, &Class::ALL, |m| m.unwrap().records().map(shown).collect::<Vec<_>>());
    assert_eq!(lines, expected, "{body}");
}

#[test]
fn parcel_is_a_pack() {
    check(
        "BSN*00*M1~HL*1**S~REF*BM*B1~N1*SF*SHOP~HL*2*1*O~PRF*O1~N1*ST*ADA~N4*LAVAL*QC~HL*3*2*P~MAN*CP*T1~HL*4*2*P~MAN*GM*T2~\
         HL*5*4*I~PID*F****A BIRD",
        &[
            "ManifestNumber=M1; Reference/BM=B1; Sender1 Name=SHOP",
            "Order=O1; Tracking/CP=T1; Recipient1 Name=ADA; Recipient1 City=LAVAL; Recipient1 Region=QC",
            "Order=O1; Sscc/GM=T2; Recipient1 Name=ADA; Recipient1 City=LAVAL; Recipient1 Region=QC; Remark=A BIRD",
        ],
    );
}

#[test]
fn parcel_is_a_pack_without_orders() {
    check(
        "BSN*00*M1~HL*1**S~N1*ST*ADA~HL*2*1*P~MAN*CP*T1~N1*ST*BEA~HL*3*1*P~MAN*CP*T2",
        &["ManifestNumber=M1", "Tracking/CP=T1; Recipient1 Name=BEA", "Tracking/CP=T2; Recipient1 Name=ADA"],
    );
}

#[test]
fn parcel_is_a_tare_and_a_tare_of_packs_is_not() {
    check(
        "BSN*00*M1~HL*1**S~HL*2*1*T~MAN*GM*T1~HL*3*2*I~REF*SE*X~HL*4*1*T~MAN*GM*T2",
        &["ManifestNumber=M1", "Sscc/GM=T1; Reference/SE=X", "Sscc/GM=T2"],
    );
    check(
        "BSN*00*M1~HL*1**S~HL*2*1*T~MAN*GM*T1~HL*3*2*P~MAN*CP*P1",
        &["ManifestNumber=M1", "Sscc/GM=T1; Tracking/CP=P1"],
    );
}

#[test]
fn parcel_is_a_distinct_mark() {
    check(
        "BSN*00*M1~HL*1**S~REF*BM*B1~N1*ST*ADA~MAN*CP*A~MAN*CP*B~MAN*CP*A",
        &[
            "ManifestNumber=M1; Reference/BM=B1",
            "Tracking/CP=A; Recipient1 Name=ADA",
            "Tracking/CP=B; Recipient1 Name=ADA",
        ],
    );
    check(
        "BSN*00*M1~HL*1**S~HL*2*1*O~PRF*O1~HL*3*2*I~MAN*CP*A~PID*F****ONE~HL*4*2*I~MAN*CP*A~PID*F****TWO~HL*5*2*I~MAN*CP*B",
        &["ManifestNumber=M1", "Order=O1; Tracking/CP=A; Remark=ONE; Remark=TWO", "Order=O1; Tracking/CP=B"],
    );
}

#[test]
fn parcel_is_the_shipment() {
    check(
        "BSN*00*M1~HL*1**S~REF*CN*T1~N1*ST*ADA~N1*SF*SHOP~HL*2*1*O~PRF*O1",
        &["ManifestNumber=M1; Sender1 Name=SHOP", "Tracking/CN=T1; Order=O1; Recipient1 Name=ADA"],
    );
}

#[test]
fn order_without_packs_beside_others_is_a_parcel() {
    check(
        "BSN*00*M1~HL*1**S~HL*2*1*O~PRF*O1~HL*3*2*P~MAN*CP*A~HL*4*1*O~PRF*O2~N1*ST*BEA",
        &["ManifestNumber=M1", "Order=O1; Tracking/CP=A", "Order=O2; Recipient1 Name=BEA"],
    );
}

#[test]
fn several_shipments_keep_their_own() {
    check(
        "BSN*00*M1~HL*1**S~REF*BM*B1~HL*2*1*P~MAN*CP*A~HL*3**S~REF*BM*B2~HL*4*3*P~MAN*CP*B",
        &["ManifestNumber=M1", "Reference/BM=B1; Tracking/CP=A", "Reference/BM=B2; Tracking/CP=B"],
    );
}

#[test]
fn every_class() {
    check(
        "BSN*05*M1~HL*1**S~HL*2*1*P~PRF*O1*R1~REF*12*ACC~MAN*CP*T1~N1*BT*PAYER*92*77~N3*1 A ST*APT 2~PER*AP*PAT*TE*555-0100*EM*P@EXAMPLE.COM~\
         CUR*SE*CAD~SAC*C*D240***1250~SAC*A**ZZ*X*5~AMT*DV*12.5~PID*F****HELLO",
        &[
            "ManifestNumber=M1",
            "Order=O1; Reference/RE=R1; Tracking/CP=T1; BillTo1 ContactName/AP=PAT; BillTo1 Phone/TE=555-0100; \
             BillTo1 Email/EM=P@EXAMPLE.COM; Remark=HELLO; Account/12=ACC; BillTo1 Name=PAYER; BillTo1 PartyNumber/92=77; \
             BillTo1 Street=1 A ST; BillTo1 StreetMore=APT 2; Currency/SE=CAD; Charge/D240=1250; Charge/X=-5; DeclaredValue=1250",
        ],
    );
}

#[test]
fn numbers_of_a_parcel() {
    let body = "BSN*00*M1~DTM*011*20260105~HL*1**S~TD1**9****G*99*KG~TD5**2*DEMO*M*GROUND*******G2~HL*2*1*P~TD1**2****G*1.5*KG~\
                MEA*PD*LN*12*IN~PO4**********0*20*30*CM~N1*ST*ADA~N4*LAVAL*QC*H7A 0A1*CA~HL*3*1*P~DTM*011*20260106";
    with_manifest("856", body, &Class::ALL, |m| {
        let m = m.unwrap();
        let [first, second] = [&m.parcels[0].operational, &m.parcels[1].operational];
        assert_eq!((first.weight_grams, first.pieces, first.ship_date), (Some(1500), 2, Some(20260105)));
        assert_eq!((first.length_mm, first.width_mm, first.height_mm), (Some(305), Some(200), Some(300)));
        assert_eq!((first.carrier, first.service), (Code::new(b"DEMO"), Code::new(b"G2")));
        assert_eq!((first.province, first.country), (Province::QC, Some(*b"CA")));
        assert_eq!((second.weight_grams, second.pieces, second.ship_date), (None, 1, Some(20260106)));
        assert_eq!((second.province, second.carrier), (Province::Unknown, Code::new(b"DEMO")));
        assert_eq!((m.head.operational.weight_grams, m.head.operational.pieces), (Some(99_000), 9));
        assert_eq!(shown(&m.head), "ManifestNumber=M1; Routing=GROUND");
    });
}

#[test]
fn text_does_not_become_operational() {
    let body = "BSN*00*M1~HL*1**S~HL*2*1*P~TD5**2*JOHNSMITH*M*JOHN*******JOHN SMITH~DTM*011*JOHNNY~N1*ST*J~N4*X*JOHN*JOHN*JOHN~TD1**J****G*J*KG";
    with_manifest("856", body, &Class::ALL, |m| {
        let bytes = m.unwrap().parcels[0].operational.to_bytes();
        assert_eq!(bytes[1..20], [0; 19]);
        assert_eq!(bytes[20..], [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    });
}

#[test]
fn parties_are_counted_where_a_person_may_be() {
    let body =
        "BSN*00*M1~HL*1**S~N1*SF*SHOP~N1*BY**92*7~PER*IC*PAT~HL*2*1*P~N1*ST**92*0001~HL*3*1*P~N1*ST*ADA~N1*BT*BEA";
    with_manifest("856", body, &Class::ALL, |m| {
        let m = m.unwrap();
        assert_eq!(m.records().map(|r| r.parties).collect::<Vec<_>>(), [2, 0, 2]);
    });
}

#[test]
fn what_is_not_accepted_is_dropped_and_counted() {
    let body =
        "BSN*00*M1~HL*1**S~HL*2*1*P~MAN*CP*T1~N1*ST*ADA~N4*LAVAL*QC~PER*IC*ADA*TE*555-0100~SAC*C*D240***9~PID*F****X";
    with_manifest("856", body, &[Class::Linkable, Class::Address], |m| {
        let m = m.unwrap();
        assert_eq!(m.dropped, [0, 0, 0, 2, 1, 1]);
        assert_eq!(
            shown(&m.parcels[0]),
            "Tracking/CP=T1; Recipient1 Name=ADA; Recipient1 City=LAVAL; Recipient1 Region=QC"
        );
    });
    with_manifest("856", body, &[], |m| {
        let m = m.unwrap();
        assert_eq!((m.dropped, m.number.expose()), ([0, 2, 3, 2, 1, 1], &b"M1"[..]));
        assert_eq!((m.parcels[0].fields.len(), m.parcels[0].parties), (0, 0));
        assert_eq!(
            m.parcels[0].operational.province,
            Province::QC,
            "the clear part is derived before the address is dropped"
        );
        assert!(m.search_values(1).is_empty());
    });
}

#[test]
fn what_goes_nowhere_is_counted() {
    let body =
        "BSN*00*M1~HL*1**S~TD3*TL*ABCD~FOB*PP~DTM*017*20260101~HL*2*1*P~XYZ*1~N3*NO PARTY~N1*ST*A~N4*A~N4*B~CTT*2";
    with_manifest("856", body, &Class::ALL, |m| assert_eq!(m.unwrap().unmapped, 6));
}

#[test]
fn search_values_are_numbers_in_one_form() {
    let body =
        "BSN*00* m-1 ~HL*1**S~HL*2*1*P~PRF*ab-12 3~MAN*CP*99 99-1~REF*2I*t2~REF*CR*c~N1*ST*ADA~PER*IC**TE*555-0100";
    with_manifest("856", body, &Class::ALL, |m| {
        let m = m.unwrap();
        let values = |row| {
            m.search_values(row)
                .into_iter()
                .map(|(k, v)| (k, String::from_utf8(v.to_vec()).unwrap()))
                .collect::<Vec<_>>()
        };
        assert_eq!(values(0), [(Kind::Manifest, "M1".to_owned())]);
        let expected = [(Kind::Order, "AB123"), (Kind::Tracking, "T2"), (Kind::Tracking, "99991")];
        assert_eq!(values(1), expected.map(|(k, v)| (k, v.to_owned())));
        assert_eq!(values(2), []);
        assert_eq!(values(usize::MAX), []);
    });
}

#[test]
fn pick_up_manifest() {
    let body = "B2A*04~BLR*DEMO~C3*CAD~L11*X*CR~L11*M-9*MA~G62*11*20260105~N1*SH*SHOP~N3*1 A ST~SMD*G2*PP~L11*O1*PO~NTE*DEL*RING~\
                N1*ST*ADA~N4*LAVAL*QC*H7A0A1~G61*DC*ADA*TE*555-0100~CD3*G*10**1*X1**DV*900~MAN*CP*T1~MS4*N*10*10*10~CD3*K*2~MAN*CP*T2~\
                L11*R2*CN~AT6*1~PID*F****BIRD~SMD*G3*PP~N1*CN*BEA";
    with_manifest("215", body, &Class::ALL, |m| {
        let m = m.unwrap();
        let expected = [
            "Reference/CR=X; ManifestNumber=M-9; Sender1 Name=SHOP; Sender1 Street=1 A ST; Currency/ZZ=CAD",
            "Order/PO=O1; Tracking/CP=T1; Recipient1 Name=ADA; Recipient1 City=LAVAL; Recipient1 Region=QC; Recipient1 PostalCode=H7A0A1; \
             Recipient1 ContactName/DC=ADA; Recipient1 Phone/TE=555-0100; Remark=RING; DeclaredValue=900",
            "Order/PO=O1; Tracking/CN=R2; Tracking/CP=T2; Recipient1 Name=ADA; Recipient1 City=LAVAL; Recipient1 Region=QC; \
             Recipient1 PostalCode=H7A0A1; Recipient1 ContactName/DC=ADA; Recipient1 Phone/TE=555-0100; Remark=RING; Remark=BIRD",
            "Consignee1 Name=BEA",
        ];
        assert_eq!(m.records().map(shown).collect::<Vec<_>>(), expected);
        let numbers: Vec<_> = m.parcels.iter().map(|p| (p.operational.weight_grams, p.operational.service)).collect();
        assert_eq!(numbers, [(Some(4536), Code::new(b"X1")), (Some(2000), Code::new(b"G2")), (None, Code::new(b"G3"))]);
        assert_eq!(m.parcels[0].operational.length_mm, Some(254));
        assert_eq!((m.purpose, m.number.expose(), m.unmapped), (manifest::Purpose::Change, &b"M-9"[..], 1));
        assert!(
            m.parcels
                .iter()
                .all(|p| p.operational.carrier == Code::new(b"DEMO") && p.operational.ship_date == Some(20260105))
        );
    });
}

#[test]
fn other_sets_have_no_manifest() {
    with_manifest("214", "B10*1", &Class::ALL, |m| assert_eq!(m.unwrap_err(), mapping::Error::Unsupported));
}

fn refused_for_inheriting(body: &str) {
    let octets = "ST*856*0001~".len() + body.len() + "~SE*1*0001~".len();
    let refused = mapping::Error::Inherited { most: mapping::inherited_octets_max(octets) };
    with_manifest("856", body, &Class::ALL, |m| assert_eq!(m.unwrap_err(), refused));
}

#[test]
fn what_may_be_inherited_grows_with_the_set() {
    assert_eq!(mapping::inherited_octets_max(0), 64 << 10);
    assert_eq!(mapping::inherited_octets_max(1 << 20), (64 << 20) + (64 << 10));
    assert_eq!(mapping::inherited_octets_max(usize::MAX), mapping::INHERITED_OCTETS_MAX);
    // The shortest parcels below an order that says all that orders say.
    let mut body = "BSN*00*M1~HL*1**S~N1*ST*SOMEBODY WITH A NAME~N3*1 A STREET WITH A LONG NAME*SECOND FLOOR~\
        N4*MONTREAL*QC*H2X1Y4*CA~PER*DC*SOMEBODY*TE*555-0100*EM*SOMEBODY@EXAMPLE.COM~HL*2*1*O~PRF*ORDER-12345678"
        .to_owned();
    (0..10).for_each(|n| body += &format!("~REF*ZZ*A-REFERENCE-OF-THIRTY-CHARS-{n}"));
    (3..5003).for_each(|n| body += &format!("~HL*{n}*2*P~MAN*CP*T{n}"));
    with_manifest("856", &body, &Class::ALL, |m| assert_eq!(m.map(|m| m.parcels.len()), Ok(5000)));
}

#[test]
fn little_text_does_not_become_much() {
    let mut body = format!("BSN*00*M1~HL*1**S~HL*2*1*O~PID*F****{}", "X".repeat(1 << 19));
    (3..1003).for_each(|n| body += &format!("~HL*{n}*2*P"));
    refused_for_inheriting(&body);
    let mut chain = "BSN*00*M1~HL*1**P~REF*BM*1".to_owned();
    (2..20_000).for_each(|n| chain += &format!("~HL*{n}*{}*P~REF*BM*{n}", n - 1));
    refused_for_inheriting(&chain);
}

/// Seen in the field: the application identifier 00 is written before an SSCC, or is not.
#[test]
fn field_16_an_sscc_is_the_same_with_and_without_its_identifier() {
    let body = "BSN*00*M1~HL*1**S~MAN*GM*00399991570759000128~MAN*GM*399991570759000128~MAN*GM*399991570759000135";
    with_manifest("856", body, &Class::ALL, |manifest| {
        let manifest = manifest.unwrap();
        assert_eq!(manifest.parcels.len(), 2);
        let value = |row| manifest.search_values(row)[0].1.to_vec();
        assert_eq!([value(1), value(2)], [b"399991570759000128".to_vec(), b"399991570759000135".to_vec()]);
    });
    let asked = |number: &[u8]| manifest::parcel::search_form(Kind::Tracking, number).to_vec();
    assert_eq!(asked(b"(00)399991570759000128"), b"(00)399991570759000128");
    assert_eq!(asked(b"00 3999-91570759000128"), b"399991570759000128");
    assert_eq!(manifest::parcel::search_form(Kind::Order, b"00399991570759000128").len(), 20, "an order is none");
}
