//! What needs somebody now: the day in figures, and the list behind each of them.

use super::{findings, list};
use crate::{Error, Gateway, partner::Partner};
use api::gateway::{
    Delivery,
    desk::{Figures, Page, Place, Row, Standing, Usual, Wanted},
};
use ledger::{AgreementId, InterchangeId, Time};
use vault::Stored;

const PAGE_LENGTH: usize = 50;
const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;
/// So many earlier weeks are looked at, and fewer than so many say nothing about what is usual.
const WEEKS: std::ops::RangeInclusive<i64> = 4..=8;

/// The day so far; `only`: a partner's own.
pub fn figures(gateway: &Gateway, only: Option<&Partner>) -> Result<Figures, Error> {
    let (now, vault, partner) = (gateway.now(), &gateway.vault, only.map(|partner| partner.id.as_str()));
    let midnight = Time::from_milliseconds(now.milliseconds().div_euclid(DAY) * DAY);
    let until = Time::from_milliseconds(now.milliseconds().saturating_add(1));
    let (mut waiting, mut unanswered, mut overdue) = (0, 0, 0);
    for agreement in of(gateway, only) {
        waiting += vault.under_way(&agreement.id)?;
        let Some(hours) = agreement.answer_hours else { continue };
        let (late, all) = (vault.unjudged(&agreement.id, due(now, hours))?, vault.unjudged(&agreement.id, until)?);
        overdue += late;
        unanswered += all.saturating_sub(late);
    }
    Ok(Figures {
        now,
        received: vault.received(partner, midnight, until)?,
        refused: vault.refused(partner, midnight, until)?,
        waiting,
        unanswered,
        overdue,
        hours: vault.hours(partner, midnight)?,
        usual: usual(gateway, partner, midnight, until)?,
    })
}

/// The agreements under which a partner sends; everyone's.
fn of(gateway: &Gateway, only: Option<&Partner>) -> Vec<crate::partner::Agreement> {
    let partners = gateway.partners();
    let own = |agreement: &&crate::partner::Agreement| only.is_none_or(|partner| agreement.shipper == partner.id);
    partners.agreements().filter(own).cloned().collect()
}

/// What was delivered before that moment should have its carrier's answer by now.
fn due(now: Time, hours: u32) -> Time {
    Time::from_milliseconds(now.milliseconds() - i64::from(hours) * HOUR)
}

fn usual(gateway: &Gateway, partner: Option<&str>, midnight: Time, until: Time) -> Result<Option<Usual>, Error> {
    let Some(first) = gateway.vault.first_received(partner)? else { return Ok(None) };
    let weeks = (midnight.milliseconds() - first.milliseconds()) / (7 * DAY);
    if weeks < *WEEKS.start() {
        return Ok(None);
    }
    let days = weeks.min(*WEEKS.end());
    let (mut by_now, mut hours) = ((u64::MAX, 0), [(u64::MAX, 0); 24]);
    let wider = |range: &mut (u64, u64), count: u64| *range = (range.0.min(count), range.1.max(count));
    for week in 1..=days {
        let earlier = |time: Time| Time::from_milliseconds(time.milliseconds() - week * 7 * DAY);
        wider(&mut by_now, gateway.vault.received(partner, earlier(midnight), earlier(until))?);
        let counts = gateway.vault.hours(partner, earlier(midnight))?;
        hours.iter_mut().zip(counts).for_each(|(range, count)| wider(range, count));
    }
    Ok(Some(Usual { days: usize::try_from(days).unwrap_or_default(), by_now, hours }))
}

/// A part of the list, newest first; `only`: a partner's own.
pub fn page(gateway: &Gateway, only: Option<&Partner>, wanted: &Wanted) -> Result<Page, Error> {
    let own = only.map(|partner| partner.id.to_string());
    let asked = vault::Wanted {
        partner: own.or_else(|| wanted.partner.clone()),
        channel: wanted.channel,
        kind: wanted.kind,
        standing: wanted.standing.map(|standing| standing_of(gateway, only, standing)),
        control: wanted.control.clone(),
        since: wanted.since,
        after: wanted.after.map(|Place { received, position }| vault::Place { received, position }),
    };
    let (stored, older) = gateway.vault.page(&asked, PAGE_LENGTH)?;
    let rows = stored.iter().map(|stored| row(gateway, stored)).collect::<Result<_, _>>()?;
    let older = older.map(|vault::Place { received, position }| Place { received, position });
    Ok(Page { rows, older })
}

fn standing_of(gateway: &Gateway, only: Option<&Partner>, standing: Standing) -> vault::Standing {
    let now = gateway.now();
    let before = |of: fn(Time, u32) -> Time| {
        let timed = |agreement: crate::partner::Agreement| Some((agreement.id, of(now, agreement.answer_hours?)));
        self::of(gateway, only).into_iter().filter_map(timed).collect::<Vec<(AgreementId, Time)>>()
    };
    match standing {
        Standing::InPart => vault::Standing::InPart,
        Standing::Refused => vault::Standing::Refused,
        Standing::Waiting => vault::Standing::Waiting,
        Standing::Held => vault::Standing::Held,
        Standing::Rejected => vault::Standing::Rejected,
        Standing::Overdue => vault::Standing::Unanswered(before(due)),
        Standing::Unanswered => vault::Standing::Unanswered(before(|now, _| now.plus_hours(1))),
    }
}

fn row(gateway: &Gateway, stored: &Stored) -> Result<Row, Error> {
    let this = &stored.interchange;
    let deliveries = gateway.vault.deliveries_of(&this.id)?;
    let partners = gateway.partners();
    let due = |delivery: &vault::Delivery| {
        let agreement = partners.agreements().find(|agreement| agreement.id == delivery.agreement)?;
        let had = delivery.acknowledged.filter(|_| delivery.judged.is_none())?;
        Some(had.plus_hours(agreement.answer_hours?))
    };
    let answer_due = deliveries.iter().filter_map(due).min();
    Ok(Row {
        interchange: list::interchange(gateway, stored)?,
        channel: this.channel,
        kinds: this.kinds.clone(),
        answered: this.answered,
        deliveries: deliveries.into_iter().map(|delivery| list::shown(gateway, delivery)).collect(),
        answer_due,
    })
}

/// One interchange with its answer's octets, and every attempt of its deliveries; none if there is none of that id that `only`
/// may see.
pub fn one(gateway: &Gateway, only: Option<&Partner>, id: &InterchangeId) -> Result<Option<(Row, Vec<u8>)>, Error> {
    let Some(stored) = gateway.vault.interchange(id)?.filter(|stored| list::is_of(only, stored)) else {
        return Ok(None);
    };
    let mut row = row(gateway, &stored)?;
    row.interchange.findings = findings::of(gateway, id)?;
    for delivery in &mut row.deliveries {
        let found: Option<Delivery> = list::find_delivery(gateway, &delivery.id)?;
        delivery.history = found.and_then(|found| found.history);
    }
    Ok(Some((row, stored.interchange.answer)))
}
