//! A value in fewer octets, before it is padded and sealed.
//!
//! Most values are fields of a record, as `manifest` writes them: a tag, a head, perhaps a party and a qualifier, a length, and text (docs/format.md,
//! Fields). Each octet of such a value gets a code of one to fifteen bits that is fixed for the place where it stands; text of letters takes
//! some four bits a letter. Whatever is of another form, or would not be smaller, is kept as it is. Nothing is learned from one value for
//! another, so that no value's length tells of another's.

mod codes;

use codes::{Place, Reader, Writer};
use zeroize::{Zeroize, Zeroizing};

/// Before octets that are kept as they are. No packed value begins with it: no tag's code begins with eight ones.
const AS_IT_IS: u8 = 0xff;

/// Packs a value, which is not empty, in place of what was in `packed`.
pub(crate) fn pack(value: &[u8], packed: &mut Vec<u8>) {
    packed.clear();
    if packed.capacity() < room(value.len()) {
        // What moves would leave the value before behind.
        packed.zeroize();
        packed.reserve(room(value.len()));
    }
    let mut writer = Writer::new(packed, value.len());
    let is_smaller = fields(value, &mut writer).is_some() && writer.finish();
    if !is_smaller {
        packed.clear();
        packed.push(AS_IT_IS);
        packed.extend_from_slice(value);
    }
}

/// Octets that packing a value of so many takes while it goes on.
pub(crate) const fn room(octets: usize) -> usize {
    octets + 16
}

/// The value of what [`pack`] made of it, and of nothing else.
pub(crate) fn unpack(packed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let value = match packed.split_first()? {
        (&AS_IT_IS, value) => Zeroizing::new(value.to_vec()),
        _ => unpack_fields(packed)?,
    };
    let mut again = Zeroizing::new(Vec::with_capacity(room(value.len())));
    pack(&value, &mut again);
    (*again == packed).then_some(value)
}

/// Writes fields until the value ends; none where it is not of their form, or they have become too long.
fn fields(value: &[u8], out: &mut Writer<'_>) -> Option<()> {
    let mut rest = value;
    while !rest.is_empty() {
        let [tag, head] = *rest.split_off(..2)? else { return None };
        out.put(Place::Tag, tag)?;
        out.put(Place::Head, head)?;
        if head >> 3 != 0 {
            number(&mut rest, |octet| out.put(Place::Party, octet))?;
        }
        for octet in rest.split_off(..usize::from(head & 7))? {
            out.put(Place::Qualifier, *octet)?;
        }
        let length = number(&mut rest, |octet| out.put(Place::Length, octet))?;
        let mut place = Place::Other;
        for octet in rest.split_off(..length)? {
            out.put(place, *octet)?;
            place = Place::after(*octet);
        }
    }
    Some(())
}

fn unpack_fields(packed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut read = Reader::new(packed);
    // No code is shorter than a bit, so that this is never too little and the value never moves.
    let mut value = Zeroizing::new(Vec::with_capacity(packed.len() * 8));
    while !read.is_at_end() {
        value.push(read.octet(Place::Tag)?);
        let head = read.octet(Place::Head)?;
        value.push(head);
        if head >> 3 != 0 {
            read_number(&mut read, Place::Party, &mut value)?;
        }
        for _ in 0..head & 7 {
            value.push(read.octet(Place::Qualifier)?);
        }
        let mut place = Place::Other;
        for _ in 0..read_number(&mut read, Place::Length, &mut value)? {
            let octet = read.octet(place)?;
            value.push(octet);
            place = Place::after(octet);
        }
    }
    Some(value)
}

