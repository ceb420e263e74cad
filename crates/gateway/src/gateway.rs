//! What every request and loop of one gateway shares.

use crate::{
    Clock, Config, Error, Metrics,
    exchange::{Instance, Ticket, over::Starting},
    message::{Identity, Opening},
    metrics::Loop,
    partner::{
        self, PartnerId, Partners,
        guides::{Guides, Shelf},
    },
    retention::{KeyGate, Lease},
    tokens::Tokens,
    warden::{OurClock, Seen},
};
use api::{
    client::{NoTrust, Trust},
    warden::Pins,
};
use ed25519_dalek::SigningKey;
use ledger::{Time, entry::Channel};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, atomic::Ordering::Relaxed},
};
use tokio::sync::Notify;
use vault::Vault;
use zeroize::Zeroizing;

/// One gateway: its directory is its own.
pub struct Gateway {
    /// As read at the start.
    pub config: Config,
    /// Its disk: everything that outlives the process.
    pub vault: Vault,
    /// The keys from the warden.
    pub gate: KeyGate,
    /// Counts since the start, without a partner's name.
    pub metrics: Metrics,
    /// Tokens of the HTTP interface.
    pub tokens: Tokens,
    /// This start of the worker, and the tickets it has given.
    pub(crate) instance: Instance,
    /// How the ledger is told that it begins.
    pub(crate) starting: Starting,
    /// Whether its time may be written down.
    pub(crate) our_clock: OurClock,
    /// Signs intake entries and requests to the warden.
    pub(crate) worker_key: SigningKey,
    /// Signs delivery copies, as the carriers know us.
    pub(crate) signer: as2::Signer,
    /// Who we are in AS2, where we are anybody.
    pub(crate) identity: Option<Identity>,
    /// How many messages are taken apart at once.
    pub(crate) opening: Opening,
    /// The largest ledger that was proven to this gateway.
    pub(crate) ledger_seen: Seen,
    /// Held from asking about keys until the answer is believed: an answer that another one overtakes would be older than what was
    /// seen, and what was learned from it would go back.
    pub(crate) believing: tokio::sync::Mutex<()>,
    /// Held while a page of the ledger is put together: it takes memory and the warden's time.
    pub(crate) looking: Arc<tokio::sync::Mutex<()>>,
    /// Who signs and cosigns it: as configured, and then as officers have decided.
    pub(crate) signers: RwLock<Pins>,
    /// Whom the machine trusts, once that was asked.
    pub(crate) machines_trust: OnceLock<Result<Trust, NoTrust>>,
    /// Whose certificate's end was said.
    pub(crate) certificates_said: Mutex<partner::certificates::Said>,
    /// Where the certificates are by which whoever connects knows the process around it; unset: it is plain HTTP.
    pub(crate) server_certificate: OnceLock<PathBuf>,
    /// There is something new for the ledger.
    pub(crate) anchor: Notify,
    /// There is something new to deliver.
    pub(crate) deliver: Notify,
    /// There is a receipt to send.
    pub(crate) receipts: Notify,
    clock: Box<dyn Clock>,
    partners: RwLock<Arc<Partners>>,
    guides: Shelf,
}

