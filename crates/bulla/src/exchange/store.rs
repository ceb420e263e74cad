//! What a body leaves: a signed intake entry always; the interchange with its answer; for what was accepted the sealed
//! batches and delivery copies. All of it in one durable step, before the sender hears of it.

use crate::{
    clock,
    exchange::{
        acknowledge,
        read::{Placed, Reading},
        receive::{Reply, word},
        seal::{Origin, delivery_copy, manifest_token, vault_copies},
    },
    gateway::Gateway,
    keys::Keys,
    partner::{Agreement, Partner},
    random,
    wire::{https::from_vault, problem::Problem},
};
use axum::http::StatusCode;
use edi::{
    Code,
    acknowledgement::{Note, Numbers},
};
use ledger::{
    DeliveryId, Month, Time,
    entry::{Anchor, Channel, Intake, IntakeRecord, SealedTo, Verdict},
};
use manifest::Purpose;
use seal::{IndexKey, Kind, Sealed, Token};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::atomic::Ordering::Relaxed};
use vault::{DeliveryCopy, Interchange, Key, ManifestId, Received, State, Stored, Ticket, is_accepted};

/// The series of control numbers of our acknowledgements; each carrier has one of its own.
const OWN_INTERCHANGES: &str = "interchange";

/// Where a document goes.
pub struct Route<'a> {
    /// From whom.
    pub shipper: &'a Partner,
    /// To whom.
    pub carrier: &'a Partner,
    /// Under what.
    pub agreement: &'a Agreement,
    /// Whether it is sealed and delivered; tests are answered only.
    pub kept: bool,
}

/// A body that arrived, and who brought it.
pub struct Arrival<'a> {
    /// Where.
    pub gateway: &'a Gateway,
    /// The keys of this moment.
    pub keys: &'a Keys,
    /// [`Gateway::pauses`], read before the keys.
    pub pauses: u64,
    /// Whose credential.
    pub partner: &'a Partner,
    /// When.
    pub received: Time,
    /// How large.
    pub octets: u64,
    /// Keyed.
    pub digest: [u8; 32],
    /// What makes a second one a duplicate.
    pub key: Option<Key>,
}

/// A token as the column's 32 octets: twice 16, as the column is made for longer digests.
pub fn digest(token: &Token) -> [u8; 32] {
    let mut digest = [0; 32];
    digest[..16].copy_from_slice(&token.0);
    digest
}

/// What is about to be committed.
#[derive(Default)]
struct Outcome {
    manifests: Vec<vault::Manifest>,
    deliveries: Vec<DeliveryCopy>,
    anchors: Vec<Anchor>,
    parcels: u64,
}

