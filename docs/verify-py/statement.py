"""What is still held of a shipper's month: docs/bundle.md, A statement."""

from hashlib import sha256
from types import SimpleNamespace as Own

import canonical as c
from life import Life
from replay import gaps

SCHEMA = "bulla.statement/2"


def asked(written):
    """`S-1/2026-11` as a shipper and a month, `Unreadable` otherwise."""
    shipper, _, month = written.rpartition("/")
    return Own(shipper=c.pseudonym(shipper), month=c.month(month))


def of(ledger, asked):
    """The statement of a ledger that was checked."""
    state, life = ledger.state, Life(ledger.state)
    terms = _agreements(state)
    own = [batch for _, batch in sorted(state.batches.items()) if _is_of(batch.anchor, batch.intake["shipper"], terms, asked)]
    held = [any(_lives(life, batch, to) for to in batch.anchor["keys"]) for batch in own]
    beyond = gaps(state)
    return {
        "schema": SCHEMA, "shipper": asked.shipper, "month": asked.month, "checkpoint": ledger.seen,
        "received": _sums(own),
        "held": _sums(batch for batch, lives in zip(own, held) if lives),
        "shredded": _sums(batch for batch, lives in zip(own, held) if not lives),
        "people": _people(state, life, own),
        "periods": _periods(state, life, own),
        "openings": _openings(state, own),
        "void_batches": _void_batches(state, terms, asked),
        "beyond": {name: c.total(getattr(gap, name) for gap in beyond) for name in ("rows", "parties")}}


def silences(ledger, told):
    """Why it says nothing of anybody's parcels: it is no part of the statement, and stands beside it."""
    state, ended = ledger.state, ledger.seen["time"]
    if told["received"]["rows"] or told["received"]["parties"]:
        return
    if told["shipper"] not in _named(state):
        yield ("no policy of this ledger names this shipper, and no entry says that it sent anything: "
               "this says nothing of anybody's parcels")
    if state.began and told["month"] < state.began[:7]:
        yield (f"this ledger began at {state.began}, by the warden's clock, when the month was over: "
               "this says nothing of what was received in it")
    if told["month"] > ended[:7]:
        yield f"the month had not begun at {ended}, when this ledger ends: this says nothing of what is received in it"


def _named(state):
    """By some policy, or by a worker as whoever sent something; with effect or without."""
    sources = [entry.shipper for entry in state.intakes + state.voids.intakes]
    return {shipper for _, shipper in _agreements(state)} | {*state.shippers, *sources}


def lines(told):
    """The statement in short."""
    yield f"{told['shipper']}, received in {told['month']}, as of entry {told['checkpoint']['size']}:"
    for name in ("received", "held", "shredded", "beyond"):
        yield f"{name} {told[name]['rows']} rows, {told[name]['parties']} parties"
    if told["people"]:
        yield f"of at most {told['people']['people']} different people"
    for own in told["periods"]:
        yield f"{own['period']}: {own['rows']} rows, {own['state']}"
    yield f"{len(told['openings'])} openings, {told['void_batches']} batches without effect"


def _agreements(state):
    """Every shipper that each agreement ever had, by an entry with effect or without."""
    versions = [terms for own in state.agreements.values() for terms in own]
    versions += [terms for _, record in state.voids.policies for terms in record["agreements"]]
    return {(terms["agreement"], terms["shipper"]) for terms in versions}


def _is_agreed(anchor, terms, shipper):
    return any((c.period_parts(to["period"])[0], shipper) in terms for to in anchor["keys"])


def _is_in(anchor, month):
    return any(c.period_parts(to["period"])[1] == month for to in anchor["keys"])


def _is_of(anchor, named, terms, asked):
    return _is_in(anchor, asked.month) and (named == asked.shipper or _is_agreed(anchor, terms, asked.shipper))


def _lives(life, batch, to):
    return life.shred(to, batch.at.entry) is None


def _sums(batches):
    batches = list(batches)
    return {name: c.total(batch.anchor[name] for batch in batches) for name in ("rows", "parties")}


def _people(state, life, own):
    """Of the counts whose set is these batches' rows and no others, that of the fewest people; of two the first."""
    told = [one for one in state.counts.values() if one.people is not None and _is_just(life, one, own)]
    if not told:
        return None
    one = min(told, key=lambda one: (one.people, one.end.entry))
    return {"people": one.people, "rows": c.total(one.rows.values()), "intent": one.at.entry, "counted": one.end.entry}


def _is_just(life, count, own):
    rows = dict.fromkeys(count.rows, 0)
    for batch in own:
        periods = life.periods(batch.anchor)
        if batch.at.entry >= count.at.entry or not any(period in rows for period in periods):
            return False
        for period in periods:
            if period in rows:
                rows[period] += batch.anchor["rows"]
    return rows == count.rows


def _periods(state, life, own):
    found = {}
    for batch in own:
        for to in batch.anchor["keys"]:
            period = to["period"]
            kept = found.setdefault(period, {
                "period": period, "classes": c.in_order(life.classes(to)), "rows": 0, **_state(state, life, batch, to)})
            kept["rows"] = c.total([kept["rows"], batch.anchor["rows"]])
            # One batch whose key is not shown to be gone is enough.
            if kept["state"] == "shredded" and _lives(life, batch, to):
                del kept["entry"], kept["time"]
                kept.update(_state(state, life, batch, to))
    return [found[period] for period in sorted(found, key=c.period_parts)]


def _state(state, life, batch, to):
    made = life.made(to)
    if made is None:
        return {"state": "unknown"}
    shred = life.shred(to, batch.at.entry)
    if shred:
        return {"state": "shredded", "entry": shred.entry, "time": shred.time}
    if made.resurfaced:
        return {"state": "resurfaced", "entry": made.resurfaced.entry}
    return {"state": "held", "until": made.ends, "hold": state.held(to["period"])}


def _openings(state, own):
    batches = {batch.anchor["batch"] for batch in own}
    found = [opening for opening in [*state.openings.values(), *state.voids.openings] if opening.scope["batch"] in batches]
    return [{
        "opening": sha256(c.write(opening.request)).hexdigest(), "intent": opening.at.entry, "time": opening.at.time,
        **{name: opening.scope[name] for name in ("principal", "purpose", "ticket", "classes")},
        "rows": len(opening.scope["rows"]), "outcome": opening.outcome,
    } for opening in sorted(found, key=lambda opening: opening.at.entry)]


def _void_batches(state, terms, asked):
    """Those that may be of it."""
    return sum(
        (entry.shipper in (None, asked.shipper) or _is_agreed(anchor, terms, asked.shipper))
        and (_is_in(anchor, asked.month) or not anchor["keys"])
        for entry in state.voids.intakes for anchor in entry.batches)
