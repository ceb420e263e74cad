//! Where an S3-compatible store is.

use super::s3::{Parts, S3};
use crate::{Error, Stores};
use serde::{Deserialize, Serialize};
use std::{
    fmt, fs,
    net::IpAddr,
    path::{Path, PathBuf},
};

/// Part of a bucket of an S3-compatible store: `s3://BUCKET/PREFIX?endpoint=URL`, and `&region=NAME` where it is not `us-east-1`.
/// Its keys are the two lines of the file in `&keys=FILE`; without that, `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of the
/// environment. What is wrong with it is told when it is used.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bucket(String);

/// A file of keys that is longer is none.
const KEYS_OCTETS_MAX: u64 = 10_000;

impl Bucket {
    /// The one that this URL names.
    pub fn of(url: String) -> Self {
        Self(url)
    }

    /// The file that has its keys, if it names one.
    pub fn keys(&self) -> Option<PathBuf> {
        self.parts().ok()?.keys.map(PathBuf::from)
    }

    /// Both stores of a gateway, `segments` and `outbox`, which are this process's alone.
    ///
    /// # Errors
    /// [`Error::Bucket`]; [`Error::ObjectsAway`] and [`Error::ObjectsRefused`] of the store.
    pub fn stores(&self) -> Result<Stores, Error> {
        let parts = self.parts()?;
        let [id, secret] = credentials(parts.keys)?;
        let [segments, outbox] = S3::open(&parts, &id, &secret)?;
        Ok((Box::new(segments), Box::new(outbox)))
    }

    pub(super) fn parts(&self) -> Result<Parts<'_>, Error> {
        let (place, more) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let place = place.strip_prefix("s3://").ok_or(wrong("it begins with s3://"))?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain);
        if !is_plain(bucket) || !prefix.split('/').all(is_plain) {
            return Err(wrong("bucket and prefix are of letters, digits, `-`, `.` and `_`, as in s3://BUCKET/PREFIX"));
        }
        let mut parts = Parts { bucket, prefix, endpoint: "", region: "us-east-1", keys: None };
        for (name, value) in more.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "endpoint" => parts.endpoint = value,
                "region" => parts.region = value,
                "keys" => parts.keys = Some(value),
                _ => return Err(wrong("after `?` stand `endpoint`, `region` and `keys`")),
            }
        }
        if !parts.endpoint.starts_with("https://") && !is_here(parts.endpoint) {
            return Err(wrong("its endpoint is https://HOST, or http:// and an address of this machine"));
        }
        Ok(parts)
    }
}

fn wrong(rule: &'static str) -> Error {
    Error::Bucket { rule }
}

/// What is not encrypted goes to this machine only, and to no name that another one may have.
fn is_here(endpoint: &str) -> bool {
    let host = endpoint.strip_prefix("http://").map(|rest| rest.split_once('/').map_or(rest, |(host, _)| host));
    let host = host.map(|host| host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(host, |(h, _)| h));
    let address = host.map(|host| host.trim_start_matches('[').trim_end_matches(']'));
    address.is_some_and(|host| host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()))
}

/// The id and the secret.
fn credentials(keys: Option<&str>) -> Result<[String; 2], Error> {
    let none = wrong(
        "its keys are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment, or the two lines of the file in `keys`",
    );
    let Some(file) = keys.map(Path::new) else {
        let [id, secret] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| std::env::var(name).ok());
        return id.zip(secret).map(|(id, secret)| [id, secret]).ok_or(none);
    };
    let length = fs::metadata(file).map_err(|e| Error::disk("look at the file of the object store's keys", e))?.len();
    if length > KEYS_OCTETS_MAX {
        return Err(none);
    }
    let text = fs::read_to_string(file).map_err(|e| Error::disk("read the file of the object store's keys", e))?;
    let mut lines = text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
    match (lines.next(), lines.next(), lines.next()) {
        (Some(id), Some(secret), None) => Ok([id, secret]),
        _ => Err(none),
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bucket")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_what_is_not_encrypted_stays_here() {
        let parts = |url: &str| {
            let bucket = Bucket::of(url.to_owned());
            let parts = bucket.parts().ok()?;
            let Parts { bucket, prefix, endpoint, region, keys } = parts;
            Some([bucket, prefix, endpoint, region, keys.unwrap_or("-")].join(" "))
        };
        assert_eq!(
            parts("s3://b/p/q?endpoint=http://127.0.0.1:8333&keys=/k").unwrap(),
            "b p/q http://127.0.0.1:8333 us-east-1 /k"
        );
        assert_eq!(parts("s3://b/p?endpoint=https://s3.example&region=ca-1").unwrap(), "b p https://s3.example ca-1 -");
        for here in ["http://localhost:1", "http://[::1]:1", "http://[::1]", "http://127.1.2.3"] {
            assert!(parts(&format!("s3://b/p?endpoint={here}")).is_some(), "{here}");
        }
        for refused in [
            "s3://b/p",
            "s3://b?endpoint=http://127.0.0.1",
            "s3://b/../p?endpoint=http://127.0.0.1",
            "s3://b/p?endpoint=http://10.0.0.1",
            "s3://b/p?endpoint=http://127.0.0.1.example",
            "s3://b/p?endpoint=http://127.0.0.1&secret=x",
            "file:///b",
        ] {
            assert!(parts(refused).is_none(), "{refused}");
        }
    }
}
