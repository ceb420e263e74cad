//! A message's file: blocks of versions, and in them the segments and loops in their order.

use super::{
    library::{Library, is_mandatory},
    model::{Message, SegmentTable, Tags},
    order::{Item, Loop, NONE, Order},
    text::{Fault, File, Line, Version, lines},
};

/// A message in the versions that take one table of it.
#[derive(Clone, Copy)]
pub(super) struct Dated {
    pub kind: &'static str,
    pub functional_id: Option<[u8; 2]>,
    /// The version that the table is of.
    pub since: Version,
    /// How the file writes it.
    version: &'static str,
    /// The last version that has it.
    pub until: Version,
}

/// One block of a message's file: from a `versions` line to the next.
pub(super) struct Outline {
    kind: &'static str,
    functional_id: Option<[u8; 2]>,
    hierarchical: bool,
    head: Line,
    /// One table for each; from old to new.
    versions: Vec<Named>,
    until: Version,
    lines: Vec<Line>,
}

impl Outline {
    /// The blocks of a message's file.
    pub fn parse(file: File) -> Result<Vec<Self>, Fault> {
        let (mut kind, mut functional_id, mut hierarchical) = ("", None, false);
        let mut outlines: Vec<Self> = Vec::new();
        for line in lines(file) {
            let mut words = line.words();
            match (line.indent, words.next().unwrap_or_default()) {
                (0, "message") => {
                    kind = words.next().unwrap_or_default();
                    words.next().ok_or_else(|| line.fault("`message KIND name`"))?;
                }
                (0, "functional") => {
                    let id = words.next().and_then(|id| id.as_bytes().try_into().ok());
                    functional_id = Some(id.ok_or_else(|| line.fault("`functional` and two letters"))?);
                }
                (0, "hierarchical") => hierarchical = true,
                (0, "versions") => {
                    let (versions, until) = versions(&line)?;
                    let lines = Vec::new();
                    outlines.push(Self { kind, functional_id, hierarchical, head: line, versions, until, lines });
                }
                _ => match outlines.last_mut() {
                    Some(outline) => outline.lines.push(line),
                    None => return Err(line.fault("`message` and `versions` come first")),
                },
            }
        }
        match outlines.iter().find(|outline| outline.kind.is_empty() || outline.lines.is_empty()) {
            Some(outline) => Err(outline.fault("no `message`, or nothing in it")),
            None => Ok(outlines),
        }
    }

    pub fn fault(&self, what: &str) -> Fault {
        self.head.fault(what)
    }

    /// One message for each of its versions.
    pub fn dated(&self) -> impl Iterator<Item = Dated> {
        self.versions.iter().enumerate().map(|(at, &(since, version))| {
            let next = self.versions.get(at + 1);
            let until = next.map_or(self.until, |(next, _)| Version(next.0.saturating_sub(1)));
            Dated { kind: self.kind, functional_id: self.functional_id, since, version, until }
        })
    }

    /// Its table.
    pub fn message(&self, library: &Library, Dated { since, version, .. }: Dated) -> Result<Message, Fault> {
        let mut build =
            Build { library, since, tags: Vec::new(), segments: Vec::new(), loops: Vec::new(), items: Vec::new() };
        let body = build.said(&self.lines, 0)?;
        build.list(None, body)?;
        let Build { tags, segments, mut loops, mut items, .. } = build;
        link(&mut loops, &mut items, tags.len());
        let order = Order::new(&loops, &items, tags.len());
        Ok(Message {
            version,
            functional_id: self.functional_id,
            hierarchical: self.hierarchical,
            tags: Tags::new(&tags),
            segments,
            loops,
            items,
            order,
        })
    }
}

/// A version, and how the file writes it.
type Named = (Version, &'static str);

/// `versions V… [to V]`: one table for each, and the last version that is taken.
fn versions(line: &Line) -> Result<(Vec<Named>, Version), Fault> {
    let fault = || line.fault("`versions V… [to V]`, from old to new");
    let mut words: Vec<&'static str> = line.words().skip(1).collect();
    let end = words.iter().position(|word| *word == "to");
    let to = end.map(|end| words.split_off(end));
    let parsed: Option<Vec<_>> = words.iter().map(|word| Some((Version::parse(word)?, *word))).collect();
    let versions = parsed.filter(|versions| versions.is_sorted_by(|a, b| a.0 < b.0)).ok_or_else(fault)?;
    let last = versions.last().ok_or_else(fault)?.0;
    let until = match to.as_deref() {
        None => last,
        Some([_, until]) => Version::parse(until).filter(|until| *until > last).ok_or_else(fault)?,
        Some(_) => return Err(fault()),
    };
    Ok((versions, until))
}

/// A message while it is built.
struct Build<'l> {
    library: &'l Library,
    since: Version,
    /// Their tags, by the id that a message gives them.
    tags: Vec<&'static str>,
    segments: Vec<SegmentTable>,
    loops: Vec<Loop>,
    items: Vec<Item>,
}

/// An item as its line says it.
struct Said {
    line: Line,
    tag: &'static str,
    is_loop: bool,
    mandatory: bool,
    most: u32,
    /// It follows one of the same tag on purpose.
    again: bool,
    /// The lines of what is in the loop.
    inner: Vec<Line>,
}

