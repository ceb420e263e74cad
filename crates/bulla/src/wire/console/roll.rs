//! The roll of those who may enter: a file in the gateway's directory, replaced whole at each change. What it has is nobody's secret: public
//! keys, and digests of links; whoever can write it can let themselves in.

use super::{
    person::{Held, Name, Person, PersonId, Secret},
    rights::Role,
};
use durable::Kept;
use gateway::partner::PartnerId;
use ledger::Time;
use passkey::Passkey;
use serde::{Deserialize, Serialize};
use std::path::Path;

const FILE: &str = "people.json";
const VERSION: u32 = 1;
/// Of many people with many passkeys.
const FILE_OCTETS_MAX: u64 = 64 << 20;
const PEOPLE_MAX: usize = 1000;
const PASSKEYS_MAX: usize = 10;

/// Why the roll stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such person, link or passkey, or not any more.
    #[error("no such person, link or passkey")]
    Missing,
    /// Nobody would be left to let others in; or there are too many already.
    #[error("not in a state for that")]
    State,
    /// It could not be written.
    #[error("the roll of people could not be written: {0}")]
    Disk(#[from] durable::Error),
    /// There are no random numbers.
    #[error("no random numbers")]
    Random(#[from] durable::random::NoRandomNumbers),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    people: Vec<Person>,
}

/// All who may enter.
pub struct Roll(Kept<Vec<Person>>);

impl Roll {
    /// Of a gateway's directory; nobody, where there is no file.
    pub fn open(dir: &Path) -> anyhow::Result<Self> {
        let path = dir.join(FILE);
        let people = match durable::read_if_there(&path, FILE_OCTETS_MAX)? {
            None => Vec::new(),
            Some(octets) => match serde_json::from_slice(&octets) {
                Ok(Written { version: VERSION, people }) if people.iter().all(Person::is_whole) => people,
                _ => anyhow::bail!("{} is not a roll of people of version {VERSION}", path.display()),
            },
        };
        Ok(Self(Kept::new(path, people, |people| {
            let written = Written { version: VERSION, people: people.clone() };
            serde_json::to_vec_pretty(&written).expect("string keys and plain values")
        })))
    }

    /// Looks, while others may change it: what is seen is on the disk.
    pub fn read<T>(&self, look: impl FnOnce(&[Person]) -> T) -> T {
        look(&self.0.read())
    }

    /// Changes, durably or not at all.
    fn change<T>(&self, work: impl FnOnce(&mut Vec<Person>) -> Result<T, Error>) -> Result<T, Error> {
        self.0.change(work)
    }

    /// For a start that finds no admin who can enter under this relying party's name: a link for one.
    pub fn first_link(&self, rp: &str, now: Time) -> Result<Option<Secret>, Error> {
        let enters = |one: &Person| one.is_working_admin() && one.passkeys.iter().any(|held| held.rp == rp);
        if self.read(|people| people.iter().any(enters)) {
            return Ok(None);
        }
        self.change(|people| {
            let may = |one: &Person| one.role == Role::Admin && !one.disabled && one.passkeys.len() < PASSKEYS_MAX;
            let waiting = people.iter().position(may);
            let at = match waiting {
                Some(at) => at,
                None => {
                    let name = Name::read("admin").ok_or(Error::State)?;
                    people.push(Person::new(PersonId::new()?, name, Role::Admin, None).ok_or(Error::State)?);
                    people.len() - 1
                }
            };
            Ok(Some(people[at].link(now)?))
        })
    }

    /// Somebody new, and the link for their first passkey.
    pub fn invite(
        &self,
        name: Name,
        role: Role,
        partner: Option<PartnerId>,
        now: Time,
    ) -> Result<(PersonId, Secret), Error> {
        self.change(|people| {
            let id = PersonId::new()?;
            let mut person = Person::new(id.clone(), name, role, partner).ok_or(Error::State)?;
            let secret = person.link(now)?;
            if people.len() >= PEOPLE_MAX {
                return Err(Error::State);
            }
            people.push(person);
            Ok((id, secret))
        })
    }

    /// A link for another passkey.
    pub fn link(&self, id: &str, now: Time) -> Result<Secret, Error> {
        self.change(|people| {
            let person = of(people, id)?;
            if person.disabled || person.passkeys.len() >= PASSKEYS_MAX {
                return Err(Error::State);
            }
            Ok(person.link(now)?)
        })
    }

    /// Keeps somebody out, with their passkeys and their link.
    pub fn disable(&self, id: &str) -> Result<(), Error> {
        self.change(|people| {
            let person = of(people, id)?;
            person.disabled = true;
            person.passkeys.clear();
            person.end_link();
            somebody_lets_in(people)
        })
    }

    /// Lets somebody in again who was kept out: with a new link, as their passkeys are gone.
    pub fn enable(&self, id: &str, now: Time) -> Result<Secret, Error> {
        self.change(|people| {
            let person = of(people, id)?;
            if !person.disabled {
                return Err(Error::State);
            }
            person.disabled = false;
            Ok(person.link(now)?)
        })
    }

    /// Takes a passkey away, by its id's digest.
    pub fn remove(&self, id: &str, digest: &[u8; 32]) -> Result<(), Error> {
        self.change(|people| {
            let person = of(people, id)?;
            let at = person.passkeys.iter().position(|held| passkey::digest(held.passkey.id()) == *digest);
            person.passkeys.remove(at.ok_or(Error::Missing)?);
            somebody_lets_in(people)
        })
    }

    /// Uses a link, once: the person has this passkey from now on.
    pub fn join(&self, secret: &Secret, passkey: Passkey, rp: &str, now: Time) -> Result<PersonId, Error> {
        self.change(|people| {
            // An id names one key of one person, whoever's authenticator says otherwise.
            let known = people.iter().flat_map(|one| &one.passkeys).any(|held| held.passkey.id() == passkey.id());
            let person = people.iter_mut().find(|one| one.is_opened_by(secret, now)).ok_or(Error::Missing)?;
            if known || person.passkeys.len() >= PASSKEYS_MAX {
                return Err(Error::State);
            }
            person.passkeys.push(Held { passkey, rp: rp.to_owned(), since: now });
            person.end_link();
            Ok(person.id.clone())
        })
    }

    /// Notes a passkey's counter, where it counts, before anybody is let in by it: of two who come with the same count, one is second.
    pub fn count(&self, digest: &[u8; 32], count: u32) -> Result<(), Error> {
        if count == 0 {
            return Ok(());
        }
        self.change(|people| {
            let mut all = people.iter_mut().filter(|one| !one.disabled).flat_map(|one| &mut one.passkeys);
            let held = all.find(|held| passkey::digest(held.passkey.id()) == *digest).ok_or(Error::Missing)?;
            held.passkey = held.passkey.clone().above(count).ok_or(Error::State)?;
            Ok(())
        })
    }
}

/// Who holds the passkey whose id has this digest, and may enter.
pub fn holder<'p>(people: &'p [Person], digest: &[u8; 32]) -> Option<(&'p Person, &'p Held)> {
    people.iter().filter(|one| !one.disabled).find_map(|one| {
        let held = one.passkeys.iter().find(|held| passkey::digest(held.passkey.id()) == *digest)?;
        Some((one, held))
    })
}

