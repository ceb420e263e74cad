//! Closed lists that more than one crate says: once, with one written form each.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a manifest does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestPurpose {
    /// Announces.
    Original,
    /// Announces in place of an earlier one.
    Replace,
    /// Alters an earlier one.
    Change,
    /// Takes an earlier one back.
    Cancel,
}

/// What has become of a manifest since. A superseded one still counts in an exposure until it is shredded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestState {
    /// The last word under its number.
    Current,
    /// Another came in its place.
    Replaced,
    /// It was taken back.
    Cancelled,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// To be sent.
    Waiting,
    /// Taken by the carrier, not acknowledged yet; sent again when its time comes.
    Sent,
    /// The carrier has it.
    Acknowledged,
    /// An operator stopped it.
    Held,
    /// Acknowledged, and its octets are gone.
    Expired,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The carrier took it.
    Sent,
    /// The carrier did not, as far as is known.
    Failed,
}

macro_rules! words {
    ($($name:ident { $($variant:ident => $word:literal),+ $(,)? })+) => {$(
        impl $name {
            /// The word for it, wherever people or programs read it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}

words! {
    ManifestPurpose { Original => "original", Replace => "replace", Change => "change", Cancel => "cancel" }
    ManifestState { Current => "current", Replaced => "replaced", Cancelled => "cancelled" }
    DeliveryState {
        Waiting => "waiting", Sent => "sent", Acknowledged => "acknowledged", Held => "held", Expired => "expired",
    }
    Outcome { Sent => "sent", Failed => "failed" }
}
