//! What a drill writes: whether it can is asked before the run, which takes minutes, and a file has its name once it is whole.

use anyhow::{Context, Result, bail};
use std::{
    fs::{OpenOptions, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Refuses what could not be written, as long as nothing has been done for it.
pub fn ask(path: &Path) -> Result<()> {
    draft(path).map(drop)
}

/// Writes a file, or leaves what was there, as on a full disk.
pub fn write(path: &Path, octets: &[u8]) -> Result<()> {
    let unwritten = || format!("cannot write {}", path.display());
    let (mut draft, path) = draft(path)?;
    draft.write_all(octets).with_context(unwritten)?;
    draft.persist(path).map_err(|refused| refused.error).with_context(unwritten)?;
    Ok(())
}

/// A file beside this one, gone again unless it takes its name; and that name, of a link what it leads to.
fn draft(path: &Path) -> Result<(NamedTempFile, PathBuf)> {
    let unwritten = || format!("cannot write {}", path.display());
    let path = match path.canonicalize() {
        // A device is not replaced: that would make a file of it.
        Ok(there) if !there.is_file() => bail!("cannot write {}: it is there, and no file", path.display()),
        Ok(there) => {
            OpenOptions::new().write(true).open(&there).with_context(unwritten)?;
            there
        }
        Err(_) => path.to_owned(),
    };
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // For whoever may read what else is written here.
    let open = Permissions::from_mode(0o666);
    let draft = tempfile::Builder::new().permissions(open).tempfile_in(dir).with_context(unwritten)?;
    Ok((draft, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::symlink};

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().expect("a directory");
        let (path, link) = (dir.path().join("picture.svg"), dir.path().join("link.svg"));
        symlink(&path, &link).expect("a link");
        for octets in [&b"first"[..], b"second"] {
            ask(&path).expect("it can be written");
            write(&path, octets).expect("it is written");
            assert_eq!(fs::read(&path).expect("a file"), octets);
        }
        write(&link, b"third").expect("where the link leads to");
        assert_eq!((fs::read(&path).expect("a file"), link.is_symlink()), (b"third".to_vec(), true));
        assert_eq!(fs::read_dir(dir.path()).expect("a directory").count(), 2);
    }

    #[test]
    fn what_cannot_be_written_is_refused_when_asked() {
        let dir = tempfile::tempdir().expect("a directory");
        let missing = dir.path().join("missing/picture.svg");
        for (path, why) in
            [(missing.as_path(), "No such file"), (dir.path(), "no file"), (Path::new("/dev/null"), "no file")]
        {
            let said = format!("{:#}", ask(path).expect_err("it cannot be written"));
            assert!(said.starts_with(&format!("cannot write {}: ", path.display())) && said.contains(why), "{said}");
        }
        assert_eq!(fs::read_dir(dir.path()).expect("a directory").count(), 0);
    }
}
