//! Directories: made for their owner only, and their names made durable.

use crate::{Action, Error, TEMPORARY, error::refused};
use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::Path,
};

/// Makes a directory and its missing parents (0700), each durable before the next is made in it. One that is there is
/// left as it is, with its mode. After a crash the first of them are there, the others are not.
///
/// # Errors
/// [`Error::Refused`], also if a file has the name.
pub fn make_dir(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    let above = parent(path);
    make_dir(above)?;
    match DirBuilder::new().mode(0o700).create(path) {
        // Somebody else was faster: as good, once its name is durable.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => sync_dir(above),
        made => made.map_err(refused(Action::Make, path)).and_then(|()| sync_dir(above)),
    }
}

/// Makes a directory's list of names durable: what was renamed into it or removed from it stays so after a power cut.
///
/// # Errors
/// [`Error::Refused`]: then nobody knows which of the changed names a power cut would leave.
pub fn sync_dir(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(refused(Action::Sync, path))
}

/// Names of what is in a directory, in no order; temporary files, and names that are not UTF-8 and so not ours, are
/// left out.
///
/// # Errors
/// [`Error::Refused`].
pub fn names(path: &Path) -> Result<Vec<String>, Error> {
    let mut names = all_names(path)?;
    names.retain(|name| !name.ends_with(TEMPORARY));
    Ok(names)
}

/// Removes what replacements that a crash interrupted left in a directory (not below it). Nobody reads such files, but
/// they take room, and one may be a key that was never in use. Only for whoever has the directory to itself: another's replacement under way would fail. Removals are not made
/// durable: what a power cut brings back is swept the next time.
///
/// # Errors
/// [`Error::Refused`]; the files before it are gone.
pub fn sweep(path: &Path) -> Result<(), Error> {
    for name in all_names(path)?.iter().filter(|name| name.ends_with(TEMPORARY)) {
        let left = path.join(name);
        fs::remove_file(&left).map_err(refused(Action::Remove, &left))?;
    }
    Ok(())
}

fn all_names(path: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(refused(Action::List, path))? {
        names.extend(entry.map_err(refused(Action::List, path))?.file_name().into_string());
    }
    Ok(names)
}

/// The directory that a path's last name is in.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn directories_are_made_with_their_parents_for_their_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/c");
        make_dir(&path).unwrap();
        assert_eq!([mode(&path), mode(&dir.path().join("a/b")), mode(&dir.path().join("a"))], [0o700; 3]);
    }

    #[test]
    fn a_directory_that_is_there_is_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o750)).unwrap();
        make_dir(dir.path()).unwrap();
        assert_eq!(mode(dir.path()), 0o750);
    }

    #[test]
    fn a_file_in_the_way_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, b"").unwrap();
        let error = make_dir(&path).unwrap_err();
        assert!(matches!(&error, Error::Refused { action: Action::Make, path: told, .. } if *told == path));
        assert_eq!(error.to_string(), format!("cannot make {}", path.display()));
    }

    #[test]
    fn leftovers_are_not_listed_and_swept_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["kept", "kept.tmp", "tmp", ".tmp.not"] {
            fs::write(dir.path().join(name), b"").unwrap();
        }
        let sorted = |mut names: Vec<String>| {
            names.sort();
            names
        };
        assert_eq!(sorted(names(dir.path()).unwrap()), [".tmp.not", "kept", "tmp"]);
        sweep(dir.path()).unwrap();
        assert_eq!(sorted(all_names(dir.path()).unwrap()), [".tmp.not", "kept", "tmp"]);
    }
}
