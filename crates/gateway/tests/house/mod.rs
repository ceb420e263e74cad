//! A gateway in this process, with keys as a warden would give them and a clock that stands; no server, no warden.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(dead_code, reason = "each test binary uses its part")]

use api::warden::Standing;
use as2::Recipient;
use durable::random::OsRandom;
use gateway::{
    Config, Gateway,
    clock::Set,
    exchange::{
        Body,
        receive::{Refused, Reply, receive},
    },
    partner::{self, Agreement, DeliveryPoint, Partner, Status},
    retention::Keys,
};
use ledger::{
    FieldClass, Month, PeriodId, PublicKey, Time,
    entry::{Authority, Channel, Intake},
};
use seal::{IndexKey, PeriodSecretKey};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, OnceLock},
};

pub struct House {
    dir: tempfile::TempDir,
    pub gateway: Arc<Gateway>,
    pub clock: Arc<Set>,
    pub shipper: Partner,
    agreements: Vec<Agreement>,
}

/// RSA keys take long to make in a build without optimisation: one for all.
fn certificate() -> &'static (String, String) {
    static MADE: OnceLock<(String, String)> = OnceLock::new();
    MADE.get_or_init(|| {
        use aws_lc_rs::{encoding::AsDer, rsa};
        let key = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
        let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&key).unwrap();
        let key = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der.as_ref().into(), &rcgen::PKCS_RSA_SHA256).unwrap();
        let certificate = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
        (key.serialize_pem(), certificate.pem())
    })
}

/// The same key in another certificate, valid between the beginnings of these two days; and who decrypts by it.
pub fn certificate_of(from: (i32, u8, u8), until: (i32, u8, u8)) -> (String, Recipient) {
    let key = rcgen::KeyPair::from_pem_and_sign_algo(&certificate().0, &rcgen::PKCS_RSA_SHA256).unwrap();
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    parameters.serial_number = Some((u64::from(from.1) * 100 + u64::from(from.2)).into());
    parameters.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
    parameters.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
    let pem = parameters.self_signed(&key).unwrap().pem();
    let recipient = Recipient::from_pem(&certificate().0, &pem).unwrap();
    (pem, recipient)
}

fn partner(id: &str, edi: &str, delivery: Option<DeliveryPoint>) -> Partner {
    Partner {
        id: id.parse().unwrap(),
        name: id.to_owned(),
        pseudonym: format!("P-{id}").parse().unwrap(),
        edi: [edi.parse().unwrap()].into(),
        tokens: Default::default(),
        tls_authorities: None,
        as2: None,
        delivery,
    }
}

pub fn now() -> Time {
    "2026-11-23T09:30:00.000Z".parse().unwrap()
}

impl House {
    /// One shipper, one carrier, a live agreement with two retention groups, and the keys of this month.
    pub fn open() -> Self {
        Self::open_with("http://127.0.0.1:1/", "http://127.0.0.1:1/")
    }

    /// The same with these delivery points of `democarrier`, and of `slowcarrier` with an agreement like it.
    pub fn open_with(url: &str, slow: &str) -> Self {
        Self::open_at("http://127.0.0.1:1", url, slow, None)
    }

    /// The same with a warden there, and a key with which `democarrier` confirms.
    pub fn open_at(warden: &str, url: &str, slow: &str, confirms: Option<PublicKey>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (key, certificate) = certificate();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("signing.key.pem", key);
        write("signing.crt.pem", certificate);
        write("worker.key", &"5a".repeat(32));
        let clock = Arc::new(Set::to(now()));
        let gateway = Gateway::open(Config { warden: warden.into(), ..config(dir.path()) }, clock.clone()).unwrap();
        let point = |url: &str, key| DeliveryPoint {
            url: url.into(),
            as2: false,
            certificates: vec![certificate.clone()],
            key,
        };
        let shipper = partner("northshop", "ZZ:NORTHSHOP", None);
        let agreement = |id: &str, carrier: &str| Agreement {
            id: id.parse().unwrap(),
            shipper: shipper.id.clone(),
            carrier: carrier.parse().unwrap(),
            status: Status::Live,
            retention_days: BTreeMap::from([
                (FieldClass::Address, 90),
                (FieldClass::Linkable, 90),
                (FieldClass::Contact, 30),
            ]),
            answer_hours: None,
            guide: None,
        };
        let agreement = vec![agreement("A-1", "democarrier"), agreement("A-2", "slowcarrier")];
        let partner = vec![
            shipper.clone(),
            partner("democarrier", "ZZ:DEMOCARRIER", Some(point(url, confirms))),
            partner("slowcarrier", "ZZ:SLOWCARRIER", Some(point(slow, None))),
        ];
        gateway.apply(partner::File { partner, agreement: agreement.clone(), ..Default::default() }).unwrap();
        gateway.gate.open(keys(&gateway, &agreement, Month::of(now())));
        gateway.told(1_000_000);
        Self { dir, gateway: Arc::new(gateway), clock, shipper, agreements: agreement }
    }

