//! The cases, their inputs made up, and the shape of their files. All octets are hexadecimal.

use crate::support::*;
use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use ledger::{
    AgreementId, BatchId, Classes, FieldClass, FieldClass::*, Header, InstanceId, PeriodId, Province, Pseudonym, Time,
    WorkerId,
};
use seal::{IndexKey, Kind, PeriodPublicKey, Plan, PlannedGroup, Row, SUITE, Sealed, Token, batch, period};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// One batch: inputs, intermediate values, outputs.
#[derive(Serialize, Deserialize)]
pub struct BatchVector {
    pub case: String,
    pub about: String,
    pub suite: String,
    pub batch: BatchId,
    pub agreement: AgreementId,
    pub shipper: Pseudonym,
    pub carrier: Pseudonym,
    pub worker: WorkerId,
    pub instance: InstanceId,
    pub ticket: u64,
    pub received: Time,
    pub sealed: Time,
    pub records: Vec<Record>,
    pub tokens: Vec<(String, u32)>,
    /// Salt, secrets by group, 64 octets of encapsulation by group.
    pub randomness: String,
    pub groups: Vec<GroupKeys>,
    pub cells: Vec<Cell>,
    pub body: String,
    pub header: String,
    pub header_digest: String,
    pub salted_header_hash: String,
    pub record: String,
}

#[derive(Serialize, Deserialize)]
pub struct Record {
    pub operational: String,
    pub province: Province,
    pub parties: u32,
    pub classes: BTreeMap<FieldClass, String>,
}

#[derive(Serialize, Deserialize)]
pub struct GroupKeys {
    pub period: PeriodId,
    pub classes: Classes,
    pub secret_key: String,
    pub public_key: String,
    pub batch_secret: String,
    pub extracted: String,
    pub commitment: String,
    pub class_keys: BTreeMap<FieldClass, String>,
    pub encapsulation: String,
    /// Whose layer is around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub co_holder: Option<CoHolderKeys>,
}

#[derive(Serialize, Deserialize)]
pub struct CoHolderKeys {
    pub secret_key: String,
    pub public_key: String,
    /// What is left of `encapsulation` without that layer.
    pub unwrapped: String,
}

#[derive(Serialize, Deserialize)]
pub struct Cell {
    pub row: u32,
    pub class: FieldClass,
    pub key: String,
    pub associated: String,
    pub padded: String,
    pub sealed: String,
}

/// Octets that must be refused, and as what.
#[derive(Serialize, Deserialize)]
pub struct RefusalVector {
    pub case: String,
    pub about: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<Open>,
    pub error: String,
}

#[derive(Serialize, Deserialize)]
pub struct Open {
    pub secret_key: String,
    /// Unwraps the encapsulation before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub co_holder: Option<String>,
    pub header: String,
    pub group: usize,
    pub encapsulation: String,
    pub body: String,
    pub row: u32,
    pub class: FieldClass,
}

#[derive(Serialize, Deserialize)]
pub struct SealingVector {
    pub about: String,
    pub secret_key: String,
    pub public_key: String,
    pub public_key_hash: String,
    pub info: String,
    pub aad: String,
    pub plaintext: String,
    pub randomness: String,
    pub sealed: String,
}

#[derive(Serialize, Deserialize)]
pub struct TokenVector {
    pub about: String,
    pub key: String,
    pub name: String,
    pub tokens: Vec<TokenEntry>,
}

#[derive(Serialize, Deserialize)]
pub struct TokenEntry {
    pub kind: u8,
    pub value: String,
    pub token: String,
}

const ALL: &[FieldClass] = &FieldClass::SEALED;
const ONE_GROUP: &[(&str, &[FieldClass])] = &[("d90", ALL)];
const TWO_GROUPS: &[(&str, &[FieldClass])] = &[("d90", &[Address, Contact, Remarks]), ("d400", &[Linkable, Financial])];

fn head() -> Row {
    row(Province::Unknown, 1, &[(Address, b"Maple Goods Ltd")])
}

