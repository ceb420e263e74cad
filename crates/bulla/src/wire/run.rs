//! The gateway's process: its directory, its loops, its wire.

use super::https;
use crate::{config, role::Role};
use anyhow::{Context, Result};
use gateway::{Config, Gateway, clock::System};
use std::sync::Arc;

/// Runs until a signal ends it.
pub async fn run(config: Config) -> Result<()> {
    let role = Role::take(&config.dir)?;
    let (listen, dir, partners) = (config.listen, config.dir.clone(), config.partners.clone());
    let gateway = Gateway::open(config, System).with_context(|| format!("cannot open {}", dir.display()))?;
    if let Some(path) = partners.filter(|_| gateway.partners().partners().next().is_none()) {
        gateway.apply(config::read(&path)?)?;
    }
    let gateway = Arc::new(gateway);
    let loops = tokio::spawn(gateway::run(gateway.clone()));
    let served = role.serve(listen, https::router(gateway)).await;
    loops.abort();
    served
}
