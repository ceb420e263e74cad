//! Which receipt a message asks for (RFC 4130, 7.3).
use crate::digest::Digest;
use crate::mime::Headers;

/// Most digests read of a list.
const DIGESTS_MAX: usize = 16;

/// A receipt as asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Disposition-Notification-To. It says that a receipt is wanted; where to is not looked at.
    pub to: String,
    /// Receipt-Delivery-Option: where an asynchronous receipt shall go. Whether it goes there is the
    /// caller's to judge. `None`: in the answer.
    pub deliver_to: Option<String>,
    /// How it shall be signed; `None`: not at all.
    pub signed: Option<SignedReceipt>,
    /// The format is one that nobody can make here, and required.
    pub(crate) unsupported_format: bool,
}

/// signed-receipt-protocol and signed-receipt-micalg.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedReceipt {
    /// The known digests of the list in their order, each as the sender calls it.
    pub digests: Vec<(Digest, String)>,
    /// The list is not a mere preference.
    pub digests_required: bool,
}

impl Receipt {
    pub(super) fn read(headers: &Headers) -> Option<Self> {
        let to = headers.get("disposition-notification-to")?.to_owned();
        let deliver_to = headers.get("receipt-delivery-option").filter(|url| !url.is_empty()).map(str::to_owned);
        let options = headers.get("disposition-notification-options").unwrap_or_default();
        let protocol = list(options, "signed-receipt-protocol");
        let known = |name: &String| ["pkcs7-signature", "pkcs7"].contains(&name.to_ascii_lowercase().as_str());
        let wanted = protocol.as_ref().is_some_and(|(_, names)| names.iter().any(known));
        let unsupported_format = protocol.is_some_and(|(required, _)| required) && !wanted;
        let signed = wanted.then(|| {
            let (digests_required, names) = list(options, "signed-receipt-micalg").unwrap_or_default();
            let digests = names.into_iter().filter_map(|name| Some((Digest::from_name(&name)?, name))).collect();
            SignedReceipt { digests, digests_required }
        });
        Some(Self { to, deliver_to, signed, unsupported_format })
    }
}

impl SignedReceipt {
    /// The first digest of the list that is not SHA-1; SHA-256 where there is none.
    pub fn digest(&self) -> Digest {
        let good = self.digests.iter().map(|(digest, _)| *digest).find(|digest| *digest != Digest::Sha1);
        good.unwrap_or(Digest::Sha256)
    }
}

/// `name=importance, value, value` of a list in semicolons; whether it is required.
fn list(options: &str, name: &str) -> Option<(bool, Vec<String>)> {
    let values = options.split(';').find_map(|option| {
        let (known, values) = option.split_once('=')?;
        known.trim().eq_ignore_ascii_case(name).then_some(values)
    })?;
    let mut values = values.split(',').map(|value| value.trim().trim_matches('"')).filter(|value| !value.is_empty());
    let mut names = Vec::new();
    let mut required = false;
    for value in values.by_ref().take(DIGESTS_MAX) {
        match value.to_ascii_lowercase().as_str() {
            "required" if names.is_empty() => required = true,
            "optional" if names.is_empty() => {}
            _ => names.push(value.to_owned()),
        }
    }
    Some((required, names))
}