    /// The process ends and starts anew, in the same directory and with the same keys.
    pub fn restarted(self, change: impl FnOnce(&mut Config)) -> Self {
        let Self { dir, gateway, clock, shipper, agreements } = self;
        let mut config = gateway.config.clone();
        drop(Arc::into_inner(gateway).expect("nobody else uses it"));
        change(&mut config);
        let gateway = Gateway::open(config, clock.clone()).unwrap();
        gateway.gate.open(keys(&gateway, &agreements, Month::of(now())));
        gateway.told(1_000_000);
        Self { dir, gateway: Arc::new(gateway), clock, shipper, agreements }
    }

    /// From now on there are no keys but those of this agreement.
    pub fn keep_keys_of(&self, id: &str) {
        let kept: Vec<_> = self.agreements.iter().filter(|agreement| agreement.id.as_str() == id).cloned().collect();
        drop(self.gateway.gate.close().unwrap());
        self.gateway.gate.open(keys(&self.gateway, &kept, Month::of(now())));
    }

    pub fn send(&self, octets: &[u8]) -> Result<Reply, Refused> {
        let mut replies = self.send_all(octets)?;
        assert_eq!(replies.len(), 1, "one interchange, one reply");
        Ok(replies.remove(0))
    }

    /// Sends a body of several interchanges.
    pub fn send_all(&self, octets: &[u8]) -> Result<Vec<Reply>, Refused> {
        let (received, channel, partner) = (self.gateway.now(), Channel::Https, &self.shipper);
        let ticket = &self.gateway.ticket(&self.shipper.id, channel, false).unwrap();
        let body = Body { ticket, last: true, partner, octets, received, channel, tls: false, decryption: None };
        receive(&self.gateway, &body)
    }

    /// Officers sign what was applied since.
    pub fn decide(&self) {
        drop(self.gateway.gate.close().unwrap());
        self.gateway.gate.open(keys(&self.gateway, &self.agreements, Month::of(now())));
    }

    /// What the ledger would get.
    pub fn intakes(&self) -> Vec<Intake> {
        let entries = self.gateway.vault.unanchored(100_000).unwrap();
        entries.into_iter().map(|item| item.intake).collect()
    }

    /// A file of one of its object directories.
    pub fn object(&self, store: &str, name: &str) -> std::path::PathBuf {
        self.dir.path().join(store).join(name)
    }

    pub fn files(&self, store: &str) -> usize {
        let names = std::fs::read_dir(self.dir.path().join(store)).unwrap();
        names.filter(|entry| entry.as_ref().unwrap().file_name() != "store").count()
    }
}

fn config(dir: &Path) -> Config {
    Config {
        dir: dir.to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        worker: "gw-1".parse().unwrap(),
        warden: "http://127.0.0.1:1".into(),
        // Nobody answers in its name here.
        warden_key: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".into(),
        witness_keys: Vec::new(),
        quorum: 1,
        authority: Authority { threshold: 1, officers: Vec::new() },
        operators: Vec::new(),
        body_octets_max: 64 << 20,
        as2_name: None,
        control: None,
        objects: None,
        as2_url: None,
        edi: "ZZ:BULLA".parse().unwrap(),
        demo: false,
        partners: None,
    }
}

/// Where the policy stands in the ledger.
pub const DECIDED: u64 = 41;

/// As officers would have signed everything that was applied.
fn keys(gateway: &Gateway, agreements: &[Agreement], month: Month) -> Keys {
    let mut standing =
        Standing::first(gateway::warden::first_signers(gateway).unwrap(), gateway.config.authority.clone());
    gateway.gate.open(Keys::new(standing.clone(), [], []));
    let record = partner::enrolment::draft(gateway).unwrap();
    standing.decide(DECIDED, &record).unwrap();
    let periods = agreements.iter().flat_map(|agreement| {
        agreement.groups().into_iter().map(|group| PeriodId {
            agreement: agreement.id.clone(),
            month,
            group: group.group,
            generation: 1,
        })
    });
    let index = IndexKey::from_bytes(&durable::random::octets().unwrap());
    Keys::new(
        standing,
        periods.map(|period| (period, PeriodSecretKey::generate(&mut OsRandom).public())),
        [(month, index)],
    )
}

/// An interchange of 856s, each with one parcel; `number` gives BSN02 of a set, from 1.
pub fn document(control: u32, sets: u32, number: impl Fn(u32) -> String) -> Vec<u8> {
    let mut text = format!(
        "ISA*00*          *00*          *ZZ*NORTHSHOP      *ZZ*DEMOCARRIER    *261102*0930*U*00401*{control:09}*0*P*>~\
         GS*SH*NORTHSHOP*DEMOCARRIER*20261102*0930*{control}*X*004010~"
    );
    for set in 1..=sets {
        text += &format!(
            "ST*856*{set:04}~BSN*00*{}*20261102*0930~HL*1**S~DTM*011*20261102~N1*SF*NORTHSHOP MADE-UP GOODS~\
             HL*2*1*P~PRF*PO-{control}-{set}~TD1******G*2.5*KG~MAN*CP*99{control:08}{set:06}~\
             N1*ST*OLVERIN QUASTERBY~N3*{set} FENWILLOW CRESCENT~N4*QUEBEC*QC*G1A 0A2*CA~CTT*2~SE*14*{set:04}~",
            number(set)
        );
    }
    text += &format!("GE*{sets}*{control}~IEA*1*{control:09}~");
    text.into_bytes()
}
