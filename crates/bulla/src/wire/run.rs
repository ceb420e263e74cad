//! The gateway's process: its directory, its loops, its wire.

use super::{https, problem::Problem};
use crate::{config, role::Home};
use anyhow::{Context, Result};
use door::{Server, tls::Tls};
use gateway::{Gateway, clock::System};
use std::sync::Arc;

/// Runs until a signal ends it.
pub async fn run(config: config::Gateway) -> Result<()> {
    let config::Gateway { gateway: config, limits, tls } = config;
    let tls = tls.map(Tls::open).transpose()?;
    let home = Home::take(&config.dir)?;
    let (listen, dir, partners) = (config.listen, config.dir.clone(), config.partners.clone());
    let gateway = Gateway::open(config, System).with_context(|| format!("cannot open {}", dir.display()))?;
    if let Some(path) = partners.filter(|_| gateway.partners().partners().next().is_none()) {
        gateway.apply(config::read(&path)?)?;
    }
    let gateway = Arc::new(gateway);
    let loops = tokio::spawn(gateway::run(gateway.clone()));
    let server = Server::with_tls(https::router(gateway), Problem::crowded, limits, tls);
    let served = home.serve(listen, server).await;
    loops.abort();
    served
}
