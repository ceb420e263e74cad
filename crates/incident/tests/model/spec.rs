//! The report in a hundred lines: what it counts, with each rule of `docs/protocol.md` on its own switch. With all of them
//! on it is the code's, which every explored state shows.

use super::{
    Rule, Scenario, Taken,
    deed::{Day, Leaf, Note, Said, What},
    world::World,
};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Bits of bodies; as each has 2^number rows, their sum, too.
    pub bits: u8,
    pub unbounded: bool,
}

/// The replay: which entries have an effect.
#[derive(Default)]
struct Replay {
    /// Where a period's key was made, was destroyed, and whether it was found again.
    born: [Option<usize>; 2],
    announced: [bool; 2],
    shredded: [Option<usize>; 2],
    resurfaced: [bool; 2],
    /// Of each period's key.
    generations: [u8; 2],
    /// What officers had seen when they signed another warden.
    renewed: Option<Note>,
    notes: Vec<Note>,
    /// Each start: its place, its number, and which it closes.
    starts: Vec<(usize, u8, u8)>,
    /// Each intake entry: its place, its body, and whether it is void.
    intakes: Vec<(usize, usize, bool)>,
    intents: Vec<(usize, usize)>,
    /// Each heartbeat's place and note; each tick's place.
    beats: Vec<(usize, Note)>,
    ticks: Vec<(usize, Said)>,
    last_day: Day,
}

impl Replay {
    fn of(world: &World) -> Self {
        let mut replay = Self::default();
        for (place, leaf) in world.leaves.iter().enumerate() {
            replay.take(world, place, leaf);
        }
        replay
    }

    fn take(&mut self, world: &World, place: usize, leaf: &Leaf) {
        let in_time = leaf.day >= self.last_day;
        if let What::Intake(body) = leaf.what {
            let own = world.bodies[body];
            let period = usize::from(own.period);
            let known = !own.second && self.born[period].is_some();
            let sound = in_time && known;
            self.intakes.push((place, body, !sound));
            if sound {
                self.last_day = leaf.day;
            }
        } else if in_time && self.applies(place, leaf) {
            self.last_day = leaf.day;
        }
    }

    fn applies(&mut self, place: usize, leaf: &Leaf) -> bool {
        match leaf.what {
            What::Key(period, false, generation) if generation == u8::from(self.renewed.is_some()) => {
                self.born[usize::from(period)] = Some(place);
                self.generations[usize::from(period)] = generation;
            }
            What::Renew(seen) => self.renewed = Some(seen),
            What::ShredIntent(period) if self.lives(period) => self.announced[usize::from(period)] = true,
            What::Shred(period) if self.lives(period) && self.announced[usize::from(period)] => {
                self.shredded[usize::from(period)] = Some(place);
            }
            What::Resurfaced(period) if self.shredded[usize::from(period)].is_some() => {
                self.resurfaced[usize::from(period)] = true;
            }
            What::Beat(note) => {
                self.notes.push(note);
                self.beats.push((place, note));
            }
            What::Tick(said) => self.ticks.push((place, said)),
            What::Start(number, closes) => self.starts.push((place, number, closes)),
            What::Intent(body) => self.intents.push((place, body)),
            What::Carrier => {}
            _ => return false,
        }
        true
    }

    fn lives(&self, period: u8) -> bool {
        self.born[usize::from(period)].is_some() && self.shredded[usize::from(period)].is_none()
    }
}

/// The reader, with what it was asked.
pub struct Reader<'a> {
    world: &'a World,
    scenario: &'a Scenario,
    off: Option<Rule>,
    replay: Replay,
    /// Size, latest and earliest time of each usable note.
    usable: Vec<(usize, Day, Day)>,
}

impl<'a> Reader<'a> {
    pub fn new(world: &'a World, scenario: &'a Scenario, off: Option<Rule>) -> Self {
        let replay = Replay::of(world);
        let mut reader = Self { world, scenario, off, replay, usable: Vec::new() };
        let mut notes = reader.replay.notes.clone();
        notes.push(Note { size: world.leaves.len(), times: [Some(world.day); 2] });
        notes.sort_by_key(|note| note.size);
        for note in notes {
            let Some((latest, earliest)) = reader.times(&note) else { continue };
            let latest = if reader.on(Rule::LatestCounts) { latest } else { earliest };
            if reader.usable.last().is_none_or(|(_, last, _)| *last <= latest) {
                reader.usable.push((note.size, latest, earliest));
            }
        }
        reader
    }

    fn on(&self, rule: Rule) -> bool {
        self.off != Some(rule)
    }

    /// The latest and the earliest time that a note has from enough witnesses who are not suspect.
    fn times(&self, note: &Note) -> Option<(Day, Day)> {
        let suspect =
            |witness: usize| witness == 0 && self.scenario.witness_beside && self.on(Rule::SuspectNeverLowers);
        let times: Vec<Day> = (0..2).filter(|w| !suspect(*w)).filter_map(|witness| note.times[witness]).collect();
        let enough = times.len() >= self.scenario.organisations as usize;
        enough.then(|| (times.iter().copied().max().unwrap(), times.iter().copied().min().unwrap()))
    }

    /// Whether officers certainly signed another warden after the last day, and this period's key is that one's.
    fn is_made_after(&self, period: usize, place: usize) -> bool {
        let (Some(to), Some(seen)) = (self.world.left, self.replay.renewed) else { return false };
        let after = !self.on(Rule::OfficersSawLater) || self.times(&seen).is_some_and(|(_, earliest)| earliest > to);
        after && self.replay.generations[period] == 1 && self.replay.born[period].is_some_and(|born| born < place)
    }

