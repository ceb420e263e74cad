//! X-Wing's decapsulation with a key that is expanded once (draft-connolly-cfrg-xwing-kem-06, section 5).
//!
//! The crate `x-wing` keeps the seed and expands it anew for each ciphertext, which takes half as long again as the rest. The seed is
//! expanded by the same crates here; what is done for each batch, by AWS-LC, in less than a third of their time. The tests hold one to the other.

use aws_lc_rs::{
    agreement::{PrivateKey, UnparsedPublicKey, X25519, agree},
    kem::{AlgorithmId, Ciphertext, DecapsulationKey, ML_KEM_768},
};
use hpke::kem::{SharedSecret, XWing};
use ml_kem::{FromSeed, KeyExport, MlKem768, ml_kem_768};
use sha3::{Digest, Sha3_256};
use shake::{ExtendableOutput, Shake256, Update, XofReader};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

/// Octets of a decapsulation key, which is a seed.
pub(crate) const SEED_OCTETS: usize = 32;
/// Octets of a ciphertext: ML-KEM-768's, 1,088, and X25519's share, 32.
pub(crate) const CIPHERTEXT_OCTETS: usize = ML_KEM_OCTETS + 32;
const ML_KEM_OCTETS: usize = 1088;
const ML_KEM_PUBLIC_OCTETS: usize = 1184;
/// The last of what is hashed to the shared secret (section 5.3).
const LABEL: &[u8; 6] = br"\.//^\";

/// `expandDecapsulationKey` of a seed (section 5.2). Wiped when dropped, as AWS-LC does with whatever it frees.
pub(crate) struct Expanded {
    ml_kem: DecapsulationKey<AlgorithmId>,
    x25519: PrivateKey,
    /// ML-KEM's, then X25519's.
    public: Vec<u8>,
}

impl Expanded {
    pub(crate) fn new(seed: &[u8; SEED_OCTETS]) -> Self {
        let mut reader = Shake256::default().chain(seed).finalize_xof();
        let (mut d_and_z, mut scalar) = (Zeroizing::new([0; 64]), Zeroizing::new([0; 32]));
        reader.read(d_and_z.as_mut_slice());
        reader.read(scalar.as_mut_slice());
        let (secret, public) = MlKem768::from_seed((&*d_and_z).into());
        let of_x25519 = PublicKey::from(&StaticSecret::from(*scalar));
        Self {
            ml_kem: written_out(&secret),
            x25519: PrivateKey::from_private_key(&X25519, &*scalar).expect("32 octets, of which any are a key"),
            public: [public.to_bytes().as_slice(), of_x25519.as_bytes()].concat(),
        }
    }

    /// The public key's written form: ML-KEM's, then X25519's.
    pub(crate) fn public(&self) -> &[u8] {
        &self.public
    }

    /// The shared secret (section 5.5). Of any octets: what nobody encapsulated gives one that nobody has (FIPS 203, section 6.3),
    /// and a share of low order is taken, as the crate takes it: what is agreed with it is zero (RFC 7748, section 6.1).
    pub(crate) fn decapsulate(&self, enc: &[u8; CIPHERTEXT_OCTETS]) -> SharedSecret<XWing> {
        let (ml_kem, share) = enc.split_first_chunk::<ML_KEM_OCTETS>().expect("1,120 octets are more than 1,088");
        let of_ml_kem =
            self.ml_kem.decapsulate(Ciphertext::from(&ml_kem[..])).expect("1,088 octets, of which any give a secret");
        let share: [u8; 32] = share.try_into().expect("1,120 octets less 1,088");
        let peer = UnparsedPublicKey::new(&X25519, share);
        let secret = |octets: &[u8]| Ok(Zeroizing::new(<[u8; 32]>::try_from(octets).expect("X25519 gives 32 octets")));
        let of_x25519 = agree(&self.x25519, peer, (), secret).unwrap_or_default();
        let combined = Sha3_256::new()
            .chain_update(of_ml_kem.as_ref())
            .chain_update(*of_x25519)
            .chain_update(share)
            .chain_update(&self.public[ML_KEM_PUBLIC_OCTETS..])
            .chain_update(LABEL);
        SharedSecret(combined.finalize())
    }
}

/// A private key as AWS-LC takes it: in FIPS 203's form (section 7.1), of 2,400 octets.
#[expect(deprecated, reason = "a seed is shorter, and not what AWS-LC takes")]
fn written_out(secret: &ml_kem_768::DecapsulationKey) -> DecapsulationKey<AlgorithmId> {
    let octets = Zeroizing::new(ml_kem::ExpandedKeyEncoding::to_expanded_bytes(secret));
    DecapsulationKey::new(&ML_KEM_768, &octets).expect("a key has 2,400 octets")
}

