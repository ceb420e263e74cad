//! The verdict is `verify_strict`'s for everything that a signer, honest or not, can make.

use super::*;
use curve25519_dalek::{constants::EIGHT_TORSION, edwards::CompressedEdwardsY};
use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;

static BASE_FEW: LazyLock<Multiples> = LazyLock::new(|| Multiples::few(&ED25519_BASEPOINT_POINT));

/// The verdict, which is the same by multiples and by dalek.
fn verdict(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let strict = VerifyingKey::from_bytes(key)
        .is_ok_and(|key| key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok());
    let asks = |key: Key| {
        let own = Multiples::few(&key.0.key.to_edwards());
        key.asks_by((&own, &BASE_FEW), &[message], signature)
    };
    let asked = Key::from_octets(key).map(asks);
    assert_eq!(asked.as_ref().is_some_and(Asked::fits), strict);
    let together = Asked::all_fit(&asked.into_iter().collect::<Vec<_>>());
    assert_eq!(together.first().is_some_and(|fits| *fits), strict);
    strict
}

fn challenge(r: &[u8], key: &[u8], message: &[u8]) -> Scalar {
    let hash = Sha512::new().chain_update(r).chain_update(key).chain_update(message).finalize();
    Scalar::from_bytes_mod_order_wide(&hash.into())
}

fn joined(r: &CompressedEdwardsY, s: &Scalar) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(r.as_bytes());
    signature[32..].copy_from_slice(s.as_bytes());
    signature
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_signed_fits_and_with_any_bit_changed_does_not(seed: [u8; 32], message: Vec<u8>, bit in 0_usize..512) {
        let key = SigningKey::from_bytes(&seed);
        let public = key.verifying_key().to_bytes();
        let mut signature = key.sign(&message).to_bytes();
        prop_assert!(verdict(&public, &message, &signature));
        signature[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!verdict(&public, &message, &signature));
    }

    #[test]
    fn any_octets(key: [u8; 32], r: [u8; 32], s: [u8; 32], message: Vec<u8>) {
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&r);
        signature[32..].copy_from_slice(&s);
        verdict(&key, &message, &signature);
    }
}

/// A key and an R with parts of small order fit where these cancel.
#[test]
fn parts_of_small_order_are_judged_alike() {
    let (secret, nonce) = (Scalar::from(0x1234_5678_9abc_u64), Scalar::from(0xfedc_ba98_7654_u64));
    let mut fits = 0;
    for torsion in EIGHT_TORSION {
        let key = (EdwardsPoint::mul_base(&secret) + torsion).compress();
        for other in EIGHT_TORSION {
            for message in 0..16_u8 {
                let r = (EdwardsPoint::mul_base(&nonce) + other).compress();
                let s = nonce + challenge(r.as_bytes(), key.as_bytes(), &[message]) * secret;
                fits += usize::from(verdict(key.as_bytes(), &[message], &joined(&r, &s)));
            }
        }
    }
    // About one in the order of the key's part, for each R with a part that is a multiple of it: 8 * 16 in all.
    assert!((64..256).contains(&fits), "{fits}");
}

#[test]
fn points_of_small_order_are_refused() {
    for point in EIGHT_TORSION {
        let signature = joined(&point.compress(), &Scalar::ZERO);
        assert!(Key::from_octets(&point.compress().to_bytes()).is_none());
        assert!(!verdict(&point.compress().to_bytes(), b"", &signature));
        // R of small order under a good key: whoever has the key can make it.
        let secret = Scalar::from(7_u8);
        let key = EdwardsPoint::mul_base(&secret).compress();
        let s = challenge(point.compress().as_bytes(), key.as_bytes(), b"") * secret;
        assert!(!verdict(key.as_bytes(), b"", &joined(&point.compress(), &s)));
    }
}

