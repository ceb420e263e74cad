//! What every long-running role does the same way: its directory's lock, `pid` and `address`, and serving HTTP until a
//! signal.

use crate::wire::serve::Server;
use anyhow::{Result, anyhow, bail};
use durable::Claim;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// A role that has its directory to itself.
pub struct Role {
    dir: PathBuf,
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
        Ok(Self { dir: dir.to_owned(), claim })
    }

    /// Binds, says where (`address`), and serves until SIGTERM or SIGINT.
    pub async fn serve(&self, listen: SocketAddr, server: Server) -> Result<()> {
        if !listen.ip().is_loopback() && !server.has_tls() {
            bail!(
                "{listen} is not a loopback address, and there is no certificate for TLS\n\nhint: give a [tls] table with `certificate` and `key` (paths of PEM files), or listen on 127.0.0.1"
            );
        }
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            anyhow!("cannot listen on {listen}: {error}\n\nhint: if another program has this port, stop it or choose another; `--listen 127.0.0.1:0` takes a free one")
        })?;
        self.announce(listener.local_addr()?, server.has_tls())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        };
        server.serve(listener, stop).await;
        Ok(())
    }

    fn announce(&self, address: SocketAddr, tls: bool) -> Result<()> {
        if tls {
            durable::replace(&self.dir.join("address"), format!("https://{address}\n").as_bytes())?;
        } else {
            self.claim.announce(address)?;
        }
        Ok(())
    }
}
