//! What whoever carries a bundle can do to a co-holder's lists in it, and to its level.

use super::{
    co_holder::{listed, november, taken, with},
    *,
};
use sha2::{Digest, Sha256};

/// The bundle with one section changed, every digest made anew.
fn changed(bundle: &[u8], section: &str, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let head = bundle.windows(2).position(|two| two == b"\n\n").unwrap();
    let index = std::str::from_utf8(&bundle[..head]).unwrap();
    let (mut rest, mut lines, mut body) = (&bundle[head + 2..], vec![bundle::VERSION.to_owned()], Vec::new());
    for line in index.lines().skip(1) {
        let (name, octets) = line.split_once(' ').unwrap();
        let (own, more) = rest.split_at(octets.split(' ').next().unwrap().parse().unwrap());
        rest = more;
        let own = if name == section { change(own) } else { own.to_vec() };
        lines.push(format!("{name} {:010} {}", own.len(), hex::encode(Sha256::digest(&own))));
        body.extend(own);
    }
    [lines.join("\n").into_bytes(), b"\n\n".to_vec(), body].concat()
}

#[test]
fn lists_left_out_unneeded_unsorted_or_altered() {
    let (estate, batches) = november("Audit");
    let estate = with(estate.clone(), listed(&estate, &batches[1..2]));
    let (note, pins) = (estate.note(), estate.pins());
    let prove = |hypothesis: &str| {
        let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis, pins: Some(&pins) };
        bundle::prove(parts, &estate.beside()).unwrap().octets
    };
    let made = prove(&taken(&["warden"]));
    let with = |octets: &[u8], pins| bundle::verify(octets, pins, &[]).map(|found| found.verdict);
    assert_eq!(with(&made, Some(&pins)), Ok(bundle::Verdict::Verified));
    let refused =
        |change: &dyn Fn(&[u8]) -> Vec<u8>| with(&changed(&made, "unwraps", change), Some(&pins)).unwrap_err();
    assert_eq!(refused(&|_| vec![]), Refusal::AssessmentDiffers { field: "at_most".into() });
    assert_eq!(refused(&|own| [own, own].concat()), Refusal::UnwrapsOrder);
    assert_eq!(refused(&|own| own.strip_suffix(b"\n").unwrap().to_vec()), Refusal::UnwrapsOrder);
    let blank = Refusal::Unwraps { number: 0, source: canonical::NotCanonical::Form };
    assert_eq!(refused(&|own| [b" ", own].concat()), blank);
    // An empty list that another key signed; and the right one where nothing asks for it.
    let mut forged = listed(&estate, &[]);
    forged.signature = Unwraps::new(forged.record.clone(), &secret(3)).signature;
    let forged = [canonical::bytes(&forged), vec![b'\n']].concat();
    assert_eq!(refused(&|_| forged.clone()), Refusal::UnwrapsUnneeded { number: 0 });
    let own = [canonical::bytes(&estate.unwraps[0]), vec![b'\n']].concat();
    for hypothesis in [taken(&["warden", "co-holder"]), STORAGE.to_owned()] {
        let unneeded = changed(&prove(&hypothesis), "unwraps", |_| own.clone());
        assert_eq!(with(&unneeded, Some(&pins)), Err(Refusal::UnwrapsUnneeded { number: 0 }), "{hypothesis}");
    }
    // The level is the pins' and the keys', not the bundle's.
    let level = Refusal::Level { stated: 2, shown: 0 };
    assert_eq!(with(&made, None), Err(level));
    for other in [1, 3] {
        let stated = |own: &[u8]| {
            let text = String::from_utf8(own.to_vec()).unwrap();
            text.replace("\"level\":2", &format!("\"level\":{other}")).into_bytes()
        };
        let found = with(&changed(&made, "assessment", stated), Some(&pins));
        assert_eq!(found, Err(Refusal::AssessmentDiffers { field: "level".into() }));
    }
}
