//! What one set's mapping took and the next one's can use: asking the system for the same memory for each set would take
//! as long as the mapping.

use super::{
    arena::{Arena, Said},
    gather::Gather,
    kinds::Kept,
    picks::Picks,
    texts::Texts,
    x856::Level,
};
use crate::{
    entry::{Entries, Entry},
    record::Personal,
};
use std::{mem::take, sync::Arc};

/// Empty vectors, but for the fields of the last manifest, which it has as long as it wants.
#[derive(Default)]
pub(super) struct Memory<'a> {
    arena: Arena<'a>,
    #[expect(clippy::vec_box, reason = "they are taken and kept for each set: moved as a pointer each")]
    open: Vec<Box<Gather<'a>>>,
    levels: Vec<Level<'a>>,
    goods: Vec<Said>,
    fields: Arc<Entries<'a>>,
    /// For each share of the record at work, what is nearer to the parcel.
    pub nearer: Vec<Kept>,
    /// The fields of the record at work.
    pub picks: Picks,
    /// How the texts of the set at work are read.
    pub texts: Texts<'a>,
}

impl<'a> Memory<'a> {
    pub fn arena(&mut self) -> Arena<'a> {
        let mut arena = take(&mut self.arena);
        arena.begin(self.texts.octets);
        arena
    }

    /// A level in which nothing is said.
    pub fn open(&mut self) -> Box<Gather<'a>> {
        let mut open = self.open.pop().unwrap_or_default();
        open.texts = self.texts;
        open
    }

    pub fn levels(&mut self) -> Vec<Level<'a>> {
        take(&mut self.levels)
    }

    pub fn goods(&mut self) -> Vec<Said> {
        take(&mut self.goods)
    }

    /// For the fields of the next manifest: those of the last one, if it is gone, else as many more.
    pub fn fields(&mut self) -> Vec<Entry> {
        let expected = self.fields.all.len();
        match Arc::get_mut(&mut self.fields) {
            Some(fields) => {
                fields.made.clear();
                fields.all.clear();
                take(&mut fields.all)
            }
            None => Vec::with_capacity(expected),
        }
    }

    /// Shares a manifest's fields.
    pub fn share(&mut self, made: Vec<Personal<'a>>, all: Vec<Entry>) -> Arc<Entries<'a>> {
        self.fields = Arc::new(Entries { octets: self.texts.octets, made, all });
        Arc::clone(&self.fields)
    }

    /// The values that were made of what it holds are the caller's.
    pub fn keep_arena(&mut self, mut arena: Arena<'a>) -> Vec<Personal<'a>> {
        let made = arena.clear();
        self.arena = arena;
        made
    }

    /// Takes back a level that was closed, which left it empty.
    pub fn keep_open(&mut self, open: Box<Gather<'a>>) {
        debug_assert!(open.is_empty(), "a level that was closed");
        self.open.push(open);
    }

    pub fn keep_goods(&mut self, mut goods: Vec<Said>) {
        goods.clear();
        self.goods = goods;
    }

    pub fn keep_levels(&mut self, mut levels: Vec<Level<'a>>) {
        levels.clear();
        self.levels = levels;
    }
}
