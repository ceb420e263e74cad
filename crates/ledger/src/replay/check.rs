//! Whether an entry may follow. Nothing here changes the state: a refused entry leaves no trace.

use super::{Cast, LARGEST, Period, Rule, State};
use crate::{Classes, CountScope, entry::*, identifier::*, opening::Scope, word::FieldClass};
use std::collections::BTreeSet;

/// Breaks `rule` unless `holds`.
pub(super) fn ensure(holds: bool, rule: impl FnOnce() -> Rule) -> Result<(), Rule> {
    if holds { Ok(()) } else { Err(rule()) }
}

fn sealed_classes(classes: Classes) -> Result<(), Rule> {
    ensure(!classes.is_empty() && classes.is_subset(Classes::SEALED), || Rule::Classes)
}

impl State {
    pub(super) fn follows(&self, index: u64, logged: &Logged) -> Result<(), Rule> {
        ensure(index == self.size, || Rule::Index { expected: self.size })?;
        if let Some(before) = self.time {
            // What the clock of a warden that was taken said does not bind the next one: years ahead, it would end all budgets.
            let back = logged.time < before && !logged.entry.makes_generation();
            ensure(!back, || Rule::TimeBack { time: logged.time, before })?;
        }
        if let Entry::Genesis(genesis) = &logged.entry {
            ensure(self.genesis.is_none(), || Rule::SecondGenesis)?;
            return Cast::first(genesis).check(&genesis.origin);
        }
        ensure(self.genesis.is_some(), || Rule::NotGenesis)?;
        match &logged.entry {
            Entry::Genesis(_) => Ok(()),
            Entry::Policy(policy) => self.check_policy(index, policy),
            Entry::Revocation(revocation) => self.check_revocation(revocation),
            Entry::Lockdown(lockdown) => self.check_lockdown(lockdown),
            Entry::Heartbeat(beat) => self.check_note(index, &beat.note),
            Entry::PeriodKey(made) => self.check_period_key(made),
            Entry::IndexKey(handed) => self.enrolled(&handed.worker).map(|_| ()),
            Entry::Start(start) => self.check_start(start),
            Entry::Tick(tick) => self.check_tick(tick),
            Entry::Intake(intake) => self.check_intake(intake),
            Entry::Intent(intent) => self.check_intent(intent),
            Entry::Receipt(receipt) => self.check_receipt(receipt),
            Entry::CountIntent(own) => self.check_count(own),
            Entry::Counted(own) => self.check_counted(own),
            Entry::ShredIntent(shred) => self.living(shred).map(|_| ()),
            Entry::Resurfaced(copy) => {
                let period = self.periods.get(&copy.period).filter(|period| period.key == copy.key);
                let shredded = period.is_some_and(|period| period.shredded.is_some());
                ensure(shredded, || Rule::ResurfacedUnknown { period: copy.period.clone() })
            }
            Entry::Shred(shred) => {
                let period = self.living(shred)?;
                ensure(period.shred_intent.is_some(), || Rule::ShredWithoutIntent { period: shred.period.clone() })
            }
        }
    }

    pub(super) fn enrolled(&self, worker: &WorkerId) -> Result<crate::PublicKey, Rule> {
        self.worker_key(worker).ok_or_else(|| Rule::UnknownWorker { worker: worker.clone() })
    }

    /// A checkpoint of this ledger that was there before. Whether root and signatures are right needs the tree.
    fn check_note(&self, index: u64, note: &str) -> Result<(), Rule> {
        let origin = self.genesis.as_ref().map(|genesis| genesis.origin.as_str());
        let text = tlog::note::split(note.as_bytes()).map_err(|_| Rule::Note)?.0;
        let checkpoint = tlog::Checkpoint::parse(text).map_err(|_| Rule::Note)?;
        ensure(Some(checkpoint.origin()) == origin && checkpoint.size() <= index, || Rule::Note)
    }

