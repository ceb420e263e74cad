//! Name and password for a partner's server (RFC 7617), where it asks for them.

use serde::{Deserialize, Serialize};
use std::{fs, io::Read, path::Path};
use zeroize::Zeroizing;

const PASSWORD_OCTETS_MAX: u64 = 1024;

/// Who we are to a partner's server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basic {
    /// Our name there.
    pub user: String,
    /// The file with the password, in the folder `as2` of the gateway's directory; read anew for each request.
    pub password_file: String,
}

impl Basic {
    /// What is wrong with it. A file elsewhere would be sent to the partner.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let printable = self.user.bytes().all(|octet| matches!(octet, b' '..=b'~') && octet != b':');
        if self.user.is_empty() || self.user.len() > 128 || !printable {
            return Err("basic.user is not 1 to 128 printable letters of ASCII without a colon");
        }
        let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
        let named = self.password_file.strip_suffix(".password").is_some_and(|name| !name.is_empty());
        if named && self.password_file.bytes().all(plain) {
            return Ok(());
        }
        Err("basic.password_file is not NAME.password, a file in the folder as2 of the gateway's directory")
    }

    /// The password; what is wrong with the file has no letter of it.
    pub(super) fn password(&self, folder: &Path) -> Result<Zeroizing<String>, String> {
        self.check()?;
        let wrong = |what: &dyn std::fmt::Display| format!("{} {what}", self.password_file);
        let file = fs::File::open(folder.join(&self.password_file)).map_err(|error| wrong(&error.kind()))?;
        let mut octets = Zeroizing::new(Vec::with_capacity(PASSWORD_OCTETS_MAX as usize + 1));
        file.take(PASSWORD_OCTETS_MAX + 1).read_to_end(&mut octets).map_err(|error| wrong(&error.kind()))?;
        let line = octets.strip_suffix(b"\n").unwrap_or(&octets);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text =
            std::str::from_utf8(line).ok().filter(|text| !text.is_empty() && !text.chars().any(char::is_control));
        let short = octets.len() as u64 <= PASSWORD_OCTETS_MAX;
        let text = text.filter(|_| short).ok_or_else(|| wrong(&"is not one line of at most 1024 octets"))?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

/// Whether nobody on the way reads what goes there.
pub(super) fn is_confidential(url: &str) -> bool {
    url.starts_with("https://") || super::is_loopback(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(user: &str, password_file: &str) -> Basic {
        Basic { user: user.to_owned(), password_file: password_file.to_owned() }
    }

    #[test]
    fn a_file_stays_in_its_folder_and_a_name_without_colons() {
        assert_eq!(basic("bulla", "north-shop.password").check(), Ok(()));
        for file in ["../as2/x.password", "/etc/x.password", ".password", "x.key.pem", "x", "a b.password"] {
            assert!(basic("bulla", file).check().is_err_and(|why| why.starts_with("basic.password_file")), "{file}");
        }
        for user in ["", "a:b", "a\n", &"x".repeat(129)] {
            assert!(basic(user, "x.password").check().is_err_and(|why| why.starts_with("basic.user")), "{user}");
        }
    }

    #[test]
    fn a_password_is_one_line() {
        let dir = tempfile::tempdir().unwrap();
        let read = |octets: &[u8]| {
            fs::write(dir.path().join("x.password"), octets).unwrap();
            basic("bulla", "x.password").password(dir.path()).map(|text| text.to_string())
        };
        for (octets, expected) in [(&b"made up"[..], "made up"), (b"made up\n", "made up"), (b"made up\r\n", "made up")]
        {
            assert_eq!(read(octets).as_deref(), Ok(expected));
        }
        let wrong = Err("x.password is not one line of at most 1024 octets");
        for octets in [&b""[..], b"\n", b"two\nlines", b"\xff", &[b'x'; 1025]] {
            assert_eq!(read(octets).as_ref().map(String::as_str).map_err(String::as_str), wrong);
        }
        let missing = basic("bulla", "y.password").password(dir.path());
        assert_eq!(missing.map(drop), Err("y.password entity not found".to_owned()));
    }
}
