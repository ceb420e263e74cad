//! Staging: the sealed batches and delivery copies of interchanges become durable as objects, which SQL then names. Those that
//! come while the disk is busy share a segment and an object of the outbox, and their fsyncs.

use crate::{
    Content, Error, Manifest, Name, Vault,
    objects::Pending,
    segment::{self, Filed},
};
use ledger::entry::Anchor;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// From so many octets on an interchange is staged by itself: they take longer to write than an fsync, which the small ones
/// would wait for.
const ALONE_OCTETS: usize = 1 << 18;

/// Content as it will lie in objects.
pub(crate) struct Laid {
    content: Content,
    /// Its batches, one after the other, and where each lies in them, by manifest.
    records: Vec<u8>,
    filed: Vec<Vec<Filed>>,
    /// SHA-256 of each delivery copy.
    digests: Vec<[u8; 32]>,
}

/// Content whose objects are durable and which nothing names yet: gone again when dropped; where others of theirs are named, blanked.
/// What lies in objects is no longer in memory.
pub struct Staged {
    /// Without batches and without the octets of copies.
    pub(crate) content: Content,
    /// Each manifest's batches.
    pub(crate) filed: Vec<Vec<Filed>>,
    /// Where each delivery copy lies.
    pub(crate) copies: Vec<CopyPlace>,
    objects: Vec<Arc<Pending>>,
    kept: AtomicBool,
}

/// Where a delivery copy lies in the outbox.
pub(crate) struct CopyPlace {
    pub(crate) object: Name,
    pub(crate) start: u64,
    pub(crate) length: u64,
    /// SHA-256 of it.
    pub(crate) digest: [u8; 32],
}

impl Staged {
    /// With what was staged after it, as one: a document that is large is staged in pieces.
    pub fn and(mut self, mut more: Self) -> Self {
        let Content { interchange, findings, manifests, deliveries } = std::mem::take(&mut more.content);
        let content = &mut self.content;
        content.interchange = content.interchange.take().or(interchange);
        content.findings = content.findings.take().or(findings);
        content.manifests.extend(manifests);
        content.deliveries.extend(deliveries);
        self.filed.append(&mut more.filed);
        self.copies.append(&mut more.copies);
        self.objects.append(&mut more.objects);
        self
    }

    /// Its batches as the ledger names them, each with the policy that its delivery is encrypted by.
    pub fn anchors(&self) -> Vec<Anchor> {
        let decided: BTreeMap<_, _> = self.content.deliveries.iter().map(|copy| (copy.id, copy.decided)).collect();
        let of = |(manifest, filed): (&Manifest, &Vec<Filed>)| {
            let decided = manifest.delivery.and_then(|id| decided.get(&id).copied()).unwrap_or_default();
            filed.iter().map(move |batch| batch.anchor(decided)).collect::<Vec<_>>()
        };
        self.content.manifests.iter().zip(&self.filed).flat_map(of).collect()
    }

    /// SQL names its objects, or may.
    pub(crate) fn keep(&self) {
        self.kept.store(true, Ordering::SeqCst);
        self.objects.iter().for_each(|object| object.keep());
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if self.kept.load(Ordering::SeqCst) {
            return;
        }
        let places = self.filed.iter().flatten().map(|batch| &batch.place);
        let sealed = places.map(|place| (&place.segment, place.start(), place.length()));
        let copies = self.copies.iter().map(|place| (&place.object, place.start, place.length));
        for (name, start, length) in sealed.chain(copies) {
            self.objects.iter().filter(|object| object.name == *name).for_each(|object| object.blank(start, length));
        }
    }
}

impl Laid {
    fn out(mut content: Content) -> Result<Self, Error> {
        let sealed = content.manifests.iter_mut().map(|manifest| std::mem::take(&mut manifest.batches)).collect();
        let (records, filed) = segment::lay_out(sealed)?;
        let digests = content.deliveries.iter().map(|copy| Sha256::digest(&copy.octets).into()).collect();
        Ok(Self { content, records, filed, digests })
    }

