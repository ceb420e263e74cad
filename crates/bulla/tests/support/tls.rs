//! Gateways that speak TLS, with certificates that an authority of a test has signed.

use super::Server;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime},
};

/// An authority whose certificate is in `NAME.pem`.
pub fn authority(server: &Server, name: &str) -> (CertifiedIssuer<'static, KeyPair>, PathBuf) {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(DnType::CommonName, name);
    let authority = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
    let path = server.beside(&format!("{name}.pem"));
    fs::write(&path, authority.pem()).unwrap();
    (authority, path)
}

/// `gateway.toml` with a certificate for `localhost`, which ends in some days, on all addresses.
pub fn give_certificate(server: &Server, authority: &CertifiedIssuer<'static, KeyPair>) {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    parameters.not_after = (SystemTime::now() + Duration::from_secs(5 * 86_400)).into();
    let (certificate_path, key_path) = (server.beside("tls.crt"), server.beside("tls.key"));
    fs::write(&certificate_path, parameters.signed_by(&key, authority).unwrap().pem()).unwrap();
    fs::write(&key_path, key.serialize_pem()).unwrap();
    let path = server.dir("gateway").join("gateway.toml");
    let mut config: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
    let tls = format!("certificate = {certificate_path:?}\nkey = {key_path:?}");
    config.insert("tls".into(), toml::Value::Table(tls.parse().unwrap()));
    config.insert("listen".into(), "0.0.0.0:0".into());
    fs::write(&path, config.to_string()).unwrap();
}

/// The port of a gateway that speaks TLS on all addresses.
pub fn port(server: &Server) -> String {
    let address = fs::read_to_string(server.dir("gateway").join("address")).unwrap();
    address.trim().strip_prefix("https://0.0.0.0:").unwrap_or_else(|| panic!("{address}")).to_owned()
}
