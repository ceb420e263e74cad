//! The index alone, over batches that are made up, with runs of a few entries.

use super::*;
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeSet;

const FEW: Most = Most { entries: 8, batches: 4 };

/// Batches as SQL and segments would have them; the numbers of those whose segment is away.
#[derive(Default)]
struct Shelf(RefCell<Vec<(Month, Vec<Mark>)>>, RefCell<BTreeSet<u64>>, u8);

impl Shelf {
    fn batch(&self, number: u64) -> Batch {
        Batch { number, name: [self.2; 16] }
    }

    fn numbered(&self) -> Vec<(u64, Month, Vec<Mark>)> {
        (1..).zip(&*self.0.borrow()).map(|(number, (month, tokens))| (number, *month, tokens.clone())).collect()
    }

    fn put(&self, runs: &Runs, month: Month, tokens: Vec<Mark>) {
        self.0.borrow_mut().push((month, tokens.clone()));
        runs.note(month, self.batch(self.0.borrow().len() as u64), tokens);
    }

    /// By a look at everything.
    fn scan(&self, month: Month, token: &Mark) -> Vec<u64> {
        let all = self.numbered();
        let has = |(_, of, tokens): &&(u64, Month, Vec<Mark>)| *of == month && tokens.contains(token);
        all.iter().rev().filter(has).map(|(number, ..)| *number).collect()
    }
}

impl Source for Shelf {
    fn last(&self) -> Result<Batch, Error> {
        Ok(self.batch(self.0.borrow().len() as u64))
    }

    fn name(&self, number: u64) -> Result<Option<[u8; 16]>, Error> {
        Ok((1..=self.0.borrow().len() as u64).contains(&number).then_some([self.2; 16]))
    }

    fn months(&self) -> Result<Vec<Month>, Error> {
        Ok(self.0.borrow().iter().map(|(month, _)| *month).collect::<BTreeSet<_>>().into_iter().collect())
    }

    fn after(&self, month: Month, after: u64) -> Result<Page, Error> {
        let later = self.numbered().into_iter().filter(|(number, of, _)| *of == month && *number > after);
        let read = |number: u64, tokens| (!self.1.borrow().contains(&number)).then_some(tokens);
        Ok(later.map(|(number, _, tokens)| (self.batch(number), read(number, tokens))).take(3).collect())
    }

    fn is_readable(&self, number: u64) -> Result<bool, Error> {
        Ok(!self.1.borrow().contains(&number))
    }
}

fn month(number: u8) -> Month {
    format!("2026-{:02}", 1 + number % 3).parse().unwrap()
}

/// Spread over all octets, as keyed tokens are.
fn token(number: u64) -> Mark {
    Mark(number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes())
}

fn found(runs: &Runs, month: Month, token: &Mark) -> Vec<u64> {
    let mut numbers = Vec::new();
    let all = runs.find(month, token, |number| {
        numbers.push(number);
        Ok(ControlFlow::Continue(()))
    });
    all.unwrap();
    numbers
}

fn open(dir: &Path, shelf: &Shelf) -> Runs {
    Runs::open(dir, FEW, shelf).unwrap()
}

fn files(dir: &Path, month: Month) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(dir.join(month.to_string())).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn filled(dir: &Path, shelf: &Shelf, batches: u64) -> Runs {
    let runs = open(dir, shelf);
    for number in 0..batches {
        shelf.put(&runs, month(0), vec![token(number), token(number + 1), token(999)]);
        while runs.tend().unwrap() {}
    }
    runs
}

