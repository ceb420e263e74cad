//! The whole drill, and what came of it.

use crate::{
    Answer, Case, DAYS, Fault,
    case::{Question, answer},
    custody::Stolen,
    plan::{self, DAY, RECIPIENTS_MAX, RECIPIENTS_MIN, Sending},
    story::{Course, Taken, Told, Window, tell},
    truth::Readable,
};
use incident::{Pins, bundle::Prover};
use ledger::{Month, Time, entry::RetentionGroup};
use report::cells::{self, Cell, Place};
use std::{collections::BTreeMap, io};

/// One case.
pub struct Panel {
    /// Which.
    pub case: Case,
    /// In the weeks of the story.
    pub answer: Answer,
    /// What it says where what bounds it is not there: without what shippers signed, or if both organisations were taken.
    pub unbounded: Option<Answer>,
    /// In the worst six weeks, where weeks matter.
    pub worst: Option<Answer>,
    /// Each month of each shipper that anything came in.
    pub cells: BTreeMap<Place, Cell>,
}

/// All of them.
pub struct Outcome {
    /// What it was made from.
    pub seed: u64,
    /// How many there were.
    pub recipients: u64,
    /// How many documents.
    pub documents: usize,
    /// The cases in their order.
    pub panels: Vec<Panel>,
    /// What readers have from elsewhere. Both stories begin with the same entry, so that the same is known of both their ledgers.
    pub pins: String,
}

impl Outcome {
    /// Each difference between an assessment and the truth, with its case's letter; none if the drill is passed.
    pub fn differs(&self) -> Vec<String> {
        let answers = self.panels.iter().flat_map(|panel| {
            let all = [Some(&panel.answer), panel.worst.as_ref()].into_iter().flatten();
            all.flat_map(|answer| &answer.differs).map(|differs| format!("({}) {differs}", panel.case.letter()))
        });
        let bounded = self.panels.iter().filter(|panel| {
            let without = panel.unbounded.as_ref();
            without.is_some_and(|answer| !answer.assessment.at_most.unbounded)
        });
        answers
            .chain(bounded.map(|panel| format!("({}) there is a bound that nothing gives", panel.case.letter())))
            .collect()
    }
}

/// Who listens to a drill.
pub trait Audience: Sync {
    /// A document was told, with so many recipients; all of them come twice.
    fn heard(&self, _recipients: u32) {}

