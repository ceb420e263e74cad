//! The story, told hour by hour: what comes is received, what has ended is forgotten, somebody takes a host, and somebody takes it
//! back.

use crate::{
    Audience, Fault,
    custody::{COPIES_DAYS, Custody, Stolen},
    document::{Writer, edi_id},
    gateway::{Gateway, disclosed},
    holder::Holder,
    log::{Log, ORIGIN, public, secret},
    plan::{self, DAY, HOUR, SHIPPERS, Sending},
    random::Dice,
    truth::Truth,
};
use ed25519_dalek::SigningKey;
use incident::exposure::Files;
use ledger::{
    Classes, Entry, Hash, Month, SentTotals, SentTotalsRecord, Time,
    entry::{Agreement, Authority, Carrier, EnrolledWorker, Genesis, Officer, PolicyRecord, RetentionGroup, Shipper},
};
use seal::Sealed;

/// Six weeks of somebody on a host: from Monday at four, after the machine's weekly start, to Sunday evening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// The day that it begins on, at midnight.
    monday: i64,
}

impl Window {
    /// The one that begins on this Monday.
    pub fn of(monday: Time) -> Self {
        Self { monday: monday.milliseconds() }
    }

    /// That of the story: from the second of November 2020 on.
    pub fn of_the_theft() -> Self {
        Self::of(Time::from_milliseconds(Month { year: 2020, month: 11 }.start().milliseconds() + DAY))
    }

    /// When somebody comes.
    pub fn from(self) -> Time {
        Time::from_milliseconds(self.monday + 4 * HOUR)
    }

    /// When nobody is there any more.
    pub fn to(self) -> Time {
        Time::from_milliseconds(self.end().milliseconds() - 4 * HOUR)
    }

    /// Two hours later officers take the key away.
    pub fn taken_back(self) -> Time {
        Time::from_milliseconds(self.end().milliseconds() - 2 * HOUR)
    }

    /// The first of its days, at midnight.
    pub fn begins(self) -> Time {
        Time::from_milliseconds(self.monday)
    }

    /// Behind the last of its days.
    pub fn end(self) -> Time {
        Time::from_milliseconds(self.monday + 42 * DAY)
    }

    fn has(self, time: Time) -> bool {
        (self.begins()..self.end()).contains(&time)
    }
}

/// Whose host is taken, in both windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The gateway's.
    Gateway,
    /// The warden's.
    Warden,
}

/// How a story goes.
#[derive(Debug, Clone)]
pub struct Course {
    /// The same seed tells the same story.
    pub seed: u64,
    /// What is sent.
    pub sendings: Vec<Sending>,
    /// How long it is kept behind its month.
    pub days: u32,
    /// Whether another organisation's layer is around all of it.
    pub co_held: bool,
    /// Whose host is taken.
    pub taken: Taken,
    /// When: the worst six weeks, and those of the story.
    pub windows: [Window; 2],
}

/// What there is when it has been told.
pub struct Told {
    /// The ledger's entries.
    pub leaves: Vec<Vec<u8>>,
    /// The last checkpoint, signed and cosigned.
    pub note: String,
    /// Headers of batches, and what shippers signed.
    pub beside: Files,
    /// What a reader has from elsewhere.
    pub pins: String,
    /// One batch of each month, as the gateway stores it.
    pub stored: Vec<Sealed>,
    /// The warden's keys that were taken in each window; where the gateway is, those that somebody would have had from the theft on.
    pub stolen: Vec<Stolen>,
    /// What the documents said.
    pub truth: Truth,
}

/// What a shipper's own books say of a window.
#[derive(Clone, Copy, Default)]
struct Sent {
    bodies: u64,
    rows: u64,
    parties: u64,
}

/// Everybody, and what they keep.
struct House {
    log: Log,
    custody: Custody,
    holder: Option<Holder>,
    gateway: Gateway,
    agreements: Vec<Agreement>,
    shippers: Vec<SigningKey>,
    sent: Vec<Sent>,
    writer: Writer,
    told: Told,
}

