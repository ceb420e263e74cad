//! Bundles that were changed, with every unsigned digest rebuilt where a forger would.

use super::{container::*, strangers::*, *};
use ledger::{entry::*, *};

pub const WARDEN: &str = "[[hypothesis]]\nkind = \"warden\"\n";
const HOST: &str = "[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-1\"]\nfrom = 2026-10-02T00:00:00Z\n";

/// A bundle that holds, and the changed ones that were made of it.
pub struct Forge {
    pub estate: Estate,
    pub sections: Vec<Vec<u8>>,
    pub cases: Vec<Case>,
}

impl Forge {
    pub fn of(estate: Estate, hypothesis: &str) -> Self {
        let bundle = proven(&estate, &estate.note(), hypothesis, true);
        let sections = unpack(&bundle);
        assert_eq!(pack(&sections), bundle, "the test's writer is right");
        Self { estate, sections, cases: Vec::new() }
    }

    pub fn raw(&mut self, name: impl Into<String>, octets: Vec<u8>) {
        let pins = self.estate.pins_text();
        self.cases.push(Case::new(name, octets, Some(pins)));
    }

    pub fn change(&mut self, name: impl Into<String>, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
        let mut sections = self.sections.clone();
        change(&mut sections);
        self.raw(name, pack(&sections));
    }

    pub fn section(&mut self, name: impl Into<String>, section: usize, octets: impl Into<Vec<u8>>) {
        self.change(name, |sections| sections[section] = octets.into());
    }

    /// A part of a section's text exchanged, once.
    pub fn replaced(&mut self, section: usize, from: &str, to: &str) {
        let text = String::from_utf8(self.sections[section].clone()).unwrap();
        assert!(text.contains(from), "{from:?} in {}", NAMES[section]);
        self.section(format!("{}: {from:?} is {to:?}", NAMES[section]), section, text.replacen(from, to, 1));
    }

    /// These leaves under the note of the old ones, and under a new one that warden and witness sign.
    pub fn leaves(&mut self, name: &str, leaves: &[Vec<u8>]) {
        self.section(format!("{name}, with the old note"), ENTRIES, entries(leaves));
        let note = note_over(leaves, &[1], self.estate.now);
        self.change(format!("{name}, signed anew"), |sections| {
            sections[ENTRIES] = entries(leaves);
            sections[CHECKPOINT] = note.into_bytes();
        });
    }

    pub fn note(&mut self, name: &str, note: impl Into<String>) {
        self.section(name, CHECKPOINT, note.into());
    }
}

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (estate, hypothesis) in [(autumn(), WARDEN), (honest::bounded([20, 0]), HOST)] {
        let mut forge = Forge::of(estate, hypothesis);
        container(&mut forge);
        ledger(&mut forge);
        notes(&mut forge);
        beside(&mut forge);
        told(&mut forge);
        cases.extend(forge.cases);
    }
    let mut totals = Forge::of(honest::bounded([20, 0]), HOST);
    of_totals(&mut totals);
    cases.extend(totals.cases);
    cases.extend(questions());
    cases.extend(pinned());
    cases.extend(cast());
    cases
}

