//! The desk: what needs somebody now. Each figure is a link to the list that it counts.

use crate::{
    Frame, Words,
    act::Act,
    frame::shown,
    plot,
    status::{self, Status},
    when,
};
use api::gateway::desk::{Figures, Page, Row, Standing};
use askama::Template;
use ledger::{entry::Channel, word::MessageKind};
use std::fmt::Write as _;

/// What is in the form above the list, as it stands in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// A partner's id.
    pub partner: String,
    /// How it came: `https`, `as2`, `sftp`.
    pub channel: String,
    /// What one of its messages is, a word of [`MessageKind`].
    pub kind: String,
    /// Where it stands, a word of [`Standing::ALL`].
    pub state: String,
    /// Since when, a word of [`SINCE`].
    pub since: String,
    /// The control number.
    pub control: String,
    /// Where the page before ended.
    pub after: String,
}

/// How far back a list goes: its word, and how many days; none: since midnight, or all.
pub const SINCE: [(&str, Option<u32>); 5] =
    [("today", None), ("day", Some(1)), ("week", Some(7)), ("month", Some(30)), ("all", None)];
/// How documents come.
pub const CHANNELS: [(&str, Channel); 3] = [("https", Channel::Https), ("as2", Channel::As2), ("sftp", Channel::Sftp)];

impl Filter {
    /// The URL of the list so filtered.
    fn url(&self, after: &str) -> String {
        let fields = [
            ("partner", &*self.partner),
            ("channel", &*self.channel),
            ("kind", &*self.kind),
            ("state", &*self.state),
            ("since", &*self.since),
            ("control", &*self.control),
            ("after", after),
        ];
        let mut url = "/console".to_owned();
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            let _ = write!(url, "{}{name}=", if url.contains('?') { '&' } else { '?' });
            for octet in value.bytes() {
                match octet {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => url.push(octet.into()),
                    _ => drop(write!(url, "%{octet:02X}")),
                }
            }
        }
        url + "#list"
    }
}

struct Figure {
    name: String,
    number: String,
    url: String,
    range: String,
    usual: String,
    out: bool,
}

struct Choice {
    value: String,
    word: String,
    chosen: bool,
}

struct Line {
    id: String,
    /// In the words of a checkbox; none: nothing of it is delivered.
    pick: Option<String>,
    when: String,
    names: String,
    channel: String,
    kinds: String,
    control: String,
    parcels: String,
    valid: Status,
    delivered: Status,
    acknowledged: Status,
}

struct Hour {
    name: String,
    count: String,
    usual: String,
}

#[derive(Template)]
#[template(path = "desk.html")]
struct Desk<'a> {
    frame: &'a Frame,
    filter: &'a Filter,
    title: String,
    summary: String,
    figures: Vec<Figure>,
    plots: String,
    caption: String,
    hours: Vec<Hour>,
    has_usual: bool,
    partners: Vec<Choice>,
    channels: Vec<Choice>,
    kinds: Vec<Choice>,
    states: Vec<Choice>,
    since: Vec<Choice>,
    lines: Vec<Line>,
    older: Option<String>,
    newest: Option<String>,
    views: Vec<(String, String)>,
    /// The acts on what is picked; none: nobody here may.
    acts: Vec<(&'static str, String)>,
}

/// Views that every desk has, by state and how far back; what is filtered otherwise is saved as its address.
const VIEWS: [(&str, &str); 5] =
    [("refused", "week"), ("in-part", "week"), ("held", "all"), ("overdue", "all"), ("rejected", "month")];

