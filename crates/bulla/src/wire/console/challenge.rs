//! Challenges that were given out and not answered: each for one browser, one ceremony, five minutes and one answer.

use durable::random;
use ledger::Time;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

const KEPT_MILLISECONDS: i64 = 5 * 60_000;
/// With more, the oldest of the address that has most is worth nothing: who asks for many takes them from nobody else.
const CHALLENGES_MAX: usize = 10_000;

/// What a challenge is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ceremony {
    Join,
    Enter,
}

struct Given {
    challenge: [u8; 32],
    when: Time,
    to: IpAddr,
}

/// A browser has one challenge for each ceremony, the last that it asked for.
#[derive(Default)]
pub struct Challenges(Mutex<HashMap<([u8; 32], Ceremony), Given>>);

impl Challenges {
    /// A new one, for the browser with this cookie at this address.
    pub fn give(
        &self,
        to: IpAddr,
        door: &str,
        ceremony: Ceremony,
        now: Time,
    ) -> Result<[u8; 32], random::NoRandomNumbers> {
        let challenge = random::octets::<32>()?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CHALLENGES_MAX {
            all.retain(|_, given| given.lasts(now));
        }
        if all.len() >= CHALLENGES_MAX {
            let mut counts = HashMap::<IpAddr, usize>::new();
            all.values().for_each(|given| *counts.entry(given.to).or_default() += 1);
            let most = counts.into_iter().max_by_key(|(_, count)| *count).map(|(to, _)| to);
            let own = all.iter().filter(|(_, given)| Some(given.to) == most);
            let oldest = own.min_by_key(|(_, given)| given.when).map(|(key, _)| *key);
            oldest.map(|key| all.remove(&key));
        }
        all.insert((key(door), ceremony), Given { challenge, when: now, to });
        Ok(challenge)
    }

    /// The one to be answered, which nobody can answer again, whatever this answer is worth.
    pub fn take(&self, door: &str, ceremony: Ceremony, now: Time) -> Option<[u8; 32]> {
        let given = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(key(door), ceremony))?;
        given.lasts(now).then_some(given.challenge)
    }
}

impl Given {
    fn lasts(&self, now: Time) -> bool {
        now.milliseconds() - self.when.milliseconds() < KEPT_MILLISECONDS
    }
}

fn key(door: &str) -> [u8; 32] {
    Sha256::digest(door).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn a_challenge_is_for_one_browser_one_ceremony_five_minutes_and_one_answer() {
        let (all, at) = (Challenges::default(), Time::from_milliseconds);
        let given = all.give(HERE, "one", Ceremony::Enter, at(0)).unwrap();
        assert_eq!(all.take("two", Ceremony::Enter, at(1)), None);
        assert_eq!(all.take("one", Ceremony::Join, at(1)), None);
        assert_eq!(all.take("one", Ceremony::Enter, at(299_999)), Some(given));
        assert_eq!(all.take("one", Ceremony::Enter, at(299_999)), None);
        all.give(HERE, "one", Ceremony::Enter, at(0)).unwrap();
        assert_eq!(all.take("one", Ceremony::Enter, at(300_000)), None);
    }

    #[test]
    fn many_take_no_more_room_than_there_is() {
        let all = Challenges::default();
        for number in 0..=CHALLENGES_MAX {
            all.give(HERE, &number.to_string(), Ceremony::Enter, Time::from_milliseconds(number as i64 % 2)).unwrap();
        }
        assert_eq!(all.0.lock().unwrap().len(), CHALLENGES_MAX);
    }

    #[test]
    fn who_asks_for_many_takes_none_from_another_address() {
        let (all, at) = (Challenges::default(), Time::from_milliseconds);
        let given = all.give(HERE, "one", Ceremony::Enter, at(0)).unwrap();
        for number in 0..=CHALLENGES_MAX {
            all.give(THERE, &number.to_string(), Ceremony::Enter, at(1)).unwrap();
        }
        assert_eq!(all.take("one", Ceremony::Enter, at(2)), Some(given));
    }
}
