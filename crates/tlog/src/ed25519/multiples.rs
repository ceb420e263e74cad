//! Multiples of one point, from which each other one is a sum: the more of them there are, the fewer are added up.

use curve25519_dalek::{EdwardsPoint, Scalar, traits::Identity};

/// Bits of a scalar, and one for the sign of its largest digit.
const BITS: usize = 254;
/// Digits of a scalar, at most: to the base 256.
const DIGITS: usize = 32;

/// By position and digit: digit * base^position times the point. Digits are as large as half of the base, with a sign.
pub(super) struct Multiples {
    /// The base is two to the power of this.
    bits: usize,
    rows: Vec<Vec<EdwardsPoint>>,
}

impl Multiples {
    /// To the base 256, for sums of 32: 640 KiB, in the time of some 30 verifications without.
    pub(super) fn few(point: &EdwardsPoint) -> Self {
        Self::of(point, 8)
    }

    /// To the base 4096, for sums of 22: 7 MiB, in the time of some 200 verifications without.
    pub(super) fn many(point: &EdwardsPoint) -> Self {
        Self::of(point, 12)
    }

    fn of(point: &EdwardsPoint, bits: usize) -> Self {
        let mut unit = *point;
        let rows = (0..BITS.div_ceil(bits)).map(|_| {
            let mut multiple = EdwardsPoint::identity();
            let next = (0..1 << (bits - 1)).map(|_| {
                multiple += unit;
                multiple
            });
            let row: Vec<_> = next.collect();
            unit = multiple + multiple;
            row
        });
        Self { bits, rows: rows.collect() }
    }

    /// The scalar times the point. The time that it takes tells of the scalar.
    pub(super) fn times(&self, scalar: &Scalar) -> EdwardsPoint {
        let digits = self.digits(scalar);
        // All are looked up before the first is added: they are far from each other, and come at the same time.
        let mut terms = [EdwardsPoint::identity(); DIGITS];
        for ((term, row), digit) in terms.iter_mut().zip(&self.rows).zip(digits) {
            if let Some(place) = usize::from(digit.unsigned_abs()).checked_sub(1) {
                *term = row[place];
            }
        }
        let signed = terms[..self.rows.len()].iter().zip(digits);
        signed.fold(EdwardsPoint::identity(), |sum, (term, digit)| if digit < 0 { sum - term } else { sum + term })
    }

    /// The scalar's digits, little end first. It is less than 2^253: nothing is carried out of the last.
    fn digits(&self, scalar: &Scalar) -> [i16; DIGITS] {
        let base = 1 << self.bits;
        let mut octets = scalar.as_bytes().iter();
        let (mut rest, mut held, mut digits) = (0, 0, [0; DIGITS]);
        let mut carry = 0;
        for digit in &mut digits[..self.rows.len()] {
            while held < self.bits {
                rest |= octets.next().map_or(0, |octet| i32::from(*octet)) << held;
                held += 8;
            }
            let sum = (rest & (base - 1)) + carry;
            carry = i32::from(sum >= base / 2);
            *digit = (sum - carry * base) as i16;
            rest >>= self.bits;
            held -= self.bits;
        }
        digits
    }
}