fn parcel(n: u8) -> Row {
    let address = format!("Recipient {n}, {n} Elm Street, H0H 0H{n}");
    row(Province::QC, 1, &[(Linkable, format!("TRK000{n}").as_bytes()), (Address, address.as_bytes())])
}

pub fn batches() -> Vec<BatchVector> {
    let token = |n: u8| Token([n; 16]);
    let mut with_contact = parcel(2);
    with_contact.classes[3] = Some(b"two@recipient.example".to_vec().into());
    let without_address = row(Province::Abroad, 0, &[(Linkable, b"TRK0003")]);
    let full_head =
        row(Province::Unknown, 2, &[(Linkable, b"M-2026-1"), (Address, b"Maple Goods Ltd"), (Remarks, b"dock 4")]);
    vec![
        vector("one_parcel", "The least batch.", ONE_GROUP, head(), vec![parcel(1)], vec![(token(1), 1)]),
        vector(
            "three_parcels",
            "Tokens unsorted and one twice; one token of two parcels.",
            ONE_GROUP,
            head(),
            vec![parcel(1), parcel(2), parcel(3)],
            vec![(token(3), 2), (token(1), 3), (token(1), 1), (token(3), 2)],
        ),
        vector(
            "class_absent",
            "Contact in one parcel, address not in all, remarks and financial in none: they have no column.",
            ONE_GROUP,
            row(Province::Unknown, 0, &[]),
            vec![parcel(1), with_contact, without_address],
            vec![],
        ),
        padding_boundary(),
        fields(),
        vector(
            "two_groups",
            "Each with its own period, secret and commitment; d400 sorts before d90.",
            TWO_GROUPS,
            head(),
            vec![parcel(1), parcel(2)],
            vec![],
        ),
        vector(
            "manifest_record",
            "Record 0 holds classes that no parcel holds; every row counts as holding them.",
            ONE_GROUP,
            full_head,
            vec![row(Province::Unknown, 1, &[(Address, b"Recipient 1")]), row(Province::BC, 1, &[])],
            vec![(token(4), 0)],
        ),
        vector(
            "nothing_sealed",
            "No record holds a sealed class: a body of 13 octets.",
            ONE_GROUP,
            row(Province::Unknown, 0, &[]),
            vec![row(Province::YT, 0, &[])],
            vec![],
        ),
        vector_of(
            "co_holder",
            "The second of two groups has a co-holder's layer around it.",
            co_held(),
            head(),
            vec![parcel(1), parcel(2)],
            vec![],
        ),
    ]
}

fn padding_boundary() -> BatchVector {
    let lengths = [15, 16, 23, 24, 31, 32, 47, 48, 63, 64, 95, 96];
    let exact = |octets: &usize| row(Province::ON, 1, &[(Remarks, vec![b'a'; *octets].as_slice())]);
    let ends = row(Province::NU, 1, &[(Remarks, b"ends like padding \x80\x00\x00")]);
    vector(
        "padding_boundary",
        "Values of 15 to 96 octets around the first lengths, and one that ends like padding.",
        ONE_GROUP,
        head(),
        lengths.iter().map(exact).chain([ends]).collect(),
        vec![],
    )
}

fn fields() -> BatchVector {
    vector(
        "fields",
        "Values of the form of fields, packed: text of letters, digits, both and others, numbers of two octets; one of that form that would grow, \
         and one of another form.",
        ONE_GROUP,
        row(Province::Unknown, 0, &[(Linkable, b"\x01\x00\x0aNS-0000007")]),
        vec![
            row(
                Province::QC,
                1,
                &[
                    (Linkable, b"\x02\x00\x109999000000000001\x06\x12\x0192\x0bRCP00000042"),
                    (
                        Address,
                        "\x10\x10\x01\x0dÉMILE MADEUP\x12\x10\x01\x0d12 Elm Street\x16\x10\x01\x07H0H 0H0".as_bytes(),
                    ),
                    (Contact, b"\x21\x12\x01TE\x0c514-555-0142\x22\x10\x01\x13made.up@example.com"),
                    (Remarks, &[b"0\x00\xc8\x01".as_slice(), &[b'a'; 200]].concat()),
                ],
            ),
            row(
                Province::ON,
                1,
                &[(Address, b"\x10\x10\x01\x08\xf7\xf7\xf7\xf7\xf7\xf7\xf7\xf7"), (Contact, b"\x21\x12")],
            ),
        ],
        vec![],
    )
}

