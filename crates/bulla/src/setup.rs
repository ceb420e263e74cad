//! The first start of `bulla serve`: keys, certificates, tokens and configuration of each role, each in its directory.
//!
//! `DIR/version` is written last: a set-up that was interrupted has none, and is made anew from nothing.

use crate::{
    certificate, config,
    people::{self, SecretSeed},
    role::Role,
};
use anyhow::{Context, Result, bail};
use durable::random;
use gateway::partner;
use ledger::{FieldClass, Hash, Pseudonym, PublicKey, entry::Authority};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

/// The form of the data directory that this program writes and reads.
const VERSION: &str = "7";
/// What the people of a demo would have on machines of their own: tokens, keys, pins.
const PEOPLE: &str = "demo";
/// Our name in AS2.
const AS2_NAME: &str = "BULLA";

/// Where things are under a data directory.
pub struct Layout {
    data: PathBuf,
    demo: bool,
}

impl Layout {
    /// The processes, in the order of their start.
    pub fn roles(&self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(|role| self.demo || *role != Role::Carrier)
    }

    /// A role's own directory.
    pub fn role_dir(&self, role: Role) -> PathBuf {
        self.data.join(role.as_str())
    }

    /// The directory of people's credentials.
    pub fn people_dir(&self) -> PathBuf {
        self.data.join(PEOPLE)
    }

    /// Where a role is told what to be.
    pub fn config(&self, role: Role) -> PathBuf {
        self.role_dir(role).join(format!("{role}.toml"))
    }
}

/// Makes what is missing, checks what is there.
pub fn prepare(data: &Path, listen: SocketAddr, demo: bool) -> Result<Layout> {
    let layout = Layout { data: data.to_owned(), demo };
    match fs::read_to_string(data.join("version")) {
        Ok(version) if version.trim() == VERSION => {
            if demo != layout.role_dir(Role::Carrier).exists() {
                bail!(
                    "{} was set up {} --demo\n\nhint: start it the same way, or give another --data",
                    data.display(),
                    if demo { "without" } else { "with" }
                );
            }
        }
        Ok(version) => bail!(
            "{} has version {} of the data directory, this program knows {VERSION}\n\nhint: run the version of bulla that made it, or give another --data",
            data.display(),
            version.trim()
        ),
        Err(_) => first_time(&layout)?,
    }
    set_listen(&layout, listen)?;
    Ok(layout)
}

/// What a person sees after the start.
pub fn welcome(layout: &Layout, address: &str) -> String {
    let data = layout.data.display();
    let mut text = format!(
        "\nBulla is running at {address}\n\n\
         gateway   {data}/gateway   receives, checks, acknowledges, seals, delivers; can open nothing\n\
         warden    {data}/warden    holds the private keys; logs each opening before it happens\n\
         witness   {data}/witness   checks that the ledger only grows, and cosigns\n"
    );
    if layout.demo {
        text += &format!("carrier   {data}/carrier   a demo carrier with its own key; its inbox is carrier/inbox\n");
    }
    text += "\nLevel 0: all roles are on one host. Whoever takes this host takes the warden too; the promises about a stolen\n\
             gateway hold for copies of gateway/ alone. Production puts the warden on a host of its own (level 1).\n";
    // Browsers make passkeys for names only.
    let console = address.replace("http://127.0.0.1:", "http://localhost:");
    text += &format!("\nThe console is at {console}/console\n");
    if layout.demo {
        text += "\nTry, in another terminal (with `cargo run --release --` for `bulla` if it is not on your PATH):\n\
                 \n  bulla send examples/manifest-856.edi\
                 \n  bulla delivery list\
                 \n  sed -n 's/^PRF\\*\\([^~]*\\).*/\\1/p' examples/manifest-856.edi | head -1 | bulla find --order -\
                 \n  bulla ledger head\
                 \n  bulla --help\n";
    }
    text + "\nCtrl-C stops all of it.\n"
}

fn first_time(layout: &Layout) -> Result<()> {
    clear_interrupted(&layout.data)?;
    let mut ports = Ports::default();
    for role in layout.roles() {
        durable::make_dir(&layout.role_dir(role))?;
    }
    durable::make_dir(&layout.people_dir())?;
    let witness = make_witness(layout, &mut ports)?;
    let authority = people::make(&layout.people_dir())?;
    let worker = SecretSeed::make(&layout.role_dir(Role::Gateway).join("worker.key"))?;
    let warden = make_warden(layout, &mut ports, &witness, &authority, &worker)?;
    let certificate = certificate::make(&layout.role_dir(Role::Gateway), "signing", "Bulla gateway (made by set-up)")?;
    let as2 = layout.role_dir(Role::Gateway).join(gateway::message::identity::FOLDER);
    durable::make_dir(&as2)?;
    certificate::make_dated(&as2, AS2_NAME, warden::system_clock()())?;
    if layout.demo {
        make_partners(layout, &mut ports, &certificate)?;
    }
    make_gateway(layout, &mut ports, &warden, &witness, authority)?;
    durable::replace(&layout.data.join("version"), VERSION.as_bytes())?;
    Ok(durable::remove(&layout.data.join("setting-up"))?)
}

