//! A disk as it is after a power cut: what an fsync has made durable, and of the rest what chance has left.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    io::Read,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
};

/// What a disk writes at once: a part of it is old or new, never half.
const SECTOR: usize = 512;

/// A change, with the number of notes before it.
type Noted<T> = (u64, T);

enum Content {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Noted<Content>>,
}

#[derive(Clone)]
enum Naming {
    Create(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    Directory(PathBuf),
}

impl Naming {
    fn dir(&self) -> &Path {
        let (Self::Create(path, _) | Self::Rename(path, _) | Self::Remove(path) | Self::Directory(path)) = self;
        path.parent().unwrap()
    }
}

/// Everything below one directory: names, and files by number.
pub struct Disk {
    root: PathBuf,
    names: BTreeMap<PathBuf, usize>,
    dirs: BTreeSet<PathBuf>,
    files: Vec<File>,
    by_inode: HashMap<u64, usize>,
    pending: Vec<Noted<Naming>>,
}

/// What chance says, one number after the other.
pub struct Chance(pub u64);

impl Chance {
    /// Below `end`, which is not 0 (SplitMix64).
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }
}

impl Disk {
    /// A directory that nobody changes now, all of which is durable.
    pub fn of(root: &Path) -> Self {
        let mut disk = Self {
            root: root.to_owned(),
            names: BTreeMap::new(),
            dirs: BTreeSet::from([root.to_owned()]),
            files: Vec::new(),
            by_inode: HashMap::new(),
            pending: Vec::new(),
        };
        disk.look(root);
        disk
    }

    fn look(&mut self, dir: &Path) {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                self.dirs.insert(path.clone());
                self.look(&path);
            } else {
                self.by_inode.insert(entry.metadata().unwrap().ino(), self.files.len());
                self.names.insert(path.clone(), self.files.len());
                self.files.push(File { durable: fs::read(&path).unwrap(), pending: Vec::new() });
            }
        }
    }

    /// What was done since, as the shim has noted it; the last note may be cut off.
    pub fn replay(&mut self, journal: &Path) -> u64 {
        let mut notes = std::io::BufReader::new(fs::File::open(journal).unwrap());
        for number in 0.. {
            let mut head = [0; 21];
            let mut octets = Vec::new();
            if notes.read_exact(&mut head).is_err() {
                return number;
            }
            let [inode, at] = [1, 9].map(|from| u64::from_le_bytes(*head[from..].first_chunk().unwrap()));
            let length = u64::from(u32::from_le_bytes(*head[17..].first_chunk().unwrap()));
            if notes.by_ref().take(length).read_to_end(&mut octets).unwrap() as u64 != length {
                return number;
            }
            self.note(number, head[0], inode, at, octets);
        }
        unreachable!("a file ends")
    }

    fn note(&mut self, number: u64, kind: u8, inode: u64, at: u64, octets: Vec<u8>) {
        let place = usize::try_from(at).unwrap();
        let paths: Vec<PathBuf> = match kind {
            1 | 5..=8 => String::from_utf8(octets.clone()).unwrap().split('\n').map(PathBuf::from).collect(),
            _ => Vec::new(),
        };
        match kind {
            1 => {
                self.by_inode.insert(inode, self.files.len());
                self.pending.push((number, Naming::Create(paths[0].clone(), self.files.len())));
                self.files.push(File::default());
            }
            2 => self.file(inode).pending.push((number, Content::Write(place, octets))),
            3 => self.file(inode).pending.push((number, Content::Truncate(place))),
            4 => self.file(inode).settle(at),
            5 => self.settle_names(&paths[0], at),
            6 => self.pending.push((number, Naming::Rename(paths[0].clone(), paths[1].clone()))),
            7 => self.pending.push((number, Naming::Remove(paths[0].clone()))),
            8 => self.pending.push((number, Naming::Directory(paths[0].clone()))),
            other => panic!("kind {other}"),
        }
    }

    fn file(&mut self, inode: u64) -> &mut File {
        &mut self.files[self.by_inode[&inode]]
    }

    /// The names of a directory are durable as of so many notes.
    fn settle_names(&mut self, dir: &Path, before: u64) {
        let all = std::mem::take(&mut self.pending);
        let (done, rest) = all.into_iter().partition(|(number, own)| *number < before && own.dir() == dir);
        self.pending = rest;
        let done: Vec<Noted<Naming>> = done;
        done.into_iter().for_each(|(_, own)| self.name(own));
    }

    fn name(&mut self, naming: Naming) {
        match naming {
            Naming::Create(path, file) => drop(self.names.insert(path, file)),
            Naming::Rename(from, to) => {
                if let Some(file) = self.names.remove(&from) {
                    self.names.insert(to, file);
                }
            }
            Naming::Remove(path) => {
                self.names.remove(&path);
                self.dirs.remove(&path);
            }
            Naming::Directory(path) => drop(self.dirs.insert(path)),
        }
    }

    /// The power goes: of what is not durable, each directory keeps the first changes of its names, each file any of its octets. What
    /// `outlives` a power cut is kept whole.
    pub fn cut(&mut self, chance: &mut Chance, outlives: impl Fn(&Path) -> bool) {
        let all = std::mem::take(&mut self.pending);
        let mut kept: HashMap<PathBuf, u64> = HashMap::new();
        for (_, own) in all {
            let whole = outlives(own.dir());
            let left = kept.entry(own.dir().to_owned()).or_insert_with(|| chance.below(9));
            if whole || *left > 0 {
                *left = left.saturating_sub(1);
                self.name(own);
            }
        }
        self.forget_the_unreachable();
        let names: Vec<_> = self.names.iter().map(|(path, file)| (outlives(path), *file)).collect();
        for (whole, file) in names {
            let file = &mut self.files[file];
            if whole { file.settle(u64::MAX) } else { file.cut(chance) }
        }
    }

    /// What lies below a directory whose own name is gone is gone with it. A directory stands before what is below it.
    fn forget_the_unreachable(&mut self) {
        let mut reached = BTreeSet::from([self.root.clone()]);
        for dir in &self.dirs {
            if dir.parent().is_some_and(|above| reached.contains(above)) {
                reached.insert(dir.clone());
            }
        }
        self.names.retain(|path, _| path.parent().is_some_and(|dir| reached.contains(dir)));
        self.dirs = reached;
    }

    /// Makes the directory what it is after that; files that stay are the same files.
    pub fn write(&self) {
        for dir in &self.dirs {
            fs::create_dir_all(dir).unwrap();
        }
        self.remove_others(&self.root);
        for (path, file) in &self.names {
            let file = &self.files[*file];
            if fs::read(path).is_ok_and(|there| there == file.durable) {
                continue;
            }
            let to = fs::File::options().write(true).create(true).truncate(false).open(path).unwrap();
            to.set_len(file.durable.len() as u64).unwrap();
            to.write_all_at(&file.durable, 0).unwrap();
        }
    }

    fn remove_others(&self, dir: &Path) {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                if self.dirs.contains(&path) {
                    self.remove_others(&path);
                } else {
                    fs::remove_dir_all(&path).unwrap();
                }
            } else if !self.names.contains_key(&path) {
                fs::remove_file(&path).unwrap();
            }
        }
    }
}