#[test]
fn each_run_is_larger_than_all_newer_ones_together() {
    let (dir, shelf) = (tempfile::tempdir().unwrap(), Shelf::default());
    let runs = filled(dir.path(), &shelf, 200);
    let sizes: Vec<u64> = runs.state().months[&month(0)].runs.iter().map(|run| run.entries).collect();
    assert!((2..8).contains(&sizes.len()), "{sizes:?}");
    for (at, size) in sizes.iter().enumerate() {
        assert!(*size > sizes[at + 1..].iter().sum(), "{sizes:?}");
    }
    assert_eq!(files(dir.path(), month(0)).len(), sizes.len(), "merged runs are gone");
    assert_eq!(found(&runs, month(0), &token(999)), (1..=200).rev().collect::<Vec<_>>());
    let mut seen = 0;
    let first = |_| {
        seen += 1;
        Ok(if seen == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    };
    runs.find(month(0), &token(999), first).unwrap();
    assert_eq!(seen, 3);
}

/// Whatever is cut off, gone, no file, or damaged in what a start reads, a start makes it good.
#[test]
fn damaged_runs_are_made_again() {
    let (dir, shelf) = (tempfile::tempdir().unwrap(), Shelf::default());
    drop(filled(dir.path(), &shelf, 50));
    for victim in 0..files(dir.path(), month(0)).len() {
        let faults: [fn(&Path); 6] = [
            |path| fs::remove_file(path).unwrap(),
            |path| fs::write(path, b"").unwrap(),
            |path| fs::write(path, &fs::read(path).unwrap()[10..]).unwrap(),
            |path| {
                let mut octets = fs::read(path).unwrap();
                let at = octets.len() - 1;
                octets[at] ^= 1;
                fs::write(path, octets).unwrap();
            },
            |path| {
                fs::remove_file(path).unwrap();
                fs::create_dir_all(path.join("deep")).unwrap();
            },
            |path| {
                fs::remove_file(path).unwrap();
                std::os::unix::fs::symlink("nowhere", path).unwrap();
            },
        ];
        for fault in faults {
            fault(&files(dir.path(), month(0))[victim]);
            let runs = open(dir.path(), &shelf);
            for number in 0..=50 {
                assert_eq!(found(&runs, month(0), &token(number)), shelf.scan(month(0), &token(number)));
            }
            while runs.tend().unwrap() {}
        }
    }
    fs::remove_dir_all(dir.path().join(month(0).to_string())).unwrap();
    fs::write(dir.path().join(month(0).to_string()), b"a file").unwrap();
    fs::write(dir.path().join(month(1).to_string()), b"a file").unwrap();
    assert_eq!(found(&open(dir.path(), &shelf), month(0), &token(7)), [8, 7]);
}

/// Damage among the entries, which no start reads: who seeks hears of it, no merge carries it on, and the other months go on.
#[test]
fn damaged_entries_are_an_error_and_not_a_silence() {
    let (dir, shelf) = (tempfile::tempdir().unwrap(), Shelf::default());
    drop(filled(dir.path(), &shelf, 50));
    let newest = files(dir.path(), month(0)).pop().unwrap();
    let mut octets = fs::read(&newest).unwrap();
    octets[3] ^= 1;
    fs::write(&newest, octets).unwrap();
    let runs = open(dir.path(), &shelf);
    let sought = runs.find(month(0), &token(999), |_| Ok(ControlFlow::Continue(())));
    assert!(matches!(sought, Err(Error::Damaged { .. })));
    for number in 100..160 {
        shelf.put(&runs, month(u8::try_from(number % 2).unwrap()), vec![token(number)]);
        let _ = runs.tend();
    }
    let state = runs.state();
    let healthy = &state.months[&month(1)];
    assert!(healthy.runs.len() < 6 && healthy.fresh.len() < 8, "{} runs", healthy.runs.len());
}

/// A segment that is away when a run is made of its batch, and comes back.
#[test]
fn a_batch_that_comes_back_is_found_after_the_next_start() {
    let (dir, shelf) = (tempfile::tempdir().unwrap(), Shelf::default());
    drop(filled(dir.path(), &shelf, 50));
    fs::remove_dir_all(dir.path().join(month(0).to_string())).unwrap();
    shelf.1.borrow_mut().extend([7, 8, 20]);
    for _ in 0..2 {
        let runs = open(dir.path(), &shelf);
        assert!(found(&runs, month(0), &token(7)).is_empty() && !found(&runs, month(0), &token(9)).is_empty());
    }
    shelf.1.borrow_mut().remove(&8);
    assert_eq!(found(&open(dir.path(), &shelf), month(0), &token(7)), [8]);
    shelf.1.borrow_mut().clear();
    assert_eq!(found(&open(dir.path(), &shelf), month(0), &token(7)), [8, 7]);
}

#[test]
fn all_months_together_have_no_more_in_memory_than_one() {
    let (dir, shelf) = (tempfile::tempdir().unwrap(), Shelf::default());
    let runs = open(dir.path(), &shelf);
    for number in 0..30 {
        shelf.put(&runs, month(u8::try_from(number % 3).unwrap()), vec![token(number)]);
        while runs.tend().unwrap() {}
        let state = runs.state();
        assert!(state.months.values().map(|own| own.batches).sum::<u64>() < FEW.batches);
    }
    drop(runs);
    let runs = open(dir.path(), &shelf);
    assert!(runs.state().months.values().map(|own| own.batches).sum::<u64>() < FEW.batches + 3);
}

/// Of a control database that is older, and then goes on with other batches under the same numbers.
#[test]
fn runs_of_batches_that_are_not_there_are_removed() {
    let (dir, shelf) = (tempfile::tempdir().unwrap(), Shelf::default());
    drop(filled(dir.path(), &shelf, 50));
    shelf.0.borrow_mut().truncate(20);
    let runs = open(dir.path(), &shelf);
    shelf.put(&runs, month(0), vec![token(7000)]);
    assert_eq!(found(&runs, month(0), &token(7000)), [21]);
    assert!(found(&runs, month(0), &token(40)).is_empty());
    drop(runs);
    // Or longer, and another's.
    let other = Shelf(RefCell::default(), RefCell::default(), 1);
    (0..90).for_each(|number| other.0.borrow_mut().push((month(0), vec![token(8000 + number)])));
    assert_eq!(found(&open(dir.path(), &other), month(0), &token(8003)), [4]);
    shelf.0.borrow_mut().clear();
    open(dir.path(), &shelf);
    assert!(!dir.path().join(month(0).to_string()).exists());
}

/// A crash between the merged run and the removal of what it was merged from.
#[test]
fn what_was_merged_is_there_once() {
    let (dir, shelf) = (tempfile::tempdir().unwrap(), Shelf::default());
    let runs = open(dir.path(), &shelf);
    let mut copies = Vec::new();
    for number in 0..32 {
        shelf.put(&runs, month(0), vec![token(number), token(999)]);
        while runs.tend().unwrap() {
            copies.extend(files(dir.path(), month(0)).into_iter().map(|path| (path.clone(), fs::read(path).unwrap())));
        }
    }
    drop(runs);
    copies.into_iter().filter(|(path, _)| !path.exists()).for_each(|(path, octets)| fs::write(path, octets).unwrap());
    let runs = open(dir.path(), &shelf);
    assert_eq!(found(&runs, month(0), &token(999)), (1..=32).rev().collect::<Vec<_>>());
    assert_eq!(files(dir.path(), month(0)).len(), runs.state().months[&month(0)].runs.len());
}

#[derive(Debug, Clone)]
enum Step {
    Put(u8, Vec<u64>),
    Tend,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<u8>(), proptest::collection::vec(0_u64..40, 0..5)).prop_map(|(month, tokens)| Step::Put(month, tokens)),
        3 => Just(Step::Tend),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_agrees_with_a_scan_at_every_step(steps in proptest::collection::vec(step(), 1..120)) {
        let (dir, shelf) = (tempfile::tempdir().unwrap(), Shelf::default());
        let mut runs = open(dir.path(), &shelf);
        for step in steps {
            match step {
                Step::Put(of, tokens) => shelf.put(&runs, month(of), tokens.into_iter().map(token).collect()),
                Step::Tend => drop(runs.tend().unwrap()),
                Step::Reopen => runs = open(dir.path(), &shelf),
            }
            for (of, number) in (0..3).flat_map(|of| (0..40).step_by(7).map(move |number| (of, number))) {
                prop_assert_eq!(found(&runs, month(of), &token(number)), shelf.scan(month(of), &token(number)));
            }
        }
    }
}