/// Takes an unsigned LEB128 number of at most four octets, and shows each.
fn number(rest: &mut &[u8], mut put: impl FnMut(u8) -> Option<()>) -> Option<usize> {
    let mut number = 0;
    for shift in [0, 7, 14, 21] {
        let octet = *rest.split_off_first()?;
        put(octet)?;
        number |= usize::from(octet & 0x7f) << shift;
        if octet & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn read_number(read: &mut Reader<'_>, place: Place, value: &mut Vec<u8>) -> Option<usize> {
    let mut number = 0;
    for shift in [0, 7, 14, 21] {
        let octet = read.octet(place)?;
        value.push(octet);
        number |= usize::from(octet & 0x7f) << shift;
        if octet & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn packed(value: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        pack(value, &mut packed);
        packed
    }

    fn field(tag: u8, head: u8, party: &[u8], qualifier: &[u8], value: &[u8]) -> Vec<u8> {
        let length = u8::try_from(value.len()).unwrap();
        [&[tag, head], party, qualifier, &[length], value].concat()
    }

    #[test]
    fn fields_become_small() {
        let name = field(16, 2 << 3, &[1], b"", b"GALENDRA IRONPETAL");
        let street = field(18, 2 << 3, &[1], b"", b"6770 MAPLEHOOK DRIVE");
        let tracking = field(2, 0, &[], b"", b"9999157075900001");
        assert_eq!((tracking.len(), packed(&tracking).len()), (19, 9));
        let address = [name, street].concat();
        assert_eq!((address.len(), packed(&address).len()), (46, 25));
        assert_eq!(packed(&tracking)[0] >> 5, 0, "the tag of a tracking number is the first code of three bits");
    }

    #[test]
    fn what_is_no_field_or_would_grow_stays_as_it_is() {
        for value in [&b"TRK0001"[..], &[2], &[2, 0, 5, b'1'], &[2, 0, 0x80, 0x80, 0x80, 0x80, 0x01, b'1'], &[0xff; 9]]
        {
            assert_eq!(packed(value), [&[0xff], value].concat());
            assert_eq!(unpack(&packed(value)).unwrap().as_slice(), value);
        }
        let rare = field(48, 0, &[], b"", &[0xf7; 60]);
        assert_eq!(packed(&rare), [&[0xff][..], &rare].concat());
    }

    #[test]
    fn no_packed_value_looks_like_one_that_is_kept() {
        let packs = |tag: &u8| packed(&field(*tag, 0, &[], b"", b"9999000000000001"))[0] != 0xff;
        let tags: Vec<u8> = (0..=0xff).filter(packs).collect();
        assert_eq!(tags.len(), 26, "those that a field has");
    }

    #[test]
    fn there_is_one_packed_form() {
        let tracking = field(2, 0, &[], b"", b"9999157075900001");
        assert!(unpack(&[&[0xff][..], &tracking].concat()).is_none(), "it is kept as it is where it could be packed");
        let mut whole = packed(&tracking);
        assert!((0..whole.len()).all(|end| unpack(&whole[..end]).is_none()));
        whole.push(0xff);
        assert!(unpack(&whole).is_none(), "an octet of padding");
    }

    proptest! {
        #[test]
        fn fields_come_back(fields in vec((prop_oneof![Just(2u8), Just(16), Just(34)], 0u8..13, 1u8..=255, vec(any::<u8>(), 1..40)), 1..9)) {
            let octets = |(tag, role, party, value): &(u8, u8, u8, Vec<u8>)| {
                let party: &[u8] = if *role == 0 { &[] } else { &[*party & 0x7f] };
                field(*tag, role << 3, party, b"", value)
            };
            let value = fields.iter().flat_map(octets).collect::<Vec<_>>();
            prop_assert_eq!(unpack(&packed(&value)).unwrap().to_vec(), value.clone());
            prop_assert!(packed(&value).len() <= value.len() + 1);
        }

        #[test]
        fn any_octets_come_back(value in vec(any::<u8>(), 1..60)) {
            prop_assert_eq!(unpack(&packed(&value)).unwrap().to_vec(), value);
        }

        #[test]
        fn what_unpacks_packs_to_the_same(octets in vec(any::<u8>(), 0..40)) {
            if let Some(value) = unpack(&octets) {
                prop_assert_eq!(packed(&value), octets);
            }
        }
    }
}