    fn check_policy(&self, index: u64, policy: &Policy) -> Result<(), Rule> {
        let record = &policy.record;
        let (genesis, cast) = self.genesis.as_ref().zip(self.cast()).ok_or(Rule::NotGenesis)?;
        ensure(policy.is_signed_by(&cast.authority), || Rule::PolicySignatures)?;
        ensure(record.origin == genesis.origin, || Rule::PolicyOrigin)?;
        let expected = self.policies + 1;
        ensure(record.number == expected, || Rule::PolicyNumber { found: record.number, expected })?;
        ensure(!record.is_empty(), || Rule::PolicyEmpty)?;
        let names = || record.carriers.iter().map(|carrier| &carrier.carrier);
        let once = names().count() == names().collect::<BTreeSet<_>>().len();
        let ids = || record.agreements.iter().map(|terms| &terms.agreement);
        let once = once && ids().count() == ids().collect::<BTreeSet<_>>().len();
        let senders = || record.shippers.iter().map(|own| &own.shipper);
        let once = once && senders().count() == senders().collect::<BTreeSet<_>>().len();
        let people = || record.principals.iter().map(|principal| &principal.principal);
        let once = once && people().count() == people().collect::<BTreeSet<_>>().len();
        ensure(once, || Rule::PolicyTwice)?;
        if let Some(none) = record.carriers.iter().find(|carrier| carrier.certificates.is_empty()) {
            return Err(Rule::NoCertificate { carrier: none.carrier.clone() });
        }
        for terms in &record.agreements {
            let known = self.carriers.contains_key(&terms.carrier) || names().any(|name| *name == terms.carrier);
            ensure(known, || Rule::UnknownCarrier { carrier: terms.carrier.clone() })?;
            terms.groups.iter().try_for_each(|group| sealed_classes(group.classes))?;
            let days = terms.groups.iter().map(|group| group.days).max().unwrap_or_default();
            let agreement = || terms.agreement.clone();
            ensure(days <= RetentionGroup::DAYS_MAX, || Rule::Days { agreement: agreement(), days })?;
        }
        self.check_holds(record)?;
        self.check_co_holders(record)?;
        let open = record.principals.iter().any(|principal| principal.classes.contains(FieldClass::Operational));
        ensure(!open, || Rule::Classes)?;
        let few = |principal: &Principal| principal.counts.is_some_and(|least| least < CountScope::LEAST);
        ensure(!record.principals.iter().any(few), || Rule::CountLeast)?;
        record.seen.iter().try_for_each(|note| self.check_note(index, note))?;
        let next = cast.after(index, record);
        next.map_or(Ok(()), |next| self.check_cast(record, &next))
    }

    fn check_holds(&self, record: &PolicyRecord) -> Result<(), Rule> {
        let mut named = BTreeSet::new();
        for Hold { agreement, first, last, .. } in &record.holds {
            let new = record.agreements.iter().any(|terms| terms.agreement == *agreement);
            let known = new || self.agreements.contains_key(agreement);
            ensure(known, || Rule::UnknownAgreement { agreement: agreement.clone() })?;
            ensure(first <= last, || Rule::HoldMonths { agreement: agreement.clone() })?;
            ensure(named.insert((agreement, first, last)), || Rule::PolicyTwice)?;
        }
        Ok(())
    }

    /// A generation is another key on another host; what is new about it the officers' note shows.
    fn check_cast(&self, record: &PolicyRecord, next: &Cast) -> Result<(), Rule> {
        if let Some(Generation { warden, .. }) = &record.generation {
            let known = |old: &PlacedKey| old.key == warden.key || old.host.folded() == warden.host.folded();
            let before = |cast: &Cast| known(&cast.warden.warden);
            ensure(!self.casts.iter().any(before), || Rule::GenerationTwice)?;
            ensure(record.seen.is_some(), || Rule::UnseenGeneration)?;
        }
        let mut named = BTreeSet::new();
        if let Some(twice) = record.workers.iter().find(|worker| !named.insert(&worker.worker)) {
            return Err(Rule::WorkerTwice { worker: twice.worker.clone() });
        }
        next.check(&record.origin)
    }

    /// A name and its keys are one co-holder's for good, and nobody who takes its host has a warden's or worker's with it.
    fn check_co_holders(&self, record: &PolicyRecord) -> Result<(), Rule> {
        let mut all: Vec<&CoHolder> = self.co_holders.values().collect();
        for new in &record.co_holders {
            let known =
                |old: &&CoHolder| old.co_holder == new.co_holder || old.key == new.key || old.seal_key == new.seal_key;
            ensure(!all.iter().any(known), || Rule::CoHolderTwice { co_holder: new.co_holder.clone() })?;
            all.push(new);
        }
        let workers = self.casts.iter().flat_map(|cast| &cast.workers).chain(&record.workers).map(|own| &own.host);
        let wardens = self.casts.iter().map(|cast| &cast.warden).chain(&record.generation).map(|own| &own.warden.host);
        let taken: BTreeSet<_> = workers.chain(wardens).map(PlaceName::folded).collect();
        let beside = all.into_iter().find(|own| taken.contains(&own.host.folded()));
        beside.map_or(Ok(()), |own| Err(Rule::CoHolderBeside { co_holder: own.co_holder.clone() }))
    }

