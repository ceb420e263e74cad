//! `bulla serve`: gateway, warden and witness (and the demo's carrier) as processes of their own, each with its
//! directory. This process only starts them, says where they are, and says so when one stops.
//!
//! A role that stops is not started again behind the operator's back: what to do about a dead witness or warden is a
//! decision, and everything else fails closed meanwhile.

use crate::{
    people::{self, SecretSeed},
    role::Role,
    setup::{self, Layout},
    trust,
};
use anyhow::{Context, Result, anyhow, bail};
use api::client::Client;
use durable::Claim;
use ledger::entry::{Policy, PolicyRecord};
use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};
use std::{
    io::Write,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const START_SECONDS_MAX: u64 = 20;
const PARENT: &str = "BULLA_PARENT_PID";

/// Starts everything and stays until a signal ends it.
pub fn serve(data: &Path, listen: SocketAddr, demo: bool) -> Result<()> {
    if !listen.ip().is_loopback() {
        bail!(
            "{listen} is not a loopback address, and `serve` is for one host\n\nhint: listen on 127.0.0.1; or run `bulla gateway`, `warden` and `witness` by themselves, and give the gateway a [tls] table"
        );
    }
    durable::make_dir(data)?;
    let data = data.canonicalize()?;
    let _claim = claim(&data)?;
    let layout = setup::prepare(&data, listen, demo)?;
    let mut roles = Vec::new();
    for role in layout.roles() {
        let mut child = start(&layout, role)?;
        wait_until_ready(&layout, role, &mut child)?;
        roles.push((role, child));
    }
    let address = std::fs::read_to_string(layout.role_dir(Role::Gateway).join("address"))?;
    wait_for_keys(&layout, address.trim())?;
    first_policy(&layout, address.trim())?;
    if !setup::pins(&layout).exists() {
        setup::write_pins(&layout, &first_leaf(&layout, address.trim())?)?;
    }
    println!("ready {}", address.trim());
    std::io::stdout().flush()?;
    eprint!("{}", setup::welcome(&layout, address.trim()));
    watch(&layout, roles)
}

/// Called first by every role: if this process was started by `serve`, it ends when that ends.
pub fn die_with_parent() -> Result<()> {
    let Ok(parent) = std::env::var(PARENT) else { return Ok(()) };
    set_parent_process_death_signal(Some(Signal::TERM))?;
    // The parent may have died before the line above.
    let alive = getppid().map(Pid::as_raw_nonzero).is_some_and(|p| p.to_string() == parent);
    if alive { Ok(()) } else { bail!("the process that started this role has ended") }
}

/// One `serve` a directory.
fn claim(data: &Path) -> Result<Claim> {
    Claim::take(data, "lock").map_err(|error| match error {
        durable::Error::InUse { dir, pid } => anyhow!(
            "{} is in use by another `bulla serve` (process {})\n\nhint: stop that one, or give another --data",
            dir.display(),
            pid.map_or("unknown".to_owned(), |pid| pid.to_string())
        ),
        error => error.into(),
    })
}

fn start(layout: &Layout, role: Role) -> Result<Child> {
    let dir = layout.role_dir(role);
    for stale in ["address", "pid"] {
        let _ = std::fs::remove_file(dir.join(stale));
    }
    Command::new(std::env::current_exe()?)
        .arg(role.as_str())
        .arg("--config")
        .arg(layout.config(role))
        .env(PARENT, std::process::id().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {role}"))
}

fn wait_until_ready(layout: &Layout, role: Role, child: &mut Child) -> Result<()> {
    let address = layout.role_dir(role).join("address");
    let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
    while !address.exists() {
        if let Some(status) = child.try_wait()? {
            bail!("{role} stopped at its start ({status}); its message is above");
        }
        if Instant::now() > deadline {
            bail!("{role} did not start within {START_SECONDS_MAX} seconds");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// For the gateway that was just started: by TLS exactly its own certificate is trusted.
fn client(layout: &Layout, address: &str) -> Result<Client> {
    let client = Client::new(Duration::from_secs(2), 1 << 17);
    let tls = address.starts_with("https://");
    Ok(if tls { client.trusting(trust::own(&layout.config(Role::Gateway))?) } else { client })
}

/// Until the gateway has its keys from the warden; it answers 503 before.
fn wait_for_keys(layout: &Layout, address: &str) -> Result<()> {
    let client = client(layout, address)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
    while Instant::now() < deadline {
        let answer = runtime.block_on(client.get(&format!("{address}/readyz")));
        if answer.is_ok_and(|answer| answer.status == 200) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    eprintln!("the gateway has no keys from the warden yet: until then it answers 503");
    Ok(())
}

/// The demo's officer decides who may open, and what the partners' file says. Later policies are the officers' own.
fn first_policy(layout: &Layout, address: &str) -> Result<()> {
    let client = client(layout, address)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = std::fs::read_to_string(layout.people_dir().join("operator.token"))?;
    let bearer = format!("Bearer {}", token.trim());
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let ask = |method: hyper::Method, path: &str, body: Vec<u8>| {
        runtime.block_on(client.request(method, &format!("{address}{path}"), &headers, body.into()))
    };
    let answer = ask(hyper::Method::GET, "/v1/policy/draft", Vec::new())?;
    if answer.status != 200 {
        return Ok(()); // no keys yet, and that was said
    }
    let mut record: PolicyRecord = serde_json::from_slice(&answer.body)?;
    if record.number != 1 {
        return Ok(());
    }
    record.principals = people::principals(&layout.people_dir())?;
    let signature = record.sign(&SecretSeed::read(&layout.people_dir().join("authority.key"))?);
    let policy = serde_json::to_vec(&Policy::new(record, vec![signature]))?;
    let answer = ask(hyper::Method::POST, "/v1/policy", policy)?;
    if answer.status != 200 {
        bail!("the first policy was not taken: {}", String::from_utf8_lossy(&answer.body));
    }
    Ok(())
}

/// The ledger's first entry, which has all its keys.
fn first_leaf(layout: &Layout, address: &str) -> Result<Vec<u8>> {
    let client = client(layout, address)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(client.get(&format!("{address}/v1/ledger/entries?from=0&to=1")))?;
    Ok(answer.body.strip_suffix(b"\n").unwrap_or(&answer.body).to_vec())
}

fn watch(layout: &Layout, mut roles: Vec<(Role, Child)>) -> Result<()> {
    while !roles.is_empty() {
        let mut stopped = Vec::new();
        for (index, (role, child)) in roles.iter_mut().enumerate() {
            if let Some(status) = child.try_wait()? {
                let means = role.what_stops_without();
                eprintln!(
                    "{role} stopped ({status}): {means}\n\nhint: start it again with: bulla {role} --config {}",
                    layout.config(*role).display()
                );
                stopped.push(index);
            }
        }
        stopped.into_iter().rev().for_each(|index| drop(roles.remove(index)));
        std::thread::sleep(Duration::from_millis(200));
    }
    bail!("all roles have stopped")
}