#[test]
fn another_writing_of_the_same_signature_is_refused() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let mut signature = key.sign(b"message").to_bytes();
    // s + l, the group's order: 2^252 + 27742317777372353535851937790883648493.
    let less_one = (-Scalar::ONE).to_bytes();
    let mut carry = 1;
    for (own, add) in signature[32..].iter_mut().zip(less_one) {
        carry += u16::from(*own) + u16::from(add);
        *own = carry as u8;
        carry >>= 8;
    }
    assert!(!verdict(&key.verifying_key().to_bytes(), b"message", &signature));
}

#[test]
fn a_key_that_is_asked_often_goes_on_to_say_the_same() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let ready = Key::from_octets(&key.verifying_key().to_bytes()).unwrap();
    let made = |ready: &Key| (ready.0.ready.few.get().is_some(), ready.0.ready.many.get().is_some());
    for number in (0..2 * OFTEN).chain(ALWAYS - 2..=ALWAYS) {
        let message = number.to_be_bytes();
        for (signed, fits) in [(&message[..], true), (b"other", false)] {
            ready.0.asked.store(number, Ordering::Relaxed);
            assert_eq!(ready.clone().fits(signed, &key.sign(&message).to_bytes()), fits);
        }
        assert_eq!(made(&ready), (number >= OFTEN, number >= ALWAYS));
    }
    ready.0.asked.store(0, Ordering::Relaxed);
    assert!((0..ALWAYS + 5).all(|number| ready.number() == number.min(ALWAYS)));
    assert_eq!((ready.0.asked.load(Ordering::Relaxed), ready.number()), (ALWAYS, ALWAYS));
}

/// Among answers that are known already, and beside any others: each is its own.
#[test]
fn together_each_fits_as_it_does_alone() {
    let keys = [7, 8].map(|octet| SigningKey::from_bytes(&[octet; 32]));
    let ready = keys.each_ref().map(|key| Key::from_octets(&key.verifying_key().to_bytes()).unwrap());
    let mut asked = Vec::new();
    for number in 0..4 * OFTEN {
        let (own, message) = ((number % 2) as usize, number.to_be_bytes());
        let signer = if number % 5 == 0 { 1 - own } else { own };
        let mut signature = keys[signer].sign(&message).to_bytes();
        if number % 7 == 0 {
            // Not the number that s is written as: answered without a point.
            signature[32..].fill(0xff);
        }
        asked.push(ready[own].asks(&[&message[..1], &message[1..]], &signature));
    }
    let alone: Vec<bool> = asked.iter().map(Asked::fits).collect();
    assert_eq!(Asked::all_fit(&asked), alone);
    let fits = |number: u32| !number.is_multiple_of(5) && !number.is_multiple_of(7);
    assert_eq!(alone, (0..4 * OFTEN).map(fits).collect::<Vec<_>>());
    assert!(asked.iter().any(|asked| matches!(asked.0, Answer::Known(true))));
    assert!(asked.iter().any(|asked| matches!(asked.0, Answer::Compares { .. })));
    assert_eq!(Asked::all_fit(&[]), Vec::<bool>::new());
}

#[test]
fn multiples_are_what_doubling_and_adding_makes() {
    let point = EdwardsPoint::mul_base(&Scalar::from(3_u8));
    let edges = [0x7f, 0x80, 0xff, 0x100, 0x7ff, 0x800, 0xfff, 0x1000, 0x80_7f_ff_80, 0x7f_f8_00_80_0f_ff, u64::MAX];
    let edges = edges.into_iter().map(Scalar::from).chain([-Scalar::ONE, Scalar::ONE, Scalar::ZERO]);
    // Where the largest digit is all there is of a scalar, and just beside that.
    let largest = (0..63).fold(Scalar::ONE, |power, _| power * Scalar::from(16_u8));
    let edges = edges.chain([largest, largest - Scalar::ONE, largest + Scalar::ONE]);
    let any = (0..32_u8).map(|number| challenge(&[number], &[], &[]));
    let scalars: Vec<_> = edges.chain(any).collect();
    for multiples in [Multiples::few(&point), Multiples::many(&point)] {
        for scalar in &scalars {
            assert_eq!(multiples.times(scalar), point * scalar);
        }
    }
}