impl Build<'_> {
    /// Builds a loop's items, which stand together, then the loops in it.
    fn list(&mut self, opener: Option<&'static str>, said: Vec<Said>) -> Result<(), Fault> {
        tell_apart(opener, &said)?;
        let (start, within) = (index(self.items.len()), index(self.loops.len()));
        let mut required = Vec::new();
        if let Some(tag) = opener {
            let segment = self.segment(tag)?;
            self.items.push(Item { segment, most: 1, opens: NONE, next_same: NONE, within });
        }
        for item in &said {
            let segment = self.segment(item.tag).map_err(|fault| at_line(fault, &item.line))?;
            if item.mandatory {
                required.push(index(self.items.len()));
            }
            self.items.push(Item { segment, most: item.most, opens: NONE, next_same: NONE, within });
        }
        self.loops.push(Loop { items: start..index(self.items.len()), first: Vec::new(), required, opener: NONE });
        let first_said = start + u16::from(opener.is_some());
        for (at, item) in (first_said..).zip(said) {
            if item.is_loop {
                let inside = self.loops.len();
                self.items[usize::from(at)].opens = index(inside);
                let inner = self.said(&item.inner, item.inner.first().map_or(0, |line| line.indent))?;
                if inner.is_empty() {
                    return Err(item.line.fault("a loop of one segment is a segment"));
                }
                self.list(Some(item.tag), inner)?;
                self.loops[inside].opener = at;
            }
        }
        Ok(())
    }

    fn segment(&mut self, tag: &'static str) -> Result<u16, Fault> {
        let known = self.tags.iter().position(|known| *known == tag);
        if let Some(id) = known {
            return Ok(index(id));
        }
        self.segments.push(self.library.segment(tag, self.since)?);
        self.tags.push(tag);
        Ok(index(self.tags.len() - 1))
    }

    /// The items of these lines at this indentation that this version has.
    fn said(&self, lines: &[Line], indent: usize) -> Result<Vec<Said>, Fault> {
        let mut said: Vec<(bool, Said)> = Vec::new();
        for line in lines {
            if line.indent > indent {
                match said.last_mut() {
                    Some((_, item)) if item.is_loop => item.inner.push(*line),
                    _ => return Err(line.fault("indented below what is no loop")),
                }
            } else if line.indent < indent {
                return Err(line.fault("indented less than its loop"));
            } else {
                said.push(self.item(line)?);
            }
        }
        Ok(said.into_iter().filter(|(here, _)| *here).map(|(_, item)| item).collect())
    }

    /// An item, and whether this version has it.
    fn item(&self, line: &Line) -> Result<(bool, Said), Fault> {
        let fault = || line.fault("`[loop] TAG STATUS MOST [from V] [until V] [again]`");
        let mut words: Vec<&'static str> = line.words().collect();
        let is_loop = words.first() == Some(&"loop");
        words.drain(..usize::from(is_loop));
        let (&[tag, status, most], rest) = words.split_first_chunk::<3>().ok_or_else(fault)?;
        let most = if most == ">1" { u32::MAX } else { most.parse().map_err(|_| fault())? };
        let mandatory = is_mandatory(status).filter(|_| most > 0 && status != "X").ok_or_else(fault)?;
        let (mut here, mut again) = (true, false);
        let mut rest = rest.iter();
        while let Some(word) = rest.next() {
            let mut version = || rest.next().and_then(|version| Version::parse(version)).ok_or_else(fault);
            match *word {
                "from" => here &= self.since >= version()?,
                "until" => here &= self.since <= version()?,
                "again" => again = true,
                _ => return Err(fault()),
            }
        }
        Ok((here, Said { line: *line, tag, is_loop, mandatory, most, again, inner: Vec::new() }))
    }
}

/// Two items with the same tag need a mandatory one between them, or `again`, which stands nowhere else.
fn tell_apart(opener: Option<&str>, said: &[Said]) -> Result<(), Fault> {
    for (at, item) in said.iter().enumerate() {
        let since = said[..at].iter().rposition(|earlier| earlier.mandatory).map_or(0, |fixed| fixed + 1);
        let mut before = said[since.saturating_sub(1).min(at)..at].iter();
        let same = before.any(|earlier| earlier.tag == item.tag) || since == 0 && opener == Some(item.tag);
        if same != item.again {
            let what = if same { "cannot be told apart from the one above; `again`?" } else { "`again` without need" };
            return Err(item.line.fault(what));
        }
    }
    Ok(())
}

/// Items, loops and segments are far fewer than 65,535: files are compiled in.
fn index(number: usize) -> u16 {
    u16::try_from(number).expect("fewer than 65,536 items")
}

/// A segment that is not defined is told where it is used.
fn at_line(fault: Fault, line: &Line) -> Fault {
    if fault.line == 0 { line.fault(fault.what) } else { fault }
}

/// Which item of each loop comes first, and next, for each segment.
fn link(loops: &mut [Loop], items: &mut [Item], segments: usize) {
    for of in loops {
        of.first = vec![NONE; segments];
        for at in of.items.clone().rev() {
            let item = &mut items[usize::from(at)];
            item.next_same = std::mem::replace(&mut of.first[usize::from(item.segment)], at);
        }
    }
}
