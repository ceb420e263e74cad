//! Partners: who they are, until when their certificates hold, and how far each agreement is. To be read only.

use crate::{Frame, Words, frame::shown, status::Status, when};
use api::gateway::record::{Agreed, Known, Party};
use askama::Template;
use ledger::Time;

const DAY: i64 = 86_400_000;
/// From so many days before its end a certificate is somebody's work.
const ENDING_DAYS: i64 = 60;

struct Partner {
    id: String,
    name: String,
    pseudonym: String,
    edi: String,
    ways: String,
    certificates: Vec<Certificate>,
}

struct Certificate {
    of: String,
    status: Status,
}

struct Agreement {
    id: String,
    names: String,
    status: Status,
    decided: Status,
    guide: String,
    days: String,
    answer: String,
}

#[derive(Template)]
#[template(path = "partners.html")]
struct Partners<'a> {
    frame: &'a Frame,
    summary: String,
    partners: Vec<Partner>,
    agreements: Vec<Agreement>,
}

/// The whole page.
pub fn partners(frame: &Frame, known: &Known) -> String {
    let words = frame.language.words();
    let ending = known.partners.iter().flat_map(|party| &party.certificates);
    let ending = ending.filter(|(_, end)| days(*end, known.now) < ENDING_DAYS).count() as u64;
    shown(&Partners {
        frame,
        summary: match ending {
            0 => words.say("partners.quiet").to_owned(),
            ending => words.count("partners.ending", ending),
        },
        partners: known.partners.iter().map(|party| partner(words, party, known.now)).collect(),
        agreements: known.agreements.iter().map(|agreed| agreement(words, agreed)).collect(),
    })
}

fn days(end: Time, now: Time) -> i64 {
    end.milliseconds().saturating_sub(now.milliseconds()).div_euclid(DAY)
}

fn partner(words: &Words, party: &Party, now: Time) -> Partner {
    let certificate = |(of, end): &(&'static str, Time)| {
        let (left, until) = (days(*end, now), when::dated(words, *end));
        let until = words.with("partners.until", &[("time", &until)]);
        let mut status = match left {
            ..0 => Status::new(words, "refused", "partners.ended", until),
            0..ENDING_DAYS => Status::new(words, "late", "partners.left_other", until),
            _ => Status::new(words, "ok", "partners.left_other", until),
        };
        if let Ok(left) = u64::try_from(left) {
            status.word = words.count("partners.left", left);
        }
        Certificate { of: words.say(&format!("certificate.is_{of}")).to_owned(), status }
    };
    let ways: Vec<_> = party.ways.iter().map(|way| words.say(&format!("channel.by_{way}")).to_owned()).collect();
    Partner {
        id: party.id.clone(),
        name: party.name.clone(),
        pseudonym: party.pseudonym.clone(),
        edi: party.edi.join(", "),
        ways: ways.join(", "),
        certificates: party.certificates.iter().map(certificate).collect(),
    }
}

fn agreement(words: &Words, agreed: &Agreed) -> Agreement {
    let shape = match &*agreed.status {
        "live" => "ok",
        "suspended" => "hold",
        _ => "waiting",
    };
    let key = format!("agreement.is_{}", agreed.status);
    let decided = match agreed.decided {
        Some(true) => Status::new(words, "ok", "partners.decided", String::new()),
        Some(false) => Status::new(words, "late", "partners.undecided", String::new()),
        None => Status::new(words, "none", "partners.not_told", String::new()),
    };
    let kept = |(class, days): (&ledger::FieldClass, &u32)| {
        let days = words.with("when.days", &[("n", days)]);
        words.with("partners.kept", &[("class", &words.say(&format!("class.is_{class}"))), ("days", &days)])
    };
    Agreement {
        id: agreed.id.clone(),
        names: words.with("desk.from_whom", &[("shipper", &agreed.shipper), ("carrier", &agreed.carrier)]),
        status: Status::new(words, shape, &key, String::new()),
        decided,
        guide: agreed.guide.clone().unwrap_or_else(|| words.say("partners.no_guide").to_owned()),
        days: agreed.days.iter().map(kept).collect::<Vec<_>>().join(", "),
        answer: match agreed.answer_hours {
            Some(hours) => words.with("when.hours", &[("n", &hours)]),
            None => words.say("partners.no_answer").to_owned(),
        },
    }
}
