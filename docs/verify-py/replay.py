"""The replay: docs/ledger.md, Rules and Void entries. No entry stops it; one that breaks a rule is void."""

from collections import defaultdict
from types import SimpleNamespace as Own
from typing import NamedTuple

import canonical as c
import counts
import rules
from broken import Broken
from records import LEAF, signed

LEAF_SENTENCE = "the leaf is not the canonical form of an entry"


class At(NamedTuple):
    entry: int
    time: str


class Period:
    """A period's key by the entries with effect."""

    def __init__(self, at, made, generation_since):
        self.key, self.classes, self.born = made["key"], frozenset(made["classes"]), at
        self.made_since, self.co_holder, self.ends = generation_since, made.get("co_holder"), made["ends"]
        self.announced, self.shredded, self.resurfaced = False, None, None


class Instance:
    """One start of a worker's process and what the ledger has of its tickets."""

    def __init__(self, at, record):
        self.worker, self.boot, self.start = record["worker"], record["boot"], at
        self.tick, self.tick_at, self.closed, self.heard = None, None, None, at.entry
        self.parts, self.whole, self.ticks = {}, set(), []

    def takes(self, ticket, part, parts):
        known = self.parts.get(ticket)
        return known is None or (known[0] == parts and part not in known[1])

    def receive(self, record):
        parts, entered = self.parts.setdefault(record["ticket"], (record["parts"], set()))
        entered.add(record["part"])
        if len(entered) == parts:
            self.whole.add(record["ticket"])

    def is_whole(self, last):
        """Whether tickets 1 to `last`, and no others, are all there."""
        return len(self.parts) == len(self.whole) == last and max(self.parts, default=0) <= last

    def accounts_for(self, next_, open_):
        """Whether each ticket below `next_` is whole or open."""
        below = sum(ticket < next_ for ticket in self.whole)
        return below + sum(ticket not in self.whole and ticket > 0 for ticket in open_) >= next_ - 1

    def is_over(self):
        return self.closed is not None and self.heard <= self.closed


def _opening(at, entry, void):
    request = entry["request"]
    return Own(id=entry["opening"], entry=at.entry, at=at, request=request, scope=request["scope"], receipt=None, outcome=None, void=void)


