//! From the TOML text to a guide.

use super::{
    Acknowledge, Answer, By, Characters, Error, Form, Guide, Leniency, Place, Require, Scope, Target, Wrong,
    map::{is_code, is_segment},
};
use crate::csv::{Headings, Unusable};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    guide: Text,
    about: Text,
    form: Text,
    messages: Option<Spanned<Vec<Text>>>,
    versions: Option<Spanned<Vec<Text>>>,
    characters: Option<Text>,
    wrapped_lines: Option<Spanned<bool>>,
    acknowledge: Option<Spanned<FileAcknowledge>>,
    #[serde(default)]
    leniency: Vec<FileRule>,
    #[serde(default)]
    strict: Vec<FileStrict>,
    #[serde(default)]
    require: Vec<FileRequire>,
    map: Option<BTreeMap<Text, Vec<Text>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAcknowledge {
    by: Option<Text>,
    with: Option<Vec<Text>>,
    copy_bad_data: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRule {
    name: Text,
    code: Text,
    segment: Option<Text>,
    element: Option<Spanned<u16>>,
    why: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStrict {
    code: Text,
    segment: Option<Text>,
    element: Option<Spanned<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRequire {
    segment: Text,
    qualifier: Option<Text>,
}

/// What no guide can allow: no document, one that is too large, one that was cut off, card numbers.
const NEVER: [&str; 11] = [
    "EMPTY",
    "NOT_EDI",
    "ISA_UNREADABLE",
    "INTERCHANGE_TOO_LARGE",
    "TOO_MANY_SEGMENTS",
    "TOO_MANY_ERRORS",
    "FINDINGS_LIMIT",
    "IEA_MISSING",
    "GE_MISSING",
    "SE_MISSING",
    "CARD_NUMBER",
];

pub(super) fn guide(text: &str) -> Result<Guide, Error> {
    let lines = Lines(text);
    let file: File = toml::from_str(text).map_err(|e| lines.toml(&e))?;
    let form = form(&lines, &file.form)?;
    lines.only_for_edi(form, &file)?;
    let name = lines.name(file.guide, 40)?;
    let about = lines.sentence(file.about, "about")?;
    let messages = lines.messages(form, file.messages, &file.form)?;
    let versions = lines.versions(form, file.versions)?;
    let characters = file.characters.map(|c| characters(&lines, &c)).transpose()?;
    let acknowledge = acknowledge(&lines, form, file.acknowledge)?;
    let mut leniencies: Vec<Leniency> = Vec::new();
    for rule in file.leniency {
        let leniency = leniency(&lines, rule, &leniencies)?;
        leniencies.push(leniency);
    }
    let stricts = file.strict.into_iter().map(|rule| strict(&lines, rule)).collect::<Result<_, _>>()?;
    let requires = file.require.into_iter().map(|rule| require(&lines, rule)).collect::<Result<_, _>>()?;
    let (mut places, mut headings) = (BTreeMap::new(), Headings::default());
    for (key, values) in file.map.unwrap_or_default() {
        match form {
            Form::Csv => lines.headings(&key, values, &mut headings)?,
            _ => lines.places(form, &key, values, &mut places)?,
        }
    }
    let wrapped_lines = file.wrapped_lines.is_some_and(Spanned::into_inner);
    Ok(Guide {
        name,
        about,
        form,
        messages,
        versions,
        characters,
        wrapped_lines,
        acknowledge,
        leniencies,
        stricts,
        requires,
        places,
        headings,
    })
}

fn form(lines: &Lines<'_>, form: &Text) -> Result<Form, Error> {
    lines.one_of(
        form,
        &[("x12", Form::X12), ("edifact", Form::Edifact), ("json", Form::Json), ("csv", Form::Csv)],
        "form",
        "write x12, edifact, json or csv",
    )
}

fn characters(lines: &Lines<'_>, text: &Text) -> Result<Characters, Error> {
    let all = [
        ("basic", Characters::Basic),
        ("extended", Characters::Extended),
        ("latin-1", Characters::Latin1),
        ("utf-8", Characters::Utf8),
    ];
    lines.one_of(text, &all, "character set", "write basic, extended, latin-1 or utf-8")
}

fn acknowledge(lines: &Lines<'_>, form: Form, file: Option<Spanned<FileAcknowledge>>) -> Result<Acknowledge, Error> {
    let Some(file) = file.map(Spanned::into_inner) else { return Ok(Acknowledge::default()) };
    let by = |text: &Text| {
        let all = [("gateway", By::Gateway), ("carrier", By::Carrier)];
        lines.one_of(text, &all, "answering party", "write gateway or carrier")
    };
    let x12 = [("ta1", Answer::Ta1), ("997", Answer::X997), ("999", Answer::X999)];
    let edifact = [("contrl", Answer::Contrl)];
    let with = |text: &Text| match form {
        Form::Edifact => lines.one_of(text, &edifact, "answer to EDIFACT", "write contrl"),
        _ => lines.one_of(text, &x12, "answer to X12", "write ta1, 997 or 999"),
    };
    Ok(Acknowledge {
        by: file.by.as_ref().map(by).transpose()?.unwrap_or_default(),
        with: file.with.unwrap_or_default().iter().map(with).collect::<Result<_, _>>()?,
        copy_bad_data: file.copy_bad_data.unwrap_or(false),
    })
}

fn leniency(lines: &Lines<'_>, rule: FileRule, others: &[Leniency]) -> Result<Leniency, Error> {
    let (at, code_at) = (rule.name.span().start, rule.code.span().start);
    let name = lines.name(rule.name, 60)?;
    if name == "wrapped_lines" || others.iter().any(|l| l.name == name) {
        return Err(lines.error(at, Wrong::NameTwice { name }));
    }
    let scope = lines.scope(&rule.code, rule.segment, rule.element)?;
    let code = scope.code;
    if NEVER.contains(&code.as_str()) {
        return Err(lines.error(code_at, Wrong::NeverAllowed { code }));
    }
    if code.severity() == edi::Severity::Warning {
        return Err(lines.error(code_at, Wrong::WarningAlready { code }));
    }
    Ok(Leniency { name, scope, why: lines.sentence(rule.why, "why")? })
}

fn strict(lines: &Lines<'_>, rule: FileStrict) -> Result<Scope, Error> {
    let scope = lines.scope(&rule.code, rule.segment, rule.element)?;
    if scope.code.severity() == edi::Severity::Refusal {
        return Err(lines.error(rule.code.span().start, Wrong::RefusesAlready { code: scope.code }));
    }
    Ok(scope)
}

fn require(lines: &Lines<'_>, rule: FileRequire) -> Result<Require, Error> {
    let segment = lines.segment(rule.segment)?;
    let qualifier = |text: Text| {
        let instead = "write the segment's first code, such as CP";
        if is_code(text.get_ref(), 1..=4) {
            Ok(text.into_inner())
        } else {
            Err(lines.unknown(text, "qualifier", instead))
        }
    };
    Ok(Require { segment, qualifier: rule.qualifier.map(qualifier).transpose()? })
}

/// The text, to say where something is.
struct Lines<'t>(&'t str);

impl Lines<'_> {
    fn error(&self, at: usize, wrong: Wrong) -> Error {
        let before = self.0.as_bytes().get(..at).unwrap_or(self.0.as_bytes());
        let line = before.iter().filter(|b| **b == b'\n').count().saturating_add(1);
        Error { line: u32::try_from(line).unwrap_or(u32::MAX), wrong }
    }

    fn toml(&self, error: &toml::de::Error) -> Error {
        let message = error.message().replace('\n', " ");
        let wrong = match message.split_once(' ').map(|(first, _)| first) {
            Some("unknown") => Wrong::UnknownKey { message },
            Some("missing") => Wrong::MissingKey { message },
            _ => Wrong::Toml { message },
        };
        self.error(error.span().map_or(0, |s| s.start), wrong)
    }

    fn unknown(&self, text: Text, what: &'static str, instead: &'static str) -> Error {
        let at = text.span().start;
        self.error(at, Wrong::Unknown { text: text.into_inner(), what, instead })
    }

    fn one_of<T: Copy>(
        &self,
        text: &Text,
        all: &[(&str, T)],
        what: &'static str,
        instead: &'static str,
    ) -> Result<T, Error> {
        let found = all.iter().find(|(name, _)| name == text.get_ref()).map(|(_, value)| *value);
        found.ok_or_else(|| self.unknown(text.clone(), what, instead))
    }

    fn name(&self, text: Text, most: usize) -> Result<String, Error> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let at = text.span().start;
        let name = text.into_inner();
        let well_formed = (1..=most).contains(&name.len()) && name.bytes().all(allowed);
        if well_formed { Ok(name) } else { Err(self.error(at, Wrong::Name { name, most })) }
    }

    fn sentence(&self, text: Text, key: &'static str) -> Result<String, Error> {
        let at = text.span().start;
        let sentence = text.into_inner();
        if sentence.trim().is_empty() { Err(self.error(at, Wrong::Blank { key })) } else { Ok(sentence) }
    }

    /// JSON and CSV have none of what EDI has.
    fn only_for_edi(&self, form: Form, file: &File) -> Result<(), Error> {
        let form_name = match form {
            Form::X12 | Form::Edifact => return Ok(()),
            Form::Json => "json",
            Form::Csv => "csv",
        };
        let start = |text: Option<&Text>| text.map(|t| t.span().start);
        for (key, at) in [
            ("messages", file.messages.as_ref().map(|m| m.span().start)),
            ("versions", file.versions.as_ref().map(|v| v.span().start)),
            ("characters", start(file.characters.as_ref())),
            ("wrapped_lines", file.wrapped_lines.as_ref().map(|w| w.span().start)),
            ("acknowledge", file.acknowledge.as_ref().map(|a| a.span().start)),
            ("leniency", start(file.leniency.first().map(|l| &l.name))),
            ("strict", start(file.strict.first().map(|s| &s.code))),
            ("require", start(file.require.first().map(|r| &r.segment))),
            ("map", start(file.map.iter().flat_map(BTreeMap::keys).next()).filter(|_| form == Form::Json)),
        ] {
            if let Some(at) = at {
                return Err(self.error(at, Wrong::NotForForm { key, form: form_name }));
            }
        }
        Ok(())
    }

    fn messages(&self, form: Form, file: Option<Spanned<Vec<Text>>>, at: &Text) -> Result<Vec<String>, Error> {
        let such_as = match form {
            Form::X12 => r#"messages = ["856"]"#,
            Form::Edifact => r#"messages = ["IFTMIN"]"#,
            Form::Json | Form::Csv => return Ok(Vec::new()),
        };
        let at = file.as_ref().map_or(at.span().start, |m| m.span().start);
        let messages = file.map(Spanned::into_inner).unwrap_or_default();
        if messages.is_empty() {
            return Err(self.error(at, Wrong::NoMessage { such_as }));
        }
        let message = |text: Text| match form {
            Form::X12 if text.get_ref().len() == 3 && text.get_ref().bytes().all(|b| b.is_ascii_digit()) => {
                Ok(text.into_inner())
            }
            Form::X12 => Err(self.unknown(text, "message of X12", "write its three digits")),
            _ if text.get_ref().len() == 6 && text.get_ref().bytes().all(|b| b.is_ascii_uppercase()) => {
                Ok(text.into_inner())
            }
            _ => Err(self.unknown(text, "message of EDIFACT", "write its six capital letters")),
        };
        messages.into_iter().map(message).collect()
    }

    fn versions(&self, form: Form, file: Option<Spanned<Vec<Text>>>) -> Result<Vec<String>, Error> {
        let version = |text: Text| {
            let well_formed = match (form, text.get_ref().as_bytes()) {
                (Form::Edifact, [b'D', b'.', a, b, b'A' | b'B']) => [a, b].iter().all(|d| d.is_ascii_digit()),
                (Form::Edifact, _) => false,
                (_, digits) => digits.len() == 6 && digits.iter().all(u8::is_ascii_digit),
            };
            match form {
                _ if well_formed => Ok(text.into_inner()),
                Form::Edifact => Err(self.unknown(text, "directory of EDIFACT", "write it as D.96A")),
                _ => Err(self.unknown(text, "version of X12", "write its six digits, such as 004010")),
            }
        };
        file.map(Spanned::into_inner).unwrap_or_default().into_iter().map(version).collect()
    }

    fn segment(&self, text: Text) -> Result<String, Error> {
        if is_segment(text.get_ref()) {
            return Ok(text.into_inner());
        }
        Err(self.unknown(text, "segment", "write its id, such as N1 or NAD"))
    }

    fn scope(&self, code: &Text, segment: Option<Text>, element: Option<Spanned<u16>>) -> Result<Scope, Error> {
        let found = edi::Code::ALL.iter().copied().find(|c| c.as_str() == code.get_ref());
        let instead = "write it as `bulla check` shows it, such as CONDITION_MISSING";
        let code = found.ok_or_else(|| self.unknown(code.clone(), "code of a finding", instead))?;
        if let Some(element) = &element {
            let wrong = match (&segment, element.get_ref()) {
                (None, _) => Some(Wrong::ElementWithoutSegment),
                (_, 0) => Some(Wrong::ElementZero),
                _ => None,
            };
            if let Some(wrong) = wrong {
                return Err(self.error(element.span().start, wrong));
            }
        }
        let segment = segment.map(|s| self.segment(s)).transpose()?;
        Ok(Scope { code, segment, element: element.map(Spanned::into_inner) })
    }

    fn places(
        &self,
        form: Form,
        key: &Text,
        values: Vec<Text>,
        places: &mut BTreeMap<Target, Vec<Place>>,
    ) -> Result<(), Error> {
        let Some(target) = Target::parse(key.get_ref()) else {
            let wrong = Wrong::UnknownTarget { key: key.get_ref().clone(), keys: Target::names().join(", ") };
            return Err(self.error(key.span().start, wrong));
        };
        let (separator, such_as) = if form == Form::Edifact { ('+', "RFF+CW") } else { ('*', "MAN*CP") };
        for value in values {
            let (at, text) = (value.span().start, value.into_inner());
            let Some(place) = Place::parse(&text, separator) else {
                return Err(self.error(at, Wrong::Place { place: text, such_as }));
            };
            if places.values().flatten().any(|p| *p == place) {
                return Err(self.error(at, Wrong::MappedTwice { place: text }));
            }
            places.entry(target).or_default().push(place);
        }
        Ok(())
    }

    fn headings(&self, key: &Text, values: Vec<Text>, headings: &mut Headings) -> Result<(), Error> {
        let column = Some(key.get_ref().as_str()).filter(|k| *k != "ignored");
        if let Some(name) = column.filter(|name| !Headings::is_column(name)) {
            return Err(self.error(key.span().start, Wrong::UnknownColumn { column: name.to_owned() }));
        }
        for value in values {
            let (at, heading) = (value.span().start, value.into_inner());
            match headings.add(&heading, column) {
                Ok(()) => {}
                Err(Unusable::Taken) => return Err(self.error(at, Wrong::MappedTwice { place: heading })),
                Err(Unusable::UnknownColumn) => return Err(self.error(at, Wrong::UnknownColumn { column: heading })),
            }
        }
        Ok(())
    }
}
