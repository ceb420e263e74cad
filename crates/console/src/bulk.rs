//! What one form did to the deliveries of several interchanges: each with its own result.

use crate::{Frame, Words, act::Act, frame::shown, status::Status};
use askama::Template;

/// How one of them ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As asked.
    Done,
    /// It is not in a state for that.
    State,
    /// There is no such interchange, or nothing of it is delivered.
    Missing,
    /// It could not be done now.
    Failed,
}

/// One delivery, or an interchange without any.
pub struct Line {
    /// The interchange, as it was named.
    pub interchange: String,
    /// Its delivery, where there is one.
    pub delivery: Option<String>,
    /// To whom it goes.
    pub carrier: String,
    /// How it ended.
    pub outcome: Outcome,
}

struct Row<'a> {
    line: &'a Line,
    known: bool,
    status: Status,
}

#[derive(Template)]
#[template(path = "bulk.html")]
struct Page<'a> {
    frame: &'a Frame,
    title: &'a str,
    summary: String,
    all: bool,
    rows: Vec<Row<'a>>,
}

/// The whole page.
pub fn bulk(frame: &Frame, act: Act, lines: &[Line]) -> String {
    let words = frame.language.words();
    let done = lines.iter().filter(|line| line.outcome == Outcome::Done).count();
    let of = frame.language.number(lines.len() as u64);
    shown(&Page {
        frame,
        title: words.say(match act {
            Act::Resend => "bulk.resend",
            Act::Hold => "bulk.hold",
            Act::Release => "bulk.release",
        }),
        summary: words.count_with("bulk.done", done as u64, &[("of", &of)]),
        all: done == lines.len(),
        rows: lines.iter().map(|line| row(words, line)).collect(),
    })
}

fn row<'a>(words: &Words, line: &'a Line) -> Row<'a> {
    let (shape, key) = match line.outcome {
        Outcome::Done => ("ok", "bulk.is_done"),
        Outcome::State => ("late", "bulk.is_state"),
        Outcome::Missing => ("none", "bulk.is_missing"),
        Outcome::Failed => ("refused", "bulk.is_failed"),
    };
    Row { line, known: line.delivery.is_some(), status: Status::new(words, shape, key, String::new()) }
}
