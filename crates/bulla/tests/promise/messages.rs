//! What comes by AS2: taken, refused, not to be decrypted, tampered with. Documents, Message-IDs and subjects are planted.

use crate::{
    house::House,
    made_up::Shop,
    support::partner::{How, Partner, USUAL},
};
use as2::{Disposition, Outgoing, cms::Cipher, mdn::Unconfirmed};

/// Where receipts may go and nobody is.
pub const NOWHERE: &str = "http://127.0.0.1:1";

/// What becomes of a message: what its receipt says, whether its document was opened and went on.
struct Fate {
    name: &'static str,
    how: How<'static>,
    told: Disposition,
    opened: bool,
}

const FATES: [Fate; 7] = [
    fate("taken", USUAL, Disposition::Processed),
    fate("taken, with a tag", How { cipher: Cipher::Aes256Gcm, ..USUAL }, Disposition::Processed),
    fate("no EDI", USUAL, Disposition::UnexpectedProcessingError),
    fate("refused in its acknowledgement", USUAL, Disposition::Processed),
    fate("unsigned", How { signed: false, ..USUAL }, Disposition::InsufficientMessageSecurity),
    fate("not encrypted", How { encrypted: false, ..USUAL }, Disposition::InsufficientMessageSecurity),
    fate("bare", How { signed: false, encrypted: false, ..USUAL }, Disposition::InsufficientMessageSecurity),
];

const fn fate(name: &'static str, how: How<'static>, told: Disposition) -> Fate {
    Fate { name, how, told, opened: how.signed && how.encrypted }
}

/// A planted message and its Message-ID.
fn message(shop: &mut Shop, partner: &Partner, body: &[u8], how: How<'_>) -> (Outgoing, String) {
    let id = format!("<{}@north.example>", shop.word("Message-ID", 20));
    let mut made = partner.message(body, &id, how);
    let subject = shop.word("subject", 12);
    made.headers.iter_mut().filter(|(name, _)| *name == "Subject").for_each(|(_, value)| value.clone_from(&subject));
    (made, id)
}

fn document(shop: &mut Shop, name: &str) -> Vec<u8> {
    shop.document(&format!("an 856 by AS2, {name}"));
    let persons = [shop.person(), shop.person()];
    let mut made = shop.ship_notice(&persons);
    match name {
        "no EDI" => format!("{} {}", persons[0].name, persons[0].street).into_bytes(),
        "refused in its acknowledgement" => {
            *made.at("HL", 2, 2) = "9".into();
            made.text()
        }
        _ => made.text(),
    }
}

/// Sends them all; returns the documents that were opened.
pub fn send(house: &House, shop: &mut Shop) -> Vec<Vec<u8>> {
    let partner = house.partner();
    let mut opened = Vec::new();
    for fate in FATES {
        let body = document(shop, fate.name);
        let (made, id) = message(shop, &partner, &body, fate.how);
        let answer = house.post_message(&made, &id);
        let told = partner.judged(&id, &made, &answer);
        let expected = if fate.told.is_processed() { Ok(fate.told) } else { Err(Unconfirmed::Refused(fate.told)) };
        assert_eq!(told, expected, "{}: {}", fate.name, answer.text());
        // Once more: from what was kept.
        house.post_message(&made, &id);
        opened.extend(fate.opened.then_some(body));
    }
    damaged(house, shop, &partner);
    opened.push(later(house, shop, &partner));
    opened
}

/// What nobody here can open, or nobody signed as it is.
fn damaged(house: &House, shop: &mut Shop, partner: &Partner) {
    let refused = |made: &Outgoing, id: &str, told| {
        let answer = house.post_message(made, id);
        assert_eq!(partner.judged(id, made, &answer), Err(Unconfirmed::Refused(told)), "{}", answer.text());
    };
    for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm] {
        let body = document(shop, "tampered with");
        let (mut made, id) = message(shop, partner, &body, How { cipher, ..USUAL });
        let within_the_text = made.body.len() / 4;
        made.body[within_the_text] ^= 1;
        refused(&made, &id, if cipher.is_authenticated() { Disposition::DecryptionFailed } else { TAMPERED });
    }
    let body = document(shop, "readable and tampered with");
    let (mut made, id) = message(shop, partner, &body, How { encrypted: false, ..USUAL });
    let at = made.body.windows(8).position(|eight| eight == b" LOOP~\nN").expect("a street");
    made.body[at + 1] = b'X';
    refused(&made, &id, TAMPERED);
    let body = document(shop, "encrypted to another");
    let elsewhere = Partner { gateway: vec![partner.signer.certificate().clone()], ..house.partner() };
    let (made, id) = message(shop, &elsewhere, &body, USUAL);
    refused(&made, &id, Disposition::DecryptionFailed);
    let body = document(shop, "of a stranger");
    let stranger = Partner { name: "STRANGER".into(), ..house.partner() };
    let (made, id) = message(shop, &stranger, &body, How { signed: false, encrypted: false, ..USUAL });
    let answer = house.post_message(&made, &id);
    assert!(answer.status == 200 && answer.text().contains("unknown-trading-relationship"), "{}", answer.text());
}

/// One block of CBC changes the text; the signature does not hold.
const TAMPERED: Disposition = Disposition::IntegrityCheckFailed;

/// A receipt that waits, and one that may not go where it shall.
fn later(house: &House, shop: &mut Shop, partner: &Partner) -> Vec<u8> {
    let body = document(shop, "with a receipt that waits");
    let (made, id) = message(shop, partner, &body, How { deliver_to: Some(NOWHERE), ..USUAL });
    assert_eq!(house.post_message(&made, &id).status, 200);
    let elsewhere = format!("http://{}.example/", shop.word("place of receipts", 12).to_lowercase());
    let (made, id) = message(shop, partner, &body, How { deliver_to: Some(&elsewhere), ..USUAL });
    assert_eq!(house.post_message(&made, &id).status, 403);
    body
}
