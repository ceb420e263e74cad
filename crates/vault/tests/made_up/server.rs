//! A PostgreSQL server of a test process's own.

use std::{
    fs,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock},
    thread,
    time::{Duration, Instant},
};

/// This process's server.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

/// A PostgreSQL server in a directory of its own. It ends with the process that holds the other end of its lifeline.
pub struct Server {
    dir: PathBuf,
    process: Mutex<Child>,
}

impl Server {
    fn start() -> Self {
        let dir = tempfile::tempdir_in(base()).unwrap().keep();
        let made = Command::new("cp").arg("-r").arg(template()).arg(dir.join("data")).status();
        assert!(made.unwrap().success());
        own(&dir);
        let process = Mutex::new(run(&dir));
        let server = Self { dir, process };
        server.is_up();
        server
    }

    /// Kills it, and all that it started, at once.
    pub fn kill(&self) {
        self.signal("KILL");
        self.process.lock().unwrap().wait().unwrap();
        // They name a process that is dead, but seems not to be until somebody has asked for its end.
        for name in ["data/postmaster.pid", ".s.PGSQL.5432.lock", ".s.PGSQL.5432"] {
            let _ = fs::remove_file(self.dir.join(name));
        }
    }

    /// Sends a signal to it, and to all that it started.
    pub fn signal(&self, signal: &str) {
        // The shell, the server, and its own, which the server does not outlive.
        let mut all = vec![self.process.lock().unwrap().id().to_string()];
        for number in 0..2 {
            let parent = all[number].clone();
            let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
            let is_server =
                |child: &&str| fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|it| it == "postgres\n");
            let (servers, others): (Vec<_>, Vec<_>) = children.split_whitespace().partition(is_server);
            all.splice(number + 1..number + 1, servers.into_iter().chain(others).map(str::to_owned));
        }
        Command::new("kill").arg(format!("-{signal}")).args(all).status().unwrap();
    }

    /// Starts it again.
    pub fn start_again(&self) {
        // Not before the last of the killed ones is gone.
        thread::sleep(Duration::from_millis(300));
        *self.process.lock().unwrap() = run(&self.dir);
        self.is_up();
    }

    /// Makes a database of this name: its URL.
    pub fn database(&self, name: &str) -> String {
        let url = |name| format!("postgres://bulla@{}/{name}", self.dir.to_str().unwrap().replace('/', "%2F"));
        let sql = format!("CREATE DATABASE {name}");
        let done = Command::new(program("psql")).args(["-q", "-c", &sql]).arg(url("postgres")).status();
        assert!(done.unwrap().success());
        url(name)
    }

    /// Starts it again, reached by TLS alone at the address that it tells, with a certificate for it that an authority signed: its file.
    #[allow(dead_code, reason = "of those who share this file one uses it")]
    pub fn by_tls(&self) -> (String, PathBuf) {
        let process = std::process::id();
        // A loopback address of this process's own, so that the port is free.
        let address = format!("127.{}.{}.77", process >> 8 & 0xff, process & 0xff);
        self.kill();
        let data = self.dir.join("data");
        let openssl = |arguments: &str| {
            let done =
                Command::new("openssl").args(arguments.split(' ')).current_dir(&data).stderr(Stdio::null()).status();
            assert!(done.unwrap().success(), "openssl {arguments}");
        };
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        openssl(&format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=made-up -days 2"));
        openssl(&format!("req {key} -keyout server.key -out server.csr -subj /CN=database"));
        fs::write(data.join("names"), format!("subjectAltName=IP:{address}\n")).unwrap();
        openssl(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names -out server.crt -days 2",
        );
        Command::new("chmod").arg("600").arg(data.join("server.key")).status().unwrap();
        fs::write(self.dir.join("listen"), &address).unwrap();
        let settings = fs::read_to_string(data.join("postgresql.conf")).unwrap() + "\nssl = on\n";
        fs::write(data.join("postgresql.conf"), settings).unwrap();
        fs::write(data.join("pg_hba.conf"), "local all all trust\nhostssl all all 127.0.0.0/8 trust\n").unwrap();
        own(&self.dir);
        self.start_again();
        (address, data.join("ca.pem"))
    }

    fn is_up(&self) {
        let start = Instant::now();
        let ask = || Command::new(program("pg_isready")).arg("-q").arg("-h").arg(&self.dir).status().unwrap().success();
        while !ask() {
            assert!(start.elapsed() < Duration::from_secs(60), "PostgreSQL does not start");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// PostgreSQL's program of this name.
pub fn program(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let asked = Command::new("pg_config").arg("--bindir").output().ok();
        let said = asked.map(|output| PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()));
        let debian =
            fs::read_dir("/usr/lib/postgresql").into_iter().flatten().map(|entry| entry.unwrap().path().join("bin"));
        let all = said.into_iter().chain(debian).chain(["/usr/local/bin".into(), "/usr/bin".into()]);
        let has_server = |folder: &PathBuf| folder.join("initdb").exists() && folder.join("postgres").exists();
        all.into_iter().find(has_server).expect("PostgreSQL is not installed: apt-get install postgresql")
    });
    let here = folder.join(name);
    if here.exists() { here } else { name.into() }
}

/// Owns nothing but what it is given.
const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Gives a folder and what is in it to who runs PostgreSQL.
fn own(dir: &Path) {
    if is_root() {
        let owner = format!("{NOBODY}:{NOBODY}");
        assert!(Command::new("chown").args(["-R", &owner]).arg(dir).status().unwrap().success());
    }
    assert!(Command::new("chmod").args(["-R", "go=",]).arg(dir).status().unwrap().success());
}

/// A command by a user other than root, for whom PostgreSQL does not run.
fn by_nobody(command: &mut Command) -> &mut Command {
    if is_root() { command.uid(NOBODY).gid(NOBODY) } else { command }
}

/// In memory, where there is such a place: what a test wants to know of a database does not depend on the disk.
fn base() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

/// What a new cluster has in it: made once, and copied, which takes a tenth of the time.
fn template() -> PathBuf {
    let folder = base().join(format!("bulla-test-postgres-{}", if is_root() { "root" } else { "user" }));
    fs::create_dir_all(&folder).unwrap();
    let lock = fs::File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let (whole, begun) = (folder.join("whole"), folder.join("begun"));
    if !whole.exists() {
        let _ = fs::remove_dir_all(&begun);
        fs::create_dir(&begun).unwrap();
        own(&begun);
        let mut initdb = Command::new(program("initdb"));
        initdb
            .args([
                "--no-sync",
                "--wal-segsize=1",
                "--auth=trust",
                "--username=bulla",
                "--encoding=UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(&begun);
        let made = by_nobody(initdb.current_dir("/").stdout(Stdio::null())).status().unwrap();
        assert!(made.success(), "initdb");
        fs::rename(&begun, &whole).unwrap();
    }
    whole
}

/// Starts a server. Once this process is no more, whose end of the shell's input is then closed, the shell ends it.
fn run(dir: &Path) -> Child {
    let script = "\"$0\" -D \"$1/data\" -k \"$1\" -c listen_addresses=$(cat \"$1/listen\" 2>/dev/null) -c fsync=off -c shared_buffers=8MB -c dynamic_shared_memory_type=mmap \
        >\"$1/log\" 2>&1 </dev/null & server=$!; read -r _; kill -QUIT $server; wait; rm -rf \"$1\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(program("postgres")).arg(dir).current_dir("/").stdin(Stdio::piped());
    shell.stdout(Stdio::null()).stderr(Stdio::null());
    by_nobody(shell.process_group(0)).spawn().unwrap()
}