fn of<'p>(people: &'p mut [Person], id: &str) -> Result<&'p mut Person, Error> {
    people.iter_mut().find(|one| one.id.as_str() == id).ok_or(Error::Missing)
}

/// Who takes the last admin's way in away locks everybody out of this.
fn somebody_lets_in(people: &[Person]) -> Result<(), Error> {
    if people.iter().any(Person::is_working_admin) { Ok(()) } else { Err(Error::State) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn at(hours: i64) -> Time {
        Time::from_milliseconds(hours * HOUR)
    }

    fn passkey(id: u8) -> Passkey {
        let text = format!(r#"{{"id":"0{id}","key":{{"ed_dsa":"0{id}"}},"count":0}}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_link_is_for_one_passkey_and_a_day_and_only_its_digest_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let roll = Roll::open(dir.path()).unwrap();
        let first = roll.first_link("localhost", at(0)).unwrap().unwrap();
        let second = roll.first_link("localhost", at(1)).unwrap().unwrap();
        assert!(matches!(roll.join(&first, passkey(1), "localhost", at(1)), Err(Error::Missing)), "another start");
        assert!(matches!(roll.join(&second, passkey(1), "localhost", at(25)), Err(Error::Missing)), "a day later");
        let text = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(!text.contains(second.expose()), "{text}");
        let admin = roll.join(&second, passkey(1), "localhost", at(24)).unwrap();
        assert!(matches!(roll.join(&second, passkey(2), "localhost", at(24)), Err(Error::Missing)), "used");
        assert!(roll.first_link("localhost", at(24)).unwrap().is_none(), "there is an admin");

        let (desk, link) = roll.invite(Name::read("Ada").unwrap(), Role::Desk, None, at(24)).unwrap();
        assert!(matches!(roll.join(&link, passkey(1), "localhost", at(24)), Err(Error::State)), "another's passkey");
        roll.disable(desk.as_str()).unwrap();
        assert!(matches!(roll.join(&link, passkey(2), "localhost", at(24)), Err(Error::Missing)), "kept out");
        assert!(matches!(roll.link(desk.as_str(), at(24)), Err(Error::State)));
        let again = roll.enable(desk.as_str(), at(24)).unwrap();
        assert!(matches!(roll.enable(desk.as_str(), at(24)), Err(Error::State)), "not kept out");
        assert!(matches!(roll.join(&link, passkey(2), "localhost", at(24)), Err(Error::Missing)), "the link of before");
        roll.join(&again, passkey(2), "localhost", at(24)).unwrap();
        roll.disable(desk.as_str()).unwrap();
        assert!(matches!(roll.disable(admin.as_str()), Err(Error::State)), "the last admin");
        let only = passkey::digest(&[1]);
        assert!(matches!(roll.remove(admin.as_str(), &only), Err(Error::State)), "the last admin's last passkey");
        let again = Roll::open(dir.path()).unwrap();
        assert!(again.read(|people| people.len() == 2 && people[0].is_working_admin() && people[1].disabled));
    }

    #[test]
    fn of_two_who_come_with_one_count_one_gets_in() {
        let dir = tempfile::tempdir().unwrap();
        let roll = Roll::open(dir.path()).unwrap();
        let link = roll.first_link("localhost", at(0)).unwrap().unwrap();
        roll.join(&link, passkey(1), "localhost", at(0)).unwrap();
        let count = |id, count| roll.count(&passkey::digest(&[id]), count);
        assert!(count(1, 0).is_ok() && count(1, 5).is_ok());
        assert!(matches!(count(1, 5), Err(Error::State)));
        assert!(matches!(count(2, 6), Err(Error::Missing)));
    }

    #[test]
    fn a_roll_that_cannot_be_read_lets_nobody_in() {
        let dir = tempfile::tempdir().unwrap();
        let person = |role, partner| {
            let id = "00".repeat(16);
            format!(
                r#"{{"version":1,"people":[{{"id":"{id}","name":"A","role":"{role}","partner":{partner},"passkeys":[],"disabled":false,"link":null}}]}}"#
            )
        };
        let opened = |text: &str| {
            std::fs::write(dir.path().join(FILE), text).unwrap();
            Roll::open(dir.path()).is_ok()
        };
        assert!(opened(&person("desk", "null")) && opened(&person("partner", "\"northshop\"")));
        for wrong in [
            r#"{"version":2,"people":[]}"#,
            "",
            &person("desk", "null")[1..],
            &person("partner", "null"),
            &person("desk", "\"northshop\""),
            &person("operator", "null"),
        ] {
            assert!(!opened(wrong), "{wrong}");
        }
    }
}
