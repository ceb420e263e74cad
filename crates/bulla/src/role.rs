//! What every long-running role does the same way: its directory's lock, `pid` and `address`, and serving HTTP until a
//! signal.

use anyhow::{Context, Result, anyhow, bail};
use axum::Router;
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{self, File},
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
    _lock: File,
}

impl Role {
    /// Takes the directory, or says who has it.
    pub fn take(dir: &Path) -> Result<Self> {
        let lock = File::options().create(true).truncate(false).write(true).open(dir.join("role.lock"));
        let lock = lock.with_context(|| format!("cannot use {}", dir.display()))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            let pid = fs::read_to_string(dir.join("pid")).unwrap_or_default();
            bail!("{} is in use by process {}\n\nhint: stop that one first", dir.display(), pid.trim());
        }
        fs::write(dir.join("pid"), format!("{}\n", std::process::id()))?;
        Ok(Self { dir: dir.to_owned(), _lock: lock })
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
        let address = format!("http://{}\n", listener.local_addr()?);
        let part = self.dir.join("address.part");
        fs::write(&part, address)?;
        fs::rename(&part, self.dir.join("address"))?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        };
        axum::serve(listener, router).with_graceful_shutdown(stop).await?;
        Ok(())
    }
}
