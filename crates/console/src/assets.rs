//! What pages refer to, in the binary. Each has a URL that changes with its octets, so that a browser may keep it for ever.

/// A file that never changes under its URL.
pub struct Asset {
    /// The last part of its URL, before its mark.
    pub name: &'static str,
    /// Its media type.
    pub kind: &'static str,
    /// What it is.
    pub octets: &'static str,
}

/// How everything looks.
pub const STYLE: Asset =
    Asset { name: "console.css", kind: "text/css; charset=utf-8", octets: include_str!("../assets/console.css") };
/// A browser's tab.
pub const ICON: Asset = Asset { name: "bulla.svg", kind: "image/svg+xml", octets: include_str!("../assets/bulla.svg") };
/// Asks authenticators, on the two pages of the way in.
pub const PASSKEY: Asset =
    Asset { name: "passkey.js", kind: "text/javascript; charset=utf-8", octets: include_str!("../assets/passkey.js") };

/// Asks again as a slider moves, on the page of incidents.
pub const SINCE: Asset =
    Asset { name: "slider.js", kind: "text/javascript; charset=utf-8", octets: include_str!("../assets/slider.js") };

/// Keeps the desk as it is now.
pub const LIVE: Asset =
    Asset { name: "live.js", kind: "text/javascript; charset=utf-8", octets: include_str!("../assets/live.js") };

/// Gives views names, in the browser.
pub const VIEWS: Asset =
    Asset { name: "views.js", kind: "text/javascript; charset=utf-8", octets: include_str!("../assets/views.js") };

/// All of them.
pub const ALL: [&Asset; 6] = [&STYLE, &ICON, &PASSKEY, &SINCE, &LIVE, &VIEWS];

/// Where it is served.
pub fn url(asset: &Asset) -> String {
    format!("/console/assets/{:016x}/{}", mark(asset.octets.as_bytes()), asset.name)
}

/// What is served at these two parts of a URL.
pub fn at(mark_text: &str, name: &str) -> Option<&'static Asset> {
    ALL.into_iter().find(|asset| asset.name == name && format!("{:016x}", mark(asset.octets.as_bytes())) == mark_text)
}

/// FNV-1a: it tells versions of our own files apart, and nobody is kept out by it.
fn mark(octets: &[u8]) -> u64 {
    octets.iter().fold(0xcbf2_9ce4_8422_2325, |hash, octet| (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3))
}
