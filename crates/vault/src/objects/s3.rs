//! Objects in a bucket of an S3-compatible store: `PREFIX/segments/NAME`, `PREFIX/outbox/NAME`, and `PREFIX/lost/…` for what is set aside.
//!
//! A name is given by a put that the store refuses where something is there (`If-None-Match: *`). What comes of a put that was not
//! answered is thus found by doing it again: the same octets are there, or are put now. S3 overwrites whole objects only, so that a part
//! is blanked by reading all of it and putting it again; nobody sees anything between, and after a crash it is as it was.
//!
//! The bucket must forget what is deleted and overwritten: no versioning, which is looked at when it is opened, no object lock, no
//! copies elsewhere. What the store calls durable is so by its own configuration.

use super::{Name, Objects};
use crate::{Error, wait::wait};
use object_store::{
    BackoffConfig, ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutPayload, PutResult,
    RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
};
use std::{
    ops::Range,
    sync::{Arc, PoisonError, RwLock},
    thread,
    time::Duration,
};
use tokio::runtime::{Builder, Runtime};

/// How long nobody answers until nobody is there.
const CONNECT: Duration = Duration::from_secs(3);
/// How long one request may take, with all of its octets.
const REQUEST: Duration = Duration::from_secs(60);
/// What fails is tried so often, after pauses that grow from the first: whoever waits to be answered is told soon.
const ATTEMPTS: usize = 3;
const PAUSE: Duration = Duration::from_millis(100);
/// A larger object is none of ours.
const OCTETS_MAX: u64 = 1 << 30;

/// Which part of which bucket, and where that is.
pub(super) struct Parts<'a> {
    pub(super) bucket: &'a str,
    pub(super) prefix: &'a str,
    pub(super) endpoint: &'a str,
    pub(super) region: &'a str,
    /// The file that has the keys to it.
    pub(super) keys: Option<&'a str>,
}

/// One store of the two.
pub(super) struct S3 {
    client: Arc<Client>,
    store: &'static str,
    /// Whoever blanks puts again what it has read: nothing is deleted meanwhile, which would come back.
    changing: RwLock<()>,
}

/// The bucket, and the threads that speak with it.
struct Client {
    s3: AmazonS3,
    prefix: String,
    runtime: Option<Runtime>,
}

