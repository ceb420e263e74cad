//! Who is one person to a count: name and postal code of whom a parcel goes to, folded (docs/ledger.md, Counts).
//!
//! The octets are of one class of one record as `manifest` wrote them. Whatever is not of that form is of nobody known.

use zeroize::Zeroizing;

/// Numbers of the sealed format (docs/format.md, Fields).
const NAME: u8 = 16;
const NAME_MORE: u8 = 17;
const POSTAL_CODE: u8 = 22;
/// Roles that a parcel goes to, the one that counts first.
const DESTINATIONS: [u8; 2] = [2, 5];

/// The normal form of the person that this record goes to; none where it says of nobody, or lacks name or postal code.
pub(crate) fn form(address: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    DESTINATIONS.iter().find_map(|role| of_role(address, *role)).filter(|form| !form.is_empty())
}

/// Of the first party in that role; empty where something is missing.
fn of_role(mut rest: &[u8], role: u8) -> Option<Zeroizing<Vec<u8>>> {
    let (mut party, mut name, mut postal) = (None, Zeroizing::new(Vec::new()), Zeroizing::new(Vec::new()));
    // Neither grows: what was written is not left behind elsewhere.
    name.reserve(rest.len());
    postal.reserve(rest.len());
    while !rest.is_empty() {
        let field = Field::take(&mut rest)?;
        if field.role != role || *party.get_or_insert(field.party) != field.party {
            continue;
        }
        match field.tag {
            NAME | NAME_MORE => name.extend(folded(field.value)),
            POSTAL_CODE => postal.extend(folded(field.value)),
            _ => {}
        }
    }
    party?;
    if name.is_empty() || postal.is_empty() {
        return Some(Zeroizing::new(Vec::new()));
    }
    let mut form = Zeroizing::new(Vec::with_capacity(name.len() + 1 + postal.len()));
    form.extend_from_slice(&name);
    form.push(b'\n');
    form.extend_from_slice(&postal);
    Some(form)
}

/// Without blanks, punctuation and letter case; what is not ASCII stays as it is.
fn folded(value: &[u8]) -> impl Iterator<Item = u8> {
    value.iter().filter(|octet| octet.is_ascii_alphanumeric() || !octet.is_ascii()).map(u8::to_ascii_uppercase)
}

struct Field<'a> {
    role: u8,
    party: u32,
    tag: u8,
    value: &'a [u8],
}

impl<'a> Field<'a> {
    fn take(rest: &mut &'a [u8]) -> Option<Self> {
        let [tag, head] = *rest.split_off(..2)? else { return None };
        let (role, qualifier) = (head >> 3, usize::from(head & 7));
        let party = if role == 0 { 0 } else { varint(rest)? };
        rest.split_off(..qualifier)?;
        let length = varint(rest)?;
        Some(Self { role, party, tag, value: rest.split_off(..usize::try_from(length).ok()?)? })
    }
}

fn varint(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u64;
    for shift in [0, 7, 14, 21, 28] {
        let octet = *rest.split_off_first()?;
        number |= u64::from(octet & 0x7f) << shift;
        if octet & 0x80 == 0 {
            return u32::try_from(number).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(tag: u8, role: u8, party: u8, value: &str) -> Vec<u8> {
        let mut octets = vec![tag, role << 3];
        octets.extend((role > 0).then_some(party));
        octets.push(u8::try_from(value.len()).unwrap());
        octets.extend_from_slice(value.as_bytes());
        octets
    }

    fn read(fields: &[Vec<u8>]) -> Option<Vec<u8>> {
        form(&fields.concat()).map(|form| form.to_vec())
    }

    #[test]
    fn blanks_punctuation_and_case_do_not_matter_and_spelling_does() {
        let person = |name: &str, postal: &str| read(&[field(16, 2, 1, name), field(22, 2, 1, postal)]);
        assert_eq!(person("Ann O'Hara", "g1a 0a2"), Some(b"ANNOHARA\nG1A0A2".to_vec()));
        assert_eq!(person("Ann O'Hara", "G1A 0A2"), person("ANN OHARA ", "G1A0A2"));
        assert_ne!(person("Ann O'Hara", "G1A 0A2"), person("Anne O'Hara", "G1A 0A2"));
        assert_ne!(person("Ann O'Hara", "G1A 0A2"), person("Ann O'Hara", "G1A 0A3"));
        assert_eq!((person("Ann", "--"), person(".", "G1A0A2")), (None, None), "nothing is left of one");
    }

    #[test]
    fn of_several_parties_it_is_the_first_to_whom_the_parcel_goes() {
        let sender = [field(16, 1, 1, "Shop"), field(22, 1, 1, "H1H1H1")].concat();
        let two = [field(16, 5, 2, "Consignee"), field(22, 5, 2, "A1A1A1")].concat();
        let three = [field(16, 2, 3, "Ann"), field(17, 2, 3, "Hara"), field(22, 2, 3, "B1B1B1")].concat();
        let four = [field(16, 2, 4, "Other"), field(22, 2, 4, "C1C1C1")].concat();
        assert_eq!(read(&[sender.clone(), two.clone(), three, four]), Some(b"ANNHARA\nB1B1B1".to_vec()));
        assert_eq!(read(&[sender.clone(), two]), Some(b"CONSIGNEE\nA1A1A1".to_vec()));
        assert_eq!(read(&[sender]), None);
    }

    #[test]
    fn what_is_not_of_the_form_is_nobody() {
        let whole = [field(16, 2, 1, "Ann"), field(22, 2, 1, "B1B1B1")].concat();
        assert!((1..whole.len()).all(|cut| form(&whole[..cut]).is_none()));
        assert!(form(b"").is_none() && form(&[0xff; 40]).is_none() && form(b"address of 1").is_none());
    }
}
