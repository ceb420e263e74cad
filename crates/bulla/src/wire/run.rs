//! The gateway's process: its directory, its loops, its wire.

use super::{console::entrance::Entrance, https, problem::Problem};
use crate::{config, role::Home};
use anyhow::{Context, Result};
use door::{Server, tls::Tls};
use gateway::{Gateway, clock::System};
use std::{net::SocketAddr, sync::Arc};

/// Runs until a signal ends it.
pub async fn run(config: config::Gateway) -> Result<()> {
    let config::Gateway { gateway: config, limits, tls, console, open_tests } = config;
    let certificate = tls.as_ref().map(|files| files.certificate.clone());
    let tls = tls.map(Tls::open).transpose()?;
    let home = Home::take(&config.dir)?;
    let (listen, dir, partners) = (config.listen, config.dir.clone(), config.partners.clone());
    let gateway = Gateway::open(config, System).with_context(|| format!("cannot open {}", dir.display()))?;
    if let Some(path) = partners.filter(|_| gateway.partners().partners().next().is_none()) {
        gateway.apply(config::read(&path)?)?;
    }
    if let Some(path) = certificate {
        gateway.is_known_by(path);
    }
    let gateway = Arc::new(gateway);
    let encrypted = tls.is_some();
    let entrance = Arc::new(Entrance::open(&dir, console, encrypted)?.with_tests(open_tests));
    let loops = tokio::spawn(gateway::run(gateway.clone()));
    let server = Server::with_tls(https::router(gateway.clone(), entrance.clone()), Problem::crowded, limits, tls);
    let begun = |address: SocketAddr| {
        entrance.begin(address.port());
        entrance.say_first_link(address, encrypted, gateway.now());
    };
    let served = home.serve(listen, server, begun).await;
    loops.abort();
    served
}
