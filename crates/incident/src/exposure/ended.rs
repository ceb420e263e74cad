//! For the report: what each end leaves out.

use super::{
    late::Late,
    reach::{Body, Reach},
    sums::add,
};
use crate::{assessment::End, hypothesis::Kind};
use ledger::Time;

/// Each end of something that was copied until then, and what came after it. What came later has a later ticket.
pub(super) fn all(reach: &Reach) -> Vec<End> {
    let copied = |kind: &Kind| matches!(kind, Kind::Storage | Kind::CarrierKey { .. } | Kind::Traffic { .. });
    let own = (0..).zip(reach.hypotheses).zip(reach.late()).filter(|((_, own), _)| copied(&own.kind));
    own.filter_map(|((number, own), late)| Some(one(number, own.to?, late, reach))).collect()
}

fn one(hypothesis: u32, to: Time, late: &Late, reach: &Reach) -> End {
    let came = |body: &Body| !body.void && late.has(body.received);
    let bodies: Vec<&Body> = reach.bodies.iter().filter(|body| came(body)).collect();
    let batches = reach.batches.iter().filter(|sealed| came(&reach.bodies[sealed.body]));
    let (heartbeat, cosigned) = late.shown.unzip();
    End {
        hypothesis,
        to,
        heartbeat,
        cosigned,
        documents: bodies.len() as u64,
        rows: batches.fold(0, |sum, sealed| add(sum, sealed.batch.rows.into())),
        first: bodies.first().map(|body| body.received.at.entry),
        time: bodies.first().map(|body| body.received.at.time),
    }
}
