//! Staging: the sealed batches and delivery copies of interchanges become durable as objects, which SQL then names. Those that
//! come while the disk is busy share a segment and an object of the outbox, and their fsyncs.

use crate::{
    Content, Error, Name, Vault,
    objects::Pending,
    segment::{self, Place},
};
use sha2::{Digest, Sha256};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// From so many octets on an interchange is staged by itself: they take longer to write than an fsync, which the small ones
/// would wait for.
const ALONE_OCTETS: usize = 1 << 18;

/// Content as it will lie in objects.
pub(crate) struct Laid {
    content: Content,
    /// Its batches, one after the other, and where each lies in them.
    records: Vec<u8>,
    places: Vec<Place>,
    /// SHA-256 of each delivery copy.
    digests: Vec<[u8; 32]>,
}

/// Content whose objects are durable and which nothing names yet: gone again when dropped; where others of theirs are named, blanked.
pub struct Staged {
    pub(crate) content: Content,
    pub(crate) places: Vec<Place>,
    /// Where each delivery copy lies.
    pub(crate) copies: Vec<CopyPlace>,
    objects: Vec<Arc<Pending>>,
    kept: AtomicBool,
}

/// Where a delivery copy lies in the outbox.
pub(crate) struct CopyPlace {
    pub(crate) object: Name,
    pub(crate) start: u64,
    /// SHA-256 of it.
    pub(crate) digest: [u8; 32],
}

impl Staged {
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
        let sealed = self.places.iter().map(|place| (&place.segment, place.start(), place.length()));
        let copies = self.copies.iter().zip(&self.content.deliveries);
        let copies = copies.map(|(place, copy)| (&place.object, place.start, copy.octets.len() as u64));
        for (name, start, length) in sealed.chain(copies) {
            self.objects.iter().filter(|object| object.name == *name).for_each(|object| object.blank(start, length));
        }
    }
}

impl Laid {
    fn out(content: Content) -> Result<Self, Error> {
        let (records, places) = segment::lay_out(content.manifests.iter().flat_map(|m| &m.batches))?;
        let digests = content.deliveries.iter().map(|copy| Sha256::digest(&copy.octets).into()).collect();
        Ok(Self { content, records, places, digests })
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
        match laid.octets() {
            0 | ALONE_OCTETS.. => self.put_alone(laid),
            _ => self.staging.join(laid, |all| self.put_together(all)),
        }
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
        let segment = all.iter().flat_map(|laid| &laid.places).next().map(|first| first.segment.clone());
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
    let own = |Laid { content, records: octets, mut places, digests }: Laid| {
        let mut objects = Vec::new();
        if let Some(segment) = segment.as_ref().filter(|_| !places.is_empty()) {
            places.iter_mut().for_each(|place| place.lie_behind(records, &segment.name));
            objects.push(segment.clone());
        }
        records += octets.len() as u64;
        let mut copies = Vec::with_capacity(content.deliveries.len());
        if let Some(outbox) = outbox.as_ref().filter(|_| !content.deliveries.is_empty()) {
            for (copy, digest) in content.deliveries.iter().zip(digests) {
                copies.push(CopyPlace { object: outbox.name.clone(), start, digest });
                start += copy.octets.len() as u64;
            }
            objects.push(outbox.clone());
        }
        Staged { content, places, copies, objects, kept: AtomicBool::new(false) }
    };
    all.into_iter().map(own).collect()
}