impl Drop for Client {
    fn drop(&mut self) {
        // Dropped by itself it would wait for its threads, which a thread that serves requests must not.
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

impl S3 {
    /// Both stores, `segments` and `outbox`. What was left half moved is made whole.
    pub(super) fn open(parts: &Parts<'_>, id: &str, secret: &str) -> Result<[Self; 2], Error> {
        let backoff = BackoffConfig { init_backoff: PAUSE, max_backoff: 10 * PAUSE, ..BackoffConfig::default() };
        let retry = RetryConfig { backoff, max_retries: ATTEMPTS - 1, retry_timeout: REQUEST };
        let options = ClientOptions::new()
            .with_connect_timeout(CONNECT)
            .with_timeout(REQUEST)
            .with_allow_http(parts.endpoint.starts_with("http://"));
        let s3 = AmazonS3Builder::new()
            .with_bucket_name(parts.bucket)
            .with_endpoint(parts.endpoint)
            .with_region(parts.region)
            .with_access_key_id(id)
            .with_secret_access_key(secret)
            .with_disable_bulk_delete(true)
            .with_retry(retry)
            .with_client_options(options)
            .build()
            .map_err(|_| Error::Bucket { rule: "nothing can be asked there" })?;
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("objects").enable_all().build();
        let runtime =
            runtime.map_err(|source| Error::disk("start the thread that speaks with the object store", source))?;
        let client = Arc::new(Client { s3, prefix: parts.prefix.to_owned(), runtime: Some(runtime) });
        client.is_fit()?;
        let stores =
            ["segments", "outbox"].map(|store| Self { client: client.clone(), store, changing: RwLock::default() });
        stores.iter().try_for_each(Self::end_moves)?;
        Ok(stores)
    }

    fn path(&self, name: &Name) -> Path {
        self.client.path(&[self.store, name.as_str()])
    }

    fn lost(&self, name: &Name) -> Path {
        self.client.path(&["lost", self.store, name.as_str()])
    }

    fn size(&self, name: &Name) -> Result<u64, Error> {
        let path = self.path(name);
        self.client.run(async move |s3: AmazonS3| Ok(s3.head(&path).await?.size))
    }

    /// A move is a copy and then a deletion: what lies in both places was not done. It stays where it was listed.
    fn end_moves(&self) -> Result<(), Error> {
        let lost = self.client.list(&["lost", self.store])?;
        if lost.is_empty() {
            return Ok(());
        }
        let there = self.list()?;
        let twice = lost.iter().filter(|name| there.contains(name));
        twice.map(|name| self.lost(name)).try_for_each(|path| self.client.delete(path))
    }

    /// Nothing between the two goes wrong: the copy is there whole before the other goes.
    fn shift(&self, from: Path, to: Path) -> Result<(), Error> {
        let _with_others = self.changing.read().unwrap_or_else(PoisonError::into_inner);
        let source = from.clone();
        self.client.run(async move |s3: AmazonS3| s3.copy(&source, &to).await)?;
        self.client.delete(from)
    }
}

impl Objects for S3 {
    fn put(&self, name: &Name, parts: &[&[u8]]) -> Result<(), Error> {
        let payload = PutPayload::from(parts.concat());
        let mut attempt = 1;
        loop {
            match self.client.put(self.path(name), payload.clone(), PutMode::Create) {
                Ok(_) => return Ok(()),
                Err(Error::ObjectsAway) if attempt < ATTEMPTS => {
                    thread::sleep(PAUSE * 2_u32.pow(attempt as u32 - 1));
                    attempt += 1;
                }
                // Maybe by the attempt before, whose answer was lost.
                Err(error @ Error::Exists { .. }) => {
                    return if self.read(name)? == parts.concat() { Ok(()) } else { Err(error) };
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn read(&self, name: &Name) -> Result<Vec<u8>, Error> {
        self.client.get(self.path(name), None, OCTETS_MAX)
    }

    fn read_range(&self, name: &Name, start: u64, length: usize) -> Result<Vec<u8>, Error> {
        let damaged = || Error::Damaged { what: "an object" };
        let end = start.checked_add(length as u64).ok_or_else(damaged)?;
        // S3 has no range of nothing.
        if length == 0 {
            return if end <= self.size(name)? { Ok(Vec::new()) } else { Err(damaged()) };
        }
        let octets = match self.client.get(self.path(name), Some(start..end), length as u64) {
            // A range that begins behind the end is refused in a way that cannot be told from others.
            Err(Error::ObjectsAway) if self.size(name)? < end => return Err(damaged()),
            read => read?,
        };
        if octets.len() == length { Ok(octets) } else { Err(damaged()) }
    }

    fn delete(&self, name: &Name) -> Result<(), Error> {
        let _with_others = self.changing.read().unwrap_or_else(PoisonError::into_inner);
        self.client.delete(self.path(name))
    }

    fn blank(&self, name: &Name, start: u64, length: u64) -> Result<(), Error> {
        let _alone = self.changing.write().unwrap_or_else(PoisonError::into_inner);
        let mut octets = self.read(name)?;
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let part = octets.get_mut(place(start)..place(start.saturating_add(length)));
        part.ok_or(Error::Damaged { what: "an object" })?.fill(0);
        self.client.put(self.path(name), PutPayload::from(octets), PutMode::Overwrite).map(drop)
    }

    fn set_aside(&self, name: &Name) -> Result<(), Error> {
        self.shift(self.path(name), self.lost(name))
    }

    fn bring_back(&self, name: &Name) -> Result<bool, Error> {
        match self.shift(self.lost(name), self.path(name)) {
            Err(Error::Missing { .. }) => Ok(false),
            done => done.map(|()| true),
        }
    }

    fn list(&self) -> Result<Vec<Name>, Error> {
        self.client.list(&[self.store])
    }
}

impl Client {
    fn path(&self, parts: &[&str]) -> Path {
        self.prefix.split('/').chain(parts.iter().copied()).collect()
    }

    /// Does it on the runtime, and waits on this thread.
    fn run<T, F>(&self, work: impl FnOnce(AmazonS3) -> F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, object_store::Error>> + Send + 'static,
    {
        let runtime = self.runtime.as_ref().expect("it is there until it is dropped");
        match wait(runtime.spawn(work(self.s3.clone()))) {
            Ok(done) => done.map_err(told),
            Err(_) => Err(Error::ObjectsAway),
        }
    }

    fn put(&self, path: Path, payload: PutPayload, mode: PutMode) -> Result<PutResult, Error> {
        if payload.content_length() as u64 > OCTETS_MAX {
            return Err(Error::Inconsistent { rule: "an object has at most 1 GiB" });
        }
        match self.run(async move |s3: AmazonS3| s3.put_opts(&path, payload, mode.into()).await) {
            // It is the bucket.
            Err(Error::Missing { .. }) => Err(Error::ObjectsRefused { status: 404 }),
            done => done,
        }
    }

    /// At most so many octets, which is known before there is room for them.
    fn get(&self, path: Path, range: Option<Range<u64>>, most: u64) -> Result<Vec<u8>, Error> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let read = async move |s3: AmazonS3| {
            let found = s3.get_opts(&path, options).await?;
            if found.range.end - found.range.start > most {
                return Ok(None);
            }
            found.bytes().await.map(|octets| Some(Vec::from(octets)))
        };
        self.run(read)?.ok_or(Error::Damaged { what: "an object" })
    }

    fn delete(&self, path: Path) -> Result<(), Error> {
        match self.run(async move |s3: AmazonS3| s3.delete(&path).await) {
            Err(Error::Missing { .. }) => Ok(()),
            done => done,
        }
    }

    fn list(&self, folder: &[&str]) -> Result<Vec<Name>, Error> {
        let (path, folder) = (self.path(folder), self.path(folder));
        let listed = match self.run(async move |s3: AmazonS3| s3.list_with_delimiter(Some(&path)).await) {
            Err(Error::Missing { .. }) => return Err(Error::ObjectsRefused { status: 404 }),
            listed => listed?,
        };
        // Some stores list the folder itself, once something was in it.
        let below = |at: &Path| Some(at.prefix_match(&folder)?.next()?.as_ref().to_owned());
        let names = listed.objects.iter().filter_map(|object| below(&object.location)?.parse().ok());
        Ok(names.collect())
    }

    /// Whether the store does what is relied on: it gives a name once, and what is overwritten is gone.
    fn is_fit(&self) -> Result<(), Error> {
        let (path, octets) = (self.path(&["probe"]), PutPayload::from_static(b"bulla"));
        let put = self.put(path.clone(), octets.clone(), PutMode::Overwrite)?;
        if put.version.is_some_and(|version| version != "null") {
            return Err(Error::Bucket { rule: "its bucket has no versioning: what is deleted must be gone" });
        }
        match self.put(path.clone(), octets, PutMode::Create) {
            Err(Error::Exists { .. }) => self.delete(path),
            Ok(_) => Err(Error::Bucket { rule: "its store knows `If-None-Match: *`: a name is given once" }),
            Err(error) => Err(error),
        }
    }
}

/// What the store says, without its words: they could quote.
fn told(error: object_store::Error) -> Error {
    use object_store::Error as Told;
    match error {
        Told::NotFound { .. } => Error::Missing { what: "object" },
        Told::AlreadyExists { .. } | Told::Precondition { .. } => Error::Exists { what: "object" },
        Told::PermissionDenied { .. } => Error::ObjectsRefused { status: 403 },
        Told::Unauthenticated { .. } => Error::ObjectsRefused { status: 401 },
        _ => Error::ObjectsAway,
    }
}