    fn octets(&self) -> usize {
        self.records.len() + self.content.deliveries.iter().map(|copy| copy.octets.len()).sum::<usize>()
    }
}

impl Vault {
    /// Makes the content's objects durable. Nothing names them until [`crate::Turn::commit`]; should the process end before
    /// that, opening sets them aside. Several bodies are staged at the same time.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Disk`]; then nothing is kept.
    pub fn stage(&self, content: Content) -> Result<Staged, Error> {
        let laid = Laid::out(content)?;
        let mut staged = match laid.octets() {
            0 | ALONE_OCTETS.. => self.put_alone(laid),
            _ => self.staging.join(laid, |all| self.put_together(all)),
        }?;
        // Each frees its own: what is freed is overwritten, and takes a while.
        staged.content.deliveries.iter_mut().for_each(|copy| copy.octets = Vec::new());
        Ok(staged)
    }

    fn put_alone(&self, laid: Laid) -> Result<Staged, Error> {
        let objects = self.put(std::slice::from_ref(&laid))?;
        Ok(share(&objects, vec![laid]).remove(0))
    }

    fn put_together(&self, all: Vec<Laid>) -> Vec<Result<Staged, Error>> {
        match self.put(&all) {
            Ok(objects) => share(&objects, all).into_iter().map(Ok).collect(),
            Err(error) if all.len() == 1 => vec![Err(error)],
            // Nobody asks one after the other what does not answer.
            Err(Error::ObjectsAway) => all.iter().map(|_| Err(Error::ObjectsAway)).collect(),
            // What one does not fit on, another may.
            Err(_) => all.into_iter().map(|laid| self.put_alone(laid)).collect(),
        }
    }

    /// The segment, named after its first batch, and the object of the outbox: after its first copy and how many it has.
    fn put(&self, all: &[Laid]) -> Result<[Option<Arc<Pending>>; 2], Error> {
        let records: Vec<&[u8]> = all.iter().map(|laid| &laid.records[..]).collect();
        let mut filed = all.iter().flat_map(|laid| &laid.filed).flatten();
        let segment = filed.next().map(|first| first.place.segment.clone());
        let copies = || all.iter().flat_map(|laid| &laid.content.deliveries);
        let outbox = copies().next().map(|first| Name::of_first(&first.id.0, copies().count()));
        let copies: Vec<&[u8]> = copies().map(|copy| &copy.octets[..]).collect();
        let segment = segment.map(|name| Pending::put(&self.segments, name, &records)).transpose()?;
        let outbox = outbox.map(|name| Pending::put(&self.outbox, name, &copies)).transpose()?;
        Ok([segment, outbox])
    }
}

/// What of the objects is whose.
fn share([segment, outbox]: &[Option<Arc<Pending>>; 2], all: Vec<Laid>) -> Vec<Staged> {
    let (mut records, mut start) = (0, 0);
    let own = |Laid { content, records: octets, mut filed, digests }: Laid| {
        let mut objects = Vec::new();
        if let Some(segment) = segment.as_ref().filter(|_| !octets.is_empty()) {
            filed.iter_mut().flatten().for_each(|batch| batch.place.lie_behind(records, &segment.name));
            objects.push(segment.clone());
        }
        records += octets.len() as u64;
        let mut copies = Vec::with_capacity(content.deliveries.len());
        if let Some(outbox) = outbox.as_ref().filter(|_| !content.deliveries.is_empty()) {
            for (copy, digest) in content.deliveries.iter().zip(digests) {
                let length = copy.octets.len() as u64;
                copies.push(CopyPlace { object: outbox.name.clone(), start, length, digest });
                start += length;
            }
            objects.push(outbox.clone());
        }
        Staged { content, filed, copies, objects, kept: AtomicBool::new(false) }
    };
    all.into_iter().map(own).collect()
}