/// Two groups; the co-holder's layer is around that of 90 days.
fn co_held() -> Plan {
    let mut plan = plan(TWO_GROUPS);
    plan.groups[0].co_holder = Some(secret_key("co-holder").public());
    plan
}

fn vector(
    case: &str,
    about: &str,
    groups: &[(&str, &[FieldClass])],
    head: Row,
    parcels: Vec<Row>,
    tokens: Vec<(Token, u32)>,
) -> BatchVector {
    vector_of(case, about, plan(groups), head, parcels, tokens)
}

fn vector_of(
    case: &str,
    about: &str,
    mut plan: Plan,
    head: Row,
    parcels: Vec<Row>,
    tokens: Vec<(Token, u32)>,
) -> BatchVector {
    plan.groups.sort_by(|a, b| a.period.cmp(&b.period));
    let records: Vec<Record> = std::iter::once(&head).chain(&parcels).map(record).collect();
    let co_holders = plan.groups.iter().filter(|group| group.co_holder.is_some()).count();
    let randomness = randomness(case, drawn_octets(plan.groups.len()) + 64 * co_holders);
    let sealed = batch::seal(plan.clone(), head, parcels, tokens.clone(), &mut Fixed::new(randomness.clone())).unwrap();
    let groups =
        (0..).zip(&plan.groups).map(|(n, group)| group_keys(n, group, &plan, &randomness, &sealed)).collect::<Vec<_>>();
    let cells = cells(plan.batch, &records, &groups, &sealed);
    BatchVector {
        case: case.to_owned(),
        about: about.to_owned(),
        suite: SUITE.to_owned(),
        batch: plan.batch,
        agreement: plan.agreement,
        shipper: plan.shipper,
        carrier: plan.carrier,
        worker: plan.worker,
        instance: plan.instance,
        ticket: plan.ticket,
        received: plan.received,
        sealed: plan.sealed,
        records,
        tokens: tokens.iter().map(|(token, row)| (hex::encode(token.0), *row)).collect(),
        randomness: hex::encode(&randomness),
        groups,
        cells,
        body: hex::encode(&sealed.body),
        header: String::from_utf8(sealed.header.to_bytes()).unwrap(),
        header_digest: sealed.header.digest().to_string(),
        salted_header_hash: sealed.header.salted(&sealed.salt).to_string(),
        record: hex::encode(sealed.to_bytes()),
    }
}

fn randomness(case: &str, drawn: usize) -> Vec<u8> {
    let mut octets = vec![0; drawn];
    rand_core::Rng::fill_bytes(&mut Fixed::seeded(case, drawn), &mut octets);
    octets
}

fn record(row: &Row) -> Record {
    let value =
        |class: FieldClass| Some((class, hex::encode(row.classes[usize::from(class.number())].as_ref()?.as_slice())));
    Record {
        operational: hex::encode(row.operational),
        province: row.province,
        parties: row.parties,
        classes: FieldClass::SEALED.into_iter().filter_map(value).collect(),
    }
}

fn group_keys(n: usize, group: &PlannedGroup, plan: &Plan, randomness: &[u8], sealed: &Sealed) -> GroupKeys {
    let batch_secret = &randomness[32 + 32 * n..][..32];
    let (extracted, expander) = Hkdf::<Sha256>::extract(Some(&plan.batch.0), batch_secret);
    let expand = |info: &[u8]| {
        let mut key = [0; 32];
        expander.expand(info, &mut key).unwrap();
        hex::encode(key)
    };
    let co_holder = group.co_holder.as_ref().map(|public| {
        let secret = secret_key("co-holder");
        let unwrapped = batch::unwrap(&secret, &sealed.header, n, &sealed.encapsulations[n]).unwrap();
        CoHolderKeys {
            secret_key: hex::encode(secret.to_bytes()),
            public_key: hex::encode(public.to_bytes()),
            unwrapped: hex::encode(unwrapped),
        }
    });
    let class_key =
        |class: FieldClass| (class, expand(&[b"bulla.batch/3 class".as_slice(), &[class.number()]].concat()));
    GroupKeys {
        period: group.period.clone(),
        classes: group.classes,
        secret_key: hex::encode(secret_key(group.period.group.as_str()).to_bytes()),
        public_key: hex::encode(group.public.to_bytes()),
        batch_secret: hex::encode(batch_secret),
        extracted: hex::encode(extracted),
        commitment: expand(b"bulla.batch/3 commitment"),
        class_keys: group.classes.iter().map(class_key).collect(),
        encapsulation: hex::encode(&sealed.encapsulations[n]),
        co_holder,
    }
}

