//! The page of `bulla agent`: what would be opened, and then the fields, once. Only that process makes it, on a person's own machine;
//! the gateway has nothing that could be put on it.

use crate::{Frame, Words, entries, frame::shown, parcels, when};
use api::gateway::Parcel;
use askama::Template;
use ledger::{Classes, FieldClass, Ticket, opening::Purpose};

/// What may be chosen for why.
pub const PURPOSES: [Purpose; 4] = [Purpose::Support, Purpose::Label, Purpose::Dispute, Purpose::SubjectAccess];

/// What the page is at.
pub enum Step<'a> {
    /// Nothing was asked.
    Ask,
    /// Nobody that it knows: the address was used, or another's.
    Stranger,
    /// Something is missing in the form, or not as it must be.
    Unclear,
    /// No parcel has that number.
    Nothing,
    /// What would be written, for each parcel that has the number.
    Choose(Question<'a>),
    /// The question was answered before, or never asked.
    Over,
    /// The warden refuses, in its words.
    Refused(&'a str),
    /// It could not be done, or is not to be trusted.
    Failed(&'a str),
    /// The fields.
    Opened(Opened),
}

/// What waits for a person's word.
pub struct Question<'a> {
    /// Names it in the form that answers it.
    pub token: &'a str,
    /// The person's public key.
    pub key: String,
    /// Why.
    pub purpose: Purpose,
    /// The case.
    pub ticket: &'a Ticket,
    /// What would be asked for.
    pub classes: Classes,
    /// Whose.
    pub parcels: &'a [Parcel],
    /// There are more than are offered.
    pub more: bool,
}

/// What was opened.
pub struct Opened {
    /// Every field that was asked for.
    pub fields: Vec<Field>,
    /// Classes that were asked for and hold nothing.
    pub none: Vec<FieldClass>,
    /// Its name in the ledger.
    pub opening: String,
    /// Index of the entry before it.
    pub intent: u64,
    /// Index of the entry after it.
    pub receipt: u64,
    /// What was cosigned before it.
    pub checkpoint: String,
}

/// One field, as it was written.
pub struct Field {
    /// Its class.
    pub class: FieldClass,
    /// Whose, by its word; empty: the parcel's.
    pub role: &'static str,
    /// What it is, by its word.
    pub name: &'static str,
    /// Which of its kind.
    pub qualifier: String,
    /// It.
    pub value: String,
}

struct Choice {
    place: usize,
    title: String,
    facts: String,
    scope: String,
}

struct Asked<'a> {
    token: &'a str,
    who: String,
    purpose: String,
    ticket: String,
    classes: String,
    counted: String,
    more: bool,
    choices: Vec<Choice>,
}

struct Line<'a> {
    class: String,
    what: String,
    value: &'a str,
}

struct Seen<'a> {
    lines: Vec<Line<'a>>,
    none: Option<String>,
    entries: String,
    opening: &'a str,
    checkpoint: &'a str,
}

struct Notice<'a> {
    shape: &'static str,
    title: &'static str,
    what: &'static str,
    words: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "agent.html")]
struct Agent<'a> {
    frame: &'a Frame,
    purposes: Vec<(&'static str, String)>,
    classes: Vec<(FieldClass, String, bool)>,
    may_ask: bool,
    notice: Option<Notice<'a>>,
    asked: Option<Asked<'a>>,
    seen: Option<Seen<'a>>,
}

/// The whole page. Its forms are sent to paths below [`Frame::here`].
pub fn agent(frame: &Frame, step: &Step<'_>) -> String {
    let words = frame.language.words();
    let class = |class: FieldClass| (class, class_word(words, class), class == FieldClass::Address);
    shown(&Agent {
        frame,
        purposes: PURPOSES.into_iter().map(|own| (own.as_str(), purpose_word(words, own))).collect(),
        classes: FieldClass::SEALED.into_iter().map(class).collect(),
        may_ask: !matches!(step, Step::Stranger | Step::Choose(_) | Step::Opened(_)),
        notice: notice(step),
        asked: match step {
            Step::Choose(question) => Some(asked(frame, question)),
            _ => None,
        },
        seen: match step {
            Step::Opened(opened) => Some(seen(frame, opened)),
            _ => None,
        },
    })
}

fn notice<'a>(step: &Step<'a>) -> Option<Notice<'a>> {
    let (shape, title, what, words) = match step {
        Step::Ask | Step::Choose(_) | Step::Opened(_) => return None,
        Step::Stranger => ("late", "agent.stranger", "agent.stranger_what", None),
        Step::Unclear => ("late", "agent.unclear", "agent.unclear_what", None),
        Step::Nothing => ("late", "parcels.nothing", "agent.nothing_what", None),
        Step::Over => ("late", "agent.over", "agent.over_what", None),
        Step::Refused(words) => ("refused", "agent.refused", "agent.refused_what", Some(*words)),
        Step::Failed(words) => ("refused", "agent.failed", "agent.failed_what", Some(*words)),
    };
    // A defect has no words of its own.
    Some(Notice { shape, title, what, words: words.filter(|words| !words.is_empty()) })
}

fn class_word(words: &Words, class: FieldClass) -> String {
    words.say(&format!("class.is_{class}")).to_owned()
}

fn purpose_word(words: &Words, purpose: Purpose) -> String {
    words.say(&format!("purpose.is_{}", purpose.as_str().replace('-', "_"))).to_owned()
}

fn asked<'a>(frame: &Frame, question: &Question<'a>) -> Asked<'a> {
    let words = frame.language.words();
    let choice = |(place, parcel): (usize, &Parcel)| {
        let batch = parcel.batch.to_string();
        Choice {
            place,
            title: parcels::title(words, parcel),
            facts: words.with(
                "agent.parcel",
                &[
                    ("names", &parcels::names(words, parcel)),
                    ("day", &when::day(parcel.received)),
                    ("province", &parcel.province),
                ],
            ),
            scope: words.with("parcels.scope_says", &[("batch", &batch), ("row", &parcel.row)]),
        }
    };
    Asked {
        token: question.token,
        who: words.with("agent.who", &[("who", &frame.who), ("key", &question.key)]),
        purpose: purpose_word(words, question.purpose),
        ticket: question.ticket.to_string(),
        classes: entries::classes(words, question.classes.iter()),
        counted: words.count("parcels.found", question.parcels.len() as u64),
        more: question.more,
        choices: question.parcels.iter().enumerate().map(choice).collect(),
    }
}

fn seen<'a>(frame: &Frame, opened: &'a Opened) -> Seen<'a> {
    let words = frame.language.words();
    let line = |field: &'a Field| {
        let name = words.say(&format!("field.is_{}", field.name)).to_owned();
        let mut what = match field.role {
            "" => name,
            role => words.with("agent.of", &[("name", &name), ("role", &words.say(&format!("party.is_{role}")))]),
        };
        if !field.qualifier.is_empty() {
            what = words.with("agent.qualified", &[("what", &what), ("qualifier", &field.qualifier)]);
        }
        Line { class: class_word(words, field.class), what, value: &field.value }
    };
    let number = |index| frame.language.number(index);
    let none = entries::classes(words, opened.none.iter().copied());
    Seen {
        lines: opened.fields.iter().map(line).collect(),
        none: (!opened.none.is_empty()).then(|| words.with("agent.none", &[("classes", &none)])),
        entries: words
            .with("agent.entries", &[("intent", &number(opened.intent)), ("receipt", &number(opened.receipt))]),
        opening: &opened.opening,
        checkpoint: &opened.checkpoint,
    }
}
