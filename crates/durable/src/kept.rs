//! A value that has a file: who reads it never waits for the disk.

use crate::{Error, replace};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

/// A value and the file that is replaced whole at each change. Readers have the value as it was until the next one is durable.
#[derive(Debug)]
pub struct Kept<T> {
    path: PathBuf,
    octets: fn(&T) -> Vec<u8>,
    value: RwLock<Arc<T>>,
    /// One changes it at a time, and nobody else waits for it.
    turn: Mutex<()>,
}

impl<T: Clone> Kept<T> {
    /// This value, as it was read; `octets` is its form in the file.
    pub fn new(path: PathBuf, value: T, octets: fn(&T) -> Vec<u8>) -> Self {
        Self { path, octets, value: RwLock::new(Arc::new(value)), turn: Mutex::default() }
    }

    /// As it is now, on the disk too.
    pub fn read(&self) -> Arc<T> {
        self.value.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes it, durably or not at all.
    ///
    /// # Errors
    /// What `work` says, and why the file could not be written.
    pub fn change<R, E: From<Error>>(&self, work: impl FnOnce(&mut T) -> Result<R, E>) -> Result<R, E> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = T::clone(&self.read());
        let done = work(&mut next)?;
        replace(&self.path, &(self.octets)(&next))?;
        *self.value.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_changes_nothing_and_readers_do_not_wait_for_a_change() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("value");
        let kept = Kept::new(path.clone(), 1_u8, |value| vec![*value]);
        let seen = kept.change(|value| {
            *value = 2;
            Ok::<_, Error>(*kept.read())
        });
        assert_eq!((seen.unwrap(), *kept.read()), (1, 2));
        assert_eq!(std::fs::read(&path).unwrap(), [2]);
        let refused = kept.change(|value| {
            *value = 3;
            Err::<(), _>(Error::Uncertain { path: path.clone() })
        });
        assert!(refused.is_err() && *kept.read() == 2);
        let nowhere = Kept::new(dir.path().join("none/value"), 1_u8, |value| vec![*value]);
        let failed = nowhere.change(|value| {
            *value = 2;
            Ok::<_, Error>(())
        });
        assert!(failed.is_err() && *nowhere.read() == 1);
    }
}
