//! The demo's shippers under other rules, and what the carrier was given of their manifests.

use crate::support::{Server, document::values};
use std::{collections::BTreeMap, fs};

/// Lets both shippers have their receipts sent to `origin`, and takes from lakeshop what is unsigned, not encrypted or weak.
pub fn apply(server: &Server, origin: &str) {
    let text = fs::read_to_string(server.dir("demo").join("partners.toml")).unwrap();
    let mut all: toml::Table = text.parse().unwrap();
    for partner in all["partner"].as_array_mut().unwrap() {
        let weaker = partner["id"].as_str() == Some("lakeshop");
        let Some(as2) = partner.get_mut("as2") else { continue };
        let as2 = as2.as_table_mut().unwrap();
        as2.insert("receipts".into(), vec![origin].into());
        if weaker {
            as2.insert("require".into(), Vec::<String>::new().into());
            as2.insert("allow".into(), vec!["sha1", "3des"].into());
        }
    }
    let file = server.beside("weaker.toml");
    fs::write(&file, all.to_string()).unwrap();
    server.run(&["partner", "apply", file.to_str().unwrap()]).expect(0);
}

/// How often the carrier has each manifest, by its number; read as the carrier reads it.
pub fn delivered(server: &Server) -> BTreeMap<String, usize> {
    server.wait_until_delivered();
    let read = |name: &str| fs::read_to_string(server.dir("carrier").join(name)).unwrap();
    let carrier = as2::Recipient::from_pem(&read("carrier.key.pem"), &read("carrier.crt.pem")).unwrap();
    let config: toml::Table = read("carrier.toml").parse().unwrap();
    let gateway = as2::Certificate::from_pem(config["gateway_certificate"].as_str().unwrap()).unwrap();
    let mut found = BTreeMap::new();
    for id in server.inbox() {
        let file = fs::read(server.dir("carrier").join("inbox").join(format!("{id}.p7m"))).unwrap();
        let opened = as2::cms::decrypt(&file, &carrier).unwrap();
        let document = as2::cms::verify(&opened, &gateway).unwrap();
        values(document, "BSN", 2).into_iter().for_each(|number| *found.entry(number).or_default() += 1);
    }
    found
}

/// Each of these once, and nothing else.
#[track_caller]
pub fn assert_each_delivered_once<'a>(server: &Server, numbers: impl Iterator<Item = &'a str>) {
    let expected: BTreeMap<String, usize> = numbers.map(|number| (number.to_owned(), 1)).collect();
    assert_eq!(delivered(server), expected);
}
