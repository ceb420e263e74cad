//! `bulla canary`: a shipper of made-up people whose parcels go the whole way and are opened and compared, so that whoever seals to
//! another key, loses or changes something is found out within a day.

use super::{Access, Ending, access::problem, open::Open};
use anyhow::{Context, Result};
use api::warden::Fields;
use clap::{Args, Subcommand};
use durable::random;
use gateway::{Clock, clock::System};
use ledger::{FieldClass, PrincipalId, Ticket, Time};
use manifest::Record;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// How long an entry may take to the ledger.
const PATIENCE: Duration = Duration::from_secs(60);

/// A made-up parcel goes the whole way: sent, sealed, entered, opened, compared
///
/// Run it daily, by a timer, where the gateway is not. Officers name the shipper (`[[shipper]]` with `opened_by` in the file of
/// `bulla authority people`): then whoever else opens its parcels raises the warden's alarm, and reports show them in a line of their own.
#[derive(Subcommand)]
pub enum Canary {
    /// Once, now; exit code 1: what was opened is not what was sent
    Run(Box<Run>),
}

/// Who sends, to whom, and who opens.
#[derive(Args)]
pub struct Run {
    /// The made-up shipper's name in documents
    #[arg(long, default_value = "CANARY")]
    sender: String,
    /// The receiver's name in documents
    #[arg(long)]
    receiver: String,
    /// A file with the shipper's bearer token
    #[arg(long)]
    shipper_token: PathBuf,
    /// Who opens; demo/PRINCIPAL.key signs, demo/PRINCIPAL.result-key opens the answer
    #[arg(long, default_value = "canary-1")]
    principal: PrincipalId,
    /// What you know of the ledger from elsewhere; the demo's pins are found in --data
    #[arg(long)]
    pins: Option<PathBuf>,
    #[command(flatten)]
    access: Access,
}

impl Canary {
    pub fn run(&self) -> Result<Ending> {
        let Self::Run(run) = self;
        run.run()
    }
}

impl Run {
    fn run(&self) -> Result<Ending> {
        let made = MadeUp::new(System.now())?;
        let sent = self.access.as_whom(&self.shipper_token).post(
            "/v1/interchanges",
            "application/edi-x12",
            made.document(&self.sender, &self.receiver),
        )?;
        if sent.status != 200 {
            eprintln!("the made-up parcel was not taken: {}", problem(&sent));
            return Ok(Ending::Refused);
        }
        let Some(fields) = self.opened(&made)? else {
            eprintln!("the made-up parcel {} was sent, and could not be opened", made.tracking);
            return Ok(Ending::Refused);
        };
        for (what, value) in made.values() {
            if !holds(&fields, value)? {
                eprintln!(
                    "ALARM: the made-up parcel {} was opened, and its {what} is not what was sent: something on its way changed it",
                    made.tracking
                );
                return Ok(Ending::Refused);
            }
        }
        println!("{} was sent, sealed, entered, opened by {} and found as it was", made.tracking, self.principal);
        Ok(Ending::Done)
    }

    /// What the warden opens of it, once it is in the ledger.
    fn opened(&self, made: &MadeUp) -> Result<Option<Fields>> {
        let ticket: Ticket = format!("CANARY-{}", &made.tracking[2..]).parse().context("a ticket")?;
        let open =
            Open::of(self.principal.clone(), ticket, FieldClass::Address, self.pins.clone(), self.access.clone());
        let began = Instant::now();
        loop {
            match open.single(&made.tracking)? {
                Some(fields) => return Ok(Some(fields)),
                None if began.elapsed() > PATIENCE => return Ok(None),
                None => std::thread::sleep(Duration::from_secs(1)),
            }
        }
    }
}

/// A parcel and its recipient, neither of whom exists.
struct MadeUp {
    now: Time,
    /// Nine digits, for control numbers.
    control: u32,
    tracking: String,
    name: String,
    street: String,
    city: String,
}

