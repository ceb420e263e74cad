//! The command line.

use crate::{USAGE, made::Kind};

/// What was asked for; what was not said is `None`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    pub command: String,
    pub kind: Option<Kind>,
    pub parcels: Option<u64>,
    pub megabytes: Option<u64>,
    pub rounds: Option<usize>,
    pub reader: Option<String>,
    pub newlines: bool,
    pub record: Option<String>,
}

impl Arguments {
    /// Those of this process.
    ///
    /// # Errors
    /// What is wrong with them, or how they are written.
    pub fn of_process() -> Result<Self, String> {
        Self::parse(std::env::args().skip(1))
    }

    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self { command: words.next().ok_or(USAGE)?, ..Self::default() };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--kind" => arguments.kind = Some(Kind::named(&value()?).ok_or("--kind is 856, 215 or IFTMIN")?),
                "--parcels" => arguments.parcels = Some(number(&word, &value()?)?),
                "--megabytes" => arguments.megabytes = Some(number(&word, &value()?)?),
                "--rounds" => {
                    arguments.rounds = Some(usize::try_from(number(&word, &value()?)?).map_err(|e| e.to_string())?);
                }
                "--reader" => arguments.reader = Some(value()?),
                "--record" => arguments.record = Some(value()?),
                "--newlines" => arguments.newlines = true,
                _ => return Err(USAGE.to_owned()),
            }
        }
        Ok(arguments)
    }
}

/// At least 1.
fn number(word: &str, value: &str) -> Result<u64, String> {
    value.parse().ok().filter(|&n| n > 0).ok_or_else(|| format!("{word} needs a number, at least 1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn as_the_usage_says() {
        let parsed = parse("read --kind iftmin --parcels 20 --rounds 3 --newlines --record r.md").expect("it is valid");
        let expected = Arguments {
            command: "read".to_owned(),
            kind: Some(Kind::Iftmin),
            parcels: Some(20),
            rounds: Some(3),
            newlines: true,
            record: Some("r.md".to_owned()),
            ..Arguments::default()
        };
        assert_eq!(parsed, expected);
        assert_eq!(parse("read --rounds 0"), Err("--rounds needs a number, at least 1".to_owned()));
        assert_eq!(parse("read --record"), Err("--record needs a value".to_owned()));
        assert_eq!(parse("read --fast"), Err(USAGE.to_owned()));
    }
}