fn cells(batch: BatchId, records: &[Record], groups: &[GroupKeys], sealed: &Sealed) -> Vec<Cell> {
    let body = seal::Body::parse(&sealed.body).unwrap();
    let mut cells = vec![];
    for class in FieldClass::SEALED {
        for (row, record) in (0..).zip(records) {
            let (Some(_), Some(cell)) = (record.classes.get(&class), body.cell(row, class)) else { continue };
            let class_key = groups.iter().find_map(|group| group.class_keys.get(&class)).unwrap();
            let mut key = [0; 32];
            Hkdf::<Sha256>::from_prk(&hex::decode(class_key).unwrap())
                .unwrap()
                .expand(&row.to_be_bytes(), &mut key)
                .unwrap();
            let associated = [batch.0.as_slice(), &[class.number()], &row.to_be_bytes()].concat();
            let payload = Payload { msg: cell, aad: &associated };
            let padded = Aes256GcmSiv::new(&key.into()).decrypt(&Default::default(), payload).unwrap();
            cells.push(Cell {
                row,
                class,
                key: hex::encode(key),
                associated: hex::encode(associated),
                padded: hex::encode(padded),
                sealed: hex::encode(cell),
            });
        }
    }
    cells
}

/// The inputs of a vector as the API takes them.
pub fn inputs(vector: &BatchVector) -> (Plan, Row, Vec<Row>, Vec<(Token, u32)>) {
    let octets = |text: &str| hex::decode(text).unwrap();
    let group = |group: &GroupKeys| PlannedGroup {
        period: group.period.clone(),
        public: PeriodPublicKey::from_bytes(&octets(&group.public_key)).unwrap(),
        co_holder: group.co_holder.as_ref().map(|own| PeriodPublicKey::from_bytes(&octets(&own.public_key)).unwrap()),
        classes: group.classes,
    };
    let plan = Plan {
        batch: vector.batch,
        agreement: vector.agreement.clone(),
        shipper: vector.shipper.clone(),
        carrier: vector.carrier.clone(),
        worker: vector.worker.clone(),
        instance: vector.instance,
        ticket: vector.ticket,
        received: vector.received,
        sealed: vector.sealed,
        groups: vector.groups.iter().map(group).collect(),
    };
    let record = |record: &Record| {
        let classes: Vec<_> = record.classes.iter().map(|(class, value)| (*class, octets(value))).collect();
        let classes: Vec<_> = classes.iter().map(|(class, value)| (*class, value.as_slice())).collect();
        Row {
            operational: octets(&record.operational).try_into().unwrap(),
            ..row(record.province, record.parties, &classes)
        }
    };
    let mut records = vector.records.iter().map(record);
    let head = records.next().unwrap();
    let tokens = vector.tokens.iter().map(|(token, row)| (Token(octets(token).try_into().unwrap()), *row));
    (plan, head, records.collect(), tokens.collect())
}

fn sample() -> Sealed {
    let randomness = randomness("refusals", drawn_octets(1));
    batch::seal(
        plan(ONE_GROUP),
        head(),
        vec![parcel(1), parcel(2)],
        vec![(Token([1; 16]), 1)],
        &mut Fixed::new(randomness),
    )
    .unwrap()
}

