//! Loops that run as long as the gateway does. One that panics is started again, later each time, and counted: a gateway
//! whose anchoring or delivery has ended must not look as if it worked.

use crate::{
    Gateway,
    disclosure::index,
    exchange::{anchor, deliver},
    message::receipts,
    metrics::{Loop, Metrics},
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
    let metrics = &gateway.metrics;
    tokio::join!(
        supervise(metrics, Loop::Anchor, wait, || anchor::run(gateway.clone())),
        supervise(metrics, Loop::Deliver, wait, || deliver::run(gateway.clone())),
        supervise(metrics, Loop::Receipts, wait, || receipts::run(gateway.clone())),
        supervise(metrics, Loop::Index, wait, || index::run(gateway.clone())),
    );
}

/// Doubled with every failure, up to a minute.
fn wait(failures: u32) -> Duration {
    Duration::from_secs((1 << failures.min(10)).min(WAIT_SECONDS_MAX))
}

/// Keeps a loop running. Ends when it is dropped, and the loop with it.
async fn supervise<F>(metrics: &Metrics, which: Loop, wait: impl Fn(u32) -> Duration, start: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let place = which as usize;
    let mut failures = 0u32;
    loop {
        let began = tokio::time::Instant::now();
        metrics.loops_running[place].store(1, Relaxed);
        let mut running = JoinSet::new();
        running.spawn(start());
        let _ = running.join_next().await;
        metrics.loops_running[place].store(0, Relaxed);
        metrics.loop_restarts[place].fetch_add(1, Relaxed);
        failures = if began.elapsed() > SOUND { 1 } else { failures + 1 };
        let pause = wait(failures);
        eprintln!("the {} loop ended, which is a defect; it is started again in {} s", which.as_str(), pause.as_secs());
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn a_loop_is_started_again_later_each_time() {
        let seconds: Vec<_> = [1, 2, 3, 5, 6, 40].map(|failures| wait(failures).as_secs()).into();
        assert_eq!(seconds, [2, 4, 8, 32, 60, 60]);
    }

    #[tokio::test]
    async fn a_loop_that_panics_is_started_again_and_counted() {
        let metrics = Metrics::default();
        let starts = Arc::new(AtomicU32::new(0));
        let third = Arc::new(tokio::sync::Notify::new());
        let looping = || {
            let (starts, third) = (starts.clone(), third.clone());
            async move {
                assert!(starts.fetch_add(1, Relaxed) == 2, "made to fail twice");
                third.notify_one();
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = supervise(&metrics, Loop::Deliver, |_| Duration::from_millis(1), looping) => unreachable!("it never ends"),
            () = third.notified() => {}
        }
        let text = metrics.to_text();
        assert!(text.contains("bulla_loop_restarts_total{loop=\"deliver\"} 2\n"), "{text}");
        assert!(text.contains("bulla_loop_running{loop=\"deliver\"} 1\n"), "{text}");
        assert!(text.contains("bulla_loop_restarts_total{loop=\"anchor\"} 0\n"), "{text}");
    }
}