/// The whole page. `partners` are those that somebody may filter by; `may_act`: deliveries can be picked.
pub fn desk(
    frame: &Frame,
    figures: &Figures,
    page: &Page,
    filter: &Filter,
    (partners, may_act): (&[String], bool),
) -> String {
    let words = frame.language.words();
    let now = words.with("desk.now", &[("time", &when::minute(words, figures.now))]);
    let mut plots = plot::hours(figures, "wide", 1100.0, 228.0, 3, &now);
    plots += &plot::hours(figures, "narrow", 328.0, 200.0, 6, &now);
    let caption = match &figures.usual {
        Some(usual) => words.count("desk.hours_usual", usual.days as u64),
        None => words.say("desk.hours_only").to_owned(),
    };
    let on =
        |value: &str, word: String, chosen: &str| Choice { value: value.to_owned(), word, chosen: value == chosen };
    let named = |group: &str, value: &str| words.say(&format!("{group}_{}", value.replace('-', "_"))).to_owned();
    let lines: Vec<Line> = page.rows.iter().map(|row| line(frame, row, figures)).collect();
    let may_act = may_act && lines.iter().any(|line| line.pick.is_some());
    let view = |(state, since): &(&str, &str)| {
        let name =
            words.with("desk.view", &[("state", &named("state.is", state)), ("since", &named("since.last", since))]);
        (Filter { state: (*state).to_owned(), since: (*since).to_owned(), ..Filter::default() }.url(""), name)
    };
    let act = |(_, word): &(Act, &'static str)| (*word, words.say(&format!("interchange.do_{word}")).to_owned());
    shown(&Desk {
        frame,
        filter,
        title: when::long(words, figures.now),
        summary: summary(words, figures),
        figures: five(frame, figures),
        plots,
        caption,
        hours: table(frame, figures),
        has_usual: figures.usual.is_some(),
        partners: partners.iter().map(|id| on(id, id.clone(), &filter.partner)).collect(),
        channels: CHANNELS.iter().map(|(word, _)| on(word, named("channel.by", word), &filter.channel)).collect(),
        kinds: MessageKind::ALL.iter().map(|own| on(own.as_str(), kind(words, *own), &filter.kind)).collect(),
        states: Standing::ALL.iter().map(|(_, word)| on(word, named("state.is", word), &filter.state)).collect(),
        since: SINCE.iter().map(|(word, _)| on(word, named("since.last", word), &filter.since)).collect(),
        lines,
        older: page.older.map(|place| filter.url(&place.to_string())),
        newest: (!filter.after.is_empty()).then(|| filter.url("")),
        views: VIEWS.iter().map(view).collect(),
        acts: Act::ALL.iter().filter(|_| may_act).map(act).collect(),
    })
}

/// What needs somebody, in one sentence.
fn summary(words: &Words, figures: &Figures) -> String {
    match (figures.overdue, figures.refused) {
        (0, 0) => words.say("desk.quiet").to_owned(),
        (0, refused) => words.count("desk.some_refused", refused),
        (overdue, _) => words.count("desk.some_overdue", overdue),
    }
}

fn five(frame: &Frame, figures: &Figures) -> Vec<Figure> {
    let words = frame.language.words();
    let of = |key: &str, count: u64, state: &str, since: &str| Figure {
        name: words.say(key).to_owned(),
        number: frame.language.number(count),
        url: Filter { state: state.to_owned(), since: since.to_owned(), ..Filter::default() }.url(""),
        range: String::new(),
        usual: String::new(),
        out: false,
    };
    let mut received = of("desk.received", figures.received, "", "today");
    if let Some(usual) = &figures.usual {
        let (low, high) = usual.by_now;
        let (few, many) = (frame.language.number(low), frame.language.number(high));
        received.range = plot::range(low, high, figures.received);
        received.usual = words.with("desk.usual_by_now", &[("low", &few), ("high", &many)]);
        received.out = !(low..=high).contains(&figures.received);
    }
    let mut overdue = of("desk.overdue", figures.overdue, "overdue", "all");
    overdue.range = plot::range(0, 0, figures.overdue);
    overdue.usual = words.say("desk.should_be_none").to_owned();
    overdue.out = figures.overdue > 0;
    vec![
        received,
        of("desk.refused", figures.refused, "refused", "today"),
        of("desk.waiting", figures.waiting, "waiting", "all"),
        of("desk.unanswered", figures.unanswered, "unanswered", "all"),
        overdue,
    ]
}

fn table(frame: &Frame, figures: &Figures) -> Vec<Hour> {
    let words = frame.language.words();
    let this = figures.now.civil().hour;
    let hour = |(number, count): (u8, &u64)| {
        let count = frame.language.number(*count);
        let count = match number.cmp(&this) {
            std::cmp::Ordering::Less => count,
            std::cmp::Ordering::Equal => words.with("desk.so_far", &[("n", &count)]),
            std::cmp::Ordering::Greater => String::new(),
        };
        let usual = figures.usual.as_ref().and_then(|usual| usual.hours.get(usize::from(number)));
        let usual = usual.map_or_else(String::new, |(low, high)| {
            words
                .with("desk.from_to", &[("low", &frame.language.number(*low)), ("high", &frame.language.number(*high))])
        });
        Hour { name: words.with("when.minute", &[("hour", &number), ("minute", &"00")]), count, usual }
    };
    let shown = |(number, _): &(u8, &u64)| figures.usual.is_some() || *number <= this;
    (0..).zip(&figures.hours).filter(shown).map(hour).collect()
}

fn line(frame: &Frame, row: &Row, figures: &Figures) -> Line {
    let (words, this) = (frame.language.words(), &row.interchange);
    Line {
        id: this.id.to_string(),
        pick: (!row.deliveries.is_empty()).then(|| {
            let control = this.control.clone().unwrap_or_default();
            words.with("desk.pick", &[("names", &names(words, row)), ("control", &control)])
        }),
        when: when::short(words, this.received, figures.now),
        names: names(words, row),
        channel: channel(words, row.channel),
        kinds: row.kinds.iter().map(|own| kind(words, *own)).collect::<Vec<_>>().join(", "),
        control: this.control.clone().unwrap_or_default(),
        parcels: frame.language.number(this.rows),
        valid: status::valid(words, this.verdict),
        delivered: status::delivered(words, row, figures.now),
        acknowledged: status::acknowledged(words, row, figures.now),
    }
}

/// The standards' own name; what is in no list has a word.
fn kind(words: &Words, kind: MessageKind) -> String {
    match kind {
        MessageKind::Other => words.say("desk.other_kind").to_owned(),
        known => known.as_str().to_owned(),
    }
}

/// From whom to whom.
pub(crate) fn names(words: &Words, row: &Row) -> String {
    let nobody = words.say("desk.nobody");
    let name = |name: &Option<String>| name.clone().unwrap_or_else(|| nobody.to_owned());
    words.with(
        "desk.from_whom",
        &[("shipper", &name(&row.interchange.shipper)), ("carrier", &name(&row.interchange.carrier))],
    )
}

pub(crate) fn channel(words: &Words, channel: Channel) -> String {
    let word = CHANNELS.iter().find(|(_, own)| *own == channel).map_or("", |(word, _)| word);
    words.say(&format!("channel.by_{word}")).to_owned()
}
