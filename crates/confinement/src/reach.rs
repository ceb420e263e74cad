//! Files, ports and other processes: landlock. It asks for what was tested, which is the sixth form of the kernel's
//! interface, and takes what there is from the second on: the first would not let a file go from one folder to another.

use crate::Needs;
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, NetPort, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use std::path::PathBuf;

/// The kernel's interface from which on files are confined.
pub const FILES: ABI = ABI::V2;
/// And ports.
pub const PORTS: ABI = ABI::V4;
/// And signals and abstract sockets.
pub const PROCESSES: ABI = ABI::V6;

/// What looking up a name of a host reads, and deciding whom to trust: the system's configuration, the libraries that it
/// names, authorities' certificates. Folders and not files: they are replaced while a role runs.
const NAMING: [&str; 9] = [
    "/etc",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/run/systemd/resolve",
    "/run/nscd",
];
/// What libraries read besides the system call: SQLite does.
const RANDOM: &str = "/dev/urandom";
/// With long answers a name is asked for by TCP.
const DNS: u16 = 53;

/// Restricts this thread; returns which interface the kernel has. None: nothing is restricted.
pub fn restrict(needs: &Needs) -> Option<ABI> {
    let status = rules(needs).ok()?;
    match status {
        (RulesetStatus::NotEnforced, _) => None,
        (_, LandlockStatus::Available { effective_abi, .. }) => Some(effective_abi),
        _ => None,
    }
}

fn rules(needs: &Needs) -> Result<(RulesetStatus, LandlockStatus), RulesetError> {
    let (all, read) = (AccessFs::from_all(PROCESSES), AccessFs::from_read(PROCESSES));
    // Nobody executes anything, nor makes devices, sockets or pipes, in its own directory either.
    let made = AccessFs::Execute | AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeSock | AccessFs::MakeFifo;
    let (own, read) = (all & !made & !AccessFs::IoctlDev, read & !AccessFs::Execute);
    let mut readable: Vec<PathBuf> = needs.read.iter().cloned().collect();
    readable.push(RANDOM.into());
    if needs.naming {
        readable.extend(NAMING.map(PathBuf::from));
        let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().filter_map(std::env::var_os);
        readable.extend(named.map(PathBuf::from));
    }
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::Refer)?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)?
        .handle_access(AccessNet::BindTcp)?
        .scope(Scope::from_all(PROCESSES))?;
    if needs.connecting.is_some() {
        ruleset = ruleset.handle_access(AccessNet::ConnectTcp)?;
    }
    // What is not there is not needed, or the role will say that it is missing.
    let mut created = ruleset
        .create()?
        .add_rules(path_beneath_rules(&needs.owned, own))?
        .add_rules(path_beneath_rules(&readable, read))?
        .add_rule(NetPort::new(needs.listening, AccessNet::BindTcp))?;
    let dns = needs.naming.then_some(DNS);
    for port in needs.connecting.iter().flatten().copied().chain(dns.filter(|_| needs.connecting.is_some())) {
        created = created.add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
    }
    let restricted = created.restrict_self()?;
    Ok((restricted.ruleset, restricted.landlock))
}
