//! What could truly be read, by what was done, and by nothing that is written.

use super::{
    deed::Body,
    world::{DECRYPTION, World},
};
use ledger::Time;
use std::collections::BTreeSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Storage,
    Host,
    Principal,
    Warden,
    CarrierKey,
    Traffic,
}

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::Storage, Self::Host, Self::Principal, Self::Warden, Self::CarrierKey, Self::Traffic];

    /// The hypothesis that says so, without its dates.
    pub fn toml(self) -> String {
        let own = match self {
            Self::Storage => "\"storage\"".to_owned(),
            Self::Host => "\"host\"\nworkers = [\"gw-1\"]".to_owned(),
            Self::Principal => "\"principal\"\nprincipal = \"support-7\"".to_owned(),
            Self::Warden => "\"warden\"".to_owned(),
            Self::CarrierKey => format!("\"carrier-key\"\ncertificate = \"sha256:{}\"", ledger::Hash([81; 32])),
            Self::Traffic => format!("\"traffic\"\ncertificate = \"sha256:{DECRYPTION}\""),
        };
        format!("[[hypothesis]]\nkind = {own}\n")
    }
}

/// Rows that could be read; and those of them that the ledger must have, whether it bounds or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth {
    pub rows: u64,
    pub told: u64,
}

/// With what is taken at `from`, or always, until `to`, or the end.
pub fn truth(world: &World, kind: Kind, from: Option<Time>, to: Option<Time>, copies_days: u32) -> Truth {
    let by = |time: Time| to.is_none_or(|to| time <= to);
    let since = |time: Time| from.is_none_or(|from| time >= from);
    let stored = |body: &Body| !body.periods.is_empty();
    let sum = |reads: &dyn Fn(&Body) -> bool| {
        let all = || world.bodies.iter().filter(|body| reads(body));
        let rows = all().map(|body| u64::from(body.rows)).sum();
        Truth { rows, told: all().filter(|body| body.told).map(|body| u64::from(body.rows)).sum() }
    };
    match kind {
        // The clear column of what lay there.
        Kind::Storage => sum(&|body| stored(body) && by(body.time)),
        // What passed, and what the machine's memory still had of before.
        Kind::Host => {
            let passed = |body: &Body| since(body.time) && by(body.time);
            let memory = |body: &Body| from.is_none() || body.boot.is_some_and(|boot| world.memory.contains(&boot));
            sum(&|body| body.worker.as_str() == "gw-1" && by(body.time) && (passed(body) || memory(body)))
        }
        Kind::Principal => {
            let own = world.opened.iter().filter(|(time, ..)| since(*time) && by(*time));
            let rows = own.map(|(_, batch, row)| (batch, row)).collect::<BTreeSet<_>>().len() as u64;
            Truth { rows, told: rows }
        }
        // Keys that were there, or of which a copy was.
        Kind::Warden => {
            let gone = |shredded: &Time| from.is_some_and(|from| shredded.plus_days(copies_days) < from);
            let has = |period: &ledger::PeriodId| world.shredded.get(period).is_none_or(|shredded| !gone(shredded));
            sum(&|body| body.periods.iter().any(has))
        }
        Kind::CarrierKey => sum(&|body| body.certificate == 81 && by(body.time)),
        Kind::Traffic => sum(&|body| body.decryption.is_some() && since(body.time) && by(body.time)),
    }
}