impl MadeUp {
    fn new(now: Time) -> Result<Self> {
        let octets: [u8; 16] = random::octets()?;
        let word = |at: usize| {
            const SYLLABLES: [&str; 16] = [
                "BRAM", "CALD", "DREN", "FELL", "GOR", "HESP", "ILV", "KELM", "LORN", "MAV", "NEST", "OLV", "PRAX",
                "QUEL", "RUND", "TAMB",
            ];
            const ENDS: [&str; 8] = ["ERIN", "OLET", "ANDA", "UMBER", "IWICK", "ESTER", "OVAR", "ISSEL"];
            format!("{}{}", SYLLABLES[usize::from(octets[at] % 16)], ENDS[usize::from(octets[at + 1] % 8)])
        };
        let number = u64::from_be_bytes([0, 0, octets[8], octets[9], octets[10], octets[11], octets[12], octets[13]]);
        Ok(Self {
            now,
            control: u32::try_from(number % 899_999_999).unwrap_or_default() + 100_000_000,
            tracking: format!("99{:014}", number % 100_000_000_000_000),
            name: format!("{} {}", word(0), word(2)),
            street: format!("{} {} LANE", 1 + u32::from(octets[14]), word(4)),
            city: word(6),
        })
    }

    fn values(&self) -> [(&'static str, &str); 3] {
        [("recipient's name", &self.name), ("street", &self.street), ("city", &self.city)]
    }

    fn document(&self, sender: &str, receiver: &str) -> Vec<u8> {
        let (day, time) = self.stamp();
        let Self { control, tracking, name, street, city, .. } = self;
        let set = [
            "ST*856*0001".to_owned(),
            format!("BSN*00*CANARY-{control}*{day}*{time}"),
            "HL*1**S".to_owned(),
            format!("DTM*011*{day}"),
            "N1*SF*MADE-UP SHIPPER".to_owned(),
            "HL*2*1*P".to_owned(),
            format!("PRF*CANARY-{control}"),
            "TD1******G*1.5*KG".to_owned(),
            format!("MAN*CP*{tracking}"),
            format!("N1*ST*{name}"),
            format!("N3*{street}"),
            format!("N4*{city}*ON*M5V 0A0*CA"),
            "CTT*2".to_owned(),
        ];
        let segments = set.len() + 1;
        let short = &day[2..];
        let head = format!(
            "ISA*00*          *00*          *ZZ*{sender:15}*ZZ*{receiver:15}*{short}*{time}*U*00401*{control}*0*P*>~\n\
             GS*SH*{sender}*{receiver}*{day}*{time}*{control}*X*004010~\n"
        );
        let tail = format!("SE*{segments}*0001~\nGE*1*{control}~\nIEA*1*{control}~\n");
        format!("{head}{}~\n{tail}", set.join("~\n")).into_bytes()
    }

    /// Day and time as X12 writes them.
    fn stamp(&self) -> (String, String) {
        let text = self.now.to_string();
        let digits = |range: std::ops::Range<usize>| text[range].chars().filter(char::is_ascii_digit).collect();
        (digits(0..10), digits(11..16))
    }
}

/// Whether one of the opened fields is this.
fn holds(fields: &Fields, value: &str) -> Result<bool> {
    for cell in &fields.fields {
        let Some(octets) = &cell.value else { continue };
        let decoded = Record::decode(cell.class, &octets.0).context("the opened fields are damaged")?;
        if decoded.iter().any(|field| field.value.expose() == value.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It would be refused for its own faults otherwise, and be no sign of anything.
    #[test]
    fn the_made_up_document_has_no_findings() {
        for _ in 0..200 {
            let made = MadeUp::new(System.now()).unwrap();
            let octets = made.document("CANARY", "DEMOCARRIER");
            let (interchange, findings) = edi::read(&octets, &edi::Limits::default());
            assert!(findings.is_empty() && interchange.groups.len() == 1, "{findings:?}");
            assert_eq!(edi::census(&interchange).rows, 1);
        }
    }
}