/// A set-up that was interrupted left `setting-up` and no `version`, and nothing has run: it is made anew. Without that
/// mark nothing is touched that is there.
fn clear_interrupted(data: &Path) -> Result<()> {
    let mark = data.join("setting-up");
    let others = fs::read_dir(data)?.flatten().filter(|entry| entry.file_name() != "lock").count();
    if others > 0 && !mark.exists() {
        bail!("{} holds things that are not Bulla's\n\nhint: give --data an empty or new directory", data.display());
    }
    durable::replace(&mark, b"")?;
    for folder in Role::ALL.map(Role::as_str).into_iter().chain([PEOPLE]) {
        match fs::remove_dir_all(data.join(folder)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
    }
    Ok(())
}

/// A role's address and its note key.
struct Reachable {
    address: SocketAddr,
    key: String,
}

fn make_witness(layout: &Layout, ports: &mut Ports) -> Result<Reachable> {
    let dir = layout.role_dir(Role::Witness);
    let key = witness::create(&dir, "witness.example/demo")?;
    Ok(Reachable { address: ports.free()?, key })
}

fn make_warden(
    layout: &Layout,
    ports: &mut Ports,
    witness: &Reachable,
    authority: &Authority,
    worker: &PublicKey,
) -> Result<Reachable> {
    let dir = layout.role_dir(Role::Warden);
    let key = warden::custody::create(&dir, "ledger.example/demo")?;
    let address = ports.free()?;
    let config = warden::Config {
        dir,
        listen: address,
        origin: "ledger.example/demo".into(),
        organisation: "demo".parse()?,
        host: "this host".parse()?,
        copies_days: 0,
        witnesses: vec![warden::config::Witness {
            name: "witness".into(),
            url: format!("http://{}", witness.address),
            vkey: witness.key.clone(),
            organisation: "demo".parse()?,
            host: "this host".parse()?,
        }],
        quorum: 1,
        workers: vec![ledger::entry::EnrolledWorker {
            worker: "gw-1".parse()?,
            key: *worker,
            organisation: "demo".parse()?,
            host: "this host".parse()?,
        }],
        authority: authority.clone(),
        demo: layout.demo,
        alarm_url: None,
        budgets: Vec::new(),
        limits: None,
    };
    write_toml(&layout.config(Role::Warden), &config)?;
    let witness_config = witness::Config {
        dir: layout.role_dir(Role::Witness),
        listen: witness.address,
        log: format!("http://{address}"),
        origin: "ledger.example/demo".into(),
        log_key: key.clone(),
        earlier_log_keys: Vec::new(),
        limits: None,
    };
    write_toml(&layout.config(Role::Witness), &witness_config)?;
    Ok(Reachable { address, key })
}

fn make_partners(layout: &Layout, ports: &mut Ports, gateway_certificate: &str) -> Result<()> {
    let dir = layout.role_dir(Role::Carrier);
    let certificate = certificate::make(&dir, "carrier", "Demo carrier (made by set-up)")?;
    let key = SecretSeed::make(&dir.join("confirmation.key"))?;
    let listen = ports.free()?;
    let carrier = partner::Partner {
        id: "democarrier".parse()?,
        name: "Demo Carrier (made up)".into(),
        pseudonym: pseudonym("C")?,
        edi: ["ZZ:DEMOCARRIER".parse()?].into(),
        tokens: Default::default(),
        tls_authorities: None,
        as2: None,
        delivery: Some(partner::DeliveryPoint {
            url: format!("http://{listen}/inbox"),
            as2: false,
            certificates: vec![certificate],
            key: Some(key),
        }),
    };
    let config = config::Carrier {
        dir,
        listen,
        pseudonym: carrier.pseudonym.clone(),
        gateway_certificate: gateway_certificate.into(),
    };
    write_toml(&layout.config(Role::Carrier), &config)?;
    let mut file = partner::File { partner: vec![carrier], ..Default::default() };
    for (id, name, edi) in
        [("northshop", "North Shop (made up)", "ZZ:NORTHSHOP"), ("lakeshop", "Lake Shop (made up)", "ZZ:LAKESHOP")]
    {
        file.partner.push(partner::Partner {
            id: id.parse()?,
            name: name.into(),
            pseudonym: pseudonym("S")?,
            edi: [edi.parse()?].into(),
            tokens: [make_token(layout, id)?].into(),
            tls_authorities: None,
            as2: Some(make_as2(layout, id, edi)?),
            delivery: None,
        });
        file.agreement.push(partner::Agreement {
            id: random_name("A")?.parse()?,
            shipper: id.parse()?,
            carrier: "democarrier".parse()?,
            status: partner::Status::Live,
            retention_days: retention_days(),
            answer_hours: None,
            guide: None,
        });
    }
    write_toml(&layout.people_dir().join("partners.toml"), &file)
}

/// A demo shipper's own keys, and what it tells us of them; its name in AS2 is its EDI id.
fn make_as2(layout: &Layout, id: &str, edi: &str) -> Result<partner::As2> {
    let name = edi.trim_start_matches("ZZ:");
    let file = format!("{id}.as2");
    let signing = certificate::make(&layout.people_dir(), &file, name)?;
    Ok(partner::As2 {
        signing: vec![signing],
        receipts: ["http://127.0.0.1:8701".into()].into(),
        ..partner::As2::named(name)
    })
}

/// Contact data is needed while a parcel travels; the rest until claims are settled.
fn retention_days() -> BTreeMap<FieldClass, u32> {
    use FieldClass::*;
    [(Linkable, 90), (Address, 90), (Remarks, 90), (Financial, 90), (Contact, 30)].into()
}

fn make_gateway(
    layout: &Layout,
    ports: &mut Ports,
    warden: &Reachable,
    witness: &Reachable,
    authority: Authority,
) -> Result<()> {
    let config = gateway::Config {
        dir: layout.role_dir(Role::Gateway),
        listen: ports.free()?,
        worker: "gw-1".parse()?,
        warden: format!("http://{}", warden.address),
        warden_key: warden.key.clone(),
        witness_keys: vec![witness.key.clone()],
        quorum: 1,
        authority,
        operators: vec![make_token(layout, "operator")?],
        body_octets_max: 100 * 1024 * 1024,
        as2_name: Some(AS2_NAME.to_owned()),
        control: None,
        objects: None,
        as2_url: None,
        edi: "ZZ:BULLA".parse()?,
        demo: layout.demo,
        partners: layout.demo.then(|| layout.people_dir().join("partners.toml")),
    };
    write_toml(&layout.config(Role::Gateway), &config)
}

/// What an outside expert would be given on paper.
pub fn pins(layout: &Layout) -> PathBuf {
    layout.people_dir().join("pins.toml")
}

/// Written once, from the ledger's first entry: pins that follow whatever the ledger says would vouch for nothing.
pub fn write_pins(layout: &Layout, first_leaf: &[u8]) -> Result<()> {
    let text = incident::pins::as_the_ledger_says(first_leaf, None)
        .context("the ledger's first entry is not of this version")?;
    Ok(durable::replace(&pins(layout), text.as_bytes())?)
}

/// `--listen` may change from start to start, and who set up before there was a console has a demo all the same; everything else
/// stays as set up.
fn set_listen(layout: &Layout, listen: SocketAddr) -> Result<()> {
    let path = layout.config(Role::Gateway);
    // As a table: keys that only the process knows stay, too.
    let mut config: toml::Table = config::read(&path)?;
    config.insert("listen".to_owned(), listen.to_string().into());
    config.insert("demo".to_owned(), layout.demo.into());
    write_toml(&path, &config)
}

/// Ports that were free at set-up; kept open until the end of it, so that no two are the same.
#[derive(Default)]
struct Ports(Vec<TcpListener>);

impl Ports {
    fn free(&mut self) -> Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        self.0.push(listener);
        Ok(address)
    }
}

fn make_token(layout: &Layout, name: &str) -> Result<Hash> {
    let token = hex::encode(random::octets::<32>()?);
    durable::replace(&layout.people_dir().join(format!("{name}.token")), token.as_bytes())?;
    Ok(Hash(Sha256::digest(token.as_bytes()).into()))
}

fn pseudonym(kind: &str) -> Result<Pseudonym> {
    Ok(random_name(kind)?.parse()?)
}

fn random_name(kind: &str) -> Result<String> {
    Ok(format!("{kind}-{}", hex::encode(random::octets::<6>()?)))
}

fn write_toml(path: &Path, value: &impl Serialize) -> Result<()> {
    Ok(durable::replace(path, toml::to_string_pretty(value)?.as_bytes())?)
}
