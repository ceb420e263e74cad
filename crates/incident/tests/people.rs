//! Of how many different people what is reached is: by which count, and when by none.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{
    Assessment, Hypotheses,
    assessment::People,
    exposure::{self, Ground},
};
use ledger::{FieldClass, Province, entry::*, replay::Taken};
use std::collections::BTreeSet;

const KEY: &str = "[[hypothesis]]\nkind = \"carrier-key\"\ncertificate = \"sha256:5151515151515151515151515151515151515151515151515151515151515151\"\n";
const AGENT: &str = "[[hypothesis]]\nkind = \"principal\"\nprincipal = \"support-7\"\n";
const ROWS: [(Province, &[FieldClass], u32); 1] = [(Province::QC, &[Address], 50)];

fn assess(estate: &Estate, hypothesis: &str, ground: Ground) -> Assessment {
    let mut seen = estate.clone();
    seen.at("2026-10-20T00:00:00.000Z");
    let hypotheses = Hypotheses::parse(hypothesis).unwrap();
    exposure::assess(&seen.history(), &seen.beside(), &hypotheses, ground).unwrap()
}

/// Number and rows of the set, and whether a count is offered.
fn people(estate: &Estate, hypothesis: &str) -> (Option<(u64, u64)>, bool) {
    let found = assess(estate, hypothesis, APART);
    let told = found.people.map(|own| (own.people, own.rows));
    let offered = found.statements.iter().any(|said| said.contains("`bulla count`"));
    assert_eq!(told.is_some(), found.statements.iter().any(|said| said.starts_with("These rows go to at most")));
    (told, offered)
}

#[test]
fn the_smallest_count_that_has_all_of_it_is_told() {
    let mut estate = of_counts();
    assert_eq!(people(&estate, KEY), (None, true), "nobody has counted");
    estate.count(&[0], 150);
    assert_eq!(people(&estate, KEY), (None, true), "a count of a part of it");
    estate.count(&[0, 1, 2], 321);
    assert_eq!(people(&estate, KEY), (None, true), "more people than there are rows");
    estate.count(&[0, 1, 2], 320);
    assert_eq!(people(&estate, KEY), (Some((320, 470)), false), "a larger set");
    let counted = estate.count(&[0, 2], 250);
    estate.count(&[0, 2], 250);
    assert_eq!(people(&estate, KEY), (Some((250, 320)), false), "exactly it");
    let found = assess(&estate, KEY, APART);
    assert_eq!(found.at_most.rows, 320);
    assert_eq!(found.people, Some(People { people: 250, rows: 320, intent: counted - 1, counted }));
    let text = found.to_text();
    let line = format!("\nof at most 250 different people by name and postal code (counted: ledger entry {counted})\n");
    assert!(text.contains(&line), "{text}");
    // Of the other carrier's rows there is no count that tells more than they do.
    assert_eq!(people(&estate, &KEY.replace("51", "52")), (None, true));
}

#[test]
fn a_larger_set_is_said_to_be_one() {
    let mut estate = of_counts();
    let counted = estate.count(&[0, 1, 2], 300);
    let found = assess(&estate, KEY, ONE_HOST);
    let text = found.to_text();
    let line = format!(
        "\nof at most 300 different people by name and postal code (counted: ledger entry {counted}, of a larger set of 470 rows)\n"
    );
    assert!(text.contains(&line), "{text}");
    let said = |said: &String| said.contains("the warden counted those of 470 rows, more than are reached");
    assert!(found.statements.iter().any(said), "{text}");
}

#[test]
fn what_came_since_is_of_nobody_counted() {
    let mut estate = of_counts();
    estate.count(&[0, 2], 250);
    let again = estate.leaves.iter().find(|leaf| String::from_utf8_lossy(leaf).contains("\"intake\"")).unwrap().clone();
    let mut void = estate.clone();
    assert_ne!(void.force(&again), Taken::Applied);
    assert_eq!(people(&void, KEY), (None, false), "a void entry's rows: anything");
    let batch = estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &ROWS)])[0];
    assert_eq!(people(&estate, KEY), (None, true));
    estate.tick("gw-2", 1, 7);
    assert_eq!(people(&estate, KEY), (None, false), "what a gateway may have stored beyond: anybody's");
    estate.open(batch, &[1, 2], &[Address], true);
    assert_eq!(people(&estate, AGENT), (None, false), "two rows are two people at most");
}

