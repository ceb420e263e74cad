"""Shippers' totals: docs/bundle.md, Totals; docs/ledger.md, Totals."""


import canonical as c
from dating import APART
from records import signed


def window(reach):
    """`(from, to)` in milliseconds, `None` where totals could bound nothing."""
    hosts = [own for own in reach.hypotheses if own.kind == "host"]
    if not hosts or "collusion" in reach.kinds or reach.taking() or reach.placing == APART:
        return None
    begins, ends = [], []
    times = {own.start.entry: own.start.time for own in reach.state.instances.values()}
    last = reach.dating.usable[-1].latest if reach.dating.usable else None
    for own in hosts:
        for worker in own.workers:
            begins.append(reach.begins_at(worker, own))
            since = reach.clean_since(reach.state.worker_keys[worker], own.end)
            settled = reach.dating.settled(since) if since is not None else None
            ends.append(settled if settled is not None else last + reach.error if last is not None else None)
    if not begins or None in ends:
        return None
    begin = times.get(min(begins), reach.state.began)
    return (c.milliseconds(begin) - reach.error, max(ends)) if begin is not None else None


def counts(reach, totals, span):
    """Whether these totals are a shipper's word, given afterwards, on the window."""
    record, state = totals["record"], reach.state
    if span is None or record["origin"] != state.genesis["origin"]:
        return False
    begin, end = c.milliseconds(record["from"]), c.milliseconds(record["to"])
    if not begin < end or not (begin < span[1] and end > span[0]):
        return False
    if max(record["bodies"], record["rows"], record["parties"]) > c.LARGEST or not _enrolled(reach, totals):
        return False
    earliest = reach.dating.earliest(reach.history.notes.usable(record["seen"]))
    return earliest is not None and earliest - reach.error >= end


def _enrolled(reach, totals):
    """By the key that officers had enrolled before it began, and that nobody has taken away since."""
    before = min(own.before for own in reach.hypotheses if own.kind == "host")
    keys = reach.state.shippers.get(totals["record"]["shipper"], ())
    early = [key for entry, key in keys if entry < before]
    key = early[-1] if early else None
    if key is None or key in reach.state.revoked or any(later != key for entry, later in keys if entry >= before):
        return False
    return signed("bulla.totals/1", totals["record"], key, totals["signature"])


def lines(reach, totals, span):
    """`sent`: one line a shipper."""
    if span is None:
        return []
    shippers = {terms["shipper"] for versions in reach.state.agreements.values() for terms in versions}
    shippers |= {terms["shipper"] for _, record in reach.state.voids.policies for terms in record["agreements"]}
    shippers |= reach.state.shippers.keys() | {entry.shipper for entry in reach.entries if entry.shipper}
    unique = {c.write(one): one["record"] for one in totals if counts(reach, one, span)}
    found = []
    for shipper in sorted(shippers):
        own = sorted((c.milliseconds(one["from"]), c.milliseconds(one["to"]), one["rows"], one["parties"])
                     for one in unique.values() if one["shipper"] == shipper)
        entries = [entry for entry in reach.entries if entry.gone is not None and entry.shipper == shipper]
        found.append({
            "shipper": shipper, "rows": c.total(one[2] for one in own), "parties": c.total(one[3] for one in own),
            "recorded": c.total(entry.rows for entry in entries),
            "recorded_parties": c.total(entry.parties for entry in entries), "covers": _covers(own, span)})
    return found


def _covers(own, span):
    reached = span[0]
    for begin, end, _, _ in own:
        if begin > reached:
            return False
        reached = max(reached, end)
    return bool(own) and reached >= span[1]