fn container(forge: &mut Forge) {
    let bundle = pack(&forge.sections);
    let end = bundle.windows(2).position(|w| w == b"\n\n").unwrap();
    for at in [0, 13, 14, 15, 40, end - 1, end, end + 1, end + 2, end + 3, bundle.len() / 2, bundle.len() - 1] {
        forge.raw(format!("cut at {at}"), bundle[..at].to_vec());
        let mut flipped = bundle.clone();
        flipped[at] ^= 1;
        forge.raw(format!("octet {at} flipped"), flipped);
    }
    forge.raw("something behind it", [&bundle[..], b"\n"].concat());
    let index = String::from_utf8(bundle[..end].to_vec()).unwrap();
    for (from, to) in [
        ("bundle/13", "bundle/12"),
        ("bulla", "Bulla"),
        ("hypothesis 0", "hypothesis "),
        ("hypothesis 0", "hypothesis 00"),
        ("hypothesis 0", "hypothesis +"),
        ("hypothesis 0", "hypothesis -"),
        ("hypothesis 0", "hypothesis  "),
        ("hypothesis 0", "hypothesis \u{ff10}"),
        ("entries", "entry"),
        ("entries ", "entries  "),
        ("checkpoint", "\ncheckpoint"),
        ("hypothesis 0", "hypothesis 9"),
        ("assessment 0", "assessment 9"),
        ("hypothesis 0", "hypothesis 99999999999999999999999"),
        ("\n", "\r\n"),
        ("checkpoint ", "more 0 0\ncheckpoint "),
        ("totals", "TOTALS"),
    ] {
        forge.raw(
            format!("index: {from:?} is {to:?}"),
            [index.replacen(from, to, 1).as_bytes(), &bundle[end..]].concat(),
        );
    }
    for octets in end - 3..end + 3 {
        forge.raw(format!("an index of {octets} octets, and no more"), bundle[..octets].to_vec());
        forge.raw(format!("an index of {octets} octets"), [&bundle[..octets], b"\n\n"].concat());
    }
    for (number, name) in NAMES.iter().enumerate() {
        let own = forge.sections[number].clone();
        forge.section(format!("{name} empty"), number, vec![]);
        forge.section(format!("{name} cut"), number, own[..own.len() - own.len().min(1)].to_vec());
        forge.section(format!("{name} halved"), number, own[..own.len() / 2].to_vec());
        forge.section(format!("{name} doubled"), number, [&own[..], &own].concat());
        for octets in [&b"\0"[..], b" ", b"\n", b"\xff", b"{}\n", b"\x1b"] {
            forge.section(format!("{name} ended by {octets:?}"), number, [&own[..], octets].concat());
            forge.section(format!("{name} begun by {octets:?}"), number, [octets, &own[..]].concat());
        }
        forge.change(format!("{name} and the next exchanged"), |sections| {
            sections.swap(number, (number + 1) % NAMES.len())
        });
        forge.change(format!("{name} cut, its digest not rebuilt"), |_| {});
        let mut bundle = pack(&forge.sections);
        let at = bundle.len() - forge.sections[number..].concat().len();
        if !own.is_empty() {
            bundle[at] ^= 0x20;
            forge.cases.last_mut().unwrap().octets = bundle;
        }
    }
}

fn ledger(forge: &mut Forge) {
    let leaves = forge.estate.leaves.clone();
    for at in [0, 1, 3, 9, 13, 20, leaves.len() - 1] {
        let at = at.min(leaves.len() - 2);
        let mut dropped = leaves.clone();
        dropped.remove(at);
        forge.leaves(&format!("entry {at} dropped"), &dropped);
        let mut reordered = leaves.clone();
        reordered.swap(at, at + 1);
        forge.leaves(&format!("entry {at} and the next exchanged"), &reordered);
        let mut twice = leaves.clone();
        twice.insert(at, leaves[at].clone());
        forge.leaves(&format!("entry {at} twice"), &twice);
        for (from, to) in
            [("2026", "2027"), ("\":\"", "\": \""), ("\"}", "\",\"a\":1}"), ("e", "\\u0065"), ("0", "1"), ("{", "[")]
        {
            let mut altered = leaves.clone();
            altered[at] = String::from_utf8(leaves[at].clone()).unwrap().replacen(from, to, 1).into_bytes();
            forge.leaves(&format!("entry {at}: {from:?} is {to:?}"), &altered);
        }
    }
    // Every signature by anybody, one after the other: the entry is void, or was no date.
    for (at, leaf) in leaves.iter().enumerate() {
        let text = String::from_utf8(leaf.clone()).unwrap();
        let Some(place) = text.find("\"signature\":\"").map(|place| place + 40) else { continue };
        let mut altered = leaves.clone();
        altered[at][place] = if leaf[place] == b'0' { b'1' } else { b'0' };
        forge.leaves(&format!("the signature of entry {at} changed"), &altered);
    }
    forge.leaves("the last entries left out", &leaves[..leaves.len() - 3]);
    forge.leaves("one more", &[&leaves[..], &[leaves[5].clone()]].concat());
    forge.leaves("an entry of nothing", &[&leaves[..], &[vec![]]].concat());
    forge.section("an entry longer than what is left", ENTRIES, [&forge.sections[ENTRIES][..], &[9, 9, 1]].concat());
    // A batch, its header and all that counts it.
    let mut removed = leaves.clone();
    removed.retain(|leaf| !leaf.windows(12).any(|octets| octets == b"\"rows\":10,\"s"));
    forge.leaves("a body removed", &removed);
    let shred = forge.estate.state.time.unwrap();
    let mut backdated = forge.estate.clone();
    backdated.now = time("2026-10-01T00:00:00.000Z");
    let period: PeriodId = "A-1/2026-10/d90".parse().unwrap();
    let key = backdated.state.periods[&period].key;
    for now in [backdated.now, shred] {
        for entry in [
            Entry::ShredIntent(Shred { period: period.clone(), key }),
            Entry::Shred(Shred { period: period.clone(), key }),
        ] {
            backdated.force(&Logged { time: now, entry }.to_bytes());
        }
    }
    forge.leaves("a shred with an older time", &backdated.leaves);
}

