//! From the TOML text to a guide.

use super::{Answer, Error, Form, Guide, Leniency, Require, Scope, Wrong};
use crate::csv::{Headings, Unusable};
use edi::{Characters, KnownTag, Rules};
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
    with: Vec<Text>,
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

pub(super) fn guide(text: &str) -> Result<Guide, Error> {
    let lines = Lines(text);
    let file: File = toml::from_str(text).map_err(|e| lines.toml(&e))?;
    let form = form(&lines, &file.form)?;
    lines.only_for_form(form, &file)?;
    let name = lines.name(file.guide, 40)?;
    let about = lines.sentence(file.about, "about")?;
    let messages = lines.messages(form, file.messages, &file.form)?;
    let versions = lines.versions(form, file.versions)?;
    let characters = file.characters.map(|c| characters(&lines, form, &c)).transpose()?;
    let answers = answers(&lines, form, file.acknowledge)?;
    let mut leniencies: Vec<Leniency> = Vec::new();
    for rule in file.leniency {
        let leniency = leniency(&lines, rule, &leniencies)?;
        leniencies.push(leniency);
    }
    let stricts: Vec<_> = file.strict.into_iter().map(|rule| strict(&lines, rule)).collect::<Result<_, _>>()?;
    let requires: Vec<_> = file.require.into_iter().map(|rule| require(&lines, rule)).collect::<Result<_, _>>()?;
    let mut headings = Headings::default();
    for (key, values) in file.map.unwrap_or_default() {
        lines.headings(&key, values, &mut headings)?;
    }
    let rules = rules(&messages, characters, &leniencies, &stricts, &requires);
    Ok(Guide { name, about, form, messages, versions, answers, leniencies, stricts, requires, rules, headings })
}

fn rules(
    messages: &[String],
    characters: Option<Characters>,
    leniencies: &[Leniency],
    stricts: &[Scope],
    requires: &[Require],
) -> Rules {
    let mut rules = Rules::default();
    let tag = |scope: &Scope| scope.segment.as_ref().map(|segment| KnownTag::new(segment.as_bytes()));
    for Leniency { name, scope, .. } in leniencies {
        rules.allow(name, scope.code, tag(scope), scope.element);
    }
    for scope in stricts {
        rules.refuse("strict", scope.code, tag(scope), scope.element);
    }
    for (message, Require { segment, qualifier }) in messages.iter().flat_map(|m| requires.iter().map(move |r| (m, r)))
    {
        rules.require(message.as_bytes(), segment.as_bytes(), qualifier.as_ref().map(String::as_bytes));
    }
    if let Some(characters) = characters {
        rules.characters(characters);
    }
    rules
}

fn form(lines: &Lines<'_>, form: &Text) -> Result<Form, Error> {
    lines.one_of(
        form,
        &[("x12", Form::X12), ("edifact", Form::Edifact), ("json", Form::Json), ("csv", Form::Csv)],
        "form",
        "write x12, edifact, json or csv",
    )
}

fn characters(lines: &Lines<'_>, form: Form, text: &Text) -> Result<Characters, Error> {
    let (basic, extended) = match form {
        Form::Edifact => (Characters::UnoA, Characters::UnoB),
        _ => (Characters::X12Basic, Characters::X12Extended),
    };
    let all = [("basic", basic), ("extended", extended), ("latin-1", Characters::Latin), ("utf-8", Characters::Utf8)];
    lines.one_of(text, &all, "character set", "write basic, extended, latin-1 or utf-8")
}

fn answers(lines: &Lines<'_>, form: Form, file: Option<Spanned<FileAcknowledge>>) -> Result<Vec<Answer>, Error> {
    let x12 = [("ta1", Answer::Ta1), ("997", Answer::X997), ("999", Answer::X999)];
    let edifact = [("contrl", Answer::Contrl)];
    let with = |text: &Text| match form {
        Form::Edifact => lines.one_of(text, &edifact, "answer to EDIFACT", "write contrl"),
        _ => lines.one_of(text, &x12, "answer to X12", "write ta1, 997 or 999"),
    };
    file.map_or(Ok(Vec::new()), |file| file.get_ref().with.iter().map(with).collect())
}

fn leniency(lines: &Lines<'_>, rule: FileRule, others: &[Leniency]) -> Result<Leniency, Error> {
    let (at, code_at) = (rule.name.span().start, rule.code.span().start);
    let name = lines.name(rule.name, 60)?;
    if others.iter().any(|l| l.name == name) {
        return Err(lines.error(at, Wrong::NameTwice { name }));
    }
    let scope = lines.scope(&rule.code, rule.segment, rule.element)?;
    let code = scope.code;
    if code.is_fixed() {
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
    if scope.code.answer() == edi::Answer::Nowhere {
        return Err(lines.error(rule.code.span().start, Wrong::Untold { code: scope.code }));
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

    /// JSON and CSV have none of what EDI has, and only CSV has headings.
    fn only_for_form(&self, form: Form, file: &File) -> Result<(), Error> {
        let (form_name, edi) = match form {
            Form::X12 => ("x12", true),
            Form::Edifact => ("edifact", true),
            Form::Json => ("json", false),
            Form::Csv => ("csv", false),
        };
        let start = |text: Option<&Text>| text.map(|t| t.span().start);
        for (key, at, has) in [
            ("messages", file.messages.as_ref().map(|m| m.span().start), edi),
            ("versions", file.versions.as_ref().map(|v| v.span().start), edi),
            ("characters", start(file.characters.as_ref()), edi),
            ("acknowledge", file.acknowledge.as_ref().map(|a| a.span().start), edi),
            ("leniency", start(file.leniency.first().map(|l| &l.name)), edi),
            ("strict", start(file.strict.first().map(|s| &s.code)), edi),
            ("require", start(file.require.first().map(|r| &r.segment)), edi),
            ("map", start(file.map.iter().flat_map(BTreeMap::keys).next()), form == Form::Csv),
        ] {
            if let Some(at) = at.filter(|_| !has) {
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
        if is_segment(text.get_ref()) && KnownTag::new(text.get_ref().as_bytes()).is_known() {
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

/// Two or three letters and digits, a letter first.
fn is_segment(text: &str) -> bool {
    is_code(text, 2..=3) && text.as_bytes()[0].is_ascii_uppercase()
}

fn is_code(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
