//! What others than the warden and its workers have signed: policies and confirmations; and copies that are found.

use super::*;

#[test]
fn policies() {
    let refused_policy =
        |keep, change: &dyn Fn(&mut PolicyRecord), rule| refused(keep, policy(keep as u64, change), rule);
    refused_policy(1, &|record| record.carriers.clear(), Rule::UnknownCarrier { carrier: "C-1".parse().unwrap() });
    let nobody = || Rule::NoCertificate { carrier: "C-1".parse().unwrap() };
    refused_policy(1, &|record| record.carriers[0].certificates.clear(), nobody());
    refused_policy(1, &|record| record.origin = "other.example".into(), Rule::PolicyOrigin);
    refused_policy(1, &|record| record.number = 2, Rule::PolicyNumber { found: 2, expected: 1 });
    refused_policy(2, &|record| record.number = 1, Rule::PolicyNumber { found: 1, expected: 2 });
    refused_policy(1, &|record| record.carriers.push(carrier()), Rule::PolicyTwice);
    refused_policy(1, &|record| record.agreements.push(agreement()), Rule::PolicyTwice);
    refused_policy(1, &|record| record.principals[0].classes = Classes::from([FieldClass::Operational]), Rule::Classes);
    let nothing = |record: &mut PolicyRecord| {
        record.principals.clear();
        record.carriers.clear();
        record.agreements.clear();
    };
    refused_policy(1, &nothing, Rule::PolicyEmpty);
    // Signed by nobody, by somebody else, by an officer and somebody else, by one officer twice.
    let Entry::Policy(good) = policy(1, |_| {}) else { unreachable!("a policy") };
    let (own, other) = (good.record.sign(&secret(90)), good.record.sign(&secret(91)));
    for signatures in [vec![], vec![other.clone()], vec![own.clone(), other], vec![own.clone(), own.clone()]] {
        refused(1, Entry::Policy(Policy::new(good.record.clone(), signatures)), Rule::PolicySignatures);
    }
    let mut changed = good.clone();
    changed.record.carriers[0].certificates = [hash(9)].into();
    refused(1, Entry::Policy(changed), Rule::PolicySignatures);
    for threshold in [0, 2] {
        let mut none = genesis();
        none.authority.threshold = threshold;
        refused(0, Entry::Genesis(none), Rule::Authority);
    }
}

#[test]
fn confirmations() {
    let signed = |octet| Confirmation::new(confirmation(10), &secret(octet));
    let counts = |entries, words: &[Confirmation]| {
        let written: Vec<_> = words.iter().map(canonical::bytes).collect();
        let words: Vec<_> = words.iter().zip(written.iter().map(Vec::as_slice)).collect();
        replay(entries).unwrap().carrier_keys().signed(&words)
    };
    let (mut moved, mut other) = (signed(4), signed(4));
    moved.record.rows = 11;
    other.record.carrier = "C-9".parse().unwrap();
    let words = [signed(4), signed(3), moved, signed(4), other];
    assert_eq!(counts(story(), &words), [true, false, false, true, false]);
    assert_eq!(counts(story(), &[]), [false; 0]);
    assert_eq!(counts(story()[..1].to_vec(), &words), [false; 5], "nobody has said whose key it is");

    let mut keyless = story();
    // The first two policies both name the carrier.
    for number in [1, 2] {
        keyless[number as usize] = policy(number, |record| {
            record.carriers[0].key = None;
            if number == 2 {
                record.agreements.clear();
            }
        });
    }
    assert_eq!(counts(keyless, &words), [false; 5], "without a key nothing is confirmed");

    let mut renewed = story();
    renewed.insert(8, policy(4, |record| record.carriers[0].key = Some(public(6))));
    let words = [signed(4), signed(6), signed(3), signed(6)];
    assert_eq!(counts(renewed, &words), [true, true, false, true], "the key before it still counts");
}

#[test]
fn only_what_was_shredded_can_resurface() {
    let unknown = || Rule::ResurfacedUnknown { period: PERIOD.parse().unwrap() };
    refused(13, Entry::Resurfaced(shred()), unknown());
    refused(14, Entry::Resurfaced(Shred { key: hash(6), ..shred() }), unknown());
    let found = replay([story(), vec![Entry::Resurfaced(shred()), Entry::Resurfaced(shred())]].concat()).unwrap();
    let period = &found.periods[&PERIOD.parse().unwrap()];
    assert_eq!((period.shredded.unwrap().entry, period.resurfaced.unwrap().entry), (13, 15));
}
