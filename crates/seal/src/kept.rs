//! What is kept under a month's index key and goes with it: `nonce || AES-256-GCM-SIV`.

use crate::{Error, IndexKey, Token};
use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

const NONCE_OCTETS: usize = 12;

impl IndexKey {
    /// Seals octets that stand under this token and no other.
    pub fn keep(&self, token: &Token, octets: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        let mut kept = vec![0; NONCE_OCTETS];
        rng.fill_bytes(&mut kept);
        let nonce = Nonce::try_from(&kept[..]).expect("twelve octets");
        let sealed = self.keeper().encrypt(&nonce, Payload { msg: octets, aad: &token.0 });
        kept.extend(sealed.expect("AES-GCM-SIV takes any length below 2^36"));
        kept
    }

    /// Opens what [`IndexKey::keep`] made under the same key and token.
    ///
    /// # Errors
    /// [`Error::Unsealable`] for anything else.
    pub fn kept(&self, token: &Token, kept: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (nonce, sealed) = kept.split_at_checked(NONCE_OCTETS).ok_or(Error::Unsealable)?;
        let nonce = Nonce::try_from(nonce).map_err(|_| Error::Unsealable)?;
        let opened = self.keeper().decrypt(&nonce, Payload { msg: sealed, aad: &token.0 });
        opened.map(Zeroizing::new).map_err(|_| Error::Unsealable)
    }

    fn keeper(&self) -> Aes256GcmSiv {
        let mut key = Zeroizing::new([0; 32]);
        let index_key = self.to_bytes();
        let expand = Hkdf::<Sha256>::from_prk(index_key.as_slice()).expect("32 octets are a key of HKDF-SHA256");
        expand.expand(b"bulla.index-key/1 kept", key.as_mut_slice()).expect("32 octets are one block");
        Aes256GcmSiv::new(key.as_slice().try_into().expect("32 octets"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::{TryCryptoRng, TryRng};

    /// 1, 2, 3, …
    struct Counting(u8);

    impl TryRng for Counting {
        type Error = std::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            unreachable!("octets are asked for")
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            unreachable!("octets are asked for")
        }
        fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> {
            octets.iter_mut().for_each(|octet| {
                self.0 += 1;
                *octet = self.0;
            });
            Ok(())
        }
    }

    impl TryCryptoRng for Counting {}

    #[test]
    fn what_is_kept_opens_under_its_key_and_token_alone() {
        let (key, token) = (IndexKey::from_bytes(&[7; 32]), Token([9; 16]));
        let kept = key.keep(&token, b"an answer", &mut Counting(0));
        assert_eq!(hex::encode(&kept), VECTOR);
        assert_eq!(key.kept(&token, &kept).unwrap().as_slice(), b"an answer");
        let others = [(IndexKey::from_bytes(&[8; 32]), token), (key, Token([8; 16]))];
        assert!(others.iter().all(|(key, token)| key.kept(token, &kept).is_err()));
        let key = IndexKey::from_bytes(&[7; 32]);
        for at in 0..kept.len() {
            let mut changed = kept.clone();
            changed[at] ^= 1;
            assert!(key.kept(&token, &changed).is_err() && key.kept(&token, &kept[..at]).is_err(), "octet {at}");
        }
    }

    const VECTOR: &str = "0102030405060708090a0b0cc333a4e4707fdefa9c648954995501ddf4e96cf07c43f57055";
}