impl File {
    /// What was noted before that is durable.
    fn settle(&mut self, before: u64) {
        let (done, rest) = std::mem::take(&mut self.pending).into_iter().partition(|(number, _)| *number < before);
        self.pending = rest;
        let done: Vec<Noted<Content>> = done;
        done.into_iter().for_each(|(_, own)| self.change(own));
    }

    fn change(&mut self, content: Content) {
        match content {
            Content::Truncate(length) => self.durable.resize(length, 0),
            Content::Write(at, octets) => {
                let end = at + octets.len();
                if self.durable.len() < end {
                    self.durable.resize(end, 0);
                }
                self.durable[at..end].copy_from_slice(&octets);
            }
        }
    }

    /// Nothing of what is pending, all of it, the first changes, or any sectors of any.
    fn cut(&mut self, chance: &mut Chance) {
        let pending = std::mem::take(&mut self.pending);
        let how = chance.below(4);
        let first = chance.below(pending.len() as u64 + 1);
        for (place, (_, content)) in (0..).zip(pending) {
            match (how, content) {
                (0, _) => {}
                (1, content) => self.change(content),
                (2, content) if place < first => self.change(content),
                (2, _) => {}
                (_, content @ Content::Truncate(_)) if chance.below(2) == 0 => self.change(content),
                (_, Content::Truncate(_)) => {}
                (_, Content::Write(at, octets)) => self.sectors(chance, at, &octets),
            }
        }
    }

    fn sectors(&mut self, chance: &mut Chance, at: usize, octets: &[u8]) {
        let mut start = 0;
        while start < octets.len() {
            let end = octets.len().min(((at + start) / SECTOR + 1) * SECTOR - at);
            if chance.below(2) == 0 {
                self.change(Content::Write(at + start, octets[start..end].to_vec()));
            }
            start = end;
        }
    }
}