/// Tells it from July 2016 to May 2021.
///
/// # Errors
/// [`Fault`]: an entry that breaks the ledger's rules, or a document that is not accepted, ends it.
pub fn tell(course: &Course, audience: &dyn Audience) -> Result<Told, Fault> {
    let mut house = House::new(course)?;
    let mut coming = course.sendings.iter().peekable();
    let (mut hour, end) = (plan::begins().milliseconds(), plan::heard().milliseconds());
    while hour < end {
        house.log.now = Time::from_milliseconds(hour);
        house.keep(course)?;
        let mut any = false;
        while let Some(sending) = coming.next_if(|sending| sending.time.milliseconds() < hour + HOUR) {
            house.receive(sending, course)?;
            audience.heard(sending.recipients);
            any = true;
        }
        if any {
            house.gateway.tick(&mut house.log)?;
            house.log.beat()?;
        }
        hour += HOUR;
    }
    house.gateway.settle(&mut house.log)?;
    house.told.note = house.log.note()?;
    if let Some(holder) = &house.holder {
        house.told.beside.unwraps.push(holder.list(&house.log, &house.told.note)?);
        house.told.stolen.push(house.custody.taken_back());
    }
    house.told.pins = house.log.pins()?;
    Ok(Told { leaves: house.log.leaves, ..house.told })
}

impl House {
    fn new(course: &Course) -> Result<Self, Fault> {
        let mut log = Log::new(course.seed, plan::begins())?;
        let gateway = Gateway::new(course.seed);
        let genesis = Genesis {
            origin: ORIGIN.to_owned(),
            authority: Authority {
                threshold: 1,
                officers: vec![Officer { organisation: name("Carrier"), key: log.officer() }],
            },
            warden: log.warden(),
            copies_days: COPIES_DAYS,
            witnesses: log.witnesses(),
            quorum: 2,
            workers: vec![enrolled(&gateway)],
        };
        log.enter(Entry::Genesis(genesis))?;
        let mut dice = Dice::new(course.seed, "shippers");
        let shippers: Vec<_> = (0..SHIPPERS).map(|_| secret(&mut dice)).collect();
        let agreements: Vec<_> = (0..SHIPPERS).map(|number| agreement(number, course.days)).collect();
        let holder = course.co_held.then(|| Holder::new(course.seed));
        let layer = holder.as_ref().map(|holder| (Holder::name(), holder.layer().clone()));
        let mut house = Self {
            log,
            custody: Custody::new(course.seed, layer),
            holder,
            gateway,
            agreements,
            shippers,
            sent: vec![Sent::default(); SHIPPERS],
            writer: Writer::new(course.seed),
            told: Told {
                leaves: Vec::new(),
                note: String::new(),
                beside: Files::default(),
                pins: String::new(),
                stored: Vec::new(),
                stolen: Vec::new(),
                truth: Truth::default(),
            },
        };
        house.begin()?;
        Ok(house)
    }

    /// Officers say who exchanges what with whom, and whose word on what it sent counts.
    fn begin(&mut self) -> Result<(), Fault> {
        let carrier =
            Carrier { carrier: name("C-1"), key: None, certificates: [Hash([8; 32])].into(), edi: Default::default() };
        let shipper = |(terms, key): (&Agreement, &SigningKey)| Shipper {
            shipper: terms.shipper.clone(),
            key: Some(public(key)),
            opened_by: None,
        };
        let shippers: Vec<_> = self.agreements.iter().zip(&self.shippers).map(shipper).collect();
        let agreements = self.agreements.clone();
        let co_holders = self.holder.iter().map(Holder::named).collect();
        let carriers = vec![carrier];
        self.log.decide(|record| PolicyRecord { carriers, shippers, agreements, co_holders, ..record })?;
        self.make_keys()?;
        self.gateway.start(&mut self.log)
    }

    /// What happens at an hour, whoever sends anything.
    fn keep(&mut self, course: &Course) -> Result<(), Fault> {
        let now = self.log.now;
        let at = now.civil();
        if (at.day, at.hour) == (1, 0) {
            self.make_keys()?;
        }
        self.custody.destroy(&mut self.log)?;
        if at.hour == 0 {
            self.gateway.sleep();
        }
        if (plan::weekday(now), at.hour) == (0, 2) {
            self.gateway.start(&mut self.log)?;
        }
        for window in course.windows {
            self.suffer(course.taken, window)?;
        }
        if course.co_held && now == course.windows[1].from() {
            self.custody.taken(now);
        }
        self.log.beat()
    }

