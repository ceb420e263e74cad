//! The guides that agreements name: texts in one file of the gateway's directory, each read before it is used.

use super::Wrong;
use crate::Error;
use durable::Kept;
use manifest::guide::{Form, Guide};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path, sync::Arc};

const FILE: &str = "guides.json";
const VERSION: u32 = 1;
/// Of all texts together. A text has no octet that takes more than two in the file.
const TEXT_OCTETS_MAX: usize = 4 << 20;
const FILE_OCTETS_MAX: u64 = 16 << 20;

/// All guides of a gateway, by their names.
#[derive(Debug, Clone, Default)]
pub struct Guides(BTreeMap<String, (Arc<str>, Arc<Guide>)>);

impl Guides {
    /// Takes over more of them; later ones replace earlier ones of the same name.
    ///
    /// # Errors
    /// [`Wrong::Guide`], [`Wrong::GuideForm`], [`Wrong::GuidesTooLong`]: then none of them is taken.
    pub fn with<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Result<Self, Wrong> {
        let mut all = self.0.clone();
        for text in texts {
            let guide = Guide::parse(text).map_err(|wrong| Wrong::Guide { name: name(text), wrong })?;
            if !matches!(guide.form, Form::X12 | Form::Edifact) {
                return Err(Wrong::GuideForm { name: guide.name });
            }
            all.insert(guide.name.clone(), (text.into(), guide.into()));
        }
        let octets: usize = all.values().map(|(text, _)| text.len()).sum();
        if octets > TEXT_OCTETS_MAX { Err(Wrong::GuidesTooLong) } else { Ok(Self(all)) }
    }

    /// The guide of this name.
    pub fn named(&self, name: &str) -> Option<&Guide> {
        self.0.get(name).map(|(_, guide)| &**guide)
    }

    /// Every one, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Guide> {
        self.0.values().map(|(_, guide)| &**guide)
    }

    /// Their texts, as they were applied.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|(text, _)| &**text)
    }
}

/// What a guide that cannot be read calls itself.
fn name(text: &str) -> String {
    let table: Option<toml::Table> = text.parse().ok();
    let name = table.and_then(|table| table.get("guide").and_then(toml::Value::as_str).map(str::to_owned));
    name.unwrap_or_else(|| "without a name".to_owned())
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    version: u32,
    guides: Vec<String>,
}

/// The file.
pub(crate) struct Shelf(Kept<Written>);

impl Shelf {
    /// Of a gateway's directory, with what stands in it. One that cannot be read as a whole is not used in part.
    pub(crate) fn open(dir: &Path) -> Result<(Self, Guides), Error> {
        let path = dir.join(FILE);
        let written = match durable::read_if_there(&path, FILE_OCTETS_MAX).map_err(vault::Error::from)? {
            None => Written { version: VERSION, guides: Vec::new() },
            Some(octets) => serde_json::from_slice::<Written>(&octets).map_err(|_| Error::StoredPartners)?,
        };
        if written.version != VERSION {
            return Err(Error::StoredPartners);
        }
        let guides = Guides::default().with(written.guides.iter().map(String::as_str))?;
        let octets = |written: &Written| serde_json::to_vec_pretty(written).expect("a number and texts");
        Ok((Self(Kept::new(path, written, octets)), guides))
    }

    /// Durably, or not at all.
    pub(crate) fn put(&self, guides: &Guides) -> Result<(), Error> {
        let put = self.0.change(|written| {
            written.guides = guides.texts().map(str::to_owned).collect();
            Ok::<_, durable::Error>(())
        });
        Ok(put.map_err(vault::Error::from)?)
    }
}
