//! A set of classes of fields: each of a header's counts has one.

use crate::{
    canonical::form::{Form, InForm},
    word::FieldClass,
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor},
};
use std::{
    cmp::Ordering,
    fmt,
    ops::{BitAnd, BitOr, BitOrAssign},
};

/// A set of [`FieldClass`], in one octet. Sets are ordered as the lists of their classes are, since headers list counts in
/// that order: `{}`, `{operational}`, `{operational, linkable}`, `{linkable}`. Written as such a list; read from one in any order,
/// that may name a class twice: who wants the written form compares with it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Classes(u8); // a bit for each class, by its number

impl Classes {
    /// None.
    pub const NONE: Self = Self(0);

    /// All of them.
    pub const ALL: Self = Self::of(&FieldClass::ALL);

    /// All that are sealed: every one but `operational`.
    pub const SEALED: Self = Self::of(&FieldClass::SEALED);

    /// `operational` alone, the one class kept clear.
    pub const OPERATIONAL: Self = Self::of(&[FieldClass::Operational]);

    /// These.
    pub const fn of(classes: &[FieldClass]) -> Self {
        let (mut bits, mut rest) = (0, classes);
        while let [class, behind @ ..] = rest {
            bits |= 1 << class.number();
            rest = behind;
        }
        Self(bits)
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many there are.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether this class is among them.
    pub const fn contains(self, class: FieldClass) -> bool {
        self.0 & (1 << class.number()) != 0
    }

    /// Whether all of them are among the others.
    pub const fn is_subset(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// Whether none of them is among the others.
    pub const fn is_disjoint(self, others: Self) -> bool {
        self.0 & others.0 == 0
    }

    /// Each, by number.
    pub const fn iter(self) -> Iter {
        Iter(self.0)
    }
}

/// What is in both.
impl BitAnd for Classes {
    type Output = Self;
    fn bitand(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }
}

/// What is in one of them.
impl BitOr for Classes {
    type Output = Self;
    fn bitor(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }
}

impl BitOrAssign for Classes {
    fn bitor_assign(&mut self, others: Self) {
        *self = *self | others;
    }
}

impl Ord for Classes {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl PartialOrd for Classes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: usize> From<[FieldClass; N]> for Classes {
    fn from(classes: [FieldClass; N]) -> Self {
        Self::of(&classes)
    }
}

impl FromIterator<FieldClass> for Classes {
    fn from_iter<I: IntoIterator<Item = FieldClass>>(classes: I) -> Self {
        classes.into_iter().map(|class| Self::of(&[class])).collect()
    }
}

/// What is in one of them.
impl FromIterator<Self> for Classes {
    fn from_iter<I: IntoIterator<Item = Self>>(sets: I) -> Self {
        sets.into_iter().fold(Self::NONE, Self::bitor)
    }
}

/// The classes of a set, by number.
#[derive(Debug, Clone)]
pub struct Iter(u8);

impl Iterator for Iter {
    type Item = FieldClass;

    fn next(&mut self) -> Option<FieldClass> {
        let class = FieldClass::ALL.get(self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(*class)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = Classes(self.0).len();
        (left, Some(left))
    }
}

impl ExactSizeIterator for Iter {}

impl IntoIterator for Classes {
    type Item = FieldClass;
    type IntoIter = Iter;
    fn into_iter(self) -> Iter {
        self.iter()
    }
}

impl fmt::Debug for Classes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Classes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Classes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(List)
    }
}

impl InForm for Classes {
    /// In their order, none twice.
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let (mut classes, mut last) = (Self::NONE, None);
        form.list(|class| {
            let behind = last < Some(class);
            (classes, last) = (classes | Self::of(&[class]), Some(class));
            behind.then_some(())
        })?;
        Some(classes)
    }
}

/// Takes a list as it comes, however long it is.
struct List;

impl<'de> Visitor<'de> for List {
    type Value = Classes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Classes, A::Error> {
        let mut classes = Classes::NONE;
        while let Some(class) = list.next_element()? {
            classes |= Classes::of(&[class]);
        }
        Ok(classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Every set twice: in one octet, and as the set that it stands for.
    fn all() -> impl Iterator<Item = (Classes, BTreeSet<FieldClass>)> {
        let among = |bits: u8| FieldClass::ALL.into_iter().filter(move |class| bits & (1 << class.number()) != 0);
        (0..64).map(move |bits| (among(bits).collect(), among(bits).collect()))
    }

    #[test]
    fn each_is_the_set_that_it_stands_for() {
        for (classes, set) in all() {
            assert_eq!(classes.iter().collect::<BTreeSet<_>>(), set);
            assert_eq!((classes.len(), classes.is_empty()), (set.len(), set.is_empty()));
            assert_eq!(classes.iter().size_hint(), (set.len(), Some(set.len())));
            assert_eq!(FieldClass::ALL.map(|class| classes.contains(class)), FieldClass::ALL.map(|c| set.contains(&c)));
            assert_eq!(format!("{classes:?}"), format!("{set:?}"));
            let written = serde_json::to_string(&set).unwrap();
            assert_eq!(serde_json::to_string(&classes).unwrap(), written);
            assert_eq!(serde_json::from_str::<Classes>(&written).unwrap(), classes);
        }
        assert_eq!(Classes::NONE, Classes::from([]));
        assert_eq!(Classes::ALL, Classes::from(FieldClass::ALL));
        assert_eq!(Classes::SEALED, Classes::from(FieldClass::SEALED));
        assert_eq!(Classes::OPERATIONAL | Classes::SEALED, Classes::ALL);
    }

    #[test]
    fn any_two_are_to_each_other_as_those_sets_are() {
        for (a, first) in all() {
            for (b, second) in all() {
                assert_eq!(a.cmp(&b), first.cmp(&second), "{a:?} {b:?}");
                assert_eq!((a | b).iter().collect::<BTreeSet<_>>(), &first | &second);
                assert_eq!((a & b).iter().collect::<BTreeSet<_>>(), &first & &second);
                assert_eq!(a.is_subset(b), first.is_subset(&second));
                assert_eq!(a.is_disjoint(b), first.is_disjoint(&second));
            }
        }
    }

    /// Whatever a set takes is taken, whatever it refuses is refused at the same place with the same words.
    #[test]
    fn it_is_read_as_those_sets_are() {
        let long = format!(r#"["address"{}]"#, r#","address""#.repeat(100_000));
        let lists = [
            "[]",
            r#"["linkable","operational"]"#,
            r#"["address","address"]"#,
            r#" [ "remarks" , {"contact":null} ] "#,
            &long,
            r#"["address","nobody"]"#,
            r#"["address",1]"#,
            r#"["Address"]"#,
            r#"["address",]"#,
            r#"["address""#,
            r#"["address"]]"#,
            r#""address""#,
            r#"{"address":1}"#,
            "null",
            "2",
            "",
        ];
        for list in lists {
            let as_set = serde_json::from_str::<BTreeSet<FieldClass>>(list);
            let read = serde_json::from_str::<Classes>(list);
            let comparable = |error: serde_json::Error| error.to_string();
            assert_eq!(
                read.map(|classes| classes.iter().collect()).map_err(comparable),
                as_set.map_err(comparable),
                "{}",
                &list[..list.len().min(40)]
            );
        }
    }
}
