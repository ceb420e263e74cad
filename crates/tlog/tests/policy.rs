//! Policies in the words of c2sp.org/tlog-policy, read by the grammar that stands there.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use std::collections::{BTreeMap, BTreeSet};
use tlog::*;

/// What a policy's text says: logs, witnesses by name, and the rule.
#[derive(Default)]
struct Policy {
    logs: Vec<Verifier>,
    witnesses: BTreeMap<String, Verifier>,
    groups: BTreeMap<String, (usize, Vec<String>)>,
    quorum: Option<String>,
}

impl Policy {
    /// The specification, rule by rule; `None` where the text breaks one.
    fn read(text: &str) -> Option<Self> {
        let allowed = |octet: u8| matches!(octet, b'\t' | b'\n' | 0x20..=0x7e | 0x80..);
        let lines = text.strip_suffix('\n').filter(|text| text.bytes().all(allowed))?;
        let (mut policy, mut members) = (Self::default(), BTreeSet::new());
        for line in lines.split('\n') {
            let items: Vec<_> = line.split([' ', '\t']).filter(|item| !item.is_empty()).collect();
            match items.as_slice() {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["log", key, url @ ..] if url.len() <= 1 => {
                    let key: Verifier = key.parse().ok().filter(|key: &Verifier| !key.algorithm().cosigns())?;
                    let new = policy.logs.iter().all(|log| log.public() != key.public());
                    new.then(|| policy.logs.push(key))?;
                }
                ["witness", name, key, url @ ..] if url.len() <= 1 && policy.is_new(name) => {
                    let key: Verifier = key.parse().ok().filter(|key: &Verifier| key.algorithm().cosigns())?;
                    let new = policy.witnesses.values().all(|known| known.public() != key.public());
                    new.then(|| policy.witnesses.insert((*name).to_owned(), key))?;
                }
                ["group", name, k, names @ ..] if !names.is_empty() && policy.is_new(name) => {
                    let known = |name: &&str| !policy.is_new(name) && *name != "none";
                    let all = names.iter().all(known) && names.iter().all(|name| members.insert((*name).to_owned()));
                    let k = match *k {
                        "all" => names.len(),
                        "any" => 1,
                        number => number.parse().ok().filter(|k| (1..=names.len()).contains(k))?,
                    };
                    let names = names.iter().map(|name| (*name).to_owned()).collect();
                    all.then(|| policy.groups.insert((*name).to_owned(), (k, names)))?;
                }
                ["quorum", name] if policy.quorum.is_none() && (*name == "none" || !policy.is_new(name)) => {
                    policy.quorum = Some((*name).to_owned());
                }
                _ => return None,
            }
        }
        policy.quorum.is_some().then_some(policy)
    }

    fn is_new(&self, name: &str) -> bool {
        name != "none" && !self.witnesses.contains_key(name) && !self.groups.contains_key(name)
    }

    /// Whether cosignatures of these witnesses are enough.
    fn holds(&self, name: &str, by: &[&str]) -> bool {
        match self.groups.get(name) {
            Some((k, names)) => names.iter().filter(|name| self.holds(name, by)).count() >= *k,
            None => name == "none" || by.contains(&name),
        }
    }

    fn enough(&self, by: &[&str]) -> bool {
        self.holds(self.quorum.as_deref().unwrap(), by)
    }
}

fn log() -> Verifier {
    Signer::new("log.example/ledger", &[1; 32]).unwrap().verifier()
}

fn witness(name: &str, seed: u8) -> Verifier {
    Cosigner::new(name, &[seed; 32]).unwrap().verifier()
}

/// The reader of this test reads the specification's example, its keys filled in.
#[test]
fn the_example_of_the_specification() {
    let mut example = "log <vkey>\n\nwitness X1 <vkey>\nwitness X2 <vkey>\nwitness X3 <vkey>\n\
        group X-witnesses 2 X1 X2 X3\n\nwitness Y1 <vkey>\nwitness Y2 <vkey>\nwitness Y3 <vkey>\n\
        group Y-witnesses any Y1 Y2 Y3\n\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
        .replacen("<vkey>", &log().to_string(), 1);
    for seed in 2..8 {
        example = example.replacen("<vkey>", &witness("w.example", seed).to_string(), 1);
    }
    let policy = Policy::read(&example).unwrap();
    assert!(policy.enough(&["X1", "X3", "Y2"]));
    assert!(!policy.enough(&["X1", "Y1", "Y2"]) && !policy.enough(&["X1", "X2", "X3"]));
    assert!(Policy::read(&example.replace("quorum X-and-Y", "quorum nobody")).is_none());
    assert!(Policy::read(&example.replace("2 X1 X2 X3", "4 X1 X2 X3")).is_none());
}

#[test]
fn a_log_with_a_quorum_of_its_witnesses() {
    let witnesses = [witness("a.example/w", 2), witness("b.example/w", 3), witness("c.example/w", 4)];
    let text = policy::to_text(&log(), &witnesses, 2).unwrap();
    let [a, b, c] = &witnesses;
    assert_eq!(
        text,
        format!(
            "log {}\nwitness a.example/w {a}\nwitness b.example/w {b}\nwitness c.example/w {c}\n\
             group witnesses 2 a.example/w b.example/w c.example/w\nquorum witnesses\n",
            log()
        )
    );
    let read = Policy::read(&text).unwrap();
    assert_eq!(read.logs, [log()]);
    assert!(read.enough(&["a.example/w", "c.example/w"]) && !read.enough(&["b.example/w"]));
    let none = policy::to_text(&log(), &witnesses, 0).unwrap();
    assert!(Policy::read(&none).unwrap().enough(&[]));
    assert!(Policy::read(&policy::to_text(&log(), &[], 0).unwrap()).is_some());
}

#[test]
fn names_that_would_not_do() {
    let pq = Verifier::new("none", Algorithm::MlDsa44, &[7; 1312]).unwrap();
    let all = [
        witness("same.example", 2),
        witness("same.example", 3),
        witness("same.example#2", 4),
        witness("witnesses", 5),
        pq.clone(),
        witness("é.example", 6),
        witness("same.example/again", 2), // the first one's key: one witness
    ];
    let text = policy::to_text(&log(), &all, 6).unwrap();
    let read = Policy::read(&text).unwrap();
    let names: Vec<_> = read.witnesses.keys().map(String::as_str).collect();
    let expected = ["none#2", "same.example", "same.example#2", "same.example#3", "witnesses#2", "é.example"];
    assert_eq!(names, expected);
    assert_eq!(read.witnesses["none#2"], pq);
    assert!(read.enough(&names) && !read.enough(&names[1..]));

    let wrong = |wanted| Err(Error::Malformed { wanted });
    assert_eq!(policy::to_text(&log(), &all, 7), wrong("quorum for so few witnesses"));
    assert_eq!(policy::to_text(&all[0], &all, 1), wrong("type of key for its place in a policy"));
    assert_eq!(policy::to_text(&log(), &[log()], 1), wrong("type of key for its place in a policy"));
    assert_eq!(policy::to_text(&log(), &[witness("a\u{7f}b", 2)], 1), wrong("name for a policy"));
}
