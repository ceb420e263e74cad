//! What every long-running role does the same way: its directory's lock, `pid` and `address`, and serving HTTP until a
//! signal.

use anyhow::{Result, anyhow, bail};
use axum::Router;
use durable::Claim;
use std::{net::SocketAddr, path::Path};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// A role that has its directory to itself.
pub struct Role {
    claim: Claim,
}

impl Role {
    /// Takes the directory, or says who has it.
    pub fn take(dir: &Path) -> Result<Self> {
        // `lock` is the vault's, where the role has one.
        let claim = Claim::take(dir, "role.lock").map_err(|error| match error {
            durable::Error::InUse { .. } => anyhow!("{error}\n\nhint: stop that one first"),
            error => error.into(),
        })?;
        durable::sweep(dir)?;
        claim.write_pid()?;
        Ok(Self { claim })
    }

    /// Binds, says where (`address`), and serves until SIGTERM or SIGINT.
    pub async fn serve(&self, listen: SocketAddr, router: Router) -> Result<()> {
        if !listen.ip().is_loopback() {
            bail!(
                "{listen} is not a loopback address, and this version has no TLS\n\nhint: listen on 127.0.0.1 and put a TLS proxy in front"
            );
        }
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            anyhow!("cannot listen on {listen}: {error}\n\nhint: if another program has this port, stop it or choose another; `--listen 127.0.0.1:0` takes a free one")
        })?;
        self.claim.announce(listener.local_addr()?)?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        };
        axum::serve(listener, router).with_graceful_shutdown(stop).await?;
        Ok(())
    }
}
