//! Loops that run as long as the gateway does. One that panics is started again, later each time, and counted: a gateway
//! whose anchoring or delivery has ended must not look as if it worked.

use crate::{
    Gateway,
    exchange::{anchor, deliver},
    metrics::Loop,
};
use std::{
    future::Future,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::task::JoinSet;

const WAIT_SECONDS_MAX: u64 = 60;
/// A loop that ran so long before it failed again is not the one that failed before.
const SOUND: Duration = Duration::from_secs(300);

/// Runs the loops for as long as the future is polled.
pub async fn run(gateway: Arc<Gateway>) {
    tokio::join!(
        supervise(gateway.clone(), Loop::Anchor, anchor::run),
        supervise(gateway.clone(), Loop::Deliver, deliver::run),
    );
}

/// Keeps a loop running. Ends when it is dropped, and the loop with it.
async fn supervise<F>(gateway: Arc<Gateway>, which: Loop, start: impl Fn(Arc<Gateway>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let place = which as usize;
    let mut failures = 0u32;
    loop {
        let began = tokio::time::Instant::now();
        gateway.metrics.loops_running[place].store(1, Relaxed);
        let mut running = JoinSet::new();
        running.spawn(start(gateway.clone()));
        let _ = running.join_next().await;
        gateway.metrics.loops_running[place].store(0, Relaxed);
        gateway.metrics.loop_restarts[place].fetch_add(1, Relaxed);
        failures = if began.elapsed() > SOUND { 1 } else { failures + 1 };
        let seconds = (1 << failures.min(10)).min(WAIT_SECONDS_MAX);
        eprintln!("the {} loop ended, which is a defect; it is started again in {seconds} s", which.as_str());
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}