fn notes(forge: &mut Forge) {
    let (leaves, now) = (forge.estate.leaves.clone(), forge.estate.now);
    let own = note_over(&leaves, &[1], now);
    for (name, note) in [
        ("nobody cosigned", note_over(&leaves, &[], now)),
        ("the other witness cosigned", note_over(&leaves, &[2], now)),
        ("both cosigned", note_over(&leaves, &[1, 2], now)),
        ("both cosigned, not in order", note_over(&leaves, &[2, 1], now)),
        ("an unknown witness", note_over(&leaves, &[1, 3], now)),
        ("an unknown witness alone", note_over(&leaves, &[3], now)),
        ("twice by one", note_over(&leaves, &[1, 1], now)),
        ("an older checkpoint", note_over(&leaves[..9], &[1], now)),
        ("a checkpoint of nothing", note_over(&[], &[1], now)),
        ("by another warden", note_over(&leaves, &[1], now).replace("post.example/ledger+", "x")),
    ] {
        forge.note(name, note);
    }
    let other = [&leaves[..9], &[leaves[3].clone()], &leaves[10..]].concat();
    forge.note("a fork", note_over(&other, &[1], now));
    for (from, to) in [
        (ORIGIN, "other.example/ledger"),
        ("\n\n", "\nmore\n\n"),
        ("\n\n", "\n"),
        ("\u{2014} ", "- "),
        ("\u{2014} ", "\u{2014}  "),
        ("=\n", "\n"),
        ("\n", "\r\n"),
        ("\u{2014} post", "\u{2014} most"),
        ("A", "B"),
        ("\n\n", "\n\u{7}\n\n"),
    ] {
        forge.note(&format!("note: {from:?} is {to:?}"), own.replacen(from, to, 1));
    }
    let text = own.split_once("\n\n").unwrap().0.to_owned();
    for (name, changed) in [
        ("an extension line", format!("{text}\nextension\n")),
        ("another origin, signed", format!("{text}\n").replace(ORIGIN, "other.example/ledger")),
        ("a larger size, signed", format!("{text}\n").replacen(&format!("\n{}\n", leaves.len()), "\n999\n", 1)),
        ("a zero before the size", format!("{text}\n").replacen("\n", "\n0", 1)),
    ] {
        // Where no checkpoint is left, there is nothing to sign.
        let signed = std::panic::catch_unwind(|| cosigned(&changed, &[1], now));
        forge.note(name, signed.unwrap_or(changed));
    }
    for (number, line) in own.split_once("\n\n").unwrap().1.lines().enumerate() {
        let (rest, coded) = line.rsplit_once(' ').unwrap();
        let engine = base64::engine::general_purpose::STANDARD;
        for at in [4, 12, 40] {
            let mut octets = base64::Engine::decode(&engine, coded).unwrap();
            octets[at] ^= 1;
            let changed = format!("{rest} {}", base64::Engine::encode(&engine, octets));
            forge.note(&format!("signature {number} with octet {at} changed"), own.replace(line, &changed));
        }
    }
    let by_old = cosigned(&format!("{text}\n"), &[1], now);
    forge.note("the first warden's", by_old);
}

