//! The world: what is done, what stands in the ledger then, and what the thief can truly read. Of the ledger's rules it
//! knows nothing; who is honest follows the protocol's (`docs/protocol.md`), unless one of them is switched off.

mod seen;

use super::{
    Rule, Scenario, Taken,
    deed::{Day, Deed, Leaf, Note, Said, What},
};

/// So far off that every later entry goes back in time.
pub const FUTURE: Day = 400_000;
const LAST_DAY: Day = 6;
const BODIES_MAX: usize = 3;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Key {
    made: bool,
    entered: bool,
    second: bool,
    lives: bool,
    /// Which warden's, from 0.
    generation: u8,
    /// When it was destroyed last.
    ended: Option<Day>,
}

/// A received body: one batch, of 2^(its number) rows, so that a sum tells which batches are in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Body {
    pub period: u8,
    pub second: bool,
    pub generation: u8,
    /// By the worker's clock.
    pub received: Day,
    /// Whether the worker has a record of it, in its chain.
    pub recorded: bool,
    /// The process that got it, from 0.
    pub start: u8,
    sent: bool,
    anchored: bool,
    pub first_certificate: bool,
    pub header_lost: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct World {
    pub day: Day,
    pub leaves: Vec<Leaf>,
    pub bodies: Vec<Body>,
    pub stolen: Option<Day>,
    pub left: Option<Day>,
    hand: Option<Note>,
    officers: Option<Note>,
    generation: u8,
    /// As many entries as the witnesses have seen, and as they have shown the worker.
    seen: usize,
    shown: usize,
    /// Ticks, and the one that is under way to the warden.
    ticks: u8,
    held: Option<Said>,
    keys: [Key; 2],
    port_taken: bool,
    rotated: bool,
    /// Processes that ended.
    starts: u8,
    /// Bits of bodies: in the worker's memory, asked for and not answered yet.
    memory: u8,
    asked: u8,
    /// What the thief has: bits of keys, of bodies.
    loot_keys: u8,
    loot_bodies: u8,
}

fn key_bit(period: u8, second: bool) -> u8 {
    1 << (period * 2 + u8::from(second))
}

impl World {
    pub fn start() -> Self {
        Self::default()
    }

    fn taken(&self) -> bool {
        self.stolen.is_some() && self.left.is_none()
    }

    fn enter(&mut self, scenario: &Scenario, what: What) {
        let day = if self.taken() && scenario.takes_warden() {
            // The smallest time that the rules allow.
            self.leaves.iter().map(|leaf| leaf.day).filter(|day| *day < FUTURE).max().unwrap_or(0)
        } else {
            self.day
        };
        self.leaves.push(Leaf { day, what });
    }

    /// The witnesses have seen what is there: what waited for that takes effect.
    fn cosign(&mut self) -> Note {
        self.seen = self.leaves.len();
        for leaf in &self.leaves {
            match leaf.what {
                What::Intake(body) => self.bodies[body].anchored = true,
                What::Intent(body) if self.asked & 1 << body != 0 && self.taken() => self.loot_bodies |= 1 << body,
                _ => {}
            }
        }
        self.asked = 0;
        Note { size: self.seen, times: [Some(self.day); 2] }
    }

    /// What follows; `None`: it cannot be done here.
    pub fn after(&self, deed: Deed, scenario: &Scenario, off: Option<Rule>) -> Option<Self> {
        let mut world = self.clone();
        let warden_taken = self.taken() && scenario.takes_warden();
        match deed {
            Deed::Tick if self.day < LAST_DAY => world.day += 1,
            Deed::Make(period) if !self.keys[usize::from(period)].made => {
                world.make(period, warden_taken);
                world.enter_key(scenario, period);
            }
            Deed::Receive(period) => world.receive(scenario, off, period, 0)?,
            Deed::ReceiveAhead(period) => world.receive(scenario, off, period, 5)?,
            Deed::Say if self.held.is_none() => world.say(scenario),
            Deed::ReceiveUnrecorded(period) if self.taken() && scenario.taken == Taken::Host => {
                world.body(period, 0, false)?;
            }
            Deed::Shred(period) => world.shred(scenario, period, warden_taken)?,
            Deed::Beat => {
                let note = world.cosign();
                world.enter(scenario, What::Beat(note));
            }
            Deed::Cosign => world.hand = Some(world.cosign()),
            Deed::See => world.officers = Some(world.cosign()),
            Deed::Renew if self.generation == 0 => {
                world.generation = 1;
                world.enter(scenario, What::Renew(self.officers?));
            }
            Deed::EnterNote if warden_taken => {
                let note = world.hand.take()?;
                world.enter(scenario, What::Beat(note));
            }
            Deed::Lie if warden_taken => world.lie(scenario)?,
            Deed::Jump if warden_taken => world.jump()?,
            Deed::Start if !self.port_taken => {
                world.memory = 0;
                world.starts += 1;
                world.enter(scenario, What::Start(world.starts, self.whole()));
            }
            Deed::Open if !self.bodies.is_empty() => world.open(scenario, off)?,
            Deed::Rollback if self.seen < self.leaves.len() => world.roll_back(scenario),
            Deed::Restore(period) if !self.taken() => world.restore(scenario, off, period)?,
            Deed::LoseHeaders if !self.bodies.is_empty() => {
                world.bodies.iter_mut().for_each(|body| body.header_lost = true);
            }
            Deed::Rotate if !self.rotated => {
                world.rotated = true;
                world.enter(scenario, What::Carrier);
            }
            Deed::Steal if self.stolen.is_none() => world.steal(scenario),
            Deed::Leave if self.taken() => world.leave(scenario),
            Deed::MakeSecretly(period) if warden_taken && !self.keys[usize::from(period)].made => {
                world.make(period, true);
            }
            Deed::EnterKey(period) => world.enter_made_key(scenario, off, period, warden_taken)?,
            Deed::SecondKey(period) if warden_taken => world.second_key(scenario, period)?,
            Deed::TakePort if !self.port_taken => world.port_taken = true,
            Deed::LeavePort if self.port_taken => {
                world.port_taken = false;
                world.deliver(scenario);
            }
            _ => return None,
        }
        Some(world)
    }

