//! A partner's guide from its file.

use anyhow::{Context, Result, anyhow};
use gateway::partner::guides::Guides;
use manifest::guide::Guide;
use std::path::Path;

/// As a gateway would take it: what it refuses is refused here.
pub fn read(path: &Path) -> Result<Guide> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let guide = Guide::parse(&text).map_err(|wrong| anyhow!("{}, {wrong}", path.display()))?;
    Guides::default().with([text.as_str()])?;
    Ok(guide)
}
