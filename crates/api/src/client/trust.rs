//! Whom a client believes to be who it says it is (RFC 8446, RFC 9525), by rustls.

use super::Error;
use std::{io, sync::Arc};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        self, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
        pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
        version::{TLS12, TLS13},
    },
};

/// Why nobody can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTrust {
    /// A file of certificates that is none.
    #[error("there is no certificate in PEM form")]
    Pem,
    /// One that no chain can end at.
    #[error("a certificate cannot be used: {0}")]
    Unusable(String),
    /// The machine has no list, or none that can be read.
    #[error("this machine has no certificates of authorities that it trusts")]
    NoSystem,
}

/// Whose certificates are believed.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trust")
    }
}

impl Trust {
    /// Whoever the machine's administrator trusts: the system's certificates, or those that `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` name.
    ///
    /// # Errors
    /// [`NoTrust::NoSystem`].
    pub fn system() -> Result<Self, NoTrust> {
        let mut roots = RootCertStore::empty();
        let (usable, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if usable == 0 {
            return Err(NoTrust::NoSystem);
        }
        Self::of_roots(roots)
    }

    /// Those whom one of these authorities has signed, and nobody else.
    ///
    /// # Errors
    /// [`NoTrust`].
    pub fn authorities(pem: &[u8]) -> Result<Self, NoTrust> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(pem)? {
            roots.add(certificate).map_err(unusable)?;
        }
        Self::of_roots(roots)
    }

    /// Only whoever shows this very certificate, the first of the file, whatever name it has and whoever signed it. For a
    /// server whose certificate is on this disk: who could put another one there could do anything.
    ///
    /// # Errors
    /// [`NoTrust`].
    pub fn exactly(pem: &[u8]) -> Result<Self, NoTrust> {
        let certificate = certificates(pem)?.swap_remove(0);
        let provider = Arc::new(provider());
        let builder = ClientConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[&TLS13, &TLS12]);
        let verifier = Arc::new(Exactly { certificate, provider });
        let builder = builder.map_err(unusable)?.dangerous().with_custom_certificate_verifier(verifier);
        Ok(Self(Arc::new(builder.with_no_client_auth())))
    }

    fn of_roots(roots: RootCertStore) -> Result<Self, NoTrust> {
        let builder = ClientConfig::builder_with_provider(provider().into()).with_protocol_versions(&[&TLS13, &TLS12]);
        Ok(Self(Arc::new(builder.map_err(unusable)?.with_root_certificates(roots).with_no_client_auth())))
    }

    /// TLS on a connection, or why not.
    pub(super) async fn greet(&self, authority: &str, stream: TcpStream) -> Result<TlsStream<TcpStream>, Error> {
        let host = authority.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
        let host = host.map_or(authority, |(host, _)| host).trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_| Error::Url { url: format!("https://{authority}"), tls: true })?;
        TlsConnector::from(self.0.clone()).connect(name, stream).await.map_err(|error| named(authority, &error))
    }
}

fn named(authority: &str, error: &io::Error) -> Error {
    let authority = authority.to_owned();
    let Some(error) = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()) else {
        return Error::Broken { authority };
    };
    match error {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            CertificateError::UnknownIssuer
            | CertificateError::BadSignature
            | CertificateError::ApplicationVerificationFailure => Error::Untrusted { authority },
            CertificateError::NotValidForName => Error::OtherName { authority, names: Vec::new() },
            CertificateError::NotValidForNameContext { presented, .. } => {
                Error::OtherName { authority, names: presented.clone() }
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Error::NotToday { authority },
            other => Error::Tls { authority, reason: other.to_string() },
        },
        rustls::Error::InvalidMessage(_) => Error::NotTls { authority },
        other => Error::Tls { authority, reason: other.to_string() },
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, NoTrust> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or(NoTrust::Pem)
}

fn unusable(error: rustls::Error) -> NoTrust {
    NoTrust::Unusable(error.to_string())
}

/// As the gateway's side: what is recorded today must not open in the years that rows are kept.
fn provider() -> CryptoProvider {
    use aws_lc_rs::kx_group::{SECP256R1, SECP384R1, X25519, X25519MLKEM768};
    CryptoProvider { kx_groups: vec![X25519MLKEM768, X25519, SECP256R1, SECP384R1], ..aws_lc_rs::default_provider() }
}

#[derive(Debug)]
struct Exactly {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Exactly {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *shown == self.certificate {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