    /// What a window has in store for this hour.
    fn suffer(&mut self, taken: Taken, window: Window) -> Result<(), Fault> {
        let now = self.log.now;
        if now == window.from() && taken == Taken::Warden {
            self.custody.taken(now);
        }
        if now == window.taken_back() {
            match taken {
                Taken::Gateway => self.take_back_gateway()?,
                Taken::Warden => self.take_back_warden()?,
            }
        }
        if now == window.begins() {
            self.sent.fill(Sent::default());
        }
        if now.milliseconds() == window.end().milliseconds() + 6 * HOUR && taken == Taken::Gateway {
            self.sign_totals(window)?;
        }
        Ok(())
    }

    /// The gateway's machine is installed anew, with another key.
    fn take_back_gateway(&mut self) -> Result<(), Fault> {
        self.gateway.renew();
        let worker = enrolled(&self.gateway);
        self.log.decide(|record| PolicyRecord { workers: vec![worker], ..record })?;
        self.gateway.start(&mut self.log)
    }

    /// Another warden on another host; what is sealed from now on, is sealed to keys that it makes.
    fn take_back_warden(&mut self) -> Result<(), Fault> {
        self.log.renew(COPIES_DAYS)?;
        self.told.stolen.push(self.custody.taken_back());
        self.make_keys()
    }

    fn make_keys(&mut self) -> Result<(), Fault> {
        let generation = self.log.state.cast().ok_or(Fault::Empty)?.generation;
        self.custody.make(&mut self.log, &self.agreements, generation)
    }

    fn receive(&mut self, sending: &Sending, course: &Course) -> Result<(), Fault> {
        self.log.now = sending.time;
        let octets = self.writer.write(sending);
        self.told.truth.hear(&octets);
        let terms = &self.agreements[sending.shipper];
        let sealed = self.gateway.receive(&mut self.log, &self.custody, terms, &octets)?;
        if course.windows.iter().any(|window| window.has(sending.time)) {
            let sent = &mut self.sent[sending.shipper];
            sent.bodies += 1;
            sent.rows += u64::from(sealed.header.rows);
            sent.parties += sealed.header.parties;
        }
        self.told.beside.headers.insert(sealed.header.batch, disclosed(&sealed));
        let months = self.told.stored.last().map(|last| last.header.month);
        if months != Some(sealed.header.month) {
            self.told.stored.push(sealed);
        }
        Ok(())
    }

    /// Each shipper signs what it sent in these weeks, nothing too.
    fn sign_totals(&mut self, window: Window) -> Result<(), Fault> {
        let seen = self.log.note()?;
        for ((terms, key), sent) in self.agreements.iter().zip(&self.shippers).zip(&self.sent) {
            let record = SentTotalsRecord {
                origin: ORIGIN.to_owned(),
                shipper: terms.shipper.clone(),
                from: window.begins(),
                to: window.end(),
                bodies: sent.bodies,
                rows: sent.rows,
                parties: sent.parties,
                seen: seen.clone(),
            };
            self.told.beside.totals.push(SentTotals::new(record, key));
        }
        Ok(())
    }
}

fn enrolled(gateway: &Gateway) -> EnrolledWorker {
    EnrolledWorker {
        worker: Gateway::worker(),
        key: gateway.public(),
        organisation: name("Provider"),
        host: name("gw.example"),
    }
}

/// All that is sealed is kept equally long.
fn agreement(number: usize, days: u32) -> Agreement {
    let groups = vec![RetentionGroup { group: name("all"), classes: Classes::SEALED, days }];
    Agreement {
        agreement: name(&format!("A-{:02}", number + 1)),
        shipper: name(&edi_id(number)),
        carrier: name("C-1"),
        groups,
    }
}

fn name<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("the drill's names are names")
}
