//! TLS 1.2 and 1.3 from PEM files (RFC 5246, RFC 8446), read again when they change: a role's `[tls]` table.

use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, RwLock},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    signal::unix::{SignalKind, signal},
};
use tokio_rustls::{TlsAcceptor, rustls, server::TlsStream};
use zeroize::Zeroizing;

/// How often the files are looked at; SIGHUP has them looked at now.
const LOOK: Duration = Duration::from_secs(10);

/// Where the PEM files are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The server's certificate first, then those up to what its clients trust.
    pub certificate: PathBuf,
    /// The certificate's private key: PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: PathBuf,
    /// If given, only clients with a certificate that one of these signed are let in, on top of their bearer token.
    #[serde(default)]
    pub client_ca: Option<PathBuf>,
}

/// Why a set of files is no TLS configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {}: {}", path.display(), reason.kind())]
    File {
        /// As the configuration has it.
        path: PathBuf,
        /// The operating system's answer.
        reason: io::Error,
    },
    /// A file has no PEM block of the kind that it should have, or a broken one.
    #[error("{} has no {what} in PEM form", path.display())]
    Pem {
        /// As the configuration has it.
        path: PathBuf,
        /// What it should have.
        what: &'static str,
    },
    /// They cannot be used, or not together.
    #[error("the TLS certificate, key and client CA cannot be used: {0}")]
    Unusable(String),
}

/// Of one look at all files: they are taken together or not at all.
struct Contents {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
    client_ca: Option<Vec<u8>>,
}

/// What new connections are greeted with.
pub struct Tls {
    files: Files,
    look: Duration,
    current: RwLock<Arc<ServerConfig>>,
    /// Of the contents that were looked at last, good or not.
    seen: Mutex<[u8; 32]>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// [`Error`].
    pub fn open(files: Files) -> Result<Self, Error> {
        Self::open_looking(files, LOOK)
    }

    /// As [`Tls::open`], looking this often.
    pub(crate) fn open_looking(files: Files, look: Duration) -> Result<Self, Error> {
        let contents = Contents::read(&files)?;
        let config = contents.config(&files)?;
        Ok(Self { files, look, current: RwLock::new(config), seen: contents.digest().into() })
    }

    /// One more connection, by the certificate of this moment.
    pub(crate) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<TlsStream<S>> {
        let config = self.current.read().expect("nobody panics while replacing a pointer").clone();
        TlsAcceptor::from(config).accept(stream).await
    }

    /// Looks at the files again and again, for ever.
    pub(crate) async fn keep_current(&self) {
        let mut ticks = tokio::time::interval(self.look);
        let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
        let mut complaint = None;
        loop {
            tokio::select! { _ = ticks.tick() => {}, _ = hangup.recv() => {} }
            match self.look() {
                Ok(false) => {}
                Ok(true) => {
                    complaint = None;
                    say("the new certificate is in use");
                }
                Err(error) => {
                    // Once, not every ten seconds.
                    let words = error.to_string();
                    if complaint.as_ref() != Some(&words) {
                        say(&format!("{words}; what was read before stays in use"));
                    }
                    complaint = Some(words);
                }
            }
        }
    }

    /// Contents, not times, are compared: a link that moved and a second change within a second count, too. Of two files
    /// that are replaced one after the other, the first alone does not fit its key: what was there stays until both are.
    /// Whether there is something new.
    fn look(&self) -> Result<bool, Error> {
        let contents = Contents::read(&self.files)?;
        let digest = contents.digest();
        let known = std::mem::replace(&mut *self.seen.lock().expect("nobody panics while replacing octets"), digest);
        if known == digest {
            return Ok(false);
        }
        let config = contents.config(&self.files)?;
        *self.current.write().expect("nobody panics while replacing a pointer") = config;
        Ok(true)
    }
}

impl Contents {
    fn read(files: &Files) -> Result<Self, Error> {
        let read = |path: &Path| fs::read(path).map_err(|reason| Error::File { path: path.to_owned(), reason });
        Ok(Self {
            certificate: read(&files.certificate)?,
            key: Zeroizing::new(read(&files.key)?),
            client_ca: files.client_ca.as_deref().map(read).transpose()?,
        })
    }

    fn digest(&self) -> [u8; 32] {
        let mut all = Sha256::new();
        for part in [&self.certificate, &*self.key, self.client_ca.as_ref().unwrap_or(&Vec::new())] {
            all.update(Sha256::digest(part));
        }
        all.finalize().into()
    }

    fn config(&self, files: &Files) -> Result<Arc<ServerConfig>, Error> {
        let unusable = |error: rustls::Error| Error::Unusable(error.to_string());
        let provider = Arc::new(provider());
        let chain = certificates(&self.certificate, &files.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| Error::Pem { path: files.key.clone(), what: "private key" })?;
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(unusable)?;
        let builder = match (&self.client_ca, &files.client_ca) {
            (Some(pem), Some(path)) => {
                let mut roots = RootCertStore::empty();
                for root in certificates(pem, path)? {
                    roots.add(root).map_err(unusable)?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build();
                builder.with_client_cert_verifier(verifier.map_err(|error| Error::Unusable(error.to_string()))?)
            }
            _ => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(unusable)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// What is recorded today must not open in the years that rows are kept: X-Wing's pair first, as for sealed rows.
fn provider() -> CryptoProvider {
    use aws_lc_rs::kx_group::{SECP256R1, SECP384R1, X25519, X25519MLKEM768};
    CryptoProvider { kx_groups: vec![X25519MLKEM768, X25519, SECP256R1, SECP384R1], ..aws_lc_rs::default_provider() }
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let wrong = || Error::Pem { path: path.to_owned(), what: "certificate" };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(wrong)
}
/// For the log: whoever reads it may have gone away, and that ends nobody's work.
fn say(words: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("tls: {words}\n").as_bytes());
}
