//! `bulla agent`: a page on a person's own machine that opens what the console only names.
//!
//! A page that the gateway serves never opens a field: a taken gateway's script would read each row and drive the person's key. This process
//! has its own pages, holds the key, and asks, checks and unseals as `bulla open` does.

mod page;
mod seat;

use super::{Access, Ending, asker::Keys};
use anyhow::{Result, bail};
use axum::http::StatusCode;
use clap::Args;
use door::{Limits, Server};
use page::Agent as Desk;
use seat::Seat;
use std::{
    io::Write,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// Open parcels in a browser, on your own machine
///
/// It prints an address for your browser, which lets in once. The page finds a parcel by its number, shows what will be written to the ledger,
/// opens it as `bulla open` does, shows the fields once, and forgets them. It ends when nobody has used it for a while.
/// Example: bulla agent --to URL --token-file token --principal jo --key jo.key --pins pins.toml
#[derive(Args)]
pub struct Agent {
    /// Where it listens, on this machine only; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// After so many seconds without a request it ends
    #[arg(long, default_value_t = 900, value_parser = clap::value_parser!(u32).range(1..=28_800))]
    idle_seconds: u32,
    #[command(flatten)]
    keys: Keys,
    #[command(flatten)]
    access: Access,
}

impl Agent {
    /// Serves its page until it is idle or a signal ends it.
    pub fn run(&self) -> Result<Ending> {
        if !self.listen.ip().is_loopback() {
            bail!("{} is not a loopback address\n\nhint: the agent is for one person on one machine", self.listen);
        }
        let protection = memory::protect();
        let asker = self.keys.asker(&self.access, Vec::new())?;
        let gateway = self.access.address()?;
        eprintln!("agent: {protection}");
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).on_thread_park(memory::wipe).enable_all().build()?;
        runtime.block_on(async {
            let listener = TcpListener::bind(self.listen).await?;
            let desk = Arc::new(Desk::new(Seat::new(listener.local_addr()?)?, asker, gateway));
            println!("{}", desk.seat.url());
            std::io::stdout().flush()?;
            eprintln!("open this address in your browser: it lets in once; Ctrl-C ends the agent");
            serve(&desk, listener, Duration::from_secs(self.idle_seconds.into())).await
        })?;
        Ok(Ending::Done)
    }
}

async fn serve(desk: &Arc<Desk>, listener: TcpListener, idle: Duration) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // One person's browser opens a few connections, and sends small forms.
    let limits = Limits {
        connections_max: 16,
        octets_in_flight_max: 1 << 20,
        stop: Duration::from_secs(2),
        ..Limits::default()
    };
    let server = Server::new(page::router(desk.clone()), || StatusCode::SERVICE_UNAVAILABLE, limits);
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {},
            _ = interrupt.recv() => {},
            () = unused(&desk.seat, idle) => eprintln!("agent: ended, nobody has used it for {} s", idle.as_secs()),
        }
    };
    server.serve(listener, stop).await;
    Ok(())
}

/// Until nobody has used it for so long.
async fn unused(seat: &Seat, idle: Duration) {
    loop {
        let end = seat.used() + idle;
        if end <= Instant::now() {
            return;
        }
        tokio::time::sleep_until(end.into()).await;
    }
}
