//! A mapping takes its memory in a few pieces: not for each segment, and of a further set next to nothing.

use edi::Limits;
use manifest::{Class, mapping::Mapper};

/// Of the mapping of each set, one after the other by one mapper.
fn allocations(document: &str, parcels: usize) -> Vec<u64> {
    let (interchange, findings) = edi::read(document.as_bytes(), &Limits::default());
    assert_eq!(findings, []);
    let (mut mapper, mut counts) = (Mapper::default(), Vec::new());
    for set in interchange.groups.iter().flat_map(|group| &group.sets) {
        let mut read = None;
        let taken = allocation_counter::measure(|| read = mapper.read(&interchange, set, &Class::ALL).ok());
        counts.push(taken.count_total);
        assert_eq!(read.map(|read| read.parcels.len()), Some(parcels));
    }
    counts
}

fn ship_notices(sets: usize, parcels: usize) -> String {
    let pack = |n: usize| {
        let (order, pack) = (2 * n, 2 * n + 1);
        format!(
            "HL*{order}*1*O~PRF*ORDER-{n}~N1*ST*ADA EXAMPLE~N3*1 ELM ST~N4*LAVAL*QC*H7A 0A1*CA~PER*IC*ADA*TE*5145550100~\
             HL*{pack}*{order}*P~TD1******G*1.5*KG~REF*CN*9999{n}~MAN*CP*9999{n}~"
        )
    };
    let packs: String = (1..=parcels).map(pack).collect();
    let set = |n: usize| {
        let (levels, segments) = (2 * parcels + 1, 10 * parcels + 6);
        format!(
            "ST*856*{n:04}~BSN*00*M-{n}*20260105*0930~HL*1**S~DTM*011*20260105~{packs}CTT*{levels}~SE*{segments}*{n:04}~"
        )
    };
    let all: String = (1..=sets).map(set).collect();
    format!(
        "ISA*00*          *00*          *ZZ*SHIPPER        *ZZ*CARRIER        *260105*0930*U*00401*000000007*0*P*>~\
         GS*SH*SHIPPER*CARRIER*20260105*0930*7*X*004010~{all}GE*{sets}*7~IEA*1*000000007~"
    )
}

fn instructions(messages: usize) -> String {
    let message = |n: usize| {
        format!(
            "UNH+{n}+IFTMIN:D:01B:UN'BGM+610+M{n}+9'DTM+137:20260105:102'NAD+CZ+++MADE UP GOODS'\
             NAD+CN+++ADA EXAMPLE+1 ELM ST+LAVAL+QC+H7A 0A1+CA'CTA+IC+:ADA'COM+5145550100:TE'GID+1+1:CT'\
             MEA+AAE+G+KGM:2.5'PCI+18+9999{n}'UNT+11+{n}'"
        )
    };
    let all: String = (1..=messages).map(message).collect();
    format!("UNB+UNOC:3+SHIPPER+CARRIER+260105:0930+1'{all}UNZ+{messages}+1'")
}

#[test]
fn do_not_grow_with_the_segments() {
    let (few, many) = (allocations(&ship_notices(1, 100), 100), allocations(&ship_notices(1, 10_000), 10_000));
    // A list that grows to a hundred times as much moves some seven times.
    assert!(many[0] - few[0] < 100, "{few:?} {many:?}");
}

#[test]
fn of_a_further_set_are_few() {
    let sets = allocations(&ship_notices(5, 200), 200);
    // The second is the first that has memory to begin with.
    assert!(sets[2..].iter().all(|count| *count <= 24), "{sets:?}");
    let messages = allocations(&instructions(50), 1);
    assert!(messages[2..].iter().all(|count| *count <= 6), "{messages:?}");
}