    /// Whether an entry certainly was before a day.
    fn is_before(&self, place: usize, day: Option<Day>) -> bool {
        let Some(day) = day else { return false };
        if self.on(Rule::PositionNotTime) {
            self.usable.iter().rfind(|(_, latest, _)| *latest < day).is_some_and(|(size, ..)| place < *size)
        } else {
            self.world.leaves[place].day < day
        }
    }

    /// Whether an entry may have been in the ledger on the last day.
    fn entered(&self, place: usize) -> bool {
        let Some(to) = self.world.left else { return true };
        self.usable.iter().find(|(.., earliest)| *earliest > to).is_none_or(|(size, ..)| place < *size)
    }

    pub fn counted(&self) -> Counted {
        let mut bits = 0;
        for &(place, body, void) in &self.replay.intakes {
            if void && !self.on(Rule::ReplayIsTotal) {
                continue;
            }
            if self.world.bodies[body].header_lost && !self.on(Rule::LedgerAloneBounds) {
                continue;
            }
            let by_key = self.takes_warden() && self.key_is_reached(place, body);
            let reached = by_key
                || match self.scenario.taken {
                    Taken::Warden => false,
                    Taken::Host => place >= self.window(),
                    Taken::Principal => self.opened(body),
                    Taken::Carrier => self.had_certificate(body, void) && self.in_time(place, body),
                };
            bits |= u8::from(reached) << body;
        }
        let unbounded = self.scenario.taken == Taken::Host && self.on(Rule::HostHasNoBound);
        Counted { bits, unbounded }
    }

    fn takes_warden(&self) -> bool {
        match self.scenario.taken {
            Taken::Host => self.scenario.takes_warden() && self.on(Rule::AllOnTheHost),
            _ => self.scenario.takes_warden(),
        }
    }

    fn key_is_reached(&self, place: usize, body: usize) -> bool {
        let own = self.world.bodies[body];
        let period = usize::from(own.period);
        if !self.on(Rule::EndsByEntry) && !self.entered(place) {
            return false;
        }
        if !self.on(Rule::NoClockShowsAfter) && self.replay.born[period].is_some_and(|born| !self.entered(born)) {
            return false;
        }
        let copies = if self.on(Rule::CopiesAreKept) { self.scenario.copies_days } else { 0 };
        let gone = |shred: usize| self.is_before(shred, self.world.stolen.map(|from| from - copies)) && shred > place;
        let back = self.replay.resurfaced[period] && self.on(Rule::ResurfacedCounts);
        let shredded = !back && self.replay.shredded[period].is_some_and(gone);
        own.second || !(shredded || self.is_made_after(period, place))
    }

    /// The first entry that a taken host's memory reaches back to.
    fn window(&self) -> usize {
        let from = self.world.stolen;
        if !self.on(Rule::MemoryReachesBack) {
            return (0..self.world.leaves.len()).find(|place| !self.is_before(*place, from)).unwrap_or(usize::MAX);
        }
        let starts = self.replay.starts.iter().filter(|(place, ..)| self.is_before(*place, from));
        let all = [(0, 0)].into_iter().chain(starts.map(|(place, number, _)| (*place, *number)));
        let running = |number: u8| self.over(number).is_none_or(|over| !self.is_before(over, from));
        { all }.find(|(_, number)| running(*number)).map_or(usize::MAX, |(place, _)| place)
    }

    /// Where the last start stands that closes this one, of which nothing came since.
    fn over(&self, number: u8) -> Option<usize> {
        let closes = |(_, _, closes): &&(usize, u8, u8)| closes & 1 << number != 0;
        let (over, ..) = *self.replay.starts.iter().rfind(closes)?;
        let own = |(_, body, void): &&(usize, usize, bool)| self.world.bodies[*body].start == number && !void;
        let heard = self.replay.intakes.iter().rfind(own).map_or(0, |(place, ..)| *place);
        (over >= heard).then_some(over)
    }

    fn opened(&self, body: usize) -> bool {
        let mut own = self.replay.intents.iter().filter(|(_, opened)| *opened == body);
        own.any(|(place, _)| !self.is_before(*place, self.world.stolen))
    }

    /// Whether the delivery copy was encrypted to the stolen certificate: as its anchor says, or a void one cannot.
    fn had_certificate(&self, body: usize, void: bool) -> bool {
        if self.on(Rule::CertificateOfItsTime) {
            void || self.world.bodies[body].first_certificate
        } else {
            self.world.leaves.iter().all(|leaf| leaf.what != What::Carrier)
        }
    }

    fn in_time(&self, place: usize, body: usize) -> bool {
        let Some(to) = self.world.left else { return true };
        let by_clock = self.on(Rule::NoWorkersClock) || self.world.bodies[body].received <= to;
        let late = if self.on(Rule::TicketsTell) { self.has_late_ticket(body, to) } else { !self.entered(place) };
        by_clock && !late
    }

    /// Whether its ticket is behind a tick of a worker that had seen a heartbeat of a later day.
    fn has_late_ticket(&self, body: usize, to: Day) -> bool {
        let later = |(_, note): &&(usize, Note)| self.times(note).is_some_and(|(_, earliest)| earliest > to);
        let Some(beat) = self.replay.beats.iter().find(later).map(|(place, _)| *place) else { return false };
        let seen = |(place, said): &(usize, Said)| {
            if self.on(Rule::SeenNotEntered) { said.seen > beat } else { *place > beat }
        };
        let after = self.replay.ticks.iter().skip_while(|tick| !seen(tick)).map(|(_, said)| said);
        let passed = after.clone().next().map_or(u8::MAX, |said| said.next);
        let first = after.into_iter().find(|said| said.open >= passed);
        first.is_some_and(|said| self.world.ticket(body) >= said.next)
    }
}
