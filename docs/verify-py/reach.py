"""What the hypotheses reach: docs/bundle.md, Hypothesis."""

from collections import defaultdict
from functools import lru_cache
from hashlib import sha256
from types import SimpleNamespace as Own

import canonical as c
import unwrapped
from canonical import DAY, SEALED
from dating import Dating, Suspects
from life import FOREVER, Life
from refusal import Refused

EVERYTHING = frozenset(c.CLASSES)


def ms(written):
    return None if written is None else c.milliseconds(written)


class Reach:
    """One ledger under one question. `placing` says how far apart the roles are taken to be."""

    def __init__(self, history, hypotheses, placing, terms, unwraps=()):
        self.history, self.state, self.placing, self.terms = history, history.state, placing, terms
        self.suspects = Suspects(hypotheses, history.casts, self.state.co_holders, placing)
        self.dating = Dating(history.notes, self.suspects.keys, terms.organisations, terms.clock_error)
        self.error = terms.clock_error * 1000
        self.first_given = self._first_given()
        self.entries = sorted(self.state.intakes + self.state.voids.intakes, key=lambda own: own.at.entry)
        self.workers = self._workers()
        self.copies = max(cast["copies_days"] for cast in history.casts) * DAY
        self.hypotheses = [self._hypothesis(own) for own in hypotheses]
        self.kinds = {own.kind for own in self.hypotheses}
        self._known()
        self.life = Life(self.state)
        for entry in self.entries:
            entry.gone = self._window(entry)
        self.batches = [self._batch(entry, anchor) for entry in self.entries for anchor in entry.batches]
        self.batches.sort(key=lambda own: (own.id, own.at.entry))
        self._openings()
        self.unwrapped = [unwrapped.by_co_holder(self, own, unwraps) for own in self.hypotheses]
        for batch in self.batches:
            self._parts(batch)

    def _hypothesis(self, own):
        begin, end = ms(own["from"]), ms(own["to"])
        edges = Own(kind=own["kind"], begin=begin, end=end, own=own, before=0, copies_gone=0)
        if begin is not None:
            edges.before = self.dating.before(begin)
            edges.copies_gone = self.dating.before(begin - self.copies)
        edges.shown = self.dating.shown(end) if end is not None else None
        edges.late = self._late(edges.shown) if edges.shown else {}
        edges.workers = self.suspects.workers_taken(own, self.workers)
        edges.takes_warden = self.suspects.takes_warden(own)
        return edges

    def _workers(self):
        """Every worker that a cast or an intake entry, void or not, names."""
        return {name for cast in self.history.casts for name in _names(cast)} | {entry.worker for entry in self.entries}

    def _known(self):
        """A question that does not fit the ledger: docs/bundle.md, `Exposure`."""
        state, until = self.state, c.milliseconds(self.history.seen["time"])
        certificates = self.certificates = self._certificates()
        for own in self.hypotheses:
            known = True
            if own.kind == "host":
                known = set(own.own["workers"]) <= self.workers
            elif own.kind == "principal":
                known = own.own["principal"] in {*state.principals, *(one.scope["principal"] for one in state.voids.openings)}
            elif own.kind == "carrier-key":
                known = any(own.own["certificate"][7:] in given for given in certificates.values())
            elif own.kind == "traffic":
                known = any(entry.decryption == own.own["certificate"][7:] for entry in self.entries)
            if not known or (own.end is not None and own.end > until):
                raise Refused("Exposure", "the ledger does not know who is named, or ends before `to`")

    def _certificates(self):
        """Every certificate that any policy, void or not, ever gave each carrier."""
        given = defaultdict(set)
        for carriers in self.state.certificates.values():
            for carrier, certificates in carriers.items():
                given[carrier].update(certificates)
        for _, record in self.state.voids.policies:
            for own in record["carriers"]:
                given[own["carrier"]].update(own["certificates"])
        return given

    # Who has which key from where on.

    def _first_given(self):
        """The first policy, or entry 0, that gave a key to any worker or principal."""
        first = {}
        for keys in [*self.state.worker_keys.values(), *self.state.principal_keys.values()]:
            for entry, key in keys:
                first[key] = min(entry, first.get(key, entry))
        return first

    def clean(self, keys, entry, end):
        """Whether the key that somebody had at this entry, by `keys`, is one that the thief of before `end` has not."""
        own = [key for since, key in keys if since < entry] or [key for _, key in keys[:1]]
        return bool(own) and self.dating.signed_after(self.first_given[own[-1]], end)

    def clean_since(self, keys, end):
        """The policy from which on somebody has only clean keys, `None` where there is none."""
        since = None
        for entry, key in keys:
            if not self.dating.signed_after(self.first_given[key], end):
                since = None
            elif since is None:
                since = entry
        return since

    # Windows.

    @lru_cache(maxsize=None)
    def machines(self, worker):
        """The boots in which this worker ran, `(first, over)`: from its first start until all that ran there is over."""
        starts = sorted((own for own in self.state.instances.values() if own.worker == worker), key=lambda own: own.start.entry)
        # A boot is one machine's, whoever else runs on it.
        everybody = sorted(self.state.instances.values(), key=lambda own: own.start.entry)
        found = [(0, starts[0].start.entry if starts else FOREVER)]
        for boot in dict.fromkeys(own.boot for own in starts):
            there = [own for own in everybody if own.boot == boot]
            later = (own.start.entry for own in starts if own.start.entry > there[-1].start.entry)
            over = max([next(later, FOREVER)] + [own.closed if own.is_over() else FOREVER for own in there])
            found.append((there[0].start.entry, max(over, found[-1][1])))
        return found

    def begins_at(self, worker, hypothesis):
        """The index from which on this worker is taken."""
        before = hypothesis.before
        return min((first for first, over in self.machines(worker) if first < before <= over), default=0)

    def _window(self, entry):
        """Until when a beginning reaches the whole of this intake entry; `None`: it is in no window."""
        gone = None
        for own in self.hypotheses:
            until = None
            if own.kind == "collusion":
                until = FOREVER
            elif own.kind == "traffic":
                until = FOREVER if self._overheard(entry, own) else None
            elif entry.worker in own.workers:
                until = self._host(entry, own)
            gone = _later(gone, until)
        return gone

    def _overheard(self, entry, own):
        if entry.decryption != own.own["certificate"][7:] and not (entry.channel == "as2" and entry.decryption is None):
            return False
        return entry.void or (entry.at.entry >= own.before and self.received(entry, own))

    def received(self, entry, own):
        """Whether it may have been received until `to`: only its worker's tickets show that it was not."""
        return entry.void or entry.ticket < own.late.get(entry.instance, FOREVER)

    def _late(self, shown):
        """Of each start the first ticket that was certainly given after the end: docs/bundle.md, Dates."""
        tree, found = self.dating.notes.tree, {}
        for name, own in self.state.instances.items():
            if own.worker in self.suspects.workers:
                continue
            passed = None
            for tick in own.ticks:
                seen = tick["seen"]
                if passed is None and seen and seen["size"] > shown.entry and tree.root(seen["size"]) == bytes.fromhex(seen["root"]):
                    passed = tick["next"]
                if passed is not None and min(tick["open"], default=tick["next"]) >= passed:
                    found[name] = tick["next"]
                    break
        return found

    def _host(self, entry, own):
        at = entry.at.entry
        if at < self.begins_at(entry.worker, own) or not self._theirs(entry, own):
            return None
        over = [over for first, over in self.machines(entry.worker) if first <= at][-1]
        return FOREVER if own.begin is not None or over == FOREVER else self._settled(over)

    def _theirs(self, entry, own):
        """Whether the worker had a key there that may be the thief's."""
        return entry.void or not self.clean(self.state.worker_keys[entry.worker], entry.at.entry, own.end)

    def _settled(self, entry):
        """The first millisecond at which a beginning is certainly behind this entry."""
        settled = self.dating.settled(entry)
        return FOREVER if settled is None else settled + 1

    # Keys.

    def out_of_reach(self, to, entry):
        """Why no hypothesis that takes the warden has this key; `None` where one has."""
        if "collusion" in self.kinds:
            return None
        why = None
        for own in self.taking():
            one = self._absent(to, entry, own)
            if one is None:
                return None
            why = why or one
        return why

    def taking(self):
        """The hypotheses under which the warden is taken."""
        return [own for own in self.hypotheses if own.takes_warden]

    def _absent(self, to, entry, own):
        shred = self.life.shred(to, entry)
        if shred and own.begin is not None and shred.entry < own.copies_gone:
            return {"why": "shredded", "shred": shred.entry, "cosigned": c.moment(self.dating.settled(shred.entry))}
        made = self.life.made(to)
        new = made and not self.life.named_void[to["key"]] and made.born.entry < entry
        if new and made.made_since and self.dating.signed_after(made.made_since, own.end):
            return {"why": "made-after", "policy": made.made_since, "signed": c.moment(self.dating.signed(made.made_since))}
        return None

    def key_gone(self, to, entry):
        """Until when a beginning has this key; `None`: none has."""
        gone = None
        for own in self.taking():
            gone = _later(gone, self._gone(to, entry, own))
        return gone

    def _gone(self, to, entry, own):
        if self._absent(to, entry, own) is not None:
            return None
        shred = self.life.shred(to, entry)
        return self._settled(shred.entry) + self.copies if shred and own.begin is None else FOREVER

    def co_holder(self, to):
        """Whose layer is around what was sealed to this key, `None` where there need be none."""
        made = self.life.made(to)
        named = made.co_holder if made and not self.life.named_void[to["key"]] else None
        return None if named is None else self.state.co_holders[named]

    def keys_in_reach(self):
        """The keys of all batches but those that `not_included` leaves out."""
        return [to for batch in self.batches for to in batch.anchor["keys"] if self.out_of_reach(to, batch.at.entry) is None]

    # Batches.

    def _batch(self, entry, anchor):
        own = Own(id=anchor["batch"], at=entry.at, entry=entry, anchor=anchor, disclosed=None)
        first = anchor["keys"][0]["period"] if anchor["keys"] else None
        agreement = c.period_parts(first)[0] if first else None
        own.month = c.period_parts(first)[1] if first else entry.received[:7]
        own.versions = list(self.state.agreements.get(agreement, ()))
        for _, record in self.state.voids.policies:
            own.versions += [terms for terms in record["agreements"] if terms["agreement"] == agreement]
        own.keys = frozenset().union(*map(self.life.classes, anchor["keys"])) if anchor["keys"] else SEALED
        return own

    def may_be_encrypted(self, batch, carrier, certificate):
        void = any(given["carrier"] == carrier and certificate in given["certificates"]
                   for _, record in self.state.voids.policies for given in record["carriers"])
        named = {} if batch.entry.void else self.state.certificates.get(batch.anchor["carrier"], {})
        if carrier in named:
            return void or certificate in named[carrier]
        return void or certificate in self.certificates.get(carrier, ())

    def by_certificate(self, batch, carrier=None):
        """Whether a carrier's key reaches it; without a carrier, any of its agreement's may be it."""
        for own in self.hypotheses:
            if own.kind != "carrier-key" or not self.received(batch.entry, own):
                continue
            carriers = [carrier] if carrier else [terms["carrier"] for terms in batch.versions]
            if not carriers or any(self.may_be_encrypted(batch, one, own.own["certificate"][7:]) for one in carriers):
                return True
        return False

    def _openings(self):
        """The openings that `principal` hypotheses reach, each with the last beginning that does."""
        self.opened_of = defaultdict(list)
        for opening in [*self.state.openings.values(), *self.state.voids.openings]:
            until = self.opening_gone(opening)
            if until is not None:
                self.opened_of[opening.scope["batch"]].append((opening, until))
        self.opened_void = [own for own in self.state.voids.openings if self.opening_gone(own) is not None]

    def opening_gone(self, opening):
        gone = None
        for own in self.hypotheses:
            if own.kind != "principal" or own.own["principal"] != opening.scope["principal"]:
                continue
            if opening.void:
                return FOREVER
            keys = self.state.principal_keys[own.own["principal"]]
            if opening.entry < own.before or self.clean(keys, opening.entry, own.end):
                continue
            gone = _later(gone, FOREVER if own.begin is not None else self._settled(opening.entry))
        return gone

    def _parts(self, batch):
        """All that reaches the batch, by the ledger alone."""
        entry, kinds = batch.entry, self.kinds
        batch.whole = entry.gone
        batch.clear = any(
            (own.kind == "storage" and self.received(entry, own)) or (entry.worker in own.workers and self._theirs(entry, own))
            for own in self.hypotheses)
        batch.groups = []
        for to in batch.anchor["keys"]:
            for number, own in enumerate(self.hypotheses):
                gone = self._gone(to, batch.at.entry, own) if own.takes_warden else None
                if gone is not None:
                    closed = unwrapped.closed_by(self, self.unwrapped[number], to, batch.id)
                    batch.groups.append((to["key"], to["period"], gone, closed))
        batch.opened = self.opened_of[batch.id]
        batch.certified = self.by_certificate(batch)
        batch.needed = bool(batch.whole is not None or batch.clear or batch.groups or batch.opened or batch.certified)

    def fits(self, batch, disclosed):
        """Whether the header is this anchor's: docs/bundle.md, Computing the figures, 1."""
        header, anchor, record = disclosed["header"], batch.anchor, batch.entry
        salted = sha256(b"bulla.header/1\n" + bytes.fromhex(disclosed["salt"]) + c.write(header)).hexdigest()
        if salted != anchor["header"] or header["batch"] != batch.id or not sound(header):
            return False
        groups = [{"period": group["period"], "key": group["key"]} for group in header["groups"]]
        same = (header["rows"], header["parties"], groups) == (anchor["rows"], anchor["parties"], anchor["keys"])
        same = same and all(header[name] == getattr(record, name) for name in ("worker", "instance", "ticket"))
        for group in header["groups"]:
            made = self.life.made(group)
            same = same and made is not None and made.classes >= set(group["classes"])
        versions = self.state.agreements.get(header["agreement"], ())
        return same and any(terms["shipper"] == header["shipper"] and terms["carrier"] == header["carrier"] for terms in versions)

    # The rest.

    def takes_index_key(self, at, handed):
        keys = self.state.worker_keys[handed["worker"]]
        if "collusion" in self.kinds or self.taking():
            return True
        for own in self.hypotheses:
            unclean = not self.clean(keys, at.entry, own.end)
            if handed["worker"] in own.workers and unclean:
                return True
            if own.kind == "storage" and at.entry >= own.before and unclean:
                return True
        return False

    def takes_void_index_key(self, handed):
        if self.kinds & {"collusion", "storage"} or self.taking():
            return True
        return any(handed["worker"] in own.workers for own in self.hypotheses)

    def may_precede(self, entry):
        return any(own.begin is None or entry < self.dating.entered(own.begin) for own in self.hypotheses)

    def goes_on(self):
        """Whether a taken host, warden or principal counts until the ledger's end."""
        for own in self.hypotheses:
            if own.takes_warden and not any(
                    cast["generation_since"] and self.dating.signed_after(cast["generation_since"], own.end)
                    for cast in self.history.casts):
                return True
            keys = [self.state.worker_keys[worker] for worker in own.workers]
            if own.kind == "principal":
                keys = [self.state.principal_keys[own.own["principal"]]]
            if any(self.clean_since(one, own.end) is None for one in keys):
                return True
        return False


def _names(cast):
    return {worker["worker"] for worker in cast["workers"]}


def _later(gone, until):
    """`None` is never."""
    if gone is None or until is None:
        return until if gone is None else gone
    return max(gone, until)


def sound(header):
    """A header's own rules: docs/format.md, Header."""
    keys = [(c.PROVINCES.index(own["province"]), c.order(own["classes"])) for own in header["counts"]]
    periods = [c.period_parts(group["period"]) for group in header["groups"]]
    grouped = [own for group in header["groups"] for own in group["classes"]]
    held = {own for count in header["counts"] for own in count["classes"]} - {"operational"}
    return (
        header["version"] == "bulla.batch/3" and 1 <= header["rows"] <= 65_536 and header["month"] == header["received"][:7]
        and all(a < b for a, b in zip(keys, keys[1:])) and sum(own["rows"] for own in header["counts"]) == header["rows"]
        and all("operational" in own["classes"] for own in header["counts"])
        and all(a < b for a, b in zip(periods, periods[1:]))
        and all(own[:2] == (header["agreement"], header["month"]) for own in periods)
        and len(set(grouped)) == len(grouped) and "operational" not in grouped and held <= set(grouped))