impl Arrival<'_> {
    /// Leaves a refused body's records; `answer` is what its sender gets again if it asks.
    pub fn refuse(&self, reading: &Reading<'_>, verdict: Verdict, answer: Vec<u8>) -> Result<Reply, Problem> {
        let ticket = self.begin()?;
        self.commit(ticket, reading, verdict, answer, Outcome::default())
    }

    /// Refuses the whole document with a TA1, for a reason that lies outside of it.
    pub fn refuse_with(&self, reading: &Reading<'_>, note: Note) -> Result<Reply, Problem> {
        self.refuse_now(self.begin()?, reading, note)
    }

    fn refuse_now(&self, mut ticket: Ticket<'_>, reading: &Reading<'_>, note: Note) -> Result<Reply, Problem> {
        let numbers = numbers(&mut ticket)?;
        let own = (note == Note::UNKNOWN_RECEIVER).then_some(self.gateway.config.edi.as_str());
        let answer = acknowledge::envelope(reading, note, numbers, clock::now(), own);
        self.commit(ticket, reading, Verdict::Refused, answer, Outcome::default())
    }

    /// Takes a document of a known sender for a known receiver.
    pub fn take(
        &self,
        reading: &mut Reading<'_>,
        route: &Route<'_>,
        index: &IndexKey,
        body: &[u8],
    ) -> Result<Reply, Problem> {
        let mut ticket = self.begin()?;
        if let Some(before) = self.before()? {
            if self.same(&before, index, body) {
                return self.repeat(ticket, reading, before);
            }
            return self.refuse_now(ticket, reading, Note::DUPLICATE);
        }
        reading.forget_names(route.shipper, route.carrier);
        let placed = reading.manifests(route.agreement);
        if route.kept && !fits_an_entry(&placed, route.agreement) {
            self.commit(ticket, reading, Verdict::Refused, Vec::new(), Outcome::default())?;
            return Err(too_many_manifests());
        }
        let mut outcome = Outcome::default();
        let steps = self.supersessions(reading, route, &placed)?;
        if route.kept && is_accepted(reading.verdict()) {
            for (placed, step) in placed.iter().zip(steps) {
                if let Some(step) = step {
                    self.seal(&mut ticket, route, placed, step, &mut outcome)?;
                }
            }
        }
        let numbers = [numbers(&mut ticket)?, numbers(&mut ticket)?];
        let answer = acknowledge::answer(reading, numbers, clock::now());
        let verdict = reading.verdict();
        if !is_accepted(verdict) {
            outcome = Outcome::default();
        }
        self.commit(ticket, reading, verdict, answer, outcome)
    }

    fn begin(&self) -> Result<Ticket<'_>, Problem> {
        let ticket = self.gateway.vault.begin(&self.gateway.config.worker).map_err(from_vault)?;
        // Retention may have ended a period since this body arrived: nothing is sealed to a key that is gone.
        if self.gateway.pauses() == self.pauses {
            return Ok(ticket);
        }
        Err(Problem::unavailable("the keys have just changed", "nothing was kept; send it again"))
    }

    /// The accepted document that came under this key before.
    fn before(&self) -> Result<Option<Stored>, Problem> {
        let Some(key) = &self.key else { return Ok(None) };
        let found = self.gateway.vault.interchange_by_key(key).map_err(from_vault)?;
        Ok(found.filter(|stored| is_accepted(stored.interchange.verdict)))
    }

    /// Whether it is the same octets: by the digest under the key of the month in which the first came.
    fn same(&self, before: &Stored, index: &IndexKey, body: &[u8]) -> bool {
        let month = before.interchange.digest_month;
        let of_month = if month == Month::of(self.received) { Some(index) } else { self.keys.index(month) };
        of_month.is_some_and(|key| {
            digest(&key.token(Kind::Interchange, &Sha256::digest(body))) == before.interchange.digest
        })
    }

    /// The first answer again, octet for octet; the body still leaves an intake entry.
    fn repeat(&self, ticket: Ticket<'_>, reading: &Reading<'_>, before: Stored) -> Result<Reply, Problem> {
        let intake = self.intake(&ticket, reading, Verdict::Duplicate, &Outcome::default());
        let received = Received { intake, interchange: None, manifests: Vec::new(), deliveries: Vec::new() };
        ticket.commit(received).map_err(from_vault)?;
        self.gateway.anchor.notify_one();
        let (verdict, place) = word(Verdict::Duplicate);
        self.gateway.metrics.bodies[place].fetch_add(1, Relaxed);
        Ok(Reply { interchange: before.interchange.id, verdict, refused: false, answer: before.interchange.answer })
    }

    /// For every manifest: the earlier one whose place it takes, or (outer none) that it is refused, which `reading` is
    /// told.
    fn supersessions(
        &self,
        reading: &mut Reading<'_>,
        route: &Route<'_>,
        placed: &[Placed<'_>],
    ) -> Result<Vec<Option<Step>>, Problem> {
        let month = Month::of(self.received);
        let mut here: BTreeMap<Token, ManifestId> = BTreeMap::new();
        let mut steps = Vec::new();
        for item in placed {
            let number = manifest::parcel::normalise(item.manifest.number.expose());
            let token = manifest_token(&item.manifest, self.keys, month);
            let Some(token) = token.filter(|_| !number.is_empty()) else {
                reading.refuse(item.group, item.set, Code::ElementMissing);
                steps.push(None);
                continue;
            };
            let tokens: Vec<Token> = self.keys.indexes().map(|(_, key)| key.token(Kind::Manifest, &number)).collect();
            let earlier = self.gateway.vault.manifest_by_token(&route.agreement.id, &tokens).map_err(from_vault)?;
            let earlier = earlier.filter(|m| m.state == State::Current);
            let standing = earlier.as_ref().filter(|m| m.purpose != vault::Purpose::Cancel).map(|m| m.id);
            let standing = here.get(&token).copied().or(standing);
            let refused = match item.manifest.purpose {
                Purpose::Original if standing.is_some() => Some(Code::DuplicateManifest),
                Purpose::Cancel if standing.is_none() => Some(Code::InvalidCode),
                _ => None,
            };
            if let Some(code) = refused {
                reading.refuse(item.group, item.set, code);
                steps.push(None);
                continue;
            }
            let id = ManifestId(random::octets().map_err(|_| no_random_numbers())?);
            let supersedes = here.get(&token).copied().or(earlier.map(|m| m.id));
            here.insert(token, id);
            steps.push(Some(Step { id, token, supersedes }));
        }
        Ok(steps)
    }

    /// Makes both sealed copies of a manifest.
    fn seal(
        &self,
        ticket: &mut Ticket<'_>,
        route: &Route<'_>,
        placed: &Placed<'_>,
        step: Step,
        outcome: &mut Outcome,
    ) -> Result<(), Problem> {
        let origin = Origin {
            agreement: route.agreement,
            shipper: &route.shipper.pseudonym,
            carrier: &route.carrier.pseudonym,
            worker: &self.gateway.config.worker,
            sequence: ticket.head().sequence,
            received: self.received,
            sealed: clock::now(),
        };
        let manifest = &placed.manifest;
        let sealed = vault_copies(manifest, &origin, self.keys).map_err(not_sealed)?;
        let number = ticket.next_number(&format!("to {}", route.carrier.id)).map_err(from_vault)?;
        let document =
            super::deliver::document(manifest, &self.gateway.config.edi, route.carrier, number, self.received);
        let point = route.carrier.delivery.as_ref().expect("partners are checked: a carrier has a delivery point");
        let octets = delivery_copy(&document, &self.gateway.signer, &point.certificate).map_err(not_sealed)?;
        let delivery = DeliveryId(random::octets().map_err(|_| no_random_numbers())?);
        outcome.deliveries.push(DeliveryCopy {
            id: delivery,
            carrier: route.carrier.pseudonym.clone(),
            agreement: route.agreement.id.clone(),
            octets,
        });
        outcome.anchors.extend(sealed.iter().map(anchor));
        outcome.parcels += manifest.parcels.len() as u64;
        outcome.manifests.push(vault::Manifest {
            id: step.id,
            ordinal: u32::try_from(outcome.manifests.len()).unwrap_or(u32::MAX),
            agreement: route.agreement.id.clone(),
            token: step.token,
            month: Month::of(self.received),
            purpose: match manifest.purpose {
                Purpose::Original => vault::Purpose::Original,
                Purpose::Replace => vault::Purpose::Replace,
                Purpose::Change => vault::Purpose::Change,
                Purpose::Cancel => vault::Purpose::Cancel,
            },
            supersedes: step.supersedes,
            rows: u32::try_from(manifest.parcels.len()).unwrap_or(u32::MAX),
            delivery: Some(delivery),
            batches: sealed,
        });
        Ok(())
    }

    fn intake(&self, ticket: &Ticket<'_>, reading: &Reading<'_>, verdict: Verdict, outcome: &Outcome) -> Intake {
        let head = ticket.head();
        let sealed_rows: u64 = outcome.anchors.iter().map(|a| u64::from(a.rows)).sum();
        let sealed_parties: u64 = outcome.anchors.iter().map(|a| a.parties).sum();
        let record = IntakeRecord {
            worker: head.worker.clone(),
            sequence: head.sequence,
            previous: head.previous,
            received: self.received,
            channel: Channel::Https,
            tls: false,
            octets: self.octets,
            rows: reading.census.rows.max(sealed_rows),
            parties: reading.census.parties.max(sealed_parties),
            verdict,
            shipper: Some(self.partner.pseudonym.clone()),
            batches: outcome.anchors.clone(),
        };
        Intake::new(record, &self.gateway.worker_key)
    }

    fn commit(
        &self,
        ticket: Ticket<'_>,
        reading: &Reading<'_>,
        verdict: Verdict,
        answer: Vec<u8>,
        outcome: Outcome,
    ) -> Result<Reply, Problem> {
        let intake = self.intake(&ticket, reading, verdict, &outcome);
        let id = vault::InterchangeId(random::octets().map_err(|_| no_random_numbers())?);
        let interchange = Interchange {
            id,
            partner: Some(self.partner.id.clone()),
            key: self.key.clone(),
            channel: Channel::Https,
            verdict,
            received: self.received,
            answered: clock::now(),
            octets: self.octets,
            rows: intake.record.rows,
            digest: self.digest,
            digest_month: Month::of(self.received),
            answer: answer.clone(),
        };
        let Outcome { manifests, deliveries, parcels, .. } = outcome;
        ticket
            .commit(Received { intake, interchange: Some(interchange), manifests, deliveries })
            .map_err(from_vault)?;
        self.gateway.anchor.notify_one();
        let (word, place) = word(verdict);
        self.gateway.metrics.bodies[place].fetch_add(1, Relaxed);
        self.gateway.metrics.parcels.fetch_add(parcels, Relaxed);
        Ok(Reply { interchange: id, verdict: word, refused: !is_accepted(verdict), answer })
    }
}