class State:
    """What the entries with effect mean, and what the void ones raise."""

    def __init__(self):
        self.size, self.time, self.began, self.genesis, self.casts = 0, None, None, None, []
        self.policies, self.seen, self.revoked, self.lockdowns, self.closed = 0, {}, {}, 0, False
        self.principals, self.principal_keys, self.worker_keys = {}, defaultdict(list), defaultdict(list)
        self.carriers, self.shippers, self.made_up, self.certificates = defaultdict(list), defaultdict(list), {}, {}
        self.agreements, self.co_holders, self.periods, self.keys = defaultdict(list), {}, {}, set()
        self.index_keys, self.instances, self.intakes, self.batches, self.openings, self.heartbeats = [], {}, [], {}, {}, []
        self.voids = Own(
            list=[], intakes=[], openings=[], resurfaced=set(), period_keys=[], lived=[], index_keys=[], policies=[],
            ticks=defaultdict(list), counts={})
        self.rows, self.counts, self.holds = defaultdict(int), {}, {}

    def worker_key(self, worker):
        keys = self.worker_keys.get(worker)
        return keys[-1][1] if keys else None

    def held(self, period):
        """Until when officers keep a period beyond its retention, `None` where they do not."""
        agreement, month = c.period_parts(period)[:2]
        own = [until for (of, first, last), until in self.holds.items() if of == agreement and first <= month <= last and until]
        return max(own, default=None)

    def take(self, leaf):
        """Any octets at all."""
        try:
            self._take(leaf)
        finally:
            self.size += 1

    def _take(self, leaf):
        try:
            value = c.read(leaf, LEAF)
        except c.Unreadable:
            self.voids.list.append((self.size, "unreadable", LEAF_SENTENCE, "warden"))
            return
        except c.NotCanonical as form:
            return self._void(form.value, LEAF_SENTENCE, "warden")
        entry, time = value["entry"], value["time"]
        try:
            rules.follows(self, entry, time)
        except Broken as broken:
            wardens = self.genesis is None or (self.time is not None and str(broken).startswith("its time "))
            return self._void(value, str(broken), "warden" if wardens else self._signer(entry))
        self.time = time
        self.began = self.began or time
        getattr(self, "_" + entry["type"])(At(self.size, time), entry)

    # Entries with effect.

    def _genesis(self, at, entry):
        self.genesis = entry
        self._cast(rules.first_cast(entry))
        for worker in entry["workers"]:
            self.worker_keys[worker["worker"]].append((0, worker["key"]))

    def _cast(self, cast):
        self.casts.append(cast)

    def _policy(self, at, entry):
        record = entry["record"]
        self.policies = record["number"]
        if record["seen"] is not None:
            self.seen[at.entry] = record["seen"]
        for own in record["principals"]:
            self.principals[own["principal"]] = own
            self.principal_keys[own["principal"]].append((at.entry, own["key"]))
        for own in record["carriers"]:
            self.carriers[own["carrier"]].append(own)
            self.certificates.setdefault(at.entry, {})[own["carrier"]] = own["certificates"]
        for own in record["shippers"]:
            self.shippers[own["shipper"]].append((at.entry, own["key"]))
            if own["opened_by"] is not None:
                self.made_up[own["shipper"]] = own["opened_by"]
        for own in record["agreements"]:
            self.agreements[own["agreement"]].append(own)
        for own in record["holds"]:
            self.holds[own["agreement"], own["first"], own["last"]] = own["until"]
        for own in record.get("co_holders", []):
            self.co_holders[own["co_holder"]] = own
        after = rules.cast_after(self.casts[-1], at.entry, record)
        if after:
            self._cast(after)
            for worker in record["workers"]:
                self.worker_keys[worker["worker"]].append((at.entry, worker["key"]))

    def _revocation(self, at, entry):
        self.revoked[entry["record"]["key"]] = at

    def _lockdown(self, at, entry):
        self.lockdowns, self.closed = entry["record"]["number"], entry["record"]["closed"]

    def _period_key(self, at, entry):
        self.periods[entry["period"]] = Period(at, entry, self.casts[-1]["generation_since"])
        self.keys.add(entry["key"])

    def _index_key(self, at, entry):
        self.index_keys.append((at, entry))

    def _start(self, at, entry):
        record = entry["record"]
        for over in record["closes"]:
            self.instances[over["instance"]].closed = at.entry
        self.instances[record["instance"]] = Instance(at, record)

    def _tick(self, at, entry):
        own = self.instances[entry["record"]["instance"]]
        own.tick, own.tick_at, own.heard = entry["record"], at, at.entry
        own.ticks.append(own.tick)

    def _intake(self, at, entry):
        record = entry["record"]
        own = self.instances[record["instance"]]
        own.receive(record)
        own.heard = at.entry
        self.intakes.append(Own(at=at, void=False, **record))
        for anchor in record["batches"]:
            self.batches[anchor["batch"]] = Own(anchor=anchor, at=at, intake=record)
            for to in anchor["keys"]:
                self.rows[to["key"]] += anchor["rows"]

    def _intent(self, at, entry):
        self.openings[entry["opening"]] = _opening(at, entry, False)

    def _receipt(self, at, entry):
        own = self.openings[entry["opening"]]
        own.receipt, own.outcome = at, entry["outcome"]

    def _count_intent(self, at, entry):
        for own in self.counts.values():
            own.end = own.end or at  # the next one ends it
        self.counts[entry["count"]] = counts.begun(self, at, entry)

    def _counted(self, at, entry):
        own = self.counts[entry["count"]]
        own.end, own.told, own.people = at, entry["outcome"] != "failed", entry["people"]

    def _shred_intent(self, at, entry):
        self.periods[entry["period"]].announced = True

    def _shred(self, at, entry):
        self.periods[entry["period"]].shredded = at

    def _resurfaced(self, at, entry):
        own = self.periods[entry["period"]]
        own.resurfaced = own.resurfaced or at

    def _heartbeat(self, at, entry):
        self.heartbeats.append((at, entry["note"]))

    # Void ones.

    def _signer(self, entry):
        """Who made it: the worker or principal whose signature is good, otherwise the warden."""
        kind = entry["type"]
        if kind in rules.CONTEXTS:
            key = self.worker_key(entry["record"]["worker"])
            good = key and key not in self.revoked and signed(rules.CONTEXTS[kind], entry["record"], key, entry["signature"])
            return "worker" if good else "warden"
        if kind in ("intent", "count_intent"):
            scope, context = entry["request"]["scope"], {"intent": "bulla.opening/1", "count_intent": "bulla.count/1"}[kind]
            asker = self.principals.get(scope["principal"])
            good = asker and signed(context, scope, asker["key"], entry["request"]["signature"])
            return "principal" if good else "warden"
        return "warden"

    def _needed(self, opening):
        """The keys that an opening, void or not, may have needed."""
        own = self.openings.get(opening) or next((one for one in reversed(self.voids.openings) if one.id == opening), None)
        batch = self.batches.get(own.scope["batch"]) if own else None
        keys = [self.periods[to["period"]] for to in batch.anchor["keys"]] if batch else []
        return [key.key for key in keys if key.classes & set(own.scope["classes"])]

    def _void(self, value, rule, signer):
        entry, at, voids = value["entry"], At(self.size, value["time"]), self.voids
        kind = entry["type"]
        voids.list.append((at.entry, kind, rule, signer))
        if kind in ("intake", "tick") and entry["record"]["instance"] in self.instances:
            self.instances[entry["record"]["instance"]].heard = at.entry
        if kind == "intake":
            record = dict(entry["record"])
            for anchor in record["batches"]:
                anchor["parties"] = min(anchor["parties"], c.LARGEST)
            for name in ("rows", "parties"):
                record[name] = min(max(record[name], sum(anchor[name] for anchor in record["batches"])), c.LARGEST)
            voids.intakes.append(Own(at=at, void=True, **record))
        elif kind == "tick":
            voids.ticks[entry["record"]["instance"]].append((at, entry["record"]))
        elif kind == "intent":
            voids.openings.append(_opening(at, entry, True))
        elif kind == "resurfaced":
            voids.resurfaced.add(entry["key"])
        elif kind == "period_key":
            voids.period_keys.append((at, entry))
        elif kind == "receipt" and (entry["outcome"] == "opened" or entry["answer"] is not None):
            voids.lived += [(at, key) for key in self._needed(entry["opening"])]
        elif kind == "count_intent":
            voids.counts[entry["count"]] = entry["request"]["scope"]["periods"]
        elif kind == "counted" and (entry["outcome"] != "failed" or entry["people"] is not None):
            known = self.counts.get(entry["count"])
            periods = known.scope["periods"] if known else voids.counts.get(entry["count"], [])
            voids.lived += [(at, self.periods[period].key) for period in periods if period in self.periods]
        elif kind == "index_key":
            voids.index_keys.append(entry)
        elif kind == "policy":
            voids.policies.append((at, entry["record"]))


def gaps(state):
    """docs/bundle.md, Computing the figures: what each start that is not over may have by its last tick, by tick."""
    found = []
    for instance in state.instances.keys() | state.voids.ticks.keys():
        own = state.instances.get(instance)
        if own and own.is_over():
            continue
        said = [(own.tick_at, own.tick)] if own and own.tick else []
        number = own.tick["number"] if said else 0
        said += [(at, tick) for at, tick in state.voids.ticks[instance] if tick["number"] > number]
        if not said:
            continue
        rows, parties = (min(max(tick["credit"][name] for _, tick in said), c.LARGEST) for name in ("rows", "parties"))
        if rows or parties:
            worker = own.worker if own else said[0][1]["worker"]
            found.append(Own(instance=instance, worker=worker, at=min(at for at, _ in said), rows=rows, parties=parties))
    return sorted(found, key=lambda gap: (gap.at.entry, gap.instance))