#[cfg(test)]
mod tests {
    use super::*;
    use hpke::{Deserializable, Kem, Serializable};
    use ledger::Hash;
    use proptest::prelude::*;
    use rand_core::{TryCryptoRng, TryRng, utils};
    use sha2::Sha256;
    use std::convert::Infallible;

    /// Of each test vector in the draft's appendix: seed, randomness, shared secret, and SHA-256 of public key and ciphertext.
    const VECTORS: [[&str; 5]; 3] = [
        [
            "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
            "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2",
            "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384",
            "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb",
            "17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33",
        ],
        [
            "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
            "17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdefaee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d",
            "f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150",
            "c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916",
            "1661ea86d608a1924ba30840cb0a65f13ae051e3aec9cf0f064efc0bc92f2154",
        ],
        [
            "ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9",
            "22a96188d032675c8ac850933c7aff1533b94c834adbb69c6115bad4692d8619f90b0cdf8a7b9c264029ac185b70b83f2801f2f4b3f70c593ea3aeeb613a7f1b",
            "953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f",
            "6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95",
            "d3ca5578500344b5896cffc4fd740c9311946b82951df155e6fd86a7966b43c6",
        ],
    ];

    /// Gives these 64 octets.
    struct Given(Vec<u8>);

    impl TryRng for Given {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            utils::next_word_via_fill(self)
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            utils::next_word_via_fill(self)
        }

        fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
            octets.copy_from_slice(&self.0.drain(..octets.len()).collect::<Vec<_>>());
            Ok(())
        }
    }

    impl TryCryptoRng for Given {}

    /// What the crate encapsulates to the key of a seed: shared secret and `enc`.
    fn encapsulated(seed: &[u8], randomness: &[u8]) -> ([u8; 32], [u8; CIPHERTEXT_OCTETS]) {
        let public = XWing::sk_to_pk(&<XWing as Kem>::PrivateKey::from_bytes(seed).unwrap());
        let (shared, enc) = XWing::encap_with_rng(&public, None, &mut Given(randomness.to_vec())).unwrap();
        (shared.0.into(), enc.to_bytes().into())
    }

    fn decapsulated_by_the_crate(seed: &[u8], enc: &[u8]) -> [u8; 32] {
        let secret = <XWing as Kem>::PrivateKey::from_bytes(seed).unwrap();
        XWing::decap(&secret, None, &Deserializable::from_bytes(enc).unwrap()).unwrap().0.into()
    }

    #[test]
    fn the_drafts_vectors() {
        for [seed, randomness, shared, public, ciphertext] in VECTORS {
            let seed = hex::decode(seed).unwrap();
            let (_, enc) = encapsulated(&seed, &hex::decode(randomness).unwrap());
            assert_eq!(Hash(Sha256::digest(enc).into()).to_string(), ciphertext);
            let own = Expanded::new(seed.as_slice().try_into().unwrap());
            assert_eq!(Hash(Sha256::digest(own.public()).into()).to_string(), public);
            assert_eq!(hex::encode(own.decapsulate(&enc).0), shared);
        }
    }

    proptest! {
        /// Of a right ciphertext, of one that is wrong anywhere (implicit rejection), and of any octets.
        #[test]
        fn decapsulates_as_the_crate_does(
            seed in any::<[u8; 32]>(),
            randomness in prop::collection::vec(any::<u8>(), 64),
            (at, bit) in (0..CIPHERTEXT_OCTETS, 0..8_u32),
            noise in prop::collection::vec(any::<u8>(), CIPHERTEXT_OCTETS),
        ) {
            let own = Expanded::new(&seed);
            prop_assert_eq!(own.public().len(), ML_KEM_PUBLIC_OCTETS + 32);
            let public = XWing::sk_to_pk(&<XWing as Kem>::PrivateKey::from_bytes(&seed).unwrap());
            prop_assert_eq!(own.public().to_vec(), public.to_bytes().to_vec());
            let (shared, enc) = encapsulated(&seed, &randomness);
            prop_assert_eq!(<[u8; 32]>::from(own.decapsulate(&enc).0), shared);
            let mut wrong = enc;
            wrong[at] ^= 1_u8 << bit;
            let mut low = enc;
            low[ML_KEM_OCTETS..].fill(0);
            let noise = noise.try_into().unwrap();
            for octets in [&wrong, &low, &noise] {
                prop_assert_eq!(<[u8; 32]>::from(own.decapsulate(octets).0), decapsulated_by_the_crate(&seed, octets));
            }
        }
    }
}