    fn enter_made_key(&mut self, scenario: &Scenario, off: Option<Rule>, period: u8, warden_taken: bool) -> Option<()> {
        let key = &mut self.keys[usize::from(period)];
        (key.made && !key.entered).then_some(())?;
        // An honest warden of a new generation enters no key that it has not made.
        let careless = off == Some(Rule::NewHandsNewKeys);
        (key.generation == self.generation || warden_taken || careless).then_some(())?;
        if careless {
            key.generation = self.generation;
        }
        self.enter_key(scenario, period);
        Some(())
    }

    fn second_key(&mut self, scenario: &Scenario, period: u8) -> Option<()> {
        let key = &mut self.keys[usize::from(period)];
        (key.entered && !key.second).then_some(())?;
        key.second = true;
        let generation = key.generation;
        self.loot_keys |= key_bit(period, true);
        self.enter(scenario, What::Key(period, true, generation));
        Some(())
    }

    fn jump(&mut self) -> Option<()> {
        self.leaves.iter().all(|leaf| leaf.day < FUTURE).then_some(())?;
        let note = Note { size: self.leaves.len(), times: [None; 2] };
        self.leaves.push(Leaf { day: FUTURE, what: What::Beat(note) });
        Some(())
    }

    fn make(&mut self, period: u8, thief: bool) {
        let key = &mut self.keys[usize::from(period)];
        (key.made, key.lives, key.generation) = (true, true, self.generation);
        if thief {
            self.loot_keys |= key_bit(period, false);
        }
    }

    fn enter_key(&mut self, scenario: &Scenario, period: u8) {
        let key = &mut self.keys[usize::from(period)];
        key.entered = true;
        let generation = key.generation;
        self.enter(scenario, What::Key(period, false, generation));
    }

    /// The newest key that was entered is sealed to, as the gateway's proof of it is all that it asks for.
    fn body(&mut self, period: u8, ahead: Day, recorded: bool) -> Option<usize> {
        let key = self.keys[usize::from(period)];
        let number = self.bodies.len();
        (key.entered && (key.lives || key.second) && number < BODIES_MAX).then_some(())?;
        self.bodies.push(Body {
            period,
            second: key.second,
            generation: key.generation,
            received: self.day + ahead,
            recorded,
            start: self.starts,
            sent: false,
            anchored: false,
            first_certificate: !self.rotated,
            header_lost: false,
        });
        self.memory |= 1 << number;
        Some(number)
    }

    fn receive(&mut self, scenario: &Scenario, off: Option<Rule>, period: u8, ahead: Day) -> Option<()> {
        let number = self.body(period, ahead, true)?;
        if self.port_taken {
            // Whoever has the port says that it has the entry.
            let believed = off == Some(Rule::ProofBeforeBelief);
            (self.bodies[number].sent, self.bodies[number].anchored) = (believed, believed);
        } else {
            self.send(scenario);
        }
        self.bodies[number].anchored |= off == Some(Rule::EffectAfterCosigned);
        Some(())
    }

    /// Whoever has the warden's address shows the worker nothing, and holds back what it says.
    fn say(&mut self, scenario: &Scenario) {
        if !self.port_taken {
            self.shown = self.seen;
        }
        self.ticks += 1;
        let own = |body: &&Body| body.start == self.starts && body.recorded;
        let sent = self.bodies.iter().filter(own).take_while(|body| body.sent).count();
        let [next, open] = [self.bodies.iter().filter(own).count(), sent].map(|tickets| tickets as u8 + 1);
        self.held = Some(Said { number: self.ticks, next, open, seen: self.shown });
        if !self.port_taken {
            self.deliver(scenario);
        }
    }