fn beside(forge: &mut Forge) {
    let estate = forge.estate.clone();
    forge.section("all headers", HEADERS, header_lines(estate.headers.values()));
    let batches: Vec<_> = estate.headers.keys().copied().collect();
    for batch in batches {
        let mut fewer = estate.headers.clone();
        fewer.remove(&batch);
        forge.section(format!("without header {batch}"), HEADERS, header_lines(fewer.values()));
        let mut altered = estate.headers.clone();
        altered.get_mut(&batch).unwrap().header.parties -= 1;
        forge.section(format!("header {batch} altered"), HEADERS, header_lines(altered.values()));
        let mut salted = estate.headers.clone();
        salted.get_mut(&batch).unwrap().salt = Hash([1; 32]);
        forge.section(format!("header {batch} with another salt"), HEADERS, header_lines(salted.values()));
        let mut strange = estate.headers.clone();
        let mut own = strange.remove(&batch).unwrap();
        own.header.batch = BatchId([250; 16]);
        strange.insert(own.header.batch, own);
        forge.section(format!("header {batch} of another batch"), HEADERS, header_lines(strange.values()));
    }
    let mut reversed = lines(&forge.sections[HEADERS]);
    reversed.reverse();
    forge.section("headers reversed", HEADERS, reversed.concat());
    for (from, to) in [
        ("{", "{ "),
        ("\"rows\":", "\"rows\":0"),
        ("\"rows\":", "\"rows\":1e"),
        ("\"suite\"", "\"\\u0073uite\""),
        (":", ":\t"),
    ] {
        forge.replaced(HEADERS, from, to);
    }
    let confirmed = estate.confirmations.clone();
    let line = |own: &Confirmation| [canonical::bytes(own), vec![b'\n']].concat();
    let mut all: Vec<_> = confirmed.iter().map(line).collect();
    all.sort();
    forge.section("no confirmation", CONFIRMATIONS, vec![]);
    forge.section("all confirmations", CONFIRMATIONS, all.concat());
    forge.section("a confirmation twice", CONFIRMATIONS, [&all[0][..], &all[0]].concat());
    let long = [&[b'!'; 999][..], b"\n"].concat();
    for (name, own) in [
        ("short lines", &[&b"!\n"[..], b"\"\n", b"~\n"][..]),
        ("a confirmation and short lines", &[&all[0], b"~\n", b"~~\n"]),
        ("short lines and a confirmation", &[b"!\n", b"~\n", &all[0]]),
        ("a long line and a confirmation", &[&long, &all[0]]),
    ] {
        forge.section(name, CONFIRMATIONS, own.concat());
        for behind in [HEADERS, TOTALS, UNWRAPS] {
            forge.change(format!("{name}, and {} none", NAMES[behind]), |sections| {
                sections[CONFIRMATIONS] = own.concat();
                sections[behind] = b"{}".to_vec();
            });
        }
    }
    all.reverse();
    forge.section("confirmations reversed", CONFIRMATIONS, all.concat());
    for change in [5, 6, 7] {
        let mut record = confirmed[0].record.clone();
        match change {
            5 => {}
            6 => record.rows += 1,
            _ => record.batches = [BatchId([250; 16])].into(),
        }
        let by = if change == 5 { 5 } else { 4 };
        let own = Confirmation::new(record, &secret(by));
        forge.section(format!("a confirmation with change {change}"), CONFIRMATIONS, line(&own));
    }
}

fn told(forge: &mut Forge) {
    let assessment = String::from_utf8(forge.sections[ASSESSMENT].clone()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&assessment).unwrap();
    let members: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
    for name in members {
        let mut without = value.clone();
        without.as_object_mut().unwrap().remove(&name);
        forge.section(format!("assessment without {name}"), ASSESSMENT, canonical::bytes(&without));
        for other in [serde_json::json!(null), serde_json::json!([]), serde_json::json!(true), serde_json::json!(7)] {
            let mut changed = value.clone();
            changed[&name] = other.clone();
            forge.section(format!("assessment: {name} is {other}"), ASSESSMENT, canonical::bytes(&changed));
        }
    }
    for (name, other) in [("rows", 1), ("parties", 0), ("shippers", 9), ("rows", u64::MAX)] {
        let mut changed = value.clone();
        changed["at_most"][name] = other.into();
        forge.section(format!("at most {other} {name}"), ASSESSMENT, changed.to_string());
    }
    for (from, to) in [
        ("{", "{ "),
        ("\"level\":1", "\"level\":1.0"),
        ("\"level\":1", "\"level\":01"),
        ("A1", "\\u00411"),
        ("\"level\":1", "\"level\":2"),
    ] {
        forge.replaced(ASSESSMENT, from, to);
    }
}