impl Gateway {
    /// Opens its directory. A new one knows no partners: [`Gateway::apply`] is how it gets them.
    ///
    /// # Errors
    /// [`Error::Disk`], [`Error::File`], [`Error::NotAKey`], [`Error::NotASize`], [`Error::DeliveryCopy`] for the signing key, and what
    /// partners can be wrong with.
    pub fn open(config: Config, clock: impl Clock + 'static) -> Result<Self, Error> {
        let read = |name: &'static str| {
            let text = std::fs::read_to_string(config.dir.join(name)).map(Zeroizing::new);
            text.map_err(|source| Error::File { name, source })
        };
        let vault = Vault::open_in(&config.dir, config.control.as_ref(), config.objects.as_ref())?;
        let signer = as2::Signer::from_pem(&read("signing.key.pem")?, &read("signing.crt.pem")?)?;
        let worker_key = signing_key(&read("worker.key")?)?;
        let (shelf, guides) = Shelf::open(&config.dir)?;
        let gateway = Self {
            instance: Instance::begin(&vault, config.body_octets_max)?,
            starting: Starting::default(),
            our_clock: OurClock::default(),
            vault,
            gate: KeyGate::default(),
            metrics: Metrics::default(),
            tokens: Tokens::open(&config.dir)?,
            worker_key,
            signer,
            identity: config.as2_name.as_ref().map(|name| Identity::open(name, &config.dir)).transpose()?,
            opening: Opening::default(),
            ledger_seen: Seen::open(&config.dir)?,
            believing: Default::default(),
            looking: Default::default(),
            signers: RwLock::new(Pins::new(&config.warden_key, &config.witness_keys, config.quorum)?),
            machines_trust: OnceLock::new(),
            certificates_said: Mutex::default(),
            server_certificate: OnceLock::new(),
            anchor: Notify::new(),
            deliver: Notify::new(),
            receipts: Notify::new(),
            clock: Box::new(clock),
            partners: RwLock::default(),
            guides: shelf,
            config,
        };
        gateway.load_partners(guides)?;
        Ok(gateway)
    }

    /// Now, by the clock that it was opened with.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Who we are in AS2, where we are anybody.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Whether it takes documents, and its loops run; if not, what is missing.
    pub fn ready(&self) -> Result<(), &'static str> {
        if self.gate.lease().is_none() {
            return Err("no keys from the warden yet");
        }
        if self.our_clock.is_wrong().is_some() {
            return Err("this machine's clock is not that of the witnesses");
        }
        let running = |which: &Loop| self.metrics.loops_running[*which as usize].load(Relaxed) == 1;
        if Loop::ALL.iter().all(running) { Ok(()) } else { Err("a loop of the gateway has ended and is started again") }
    }

    /// The keys to take something with. What cannot be taken is not read.
    ///
    /// # Errors
    /// [`Error::NoKeys`], [`Error::Clock`].
    pub fn taking(&self) -> Result<Lease, Error> {
        match self.our_clock.is_wrong() {
            Some(witnessed) => Err(Error::Clock { now: self.now(), witnessed }),
            None => self.gate.lease().ok_or(Error::NoKeys),
        }
    }

    /// Where the certificates are, PEM, the server's first, by which whoever connects knows the process around it: their end is said
    /// as every other one's is. Once.
    pub fn is_known_by(&self, certificates: PathBuf) {
        let _ = self.server_certificate.set(certificates);
    }

    /// Partners and agreements as they are now.
    pub fn partners(&self) -> Arc<Partners> {
        self.partners.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Checks and stores a file of partners; nothing of it is taken if anything of it is wrong. What is read already is judged by what
    /// was before.
    pub fn apply(&self, file: partner::File) -> Result<(), Error> {
        partner::certificates::check(&file.partner, self.now())?;
        self.speaks_as2(&file)?;
        let now = self.partners();
        let partners = now.partners().cloned().chain(file.partner.iter().cloned());
        let agreements = now.agreements().cloned().chain(file.agreement.iter().cloned());
        let guides = now.guides().with(file.guide.iter().map(String::as_str))?;
        let joined = Partners::new(partners, agreements, guides)?;
        if !file.guide.is_empty() {
            self.guides.put(joined.guides())?; // before what names them
        }
        for partner in &file.partner {
            self.vault.put_partner(partner.id.as_str(), &written(partner))?;
        }
        for agreement in &file.agreement {
            self.vault.put_agreement(agreement.id.as_str(), &written(agreement))?;
        }
        *self.partners.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(joined);
        self.anchor.notify_one(); // the warden makes their periods
        Ok(())
    }

    /// Whether we can say in AS2 what these partners expect of us.
    fn speaks_as2(&self, file: &partner::File) -> Result<(), Error> {
        for partner in &file.partner {
            let wrong = |what| Error::from(partner::Wrong::As2 { partner: partner.id.clone(), what });
            let Some(as2) = &partner.as2 else { continue };
            if self.identity.is_none() {
                return Err(wrong("this gateway has no name in AS2: as2_name in gateway.toml"));
            }
            if as2.asynchronous && self.config.as2_url.is_none() {
                return Err(wrong("asynchronous receipts need as2_url in gateway.toml"));
            }
        }
        Ok(())
    }

    /// A number for a body of an authenticated partner, before its first octet is read. While it is kept the body is under way.
    ///
    /// # Errors
    /// [`Error::Disk`], [`Error::TooManyBodies`]: then nothing of it may be read.
    pub fn ticket(&self, partner: &PartnerId, channel: Channel, tls: bool) -> Result<Ticket, Error> {
        let seat = self.instance.seats.take(partner)?;
        Ok(self.instance.ticket(0, channel, tls)?.seated(seat))
    }

    /// A number for a body of an operator's, which is only looked at. Dropped, it leaves the entry that so many octets were here: whoever had this
    /// process had them, too.
    ///
    /// # Errors
    /// [`Error::Disk`]: then nothing of it may be read.
    pub fn ticket_of_test(&self, tls: bool) -> Result<Ticket, Error> {
        self.instance.ticket(0, Channel::Https, tls)
    }

    /// The ledger was told that so many parcels may be stored that it does not have. Nothing is stored before.
    pub fn told(&self, parcels: u64) {
        self.instance.credits.prove(parcels);
    }

    /// There is something to deliver.
    pub fn wake_delivery(&self) {
        self.deliver.notify_one();
    }

    /// Work on the disk or with much arithmetic, off the threads that serve connections.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Arc<Self>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let gateway = self.clone();
        memory::spawn_blocking(move || work(&gateway)).await.map_err(|_| Error::Failed)?
    }

    fn load_partners(&self, guides: Guides) -> Result<(), Error> {
        let stored = self.vault.partners()?;
        let partners: Vec<_> = stored.iter().map(|(_, text)| read_stored(text)).collect::<Result<_, _>>()?;
        let stored = self.vault.agreements()?;
        let agreements: Vec<_> = stored.iter().map(|(_, text)| read_stored(text)).collect::<Result<_, _>>()?;
        *self.partners.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Partners::new(partners, agreements, guides)?);
        Ok(())
    }
}

fn written(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("string keys and plain values")
}

fn read_stored<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::StoredPartners)
}

/// An Ed25519 private key, 64 hexadecimal digits.
fn signing_key(text: &str) -> Result<SigningKey, Error> {
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), seed.as_mut()).map_err(|_| Error::NotAKey { name: "worker.key" })?;
    Ok(SigningKey::from_bytes(&seed))
}
