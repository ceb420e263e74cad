//! Multiples of one point, from which each other one is a sum.

use curve25519_dalek::{EdwardsPoint, Scalar, traits::Identity};

/// Digits of a scalar to the base 256.
const DIGITS: usize = 32;
/// The largest digit, its sign apart: from -128 to 127, so that half of the multiples do.
const LARGEST: usize = 128;

/// By position and digit: digit * 256^position times the point. 640 KiB.
pub(super) struct Multiples(Box<[[EdwardsPoint; LARGEST]]>);

impl Multiples {
    pub(super) fn of(point: &EdwardsPoint) -> Self {
        let mut unit = *point;
        let rows = (0..DIGITS).map(|_| {
            let mut multiple = EdwardsPoint::identity();
            let row = [(); LARGEST].map(|()| {
                multiple += unit;
                multiple
            });
            unit = row[LARGEST - 1] + row[LARGEST - 1];
            row
        });
        Self(rows.collect())
    }

    /// The scalar times the point. The time that it takes tells of the scalar.
    pub(super) fn times(&self, scalar: &Scalar) -> EdwardsPoint {
        let digits = digits(scalar.as_bytes());
        self.0.iter().zip(digits).fold(EdwardsPoint::identity(), |sum, (row, digit)| match digit.unsigned_abs() {
            0 => sum,
            size if digit > 0 => &sum + &row[usize::from(size) - 1],
            size => &sum - &row[usize::from(size) - 1],
        })
    }
}

/// Octets, little end first, as digits from -128 to 127. Scalars are less than 2^253: nothing is carried out of the last.
fn digits(octets: &[u8; DIGITS]) -> [i8; DIGITS] {
    let mut carry = 0;
    octets.map(|octet| {
        let sum = i16::from(octet) + carry;
        carry = i16::from(sum >= LARGEST as i16);
        (sum - carry * 256) as i8
    })
}
