"""Counts of people: docs/ledger.md, Counts; and what they say of what is reached: docs/bundle.md, People."""

from hashlib import sha256
from types import SimpleNamespace as Own

import canonical as c
from broken import need
from records import signed

COUNTABLE = "countable"
LEAST, PERIODS_OCTETS_MAX = 100, 65_000


def fits(periods):
    """Whether one entry has room for these periods, each in quotes and with a comma."""
    return sum(len(period) + 3 for period in periods) <= PERIODS_OCTETS_MAX


def begun(state, at, entry):
    """What a count with effect is of."""
    scope = entry["request"]["scope"]
    least = state.principals[scope["principal"]]["counts"]
    return Own(id=entry["count"], at=at, scope=scope, least=least, rows=_rows(state, scope["periods"]), end=None, told=False, people=None)


def _rows(state, periods):
    """By period, the rows that are sealed to its key so far."""
    return {period: state.rows[state.periods[period].key] for period in periods}


def smallest_piece(earlier, rows):
    """Rows of the smallest of the pieces that this set has, or cuts something off: of the sets of which something was said."""
    pieces = {}
    earlier = [own for own in earlier if own.told]
    for period in set(rows).union(*(own.rows for own in earlier)):
        inside, start = rows.get(period, 0), 0
        for end in sorted({inside, *(own.rows[period] for own in earlier if period in own.rows)}):
            of = frozenset(own.id for own in earlier if own.rows.get(period, 0) >= end and period in own.rows)
            pieces.setdefault(of, [0, 0])[end > inside] += end - start
            start = end
    return min((part for parts in pieces.values() if parts[0] for part in parts if part), default=0)


def count_intent(state, entry):
    request, scope = entry["request"], entry["request"]["scope"]
    principal = scope["principal"]
    need(not state.closed, "nothing is opened: an officer has closed the ledger for openings")
    need(entry["count"] == sha256(c.write(request)).hexdigest(), "the count's name is not the hash of its request")
    need(entry["count"] not in state.counts, "the count is in the ledger already")
    asker = state.principals.get(principal)
    need(asker, f"principal {principal} has no entry before this one")
    good = signed("bulla.count/1", scope, asker["key"], request["signature"])
    need(good, f"the request is not signed by principal {principal}")
    need(asker["key"] not in state.revoked, "the key that signed it is revoked")
    least = asker.get("counts")
    need(least is not None and "assessment" in asker["purposes"], f"principal {principal} may not have people counted")
    known = [state.periods.get(period) for period in scope["periods"]]
    good = known and fits(scope["periods"]) and all(own and "address" in own.classes for own in known)
    need(good, "a count is of at least one period, of no more than 65,000 octets have room for, and each has a key for addresses")
    rows = smallest_piece(list(state.counts.values()), _rows(state, scope["periods"]))
    need(rows >= least, f"with earlier counts this one would tell of {rows} rows by themselves, fewer than {least}")


def counted(state, entry):
    own, people = state.counts.get(entry["count"]), entry["people"]
    need(own, "the end of a count that was not announced")
    need(own.end is None, "the count has ended already")
    told = (people is not None) == (entry["outcome"] == "given")
    fits = people is None or own.least <= people <= sum(own.rows.values())
    need(told and fits, "the count names a number and gives none, or gives one of too few, or of more than its rows")
    ends = [state.periods[period].shredded for period in own.rows]
    gone = entry["outcome"] != "failed" and any(end and end.entry < own.at.entry for end in ends)
    need(not gone, "people were counted after a key for their addresses was shredded")


class Covering:
    """The counts that have all that was reached so far. `beyond`: whose word on it is nobody's."""

    def __init__(self, state, beyond):
        self.state, self.beyond = state, bool(beyond)
        self.counts = [own for own in state.counts.values() if own.people is not None]
        self.periods, self.dead = set(), False

    def take(self, batch):
        """Something of a sealed class of this batch is reached."""
        if batch.entry.void:
            self.beyond = True
            return
        keys = [(to["period"], self.state.periods.get(to["period"])) for to in batch.anchor["keys"]]
        made = [(period, own) for (period, own), to in zip(keys, batch.anchor["keys"]) if own and own.key == to["key"]]
        names = {period for period, _ in made}
        self.counts = [own for own in self.counts if batch.at.entry < own.at.entry and names & own.rows.keys()]
        live = [period for period, own in made if "address" in own.classes and not (own.announced or own.shredded)]
        self.dead |= not live
        self.periods |= set(live[:1])

    def people(self, reached, beyond):
        """The assessment's `people`, or `COUNTABLE`, or `None`."""
        if self.beyond or beyond or not reached:
            return None
        told = [own for own in self.counts if own.people <= reached]
        if told:
            own = min(told, key=lambda own: (own.people, own.end.entry))
            return {"people": own.people, "rows": c.total(own.rows.values()), "intent": own.at.entry, "counted": own.end.entry}
        return COUNTABLE if reached >= LEAST and not self.dead and fits(self.periods) else None
