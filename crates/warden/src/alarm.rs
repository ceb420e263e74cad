//! Alarms. The first: somebody opened made-up people whom only one principal opens. No honest process does that, whatever it may open: a
//! person's key, or the gateway that names the rows, is in other hands.

use crate::warden::Warden;
use ::api::client::Client;
use ledger::{PrincipalId, Pseudonym, opening::Scope};
use serde::Serialize;
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

/// A receiver that hangs holds nothing up.
const CLIENT: Client = Client::new(Duration::from_secs(10), 1 << 16);

/// What is posted to `alarm_url`, as JSON.
#[derive(Serialize)]
struct Alarm {
    /// Which alarm: always `decoy`.
    alarm: &'static str,
    /// The ledger's entry that says what was asked for; null where it was refused before it became one.
    entry: Option<u64>,
    /// Who asked.
    principal: PrincipalId,
    /// Whose made-up people.
    shipper: Pseudonym,
}

/// Raises it where this request, which its principal has signed, is of such rows and by somebody else: as an entry, or
/// refused. It changes nothing about the answer, which shall not tell that it was seen.
pub(crate) fn look(warden: &Arc<Warden>, entry: Option<u64>, scope: &Scope) {
    let Some(alarm) = decoy(warden, entry, scope) else { return };
    let Alarm { principal, shipper, .. } = &alarm;
    let entry = entry.map_or("it is refused".to_owned(), |entry| format!("ledger entry {entry}"));
    eprintln!("warden: ALARM: {principal} asks to open made-up people of {shipper}: {entry}");
    raise(warden, &alarm);
}

/// Counts an alarm, and posts it to `alarm_url` if there is one.
pub(crate) fn raise(warden: &Arc<Warden>, alarm: &impl Serialize) {
    warden.counts.alarms.fetch_add(1, Relaxed);
    let Some(url) = warden.config.alarm_url.clone() else { return };
    let body = serde_json::to_vec(alarm).expect("string keys and plain values");
    tokio::spawn(async move {
        match CLIENT.post(&url, "application/json", body).await {
            Ok(answer) if answer.status < 300 => {}
            Ok(answer) => eprintln!("warden: alarm_url answered HTTP {}", answer.status),
            Err(error) => eprintln!("warden: alarm_url does not answer: {error}"),
        }
    });
}

fn decoy(warden: &Warden, entry: Option<u64>, scope: &Scope) -> Option<Alarm> {
    let book = warden.book();
    let state = book.state();
    let shipper = state.anchored(&scope.batch)?.shipper?.into_owned();
    let own = state.made_up.get(&shipper)?.as_ref()?;
    (*own != scope.principal).then(|| Alarm { alarm: "decoy", entry, principal: scope.principal.clone(), shipper })
}
