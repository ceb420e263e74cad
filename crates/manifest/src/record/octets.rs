//! Numbers and octets one after the other, each in its one written form.

use super::Malformed;

pub(super) fn take<'a>(rest: &mut &'a [u8], length: usize, offset: usize) -> Result<&'a [u8], Malformed> {
    let (taken, after) = rest.split_at_checked(length).ok_or(Malformed::Truncated { offset })?;
    *rest = after;
    Ok(taken)
}

pub(super) fn push_varint(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(super) fn varint(rest: &mut &[u8], offset: usize) -> Result<u32, Malformed> {
    let not_shortest = Malformed::Part { offset, part: "length or party" };
    let mut number = 0u64;
    for shift in [0, 7, 14, 21, 28] {
        let [octet] = *take(rest, 1, offset)? else { return Err(Malformed::Truncated { offset }) };
        number |= u64::from(octet & 0x7f) << shift;
        if octet & 0x80 == 0 {
            let shortest = octet != 0 || shift == 0;
            return u32::try_from(number).ok().filter(|_| shortest).ok_or(not_shortest);
        }
    }
    Err(not_shortest)
}