    /// What was under way to the warden comes there.
    fn deliver(&mut self, scenario: &Scenario) {
        if let Some(said) = self.held.take() {
            self.enter(scenario, What::Tick(said));
        }
        self.send(scenario);
    }

    /// What the gateway holds for the ledger, in the order of its chain.
    fn send(&mut self, scenario: &Scenario) {
        for number in 0..self.bodies.len() {
            if self.bodies[number].recorded && !self.bodies[number].sent {
                self.bodies[number].sent = true;
                self.enter(scenario, What::Intake(number));
            }
        }
    }

    /// Bits of the processes so far of which everything stands in the ledger.
    fn whole(&self) -> u8 {
        let there = |number| self.leaves.iter().any(|leaf| leaf.what == What::Intake(number));
        let waiting = self.bodies.iter().enumerate().filter(|(number, body)| body.recorded && !there(*number));
        waiting.fold(u8::MAX, |bits, (_, body)| bits & !(1 << body.start))
    }

    fn shred(&mut self, scenario: &Scenario, period: u8, thief: bool) -> Option<()> {
        let day = self.day;
        let key = &mut self.keys[usize::from(period)];
        (key.entered && key.lives && key.ended.is_none()).then_some(())?;
        key.ended = Some(day);
        // What the thief enters is not done; to itself it keeps what it has.
        key.lives = thief;
        self.enter(scenario, What::ShredIntent(period));
        self.enter(scenario, What::Shred(period));
        Some(())
    }

    fn lie(&mut self, scenario: &Scenario) -> Option<()> {
        let notes = self.leaves.iter().filter_map(|leaf| match leaf.what {
            What::Beat(note) => note.times.iter().flatten().copied().max(),
            _ => None,
        });
        let earlier = notes.max()?;
        let honest = self.cosign();
        let times = match (scenario.witness_beside, scenario.organisations) {
            (true, _) => [Some(earlier), None],
            (false, 2) => [honest.times[0], Some(earlier)],
            _ => return None,
        };
        self.enter(scenario, What::Beat(Note { times, ..honest }));
        Some(())
    }

    fn open(&mut self, scenario: &Scenario, off: Option<Rule>) -> Option<()> {
        let body = self.bodies.len() - 1;
        (self.asked & 1 << body == 0).then_some(())?;
        let anchored = self.leaves.iter().any(|leaf| leaf.what == What::Intake(body));
        (anchored && scenario.taken == Taken::Principal).then_some(())?;
        self.enter(scenario, What::Intent(body));
        if off != Some(Rule::EffectAfterCosigned) {
            self.asked |= 1 << body;
        } else if self.taken() {
            self.loot_bodies |= 1 << body;
        }
        Some(())
    }

    fn roll_back(&mut self, scenario: &Scenario) {
        let lost = self.leaves.split_off(self.seen);
        self.asked = 0;
        for leaf in lost {
            match leaf.what {
                // What was taken as anchored is not sent again.
                What::Intake(body) => self.bodies[body].sent = self.bodies[body].anchored,
                // Entered once more, it closes nothing.
                What::Start(number, _) => self.enter(scenario, What::Start(number, 0)),
                _ => {}
            }
        }
        self.send(scenario);
    }

    fn restore(&mut self, scenario: &Scenario, off: Option<Rule>, period: u8) -> Option<()> {
        let (day, key) = (self.day, &mut self.keys[usize::from(period)]);
        let ended = key.ended.filter(|ended| !key.lives && ended + scenario.copies_days >= day)?;
        if off == Some(Rule::NothingDiesAtAStart) {
            key.lives = true;
        } else {
            key.ended = Some(day.max(ended));
            self.enter(scenario, What::Resurfaced(period));
        }
        Some(())
    }

    fn steal(&mut self, scenario: &Scenario) {
        self.stolen = Some(self.day);
        if scenario.taken == Taken::Host {
            self.loot_bodies |= self.memory;
        }
        if !scenario.takes_warden() {
            return;
        }
        for (key, period) in self.keys.iter().zip(0..) {
            let kept = |ended: Day| scenario.copies_days > 0 && ended + scenario.copies_days >= self.day;
            if key.made && (key.lives || key.ended.is_some_and(kept)) {
                self.loot_keys |= key_bit(period, false);
            }
        }
    }

    fn leave(&mut self, scenario: &Scenario) {
        self.left = Some(self.day);
        if scenario.taken == Taken::Carrier {
            self.loot_bodies |= self.under_first_certificate();
        }
    }

    fn under_first_certificate(&self) -> u8 {
        let bits = self.bodies.iter().zip(0..).filter(|(body, _)| body.first_certificate);
        bits.map(|(_, number)| 1 << number).sum()
    }
}