    fn check_revocation(&self, revocation: &Revocation) -> Result<(), Rule> {
        let RevocationRecord { origin, key } = &revocation.record;
        let (genesis, cast) = self.genesis.as_ref().zip(self.cast()).ok_or(Rule::NotGenesis)?;
        let signed = *origin == genesis.origin && revocation.is_signed_by(&cast.authority);
        ensure(signed, || Rule::RevocationSignature)?;
        let asks = self.principals.values().any(|principal| principal.key == *key);
        let works = cast.workers.iter().any(|worker| worker.key == *key);
        let carries = self.carriers.values().flatten().any(|carrier| carrier.key == Some(*key));
        let sends = self.shippers.values().flatten().any(|(_, own)| *own == Some(*key));
        let holds = self.co_holders.values().any(|own| own.key == *key);
        ensure((asks || works || carries || sends || holds) && !self.revoked.contains_key(key), || Rule::RevokedUnknown)
    }

    fn check_lockdown(&self, lockdown: &Lockdown) -> Result<(), Rule> {
        let LockdownRecord { origin, number, closed } = &lockdown.record;
        let (genesis, cast) = self.genesis.as_ref().zip(self.cast()).ok_or(Rule::NotGenesis)?;
        let next = *number == self.lockdown.0 + 1 && *closed == self.lockdown.1.is_none();
        let signed = *origin == genesis.origin && lockdown.is_signed_by(&cast.authority);
        ensure(next && signed, || Rule::Lockdown)
    }

    fn check_period_key(&self, made: &PeriodKey) -> Result<(), Rule> {
        let agreement = &made.period.agreement;
        ensure(self.agreements.contains_key(agreement), || Rule::UnknownAgreement { agreement: agreement.clone() })?;
        let generation = self.cast().map_or(0, |cast| cast.generation);
        let own = made.period.generation == generation;
        ensure(own, || Rule::OtherGeneration { period: made.period.clone(), generation })?;
        ensure(!self.periods.contains_key(&made.period), || Rule::PeriodTwice { period: made.period.clone() })?;
        ensure(!self.keys.contains(&made.key), || Rule::KeyReused { period: made.period.clone() })?;
        if let Some(name) = &made.co_holder {
            ensure(self.co_holders.contains_key(name), || Rule::UnknownCoHolder { co_holder: name.clone() })?;
        }
        sealed_classes(made.classes)
    }

    fn check_intake(&self, intake: &Intake) -> Result<(), Rule> {
        let record = &intake.record;
        let key = self.enrolled(&record.worker)?;
        intake.verify(&key).map_err(|_| Rule::WorkerSignature { worker: record.worker.clone() })?;
        let own = self.instance(&record.worker, record.instance)?;
        ensure((1..=record.parts).contains(&record.part), || Rule::Part { part: record.part, parts: record.parts })?;
        let (ticket, part) = (record.ticket, record.part);
        ensure(ticket > 0 && own.takes(ticket, part, record.parts), || Rule::TicketTwice { ticket, part })?;
        let numbers = [ticket, record.octets, record.rows, record.parties];
        let counted = record.batches.iter().flat_map(|anchor| [anchor.parties, anchor.octets]);
        ensure(numbers.into_iter().chain(counted).all(|n| n <= LARGEST), || Rule::NumberTooLarge)?;
        let sealed = record.batches.iter().map(|anchor| u64::from(anchor.rows)).sum();
        ensure(sealed <= record.rows, || Rule::RowsExceeded { sealed, rows: record.rows })?;
        let mut own = BTreeSet::new();
        for anchor in &record.batches {
            let batch = anchor.batch;
            ensure(own.insert(batch) && !self.has_batch(&batch), || Rule::BatchTwice { batch })?;
            self.check_anchor(anchor)?;
        }
        Ok(())
    }

    fn check_anchor(&self, anchor: &Anchor) -> Result<(), Rule> {
        let &Anchor { batch, rows, octets, carrier: entry, .. } = anchor;
        ensure(u64::from(rows) <= octets, || Rule::AnchorOctets { batch, rows, octets })?;
        ensure(self.certificates.contains_key(&entry), || Rule::AnchorCarrier { batch, entry })?;
        if self.alike.has_keys(&anchor.keys) {
            return Ok(());
        }
        ensure(anchor.keys.is_sorted_by(|a, b| a.period < b.period), || Rule::AnchorUnsorted { batch })?;
        for SealedTo { period, key } in &anchor.keys {
            let known = self.periods.get(period).filter(|known| known.key == *key);
            // One that is shredded meanwhile is as good: the batch was sealed before its entry came, and [`State::life`] says of
            // its key that nothing shows its end.
            known.ok_or_else(|| Rule::UnknownKey { batch, period: period.clone() })?;
        }
        Ok(())
    }

