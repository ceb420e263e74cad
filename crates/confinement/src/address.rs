//! Where a URL leads: its port, and whether its host is a name.

use std::net::IpAddr;

/// What is to be known of a URL before it is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// As it says, or as its scheme does.
    pub port: u16,
    /// Its host is a name, and has to be looked up.
    pub named: bool,
}

impl Address {
    /// Of an `http://` or `https://` URL.
    pub fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let usual = match scheme.to_ascii_lowercase().as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let authority = rest.split(['/', '?', '#']).next()?;
        let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
        // An IPv6 address stands in brackets, because it has colons of its own.
        let (host, port) = match place.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map_or(Some(usual), |port| port.parse().ok())?;
        (!host.is_empty()).then(|| Self { port, named: host.parse::<IpAddr>().is_err() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_names() {
        for (url, port, named) in [
            ("http://127.0.0.1:8702", 8702, false),
            ("http://127.0.0.1:8702/a:1/b@2", 8702, false),
            ("HTTP://10.0.0.1", 80, false),
            ("https://[::1]:8443/", 8443, false),
            ("https://[2001:db8::1]", 443, false),
            ("http://localhost:1", 1, true),
            ("https://witness.example?x", 443, true),
            ("http://user:word@witness.example:7/", 7, true),
        ] {
            assert_eq!(Address::of(url), Some(Address { port, named }), "{url}");
        }
        for url in
            ["", "127.0.0.1:80", "ftp://a", "http://", "http://:80", "http://a:65536", "http://a:b", "http://::1/"]
        {
            assert_eq!(Address::of(url), None, "{url}");
        }
    }
}
