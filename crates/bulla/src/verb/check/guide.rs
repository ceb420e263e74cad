//! A partner's guide from its file.

use crate::named;
use anyhow::{Result, anyhow};
use gateway::partner::guides::Guides;
use manifest::guide::Guide;
use std::path::Path;

/// As a gateway would take it: what it refuses is refused here.
pub fn read(path: &Path) -> Result<Guide> {
    let text = named::text(path, named::PAPER_OCTETS_MAX)?;
    let guide = Guide::parse(&text).map_err(|wrong| anyhow!("{}, {wrong}", path.display()))?;
    Guides::default().with([text.as_str()])?;
    Ok(guide)
}