    /// An answer's bundle; it is not kept.
    ///
    /// # Errors
    /// It ends the drill.
    fn bundle(&self, _name: &str, _octets: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

/// Makes up the estate, tells both stories, answers all questions.
///
/// # Errors
/// [`Fault`].
pub fn run(seed: u64, recipients: u64, audience: &dyn Audience) -> Result<Outcome, Fault> {
    if !(RECIPIENTS_MIN..=RECIPIENTS_MAX).contains(&recipients) {
        return Err(Fault::Recipients(recipients));
    }
    let sendings = plan::sendings(seed, recipients);
    let theft = Window::of_the_theft();
    let course = |taken, days, worst| {
        let (sendings, co_held) = (sendings.clone(), taken == Taken::Gateway);
        Course { seed, sendings, days, co_held, taken, windows: [worst, theft] }
    };
    let kept = course(Taken::Gateway, RetentionGroup::DAYS_MAX, worst(&sendings, came));
    let forgotten = course(Taken::Warden, DAYS, worst(&sendings, kept_or_came));
    let (kept, forgotten) = both(|| first(&kept, audience), || second(&forgotten, audience))?;
    let (mut panels, pins) = kept;
    panels.insert(3, forgotten);
    // Whatever ever came is a cell of the first case; what an assessment has no word for is as it was: sealed.
    let came: Vec<Place> = cells::of(&panels[0].answer.assessment).into_keys().collect();
    for panel in &mut panels {
        let said = cells::of(&panel.answer.assessment);
        let state = |place: &Place| (place.clone(), said.get(place).copied().unwrap_or(Cell::Sealed));
        panel.cells = came.iter().map(state).collect();
    }
    Ok(Outcome { seed, recipients, documents: sendings.len(), panels, pins })
}

/// Warden and co-holder in the same hands.
const COLLUSION: &str = "[[hypothesis]]\nkind = \"collusion\"\n";

/// Where nothing is forgotten.
fn first(course: &Course, audience: &dyn Audience) -> Result<(Vec<Panel>, String), Fault> {
    let [worst, theft] = course.windows;
    let mut told = tell(course, audience)?;
    let pins = Pins::parse(&told.pins)?;
    // Taken out: what is asked reads the rest while this is read.
    let leaves = std::mem::take(&mut told.leaves);
    let prover = Prover::read(&leaves, told.note.as_bytes(), Some(&pins))?;
    let nothing = Stolen::new();
    let ask = |told: &Told, case, window, name, (truth, clear), keys| {
        let hypothesis = if name == "e-both" { COLLUSION.to_owned() } else { Case::hypothesis(case, window) };
        answer(told, &prover, Question { case, window, hypothesis, name, truth, clear, keys }, audience)
    };
    // What shippers' totals say has no months and no classes. The disk, with what came before, is the host's.
    let within = |window: Window| {
        let month = Month::of(window.begins());
        let came = told.truth.came_within(monday(window));
        (came.of_anything(month.year.into(), month.month.into()), told.truth.came_before(monday(window)))
    };
    let all = || (told.truth.all(), Readable::default());
    let all_clear = || (Readable::default(), told.truth.all());
    let as_it_was = panel(ask(&told, Case::AsItWas, theft, "a", all(), None)?, Case::AsItWas);
    let storage = ask(&told, Case::Storage, theft, "b", all_clear(), Some(&nothing))?;
    let mut host = panel(ask(&told, Case::Host, theft, "c", within(theft), None)?, Case::Host);
    let mut worst = ask(&told, Case::Host, worst, "c-worst", within(worst), None)?;
    is_worst(&mut worst, told.truth.worst(|truth, monday| truth.count_within(monday)));
    host.worst = Some(worst);
    let mut both = panel(ask(&told, Case::CoHolder, theft, "e", all_clear(), told.stolen.first())?, Case::CoHolder);
    both.worst = Some(ask(&told, Case::CoHolder, course.windows[0], "e-worst", all_clear(), None)?);
    both.unbounded = Some(ask(&told, Case::CoHolder, theft, "e-both", all(), None)?);
    told.beside.totals.clear();
    host.unbounded =
        Some(ask(&told, Case::Host, theft, "c-without-totals", (Readable::default(), Readable::default()), None)?);
    Ok((vec![as_it_was, panel(storage, Case::Storage), host, both], told.pins))
}

/// Where what is over is forgotten.
fn second(course: &Course, audience: &dyn Audience) -> Result<Panel, Fault> {
    let [worst, theft] = course.windows;
    let mut told = tell(course, audience)?;
    let pins = Pins::parse(&told.pins)?;
    let leaves = std::mem::take(&mut told.leaves);
    let prover = Prover::read(&leaves, told.note.as_bytes(), Some(&pins))?;
    let ask = |window: Window, name, which: usize| {
        let truth = told.truth.kept_or_came_within(monday(window));
        let keys = told.stolen.get(which);
        let (case, clear, hypothesis) = (Case::Warden, Readable::default(), Case::Warden.hypothesis(window));
        answer(&told, &prover, Question { case, window, hypothesis, name, truth, clear, keys }, audience)
    };
    let mut warden = panel(ask(theft, "d", 1)?, Case::Warden);
    let mut within = ask(worst, "d-worst", 0)?;
    is_worst(&mut within, told.truth.worst(|truth, monday| truth.count_kept(monday)));
    warden.worst = Some(within);
    Ok(warden)
}

fn monday(window: Window) -> i64 {
    window.begins().milliseconds() / DAY
}

/// The weeks that were chosen from the plan are the worst of the documents', too.
fn is_worst(answer: &mut Answer, most: u64) {
    let recipients = answer.truth.whole().recipients;
    if recipients != most {
        answer.differs.push(format!("other six weeks would be worse: {most} instead of {recipients}"));
    }
}

fn panel(answer: Answer, case: Case) -> Panel {
    Panel { case, answer, unbounded: None, worst: None, cells: BTreeMap::new() }
}

/// The worst window by a figure of the plan, the earliest of several.
fn worst(sendings: &[Sending], figure: fn(&[Sending], Window) -> u64) -> Window {
    let (mut day, mut worst) = (plan::begins().milliseconds(), (0, Window::of_the_theft()));
    while day < plan::last().milliseconds() {
        let monday = Time::from_milliseconds(day);
        if plan::weekday(monday) == 0 {
            let own = figure(sendings, Window::of(monday));
            worst = if own > worst.0 { (own, Window::of(monday)) } else { worst };
        }
        day += DAY;
    }
    worst.1
}

fn came(sendings: &[Sending], window: Window) -> u64 {
    let within = sendings.iter().filter(|sending| (window.begins()..window.end()).contains(&sending.time));
    within.map(|sending| u64::from(sending.recipients)).sum()
}

fn kept_or_came(sendings: &[Sending], window: Window) -> u64 {
    let kept = |sending: &&Sending| {
        let ends = Month::of(sending.time).next().start().plus_days(DAYS + crate::COPIES_DAYS);
        ends > window.begins() && sending.time < window.end()
    };
    sendings.iter().filter(kept).map(|sending| u64::from(sending.recipients)).sum()
}

/// Does both at the same time.
fn both<A: Send, B: Send>(
    first: impl FnOnce() -> Result<A, Fault> + Send,
    second: impl FnOnce() -> Result<B, Fault> + Send,
) -> Result<(A, B), Fault> {
    std::thread::scope(|scope| {
        let second = scope.spawn(second);
        let first = first();
        let second = second.join().expect("the story is told without a panic");
        Ok((first?, second?))
    })
}
