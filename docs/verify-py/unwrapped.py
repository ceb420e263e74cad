"""Co-holders' lists of what they unwrapped: docs/bundle.md, Co-holders and Pins; docs/ledger.md, Unwraps."""

from types import SimpleNamespace as Own

import canonical as c
from dating import HOSTS
from records import signed


def by_co_holder(reach, hypothesis, lists):
    """For a hypothesis that takes the warden: the lists that count, and the batches that they name, by co-holder."""
    found = {}
    if not hypothesis.takes_warden:
        return found
    for one in lists:
        if counts(reach, hypothesis, one):
            own = found.setdefault(one["record"]["co_holder"], Own(lists=[], batches=set()))
            own.lists.append(one)
            own.batches.update(unwrap["batch"] for unwrap in one["record"]["unwraps"])
    # What any intent names counts, whatever a list says.
    asked = {opening.scope["batch"] for opening in [*reach.state.openings.values(), *reach.state.voids.openings]}
    for own in found.values():
        own.batches |= asked
    return found


def counts(reach, hypothesis, one):
    """Whether this is the whole of what an untaken co-holder had unwrapped when the hypothesis was over."""
    record, state, suspects = one["record"], reach.state, reach.suspects
    co_holder = state.co_holders.get(record["co_holder"])
    if record["origin"] != reach.history.notes.origin or co_holder is None:
        return False
    if not suspects.believes_co_holders or not suspects.is_another(co_holder):
        return False
    numbers = [unwrap["number"] for unwrap in record["unwraps"]]
    if record["count"] != len(numbers) or numbers != list(range(1, len(numbers) + 1)):
        return False
    key = co_holder["key"]
    if key in state.revoked or not signed("bulla.unwraps/1", record, key, one["signature"]):
        return False
    note = reach.history.notes.usable(record["seen"])
    earliest = reach.dating.earliest(note)
    if earliest is None or (hypothesis.end is not None and earliest - reach.error <= hypothesis.end):
        return False
    return note.size >= _over(reach, hypothesis)


def _over(reach, hypothesis):
    """How many entries the taken warden could write."""
    since = {cast["generation_since"] for cast in reach.history.casts} - {0}
    ends = [entry + 1 for entry in since if reach.dating.signed_after(entry, hypothesis.end)]
    return min(ends, default=reach.state.size)


def closed_by(reach, unwrapped, to, batch):
    """The co-holder that did not take its layer from this batch, as far as ledger and lists tell."""
    own = reach.co_holder(to)
    listed = unwrapped.get(own["co_holder"]) if own else None
    return own if listed and batch not in listed.batches else None


def co_held(reach, kept_closed):
    """`co_held` of the assessment."""
    if not reach.taking() or "collusion" in reach.kinds:
        return []
    named = {own["co_holder"]: own for own in map(reach.co_holder, reach.keys_in_reach()) if own}
    found = []
    for name in sorted(named):
        own = named[name]
        if not reach.suspects.is_another(own):
            continue
        lists = [one for listed in reach.unwrapped if name in listed for one in listed[name].lists]
        found.append({
            "co_holder": name, "organisation": own["organisation"], "rows": min(kept_closed[name], c.LARGEST),
            "unwraps": max((one["record"]["count"] for one in lists), default=None)})
    return found


def level(reach, shown, both):
    """2 where a taken warden had keys, and each batch of them needed another organisation's, by its header; and no gap is reached."""
    taken = reach.placing == HOSTS and reach.taking() and "collusion" not in reach.kinds
    return 2 if both and taken and any(True for _ in reach.keys_in_reach()) else shown
