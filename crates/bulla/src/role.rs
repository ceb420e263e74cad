//! The roles that run as processes, and what they do the same way: the directory's lock, `pid` and `address`, and serving
//! HTTP until a signal.

use anyhow::{Result, anyhow, bail};
use door::Server;
use durable::Claim;
use std::{
    fmt,
    io::IsTerminal,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};

/// A process of its own with a directory of its own. Its word is the verb that runs it, its folder under `--data` and its
/// configuration's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Witness,
    Warden,
    /// The demo's only: in earnest it is another company's EDI system.
    Carrier,
    Gateway,
}

impl Role {
    /// In the order of their start: each is there before those that ask it.
    pub const ALL: [Self; 4] = [Self::Witness, Self::Warden, Self::Carrier, Self::Gateway];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Witness => "witness",
            Self::Warden => "warden",
            Self::Carrier => "carrier",
            Self::Gateway => "gateway",
        }
    }

    /// What no longer works while it is down.
    pub fn what_stops_without(self) -> &'static str {
        match self {
            Self::Gateway => "nothing is received, delivered or found; what was acknowledged is on disk",
            Self::Warden => {
                "nothing opens and nothing is anchored; the gateway receives on until its keys run out at its next start"
            }
            Self::Witness => "nothing opens and nothing is shredded: no checkpoint is cosigned",
            Self::Carrier => "deliveries wait and are tried again",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A role's directory, which no other process has while this is held.
pub struct Home {
    dir: PathBuf,
    claim: Claim,
}

impl Home {
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

    /// Binds, says where (`address`), and serves until SIGTERM or SIGINT; `begun` may say more.
    pub async fn serve(&self, listen: SocketAddr, server: Server, begun: impl FnOnce(SocketAddr)) -> Result<()> {
        if !listen.ip().is_loopback() && !server.has_tls() {
            bail!(
                "{listen} is not a loopback address, and there is no certificate for TLS\n\nhint: give a [tls] table with `certificate` and `key` (paths of PEM files), or listen on 127.0.0.1"
            );
        }
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            anyhow!("cannot listen on {listen}: {error}\n\nhint: if another program has this port, stop it or choose another; `--listen 127.0.0.1:0` takes a free one")
        })?;
        let address = listener.local_addr()?;
        begun(address);
        self.announce(address, server.has_tls())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let closed = closed(signal(SignalKind::hangup())?, std::io::stderr().is_terminal());
        let stop = async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {}, () = closed => {} }
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

/// Until the terminal is gone to which a role says what it has to say: the next word would be a panic. A reload, by the same signal, which
/// with TLS reads its files again, ends nothing.
async fn closed(mut hangup: Signal, was_there: bool) {
    while hangup.recv().await.is_some() {
        if was_there && !std::io::stderr().is_terminal() {
            return;
        }
    }
    std::future::pending().await
}