/// The next control numbers of our own interchanges.
fn numbers(ticket: &mut Ticket<'_>) -> Result<Numbers, Problem> {
    let number = ticket.next_number(OWN_INTERCHANGES).map_err(from_vault)?;
    Ok(Numbers { interchange: number, group: number })
}

/// A manifest's name, and whose place it takes.
struct Step {
    id: ManifestId,
    token: Token,
    supersedes: Option<ManifestId>,
}

/// Whether one intake entry can name all batches: a ledger's leaf has 65,535 octets at most, each batch takes about 155
/// of them and 115 for each retention group.
fn fits_an_entry(placed: &[Placed<'_>], agreement: &Agreement) -> bool {
    let batches: usize = placed.iter().map(|p| p.manifest.parcels.len().div_ceil(65_536)).sum();
    batches.saturating_mul(160 + 120 * agreement.groups().len()) <= 60_000
}

fn too_many_manifests() -> Problem {
    let detail = "one interchange may bring about 150 manifests; send them as several interchanges. Nothing was kept";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too many manifests in one interchange", detail)
}

/// A batch as the ledger names it.
fn anchor(sealed: &Sealed) -> Anchor {
    let header = &sealed.header;
    Anchor {
        batch: header.batch,
        header: header.salted(&sealed.salt),
        rows: header.rows,
        parties: header.parties,
        keys: header.groups.iter().map(|g| SealedTo { period: g.period.clone(), key: g.key }).collect(),
    }
}

fn no_random_numbers() -> Problem {
    Problem::unavailable("no random numbers", "the operating system gives none; nothing was kept")
}

fn not_sealed(error: anyhow::Error) -> Problem {
    // The error's own words name periods and limits, never values.
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "it could not be sealed", format!("{error:#}; nothing was kept"))
        .retry_after(5)
}
