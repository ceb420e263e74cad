//! The demo's carrier: a receiver with a key of its own, standing in for a carrier's EDI system.
//!
//! It keeps what it is delivered as it came, encrypted to its certificate, in `inbox/DELIVERY.p7m`; it decrypts in memory
//! only to check the gateway's signature and count parcels, and answers with a confirmation that it signs. The same
//! delivery id with the same octets gets the same answer; with other octets it is refused.

use crate::{config, people::SecretSeed, role::Home};
use anyhow::{Context, Result};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use door::{Limits, Server};
use gateway::{Clock, clock::System};
use ledger::{BatchId, Confirmation, ConfirmationRecord, DeliveryId, Hash};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fs, path::PathBuf, sync::Arc};

const BODY_OCTETS_MAX: usize = 256 * 1024 * 1024;

struct Carrier {
    inbox: PathBuf,
    pseudonym: ledger::Pseudonym,
    recipient: as2::Recipient,
    gateway: as2::Certificate,
    key: ed25519_dalek::SigningKey,
}

/// Runs until a signal ends it.
pub async fn run(config: config::Carrier) -> Result<()> {
    let home = Home::take(&config.dir)?;
    let key = fs::read_to_string(config.dir.join("carrier.key.pem"))
        .map(zeroize::Zeroizing::new)
        .context("cannot read the carrier's key")?;
    let certificate =
        fs::read_to_string(config.dir.join("carrier.crt.pem")).context("cannot read the carrier's certificate")?;
    let carrier = Carrier {
        inbox: config.dir.join("inbox"),
        pseudonym: config.pseudonym,
        recipient: as2::Recipient::from_pem(&key, &certificate)?,
        gateway: as2::Certificate::from_pem(&config.gateway_certificate)?,
        key: SecretSeed::read(&config.dir.join("confirmation.key"))?,
    };
    durable::make_dir(&carrier.inbox)?;
    durable::sweep(&carrier.inbox)?;
    let router = Router::new()
        .route("/inbox", post(receive))
        .route("/healthz", get(|| async { "ok\n" }))
        .with_state(Arc::new(carrier));
    let limits = Limits { octets_in_flight_max: 2 * BODY_OCTETS_MAX, ..Limits::default() };
    home.serve(config.listen, Server::new(router, || StatusCode::SERVICE_UNAVAILABLE, limits), |_| ()).await
}

async fn receive(State(carrier): State<Arc<Carrier>>, request: Request) -> Response {
    let headers = request.headers().clone();
    let body = match door::collect(request, "gateway", BODY_OCTETS_MAX).await {
        Ok(body) => body,
        Err(unread) => return (unread.status(), format!("{unread}\n")).into_response(),
    };
    let work = memory::spawn_blocking(move || carrier.take(&headers, &body));
    match work.await {
        Ok(Ok(confirmation)) => axum::Json(confirmation).into_response(),
        Ok(Err((status, why))) => (status, format!("{why}\n")).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Carrier {
    fn take(&self, headers: &HeaderMap, body: &[u8]) -> Result<Confirmation, (StatusCode, &'static str)> {
        let bad = |why| (StatusCode::BAD_REQUEST, why);
        let header = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let delivery: DeliveryId = header("bulla-delivery").parse().map_err(|_| bad("Bulla-Delivery is missing"))?;
        let batches: Result<BTreeSet<BatchId>, _> =
            header("bulla-batches").split(',').filter(|b| !b.is_empty()).map(|b| b.trim().parse()).collect();
        let batches = batches.map_err(|_| bad("Bulla-Batches is not a list of batches"))?;
        let rows = self.count(body)?;
        self.keep(&delivery, body)?;
        let record = ConfirmationRecord {
            carrier: self.pseudonym.clone(),
            delivery,
            batches,
            digest: Hash(Sha256::digest(body).into()),
            rows,
            received: System.now(),
        };
        Ok(Confirmation::new(record, &self.key))
    }

    /// Decrypts and verifies in memory, and counts the parcels.
    fn count(&self, body: &[u8]) -> Result<u64, (StatusCode, &'static str)> {
        let unreadable = |_| (StatusCode::UNPROCESSABLE_ENTITY, "not encrypted to this carrier");
        let unsigned = |_| (StatusCode::UNPROCESSABLE_ENTITY, "not signed by the gateway");
        let signed = as2::cms::decrypt(body, &self.recipient).map_err(unreadable)?;
        let document = as2::cms::verify(&signed, &self.gateway).map_err(unsigned)?;
        let (interchange, _) = edi::read(document, &edi::Limits::default());
        let mut rows = 0;
        for set in interchange.groups.iter().flat_map(|group| &group.sets) {
            let manifest = manifest::mapping::read(&interchange, set, &manifest::Class::ALL)
                .map_err(|_| (StatusCode::UNPROCESSABLE_ENTITY, "not a manifest"))?;
            rows += manifest.parcels.len() as u64;
        }
        Ok(rows)
    }

    /// Durable before it is confirmed; a repeated delivery is the same octets or refused.
    fn keep(&self, delivery: &DeliveryId, body: &[u8]) -> Result<(), (StatusCode, &'static str)> {
        let failed = |_: durable::Error| (StatusCode::INSUFFICIENT_STORAGE, "the inbox cannot be written");
        let path = self.inbox.join(format!("{delivery}.p7m"));
        match fs::read(&path) {
            Ok(there) if there == body => return Ok(()),
            Ok(_) => return Err((StatusCode::CONFLICT, "other octets came under this delivery id")),
            Err(_) => {}
        }
        durable::replace(&path, body).map_err(failed)
    }
}