#[test]
fn nobody_takes_a_suspects_word() {
    let mut estate = of_counts();
    estate.count(&[0, 1, 2], 250);
    let others = "[[hypothesis]]\nkind = \"storage\"\n";
    assert_eq!(people(&estate, &format!("{KEY}{others}")), (Some((250, 470)), false), "nobody's host is taken");
    for kind in ["warden", "host", "collusion"] {
        let taken = format!("[[hypothesis]]\nkind = \"{kind}\"\n");
        assert_eq!(people(&estate, &taken), (None, false), "{kind}");
        assert_eq!(people(&estate, &format!("{KEY}{taken}")), (None, false), "{kind} beside the key");
    }
    // On one host a co-holder's is everybody's.
    let one = assess(&estate, &format!("{KEY}[[hypothesis]]\nkind = \"co-holder\"\n"), ONE_HOST);
    assert_eq!(one.people, None);
}

/// A made-up past: who is in which rows, drawn by lot.
struct Past {
    estate: Estate,
    /// Of each batch, the cell that it was sealed to and the person of each row.
    rows: Vec<(usize, Vec<u64>)>,
    lot: u64,
}

impl Past {
    fn draw(&mut self, below: u64) -> u64 {
        self.lot = self.lot.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.lot >> 33) % below
    }

    /// Different people of these cells' rows.
    fn truly(&self, cells: &[usize]) -> u64 {
        let own = self.rows.iter().filter(|(cell, _)| cells.contains(cell)).flat_map(|(_, people)| people);
        own.collect::<BTreeSet<_>>().len() as u64
    }

    fn receive(&mut self) {
        let second = self.draw(3) == 0 && self.estate.now < time("2026-10-01T00:00:00.000Z");
        let october = self.estate.now >= time("2026-10-01T00:00:00.000Z");
        let (agreement, cell) = if second { ("A-2", 1) } else { ("A-1", if october { 2 } else { 0 }) };
        let (count, pool) = (30 + self.draw(170), 60 + self.draw(400));
        let people = (0..count).map(|_| self.draw(pool)).collect();
        let rows: [(Province, &[FieldClass], u32); 1] = [(Province::QC, &[Address], u32::try_from(count).unwrap())];
        self.estate.receive("gw-1", Verdict::Accepted, 0, &[(agreement, &rows)]);
        self.rows.push((cell, people));
    }

    /// An honest warden's, of whatever set: where the rules allow it.
    fn count(&mut self, nonce: u8) {
        let cells: Vec<usize> = (0..3).filter(|_| self.draw(3) > 0).collect();
        let own = intent(&self.estate, nonce, &cells, 3);
        let force = |estate: &mut Estate, entry| {
            let leaf = Logged { time: estate.now, entry }.to_bytes();
            estate.force(&leaf) == Taken::Applied
        };
        let mut with_voids = self.estate.clone();
        if !force(&mut with_voids, Entry::CountIntent(own.clone())) || self.draw(5) == 0 {
            return; // refused, or spoilt before it was announced
        }
        self.estate = with_voids;
        let people = self.truly(&cells);
        if self.draw(5) > 0 && people >= 100 {
            assert!(force(&mut self.estate, given(&own, people)), "its set is these cells' rows");
        }
    }
}

/// Whatever happened, who is readable is no more people than are told.
#[test]
fn there_are_never_more_people_than_are_told() {
    let (mut told, mut smaller) = (0, 0);
    for seed in 0..400 {
        let mut past = Past { estate: with_counter(), rows: Vec::new(), lot: seed };
        past.estate.at("2026-09-02T00:00:00.000Z");
        for step in 0..12 {
            match past.draw(8) {
                0..=3 => past.receive(),
                4..=6 => past.count(step),
                _ if past.estate.now < time("2026-10-01T00:00:00.000Z") => {
                    past.estate.at("2026-10-02T00:00:00.000Z");
                }
                _ => past.receive(),
            }
        }
        for (key, cells) in [("51", &[0, 2][..]), ("52", &[1])] {
            let found = assess(&past.estate, &KEY.replace("51", key), APART);
            let readable: u64 =
                past.rows.iter().filter(|(cell, _)| cells.contains(cell)).map(|(_, own)| own.len() as u64).sum();
            assert_eq!(found.at_most.rows, readable, "seed {seed}");
            let Some(own) = found.people else { continue };
            told += 1;
            smaller += u64::from(own.people < own.rows);
            assert!(
                (past.truly(cells)..=readable).contains(&own.people),
                "seed {seed}: {own:?} of {}",
                past.truly(cells)
            );
        }
    }
    assert!(told > 100 && smaller > 50, "{told} told, {smaller} of them of fewer people than rows");
}
