//! The gateway's process: what its parts share, and its start.

use crate::{
    config,
    exchange::{anchor, deliver},
    keys::Keys,
    metrics::Metrics,
    partner::{self, Partners},
    role::Role,
    setup::SecretSeed,
    wire::https,
};
use anyhow::{Context, Result};
use ed25519_dalek::SigningKey;
use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::Notify;
use vault::Vault;

/// What every request and loop of one gateway shares.
pub struct Gateway {
    /// As read at the start.
    pub config: config::Gateway,
    /// Its disk.
    pub vault: Vault,
    /// Signs intake entries and requests to the warden.
    pub worker_key: SigningKey,
    /// Signs delivery copies.
    pub signer: as2::Signer,
    /// Counts.
    pub metrics: Metrics,
    /// Wakes the anchoring loop: there is something new for the ledger.
    pub anchor: Notify,
    /// Wakes the delivery loop.
    pub deliver: Notify,
    pauses: AtomicU64,
    partners: RwLock<Arc<Partners>>,
    keys: RwLock<Option<Arc<Keys>>>,
}

impl Gateway {
    fn open(config: config::Gateway) -> Result<Self> {
        let vault = Vault::open(&config.dir).with_context(|| format!("cannot open {}", config.dir.display()))?;
        let read =
            |name: &str| std::fs::read_to_string(config.dir.join(name)).with_context(|| format!("cannot read {name}"));
        let signer =
            as2::Signer::from_pem(&zeroize::Zeroizing::new(read("signing.key.pem")?), &read("signing.crt.pem")?)?;
        let worker_key = SecretSeed::read(&config.dir.join("worker.key"))?;
        let gateway = Self {
            vault,
            worker_key,
            signer,
            metrics: Metrics::default(),
            anchor: Notify::new(),
            deliver: Notify::new(),
            pauses: AtomicU64::new(0),
            partners: RwLock::default(),
            keys: RwLock::default(),
            config,
        };
        gateway.load_partners()?;
        Ok(gateway)
    }

    /// Partners and agreements as they are now.
    pub fn partners(&self) -> Arc<Partners> {
        self.partners.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys from the warden; none yet: intake answers 503.
    pub fn keys(&self) -> Option<Arc<Keys>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// New keys from the warden.
    pub fn set_keys(&self, keys: Keys) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keys));
    }

    /// Stops intake: what arrives from now on is answered 503, what is being taken is waited for. Returns the keys.
    pub fn pause(&self) -> Option<Arc<Keys>> {
        let keys = self.keys.write().unwrap_or_else(PoisonError::into_inner).take();
        self.pauses.fetch_add(1, Ordering::SeqCst);
        // Whoever holds a ticket now has counted the pauses before; whoever gets one later finds one more.
        drop(self.vault.begin(&self.config.worker));
        keys
    }

    /// How often intake was paused: keys that were read before a pause may be gone after it.
    pub fn pauses(&self) -> u64 {
        self.pauses.load(Ordering::SeqCst)
    }

    /// Checks and stores a file of partners; nothing of it is taken if anything of it is wrong.
    pub fn apply(&self, file: partner::File) -> Result<()> {
        let now = self.partners();
        let partners = now.partners().cloned().chain(file.partner.iter().cloned());
        let agreements = now.agreements().cloned().chain(file.agreement.iter().cloned());
        let joined = Partners::new(partners, agreements)?;
        for partner in &file.partner {
            self.vault.put_partner(&partner.id, &serde_json::to_string(partner)?)?;
        }
        for agreement in &file.agreement {
            self.vault.put_agreement(agreement.id.as_str(), &serde_json::to_string(agreement)?)?;
        }
        *self.partners.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(joined);
        Ok(())
    }

    fn load_partners(&self) -> Result<()> {
        let stored = self.vault.partners()?;
        if stored.is_empty() {
            let Some(path) = &self.config.partners else { return Ok(()) };
            return self.apply(config::read(path)?);
        }
        let file = partner::File {
            partner: stored.iter().map(|(_, text)| serde_json::from_str(text)).collect::<Result<_, _>>()?,
            agreement: self
                .vault
                .agreements()?
                .iter()
                .map(|(_, text)| serde_json::from_str(text))
                .collect::<Result<_, _>>()?,
        };
        let partners = Partners::new(file.partner, file.agreement)?;
        *self.partners.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(partners);
        Ok(())
    }
}

/// Runs until a signal ends it.
pub async fn run(config: config::Gateway) -> Result<()> {
    let role = Role::take(&config.dir)?;
    let listen = config.listen;
    let gateway = Arc::new(Gateway::open(config)?);
    tokio::spawn(anchor::run(gateway.clone()));
    tokio::spawn(deliver::run(gateway.clone()));
    role.serve(listen, https::router(gateway)).await
}
