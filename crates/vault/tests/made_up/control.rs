//! Where a test has its control plane and objects: in SQLite and the directory; but in the test binary `postgres`, which has the same
//! tests, in a PostgreSQL server of this process's own; and in the binary `seaweed` the objects in SeaweedFS besides.

#[path = "seaweed.rs"]
pub mod seaweed;
#[path = "server.rs"]
mod server;

use server::program;
pub use server::server;
use std::{fs, path::Path, process::Command, sync::Mutex};
use vault::{Bucket, Database};

/// Where a directory's vault has its control plane; none: in the directory.
pub fn database(dir: &Path) -> Option<Database> {
    is_postgres().then(|| Database::of(url(dir)))
}

/// Whether the control plane is in PostgreSQL: in the binaries `postgres` and `seaweed`.
pub fn is_postgres() -> bool {
    ["postgres::", "seaweed::"].iter().any(|binary| module_path!().starts_with(binary))
}

/// Whether objects lie in SeaweedFS: in the binary `seaweed`, where there is one.
pub fn is_seaweed() -> bool {
    module_path!().starts_with("seaweed::") && seaweed::program().is_some()
}

/// Where a directory's vault has its objects; none: in the directory.
pub fn bucket(dir: &Path) -> Option<Bucket> {
    if !is_seaweed() {
        return None;
    }
    // As the database, for processes that a test starts.
    let known = dir.join("seaweed");
    let url = fs::read_to_string(&known).unwrap_or_else(|_| {
        let url = seaweed::url(&dir.file_name().unwrap().to_string_lossy());
        fs::create_dir_all(dir).unwrap();
        fs::write(known, &url).unwrap();
        url
    });
    Some(Bucket::of(url))
}

/// The database of a directory. It stands in a file beside the vault's, for processes that a test starts.
pub fn url(dir: &Path) -> String {
    let known = dir.join("postgres");
    if let Ok(url) = fs::read_to_string(&known) {
        return url;
    }
    static DATABASES: Mutex<u32> = Mutex::new(0);
    let mut number = DATABASES.lock().unwrap();
    *number += 1;
    let url = server().database(&format!("vault{number}"));
    fs::create_dir_all(dir).unwrap();
    fs::write(known, &url).unwrap();
    url
}

/// Runs SQL on a closed vault's database.
pub fn alter(dir: &Path, sql: &str) {
    if is_postgres() {
        let done = Command::new(program("psql"))
            .args(["-q", "-v", "ON_ERROR_STOP=1", "-c", &translated(sql)])
            .arg(url(dir))
            .status();
        assert!(done.unwrap().success(), "{sql}");
    } else {
        rusqlite::Connection::open(dir.join("control.db")).unwrap().execute_batch(sql).unwrap();
    }
}

/// The full name of a test of a file, for a process that has this one's server.
pub fn test(dir: &Path, file: &str, name: &str) -> String {
    drop((database(dir), bucket(dir)));
    if is_postgres() { format!("{file}::{name}") } else { name.to_owned() }
}

/// How often a test kills a process: with PostgreSQL the next one waits for the end of the first one's lease.
pub fn kills(sqlite: u32) -> u32 {
    if is_postgres() { 1 } else { sqlite }
}

/// A trigger that a test has, as PostgreSQL wants it.
fn translated(sql: &str) -> String {
    let sql = sql.replace("DROP TRIGGER fault", "DROP FUNCTION fault CASCADE").replace("x'", "'\\x");
    let Some((before, rest)) = sql.split_once("CREATE TRIGGER") else { return sql };
    let (when, body) = rest.split_once(" BEGIN ").unwrap();
    let body = if body.contains("RAISE") { "RAISE EXCEPTION 'told to'; END" } else { body };
    let body = body.replace("END", "RETURN NEW; END");
    let when = when.replace(" WHEN ", " FOR EACH ROW WHEN (");
    let when = if when.contains(" WHEN (") { when + ")" } else { when + " FOR EACH ROW" };
    format!(
        "{before} CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {} '; \
         CREATE TRIGGER {when} EXECUTE FUNCTION fault()",
        body.replace('\'', "''")
    )
}