/// A worker that lies in the header can seal the secret to that header as well.
fn resealed(header: &Header) -> Vec<u8> {
    let randomness = randomness("refusals", drawn_octets(1));
    let aad = header.groups[0].period.to_string();
    period::seal_to(
        &secret_key("d90").public(),
        &header.digest().0,
        aad.as_bytes(),
        &randomness[32..64],
        &mut Fixed::new(randomness[64..].to_vec()),
    )
    .unwrap()
}

fn refused(
    case: &str,
    about: &str,
    key: &str,
    header: &Header,
    encapsulation: &[u8],
    body: &[u8],
    error: &str,
) -> RefusalVector {
    let open = Open {
        secret_key: hex::encode(secret_key(key).to_bytes()),
        co_holder: None,
        header: String::from_utf8(header.to_bytes()).unwrap(),
        group: 0,
        encapsulation: hex::encode(encapsulation),
        body: hex::encode(body),
        row: 1,
        class: Address,
    };
    RefusalVector {
        case: case.to_owned(),
        about: about.to_owned(),
        record: None,
        open: Some(open),
        error: error.to_owned(),
    }
}

/// The header changed by `change`, with the secret sealed to it again.
fn lying(change: impl Fn(&mut Header)) -> (Header, Vec<u8>) {
    let mut header = sample().header;
    change(&mut header);
    let encapsulation = resealed(&header);
    (header, encapsulation)
}

pub fn refusals() -> Vec<RefusalVector> {
    let sealed = sample();
    let (header, encapsulation, body) = (&sealed.header, &sealed.encapsulations[0], &sealed.body);
    let mut later = header.clone();
    later.ticket += 1;
    let (uncommitted, to_uncommitted) = lying(|header| header.groups[0].commitment.0[0] ^= 1);
    let moved = swapped_cells(body);
    let (of_moved, to_moved) = lying(|header| header.body.0 = Sha256::digest(swapped_cells(&sample().body)).into());
    let (lowered, to_lowered) = lying(|header| header.counts[0].classes = [Operational, Linkable].into());
    let mut changed = body.clone();
    *changed.last_mut().unwrap() ^= 1;
    let mut other_period = header.clone();
    other_period.groups[0].period = "A-5e1f/2026-11/d91".parse().unwrap();
    let record = sealed.to_bytes();
    let mut moved_row = record.clone();
    let token_row = record.len() - body.len() - 32 - 1;
    moved_row[token_row] ^= 2;
    vec![
        refused(
            "refused_commitment_changed",
            "The header commits to another secret; the secret is sealed to that header.",
            "d90",
            &uncommitted,
            &to_uncommitted,
            body,
            "Commitment",
        ),
        refused(
            "refused_row_moved",
            "The address cells of rows 1 and 2 are exchanged; header and encapsulation follow.",
            "d90",
            &of_moved,
            &to_moved,
            &moved,
            "Cell { row: 1, class: Address }",
        ),
        refused(
            "refused_wrong_period_key",
            "Another period's private key.",
            "d400",
            header,
            encapsulation,
            body,
            "WrongKey",
        ),
        refused("refused_header_changed", "The ticket is one more.", "d90", &later, encapsulation, body, "Unsealable"),
        refused(
            "refused_period_changed",
            "Another period in the header, the encapsulation left.",
            "d90",
            &other_period,
            encapsulation,
            body,
            "Unsealable",
        ),
        refused("refused_body_changed", "The body's last octet.", "d90", header, encapsulation, &changed, "BodyDigest"),
        refused(
            "refused_body_truncated",
            "The body's last octet is missing.",
            "d90",
            header,
            encapsulation,
            &body[..body.len() - 1],
            "BodyDigest",
        ),
        refused(
            "refused_encapsulation_truncated",
            "Its last octet is missing.",
            "d90",
            header,
            &encapsulation[..encapsulation.len() - 1],
            body,
            "Unsealable",
        ),
        refused(
            "refused_counts_lowered",
            "The header counts no addresses; the body has them; all else follows.",
            "d90",
            &lowered,
            &to_lowered,
            body,
            "HeaderRule { rule: \"counts are those of the body's columns\" }",
        ),
        wrapped("refused_not_unwrapped", "The co-holder's layer is still there.", None, 0, "Unsealable"),
        wrapped("refused_wrong_co_holder", "Another co-holder's key.", Some("d400"), 0, "WrongKey"),
        wrapped("refused_wrapped_for_another_header", "The ticket is one more.", Some("co-holder"), 1, "Unsealable"),
        refused_record(
            "refused_record_truncated",
            "The record's last octet is missing.",
            &record[..record.len() - 1],
            "Record { rule: \"its length is what it says\" }",
        ),
        refused_record("refused_record_changed", "A token names another record.", &moved_row, "RecordDigest"),
    ]
}

