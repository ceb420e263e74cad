//! What the writer writes, the reader reads.

mod sample;

use edi::{
    Separators,
    write::{GroupHeader, InterchangeHeader, Writer},
};
use sample::*;

const HEADER: InterchangeHeader<'_> = InterchangeHeader {
    sender_qualifier: b"ZZ",
    sender: b"SHIPPER",
    receiver_qualifier: b"01",
    receiver: b"CARRIER",
    date: b"260105",
    time: b"0930",
    version: b"00401",
    control: 7,
    acknowledge: true,
    usage: b'T',
};
const GROUP: GroupHeader<'_> = GroupHeader {
    functional_id: b"SH",
    sender: b"SHIPPER",
    receiver: b"CARRIER",
    date: b"20260105",
    time: b"0930",
    control: 7,
    version: b"004010",
};

#[test]
fn envelopes_and_counts() {
    let mut writer = Writer::new(Separators::default(), &HEADER);
    writer.group(&GROUP);
    writer.set(b"856", b"0001");
    writer.segment("BSN").text(b"00").text(b"M-1").text(b"20260105").text(b"0930").end();
    writer.segment("HL").number(1).skip().text(b"S").skip().end();
    writer.set(b"856", b"0002");
    writer.segment("BSN").text(b"00").text(b"M-2").text(b"20260105").text(b"0930").end();
    writer.segment("HL").number(1).skip().text(b"S").end();
    let octets = writer.finish();
    let expected = "ISA*00*          *00*          *ZZ*SHIPPER        *01*CARRIER        *260105*0930*U*00401*000000007*1*T*>~\
        GS*SH*SHIPPER*CARRIER*20260105*0930*7*X*004010~\
        ST*856*0001~BSN*00*M-1*20260105*0930~HL*1**S~SE*4*0001~\
        ST*856*0002~BSN*00*M-2*20260105*0930~HL*1**S~SE*4*0002~\
        GE*2*7~IEA*1*000000007~";
    assert_eq!(String::from_utf8_lossy(&octets), expected);
    check_octets(&octets, &[]);
}

#[test]
fn values_cannot_break_out() {
    let separators =
        Separators { element: b'|', component: b':', repetition: Some(b'^'), terminator: b'\n', ..Separators::X12 };
    let mut writer =
        Writer::new(separators, &InterchangeHeader { sender: b"A|B\nC:D^E\0F", version: b"00501", ..HEADER });
    writer.group(&GROUP);
    writer.set(b"856", b"0001");
    writer.segment("BSN").text(b"00").text(b"M|1\nSE|3|0001\r\x00^:").text(b"20260105").text(b"0930").end();
    writer.segment("HL").number(1).skip().text(b"S").end();
    writer.segment("REF").text(b"CN").text(b"*~>").skip().composite(&[b"A:B", b"1|2", b""]).end();
    writer.segment("N1").text(b"ST").text(b"||||").end();
    let octets = writer.finish();
    let (interchange, _) = all(&octets);
    assert_eq!(interchange.segment_count(), 10);
    assert_eq!(interchange.header.map(|isa| isa.sender().to_vec()), Some(b"A B C D E F".to_vec()));
    let number = segment(&interchange, 4, |s| s.elements().nth(1)).expect("has two elements");
    assert_eq!(number.escape_ascii().to_string(), "M 1 SE 3 0001");
    assert_eq!(segment(&interchange, 6, |s| s.element(2)), b"*~>");
    assert_eq!(segment(&interchange, 6, |s| s.components(4).collect::<Vec<_>>()), [b"A B".as_slice(), b"1 2"]);
    assert_eq!(segment(&interchange, 7, |s| s.raw()), b"N1|ST");
}

#[test]
fn separators_that_cannot_serve_are_replaced() {
    let broken = Separators { element: b'A', component: b'A', terminator: b'A', ..Separators::X12 };
    let octets = Writer::new(broken, &HEADER).finish();
    assert!(octets.ends_with(b"*T*>~IEA*0*000000007~"));
}

#[test]
fn long_values_are_cut_to_the_width_of_the_isa() {
    let header = InterchangeHeader { sender: b"A VERY LONG SENDER ID", control: 1_000_000_001, ..HEADER };
    let octets = Writer::new(Separators::default(), &header).finish();
    assert_eq!(String::from_utf8_lossy(&octets[32..53]), "ZZ*A VERY LONG SEN*01");
    assert_eq!(octets.iter().position(|&b| b == b'~'), Some(105));
    assert!(octets.ends_with(b"IEA*0*000000001~"));
}