    fn check_intent(&self, intent: &Intent) -> Result<(), Rule> {
        let scope = &intent.request.scope;
        ensure(self.lockdown.1.is_none(), || Rule::LockedDown)?;
        ensure(intent.opening == intent.request.id(), || Rule::OpeningName)?;
        let known = self.openings.contains_key(&intent.opening) || self.opened_once(&intent.opening).is_some();
        ensure(!known, || Rule::IntentTwice)?;
        let principal = || scope.principal.clone();
        let asker = self.principals.get(&scope.principal);
        let asker = asker.ok_or_else(|| Rule::UnknownPrincipal { principal: principal() })?;
        intent.request.verify(&asker.key).map_err(|_| Rule::RequestSignature { principal: principal() })?;
        ensure(!self.revoked.contains_key(&asker.key), || Rule::Revoked)?;
        let purpose_allowed = asker.purposes.contains(&scope.purpose);
        ensure(purpose_allowed, || Rule::PurposeNotAllowed { principal: principal() })?;
        for class in scope.classes {
            let allowed = asker.classes.contains(class) && class != FieldClass::Operational;
            ensure(allowed, || Rule::ClassNotAllowed { principal: principal(), class })?;
        }
        ensure(!scope.classes.is_empty() && !scope.rows.is_empty(), || Rule::EmptyRequest)?;
        self.check_approval(intent, asker)?;
        self.check_scope(scope)?;
        self.check_age(scope, asker)
    }

    /// What one person may not ask for alone, another one has signed, too.
    fn check_approval(&self, intent: &Intent, asker: &Principal) -> Result<(), Rule> {
        let Intent { request, approval, .. } = intent;
        let (rows, alone) = (request.scope.rows.len(), asker.alone);
        let Some(approval) = approval else {
            let few = u64::try_from(rows).is_ok_and(|rows| rows <= alone.into());
            return ensure(few, || Rule::NotApproved { principal: asker.principal.clone(), alone, rows });
        };
        let other = self.principals.get(&approval.principal);
        let other = other.filter(|other| other.approves && other.key != asker.key && *other != asker);
        let other = other.filter(|other| !self.revoked.contains_key(&other.key));
        let good = other.is_some_and(|other| approval.verify(request, &other.key).is_ok());
        ensure(good && approval.is_short(request), || Rule::Approval)
    }

    fn check_age(&self, scope: &Scope, asker: &Principal) -> Result<(), Rule> {
        let (batch, days) = (scope.batch, asker.age_days);
        let young = self.anchored(&batch).is_some_and(|own| own.received.plus_days(days) >= scope.requested);
        ensure(young, || Rule::TooOld { principal: asker.principal.clone(), days, batch })
    }

    fn check_scope(&self, scope: &Scope) -> Result<(), Rule> {
        let batch = scope.batch;
        let anchored = self.anchored(&batch).ok_or(Rule::UnknownBatch { batch })?;
        ensure(anchored.header == scope.header, || Rule::OtherHeader { batch })?;
        match scope.rows.last() {
            Some(&row) if row > anchored.rows => Err(Rule::NoSuchRow { batch, rows: anchored.rows, row }),
            _ => Ok(()),
        }
    }

    fn check_receipt(&self, receipt: &Receipt) -> Result<(), Rule> {
        let Some(opening) = self.openings.get(&receipt.opening) else {
            let twice = self.opened_once(&receipt.opening).is_some();
            return Err(if twice { Rule::ReceiptTwice } else { Rule::ReceiptWithoutIntent });
        };
        ensure(opening.receipt.is_none(), || Rule::ReceiptTwice)?;
        let told = receipt.answer.is_some() == (receipt.outcome == Outcome::Opened);
        ensure(told, || Rule::ReceiptAnswer)?;
        if receipt.outcome == Outcome::Failed {
            return Ok(());
        }
        let scope = &opening.request.scope;
        let anchored = self.anchored(&scope.batch).ok_or(Rule::UnknownBatch { batch: scope.batch })?;
        let periods = anchored.keys.iter().filter_map(|to| self.periods.get(&to.period));
        let asked: Vec<_> = periods.filter(|p| !p.classes.is_disjoint(scope.classes)).collect();
        // A request may name classes of several periods; one living key explains a result.
        let living = |p: &&Period| p.shredded.is_none_or(|shred| shred.entry > opening.at.entry);
        let explained = asked.is_empty() || asked.iter().any(living);
        ensure(explained, || Rule::OpenedAfterShred { batch: scope.batch })
    }

    /// The period of a shred, if its key is this one and was not destroyed before.
    fn living(&self, shred: &Shred) -> Result<&Period, Rule> {
        let period = self.periods.get(&shred.period).filter(|period| period.key == shred.key);
        let period = period.ok_or_else(|| Rule::ShredUnknown { period: shred.period.clone() })?;
        ensure(period.shredded.is_none(), || Rule::ShredTwice { period: shred.period.clone() })?;
        Ok(period)
    }
}