/// Of the group with a co-holder, whose layer this key takes off before; the header's ticket is so many more.
fn wrapped(case: &str, about: &str, co_holder: Option<&str>, later: u64, error: &str) -> RefusalVector {
    let randomness = randomness("co-held refusals", drawn_octets(2) + 64);
    let mut sealed =
        batch::seal(co_held(), head(), vec![parcel(1), parcel(2)], vec![], &mut Fixed::new(randomness)).unwrap();
    sealed.header.ticket += later;
    let mut vector = refused(case, about, "d90", &sealed.header, &sealed.encapsulations[1], &sealed.body, error);
    let open = vector.open.as_mut().unwrap();
    (open.group, open.co_holder) = (1, co_holder.map(|name| hex::encode(secret_key(name).to_bytes())));
    vector
}

fn refused_record(case: &str, about: &str, record: &[u8], error: &str) -> RefusalVector {
    RefusalVector {
        case: case.to_owned(),
        about: about.to_owned(),
        record: Some(hex::encode(record)),
        open: None,
        error: error.to_owned(),
    }
}

fn swapped_cells(body: &[u8]) -> Vec<u8> {
    let parsed = seal::Body::parse(body).unwrap();
    let (one, two) = (parsed.cell(1, Address).unwrap(), parsed.cell(2, Address).unwrap());
    assert_eq!(one.len(), two.len());
    let at = body.windows(one.len()).position(|window| window == one).unwrap();
    [&body[..at], two, one, &body[at + 2 * one.len()..]].concat()
}

pub fn sealing() -> SealingVector {
    let secret = secret_key("requester");
    let (info, aad, plaintext) = ("bulla.example/1", "opening 1", "what was asked for");
    let mut randomness = vec![0; 64];
    rand_core::Rng::fill_bytes(&mut Fixed::seeded("sealing", 64), &mut randomness);
    let sealed = period::seal_to(
        &secret.public(),
        info.as_bytes(),
        aad.as_bytes(),
        plaintext.as_bytes(),
        &mut Fixed::new(randomness.clone()),
    )
    .unwrap();
    SealingVector {
        about: "HPKE alone. info, aad and plaintext are text; randomness is X-Wing's eseed.".to_owned(),
        secret_key: hex::encode(secret.to_bytes()),
        public_key: hex::encode(secret.public().to_bytes()),
        public_key_hash: secret.public().hash().to_string(),
        info: info.to_owned(),
        aad: aad.to_owned(),
        plaintext: plaintext.to_owned(),
        randomness: hex::encode(randomness),
        sealed: hex::encode(sealed),
    }
}

pub fn tokens() -> TokenVector {
    let key = IndexKey::generate(&mut Fixed::seeded("index", 32));
    let digest = Sha256::digest(b"an interchange");
    let values = [
        (Kind::Tracking, &b"TRK0001"[..]),
        (Kind::Order, b"TRK0001"),
        (Kind::Manifest, b"M20261"),
        (Kind::Interchange, &digest),
        (Kind::Order, b""),
        (Kind::Message, b"SHOP\0BULLA\0<1@shop.example>"),
    ];
    let entry = |(kind, value): (Kind, &[u8])| TokenEntry {
        kind: kind.number(),
        value: hex::encode(value),
        token: hex::encode(key.token(kind, value).0),
    };
    TokenVector {
        about: "Values are normalised already.".to_owned(),
        key: hex::encode(key.to_bytes()),
        name: key.name().to_string(),
        tokens: values.into_iter().map(entry).collect(),
    }
}
