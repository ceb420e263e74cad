//! Made-up partners with fresh keys.
#![allow(dead_code, reason = "each test uses its part of it")]
use as2::{Certificate, Recipient, Signer};
use rcgen::{CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

/// A key and its self-signed certificate, as PEM.
pub struct Party {
    pub key: String,
    pub certificate: String,
}

impl Party {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::ExplicitNoCa; // has a subject key identifier too
        let certificate = params.self_signed(&key).unwrap();
        Self { key: key.serialize_pem(), certificate: certificate.pem() }
    }

    pub fn certificate(&self) -> Certificate {
        Certificate::from_pem(&self.certificate).unwrap()
    }

    pub fn signer(&self) -> Signer {
        Signer::from_pem(&self.key, &self.certificate).unwrap()
    }

    pub fn recipient(&self) -> Recipient {
        Recipient::from_pem(&self.key, &self.certificate).unwrap()
    }
}

pub fn rng() -> impl rand_core::CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// A document with all 256 octets, line ends of every kind and no end of line at its end.
pub fn document() -> Vec<u8> {
    let mut document = b"ISA*00*made up~\r\nST*856*0001~\nSE*1*0001~\r".to_vec();
    document.extend(0..=255);
    document
}
