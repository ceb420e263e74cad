"""Who is suspect, and what dates an entry: docs/bundle.md, Dates; docs/protocol.md, R1 to R3."""

from bisect import bisect_left, bisect_right
from types import SimpleNamespace as Own

import canonical as c
from canonical import total
from note import COSIGNER, LOG, ML_DSA, BadNote, Key, Note
from rules import folded, is_key

ONE_HOST, HOSTS, APART = "one host", "hosts", "apart"
UNLIMITED = float("inf")
# Between two notes: longer is said.
SILENCE = 70 * 60 * 1000


class Signers:
    """The keys of one cast."""

    def __init__(self, cast):
        self.warden = is_key(cast["warden"]["key"], LOG)
        witnesses = [(is_key(own["key"], COSIGNER, ML_DSA), folded(own["organisation"])) for own in cast["witnesses"]]
        self.witnesses = [(key, organisation) for key, organisation in witnesses if key]
        self.named = [(key.name, key.id) for key in [self.warden] + [key for key, _ in self.witnesses] if key]

    def warden_signed(self, note):
        lines = note.by(self.warden)
        return bool(lines) and all(self.warden.verify(line, note.checkpoint) for line in lines)

    def cosigned(self, note):
        """`(key, organisation, seconds)` of each cosignature; `None` where one is not good."""
        found = []
        for key, organisation in self.witnesses:
            for line in note.by(key):
                seconds = key.verify(line, note.checkpoint)
                if seconds is None:
                    return None
                found.append((key, organisation, seconds))
        return found


class Checked:
    """A note whose root is the tree's, with what its signatures are worth to anybody."""

    def __init__(self, note, signers, entry=None):
        self.size, self.entry = note.checkpoint.size, entry
        self.cosigned = signers.cosigned(note) if signers and signers.warden_signed(note) else None

    def times(self, suspects, organisations):
        """`(earliest, latest, key names)` of those who are not suspect; `None` where it does not date."""
        own = [(key, org, seconds) for key, org, seconds in self.cosigned or () if key.octets not in suspects]
        if len({org for _, org, _ in own}) < organisations or not own:
            return None
        times = [min(seconds * 1000, c.LAST_MOMENT) for _, _, seconds in own]
        return min(times), max(times), sorted(key.name for key, _, _ in own)


class Notes:
    """The notes of a history: the heartbeats' by size, the final one last; and those whose root is another."""

    def __init__(self, state, tree, casts, final):
        self.tree, self.casts, self.signers, self.others = tree, casts, {}, []
        self.checked, beats = [], []
        for at, written in state.heartbeats:
            note = Note(written.encode())
            signers = self.signers_of(note.checkpoint.size)
            if signers is None:
                continue
            if tree.root(note.checkpoint.size) != note.checkpoint.root:
                signed = bool(signers and signers.warden_signed(note))
                self.others.append({"entry": at.entry, "size": note.checkpoint.size, "signed": signed})
            else:
                beats.append(Checked(note, signers, at.entry))
        self.checked = sorted(beats, key=lambda note: note.size) + [Checked(final, self.signers_of(final.checkpoint.size))]
        self.seen = {entry: self.usable(written) for entry, written in state.seen.items()}

    def signers_of(self, size):
        """Of the last cast whose index is below the size."""
        casts = [number for number, cast in enumerate(self.casts) if cast["since"] < size]
        if not casts:
            return None
        number = casts[-1]
        if number not in self.signers:
            self.signers[number] = Signers(self.casts[number])
        return self.signers[number]

    def usable(self, written):
        """A note on its own, as a policy's `seen` and a shipper's; `None` where it is not of this tree."""
        try:
            note = Note(written.encode())
        except BadNote:
            return None
        if self.tree.root(note.checkpoint.size) != note.checkpoint.root or note.checkpoint.origin != self.origin:
            return None
        return Checked(note, self.signers_of(note.checkpoint.size))

    @property
    def origin(self):
        return self.casts[0]["origin"]


class Dating:
    """What the usable notes show, where these keys are suspect."""

    def __init__(self, notes, suspects, organisations, clock_error):
        self.notes, self.suspects, self.organisations, self.error = notes, suspects, organisations, clock_error * 1000
        self.usable, latest = [], None
        for note in notes.checked:
            times = note.times(suspects, organisations)
            if times and (latest is None or times[1] >= latest):
                latest = times[1]
                self.usable.append(
                    Own(size=note.size, entry=note.entry, earliest=times[0], latest=latest, cosigners=times[2]))

        # Sizes and latest times both only grow.
        self.sizes, self.times = [note.size for note in self.usable], [note.latest for note in self.usable]

    def note_before(self, t):
        at = bisect_left(self.times, t - self.error)
        return self.usable[at - 1] if at else None

    def before(self, t):
        note = self.note_before(t)
        return note.size if note else 0

    def entered(self, t):
        return next((note.size for note in self.usable if note.earliest - self.error > t), UNLIMITED)

    def shown(self, t):
        """The note of the first heartbeat whose note is certainly later, `None` where none is."""
        later = [note for note in self.usable if note.entry is not None and note.earliest - self.error > t]
        return min(later, key=lambda note: note.entry, default=None)

    def settled(self, entry):
        at = bisect_right(self.sizes, entry)
        return self.times[at] + self.error if at < len(self.times) else None

    def earliest(self, checked):
        """The earliest time of a note on its own, `None` where it does not date."""
        times = checked.times(self.suspects, self.organisations) if checked else None
        return times[0] if times else None

    def signed(self, entry):
        """The earliest time in the policy's `seen`."""
        return self.earliest(self.notes.seen.get(entry))

    def signed_after(self, entry, t):
        """Whether officers certainly signed this policy after `t`."""
        earliest = self.signed(entry)
        return t is not None and earliest is not None and earliest - self.error > t


class Suspects:
    """Which keys the hypotheses take, all together, and which workers and whether the warden each takes."""

    def __init__(self, hypotheses, casts, co_holders, placing):
        self.casts, self.placing, self.placed, self.co_holders = casts, placing, _placed(casts), co_holders
        kinds = {hypothesis["kind"] for hypothesis in hypotheses}
        taken = set().union(*map(self._hosts, hypotheses)) if placing == HOSTS else set()
        everybody = "collusion" in kinds or (placing == ONE_HOST and kinds & {"host", "warden", "co-holder"})
        self.believes_co_holders = placing == HOSTS and not kinds & {"collusion", "co-holder"}
        self.keys = {key for key, host, _ in self.placed if everybody or host in taken}
        self.workers = {name for _, host, name in self.placed if name and (everybody or host in taken)}

    def _hosts(self, hypothesis):
        """The hosts that a hypothesis names by their roles."""
        if hypothesis["kind"] == "warden":
            return {folded(cast["warden"]["host"]) for cast in self.casts}
        if hypothesis["kind"] == "co-holder":
            return {folded(own["host"]) for own in self.co_holders.values()}
        if hypothesis["kind"] != "host":
            return set()
        named = hypothesis["workers"]
        return {host for _, host, name in self.placed if name and (not named or name in named)}

    def takes_warden(self, hypothesis):
        if hypothesis["kind"] == "co-holder":
            return self.placing == ONE_HOST
        if hypothesis["kind"] != "host" or self.placing == APART:
            return hypothesis["kind"] == "warden"
        hosts = self._hosts(hypothesis)
        return self.placing == ONE_HOST or any(folded(cast["warden"]["host"]) in hosts for cast in self.casts)

    def is_another(self, co_holder):
        """Whether a co-holder is of another organisation than every warden."""
        return folded(co_holder["organisation"]) not in {folded(cast["warden"]["organisation"]) for cast in self.casts}

    def workers_taken(self, hypothesis, known):
        """Those of the workers known that a `host` hypothesis takes."""
        if hypothesis["kind"] != "host":
            return set()
        named = set(hypothesis["workers"]) or known
        if self.placing == ONE_HOST:
            return known
        if self.placing == APART:
            return named & known
        hosts = self._hosts(hypothesis)
        return (named | {name for _, host, name in self.placed if name and host in hosts}) & known


def _placed(casts):
    """`(key octets, host, worker or None)` of everybody in any cast."""
    found = set()
    for cast in casts:
        for own in [cast["warden"]] + cast["witnesses"]:
            key = is_key(own["key"], LOG, COSIGNER, ML_DSA)
            if key:
                found.add((key.octets, folded(own["host"]), None))
        for own in cast["workers"]:
            found.add((bytes.fromhex(own["key"]), folded(own["host"]), own["worker"]))
    return found


def level_shown(pins, casts, cosigners):
    """1 or 0: docs/bundle.md, Pins; whether it is 2, the keys that are reached say. `cosigners` are the written keys that
    cosigned the final note."""
    if pins is None:
        return 0
    wardens = {folded(cast["warden"]["host"]) for cast in casts}
    beside = any(folded(own["host"]) in wardens for cast in casts for own in cast["workers"])
    theirs = {folded(cast["warden"]["organisation"]) for cast in casts}
    apart = any(pins.cosigners[key] not in theirs for key in cosigners if key in pins.cosigners)
    return int(apart and not beside)


def stated(reach, history, terms):
    """What an assessment says of dates."""
    begins = []
    for own in reach.hypotheses:
        if own.begin is None:
            continue
        note = reach.dating.note_before(own.begin)
        begins.append({
            "from": own.own["from"], "entries": own.before, "cosigned": c.moment(note.latest) if note else None,
            "slack": (own.begin - note.latest) // 1000 if note else None, "cosigners": note.cosigners if note else []})
    times = [note.latest for note in reach.dating.usable]
    silences = [{"from": c.moment(a), "to": c.moment(b)} for a, b in zip(times, times[1:]) if b - a > SILENCE]
    return {
        "organisations": terms.organisations, "clock_error": terms.clock_error, "begins": begins, "ends": list(_ends(reach)), "goes_on": reach.goes_on(), "silences": silences,
        "other_roots": history.notes.others}


def _ends(reach):
    """What came after the ends of what was copied until then."""
    for number, own in enumerate(reach.hypotheses):
        if own.end is None or own.kind not in ("storage", "carrier-key", "traffic"):
            continue
        late = [entry for entry in reach.entries if not reach.received(entry, own)]
        yield {
            "hypothesis": number, "to": own.own["to"], "heartbeat": own.shown.entry if own.shown else None,
            "cosigned": c.moment(own.shown.earliest) if own.shown else None, "documents": len(late),
            "rows": total(anchor["rows"] for entry in late for anchor in entry.batches),
            "first": late[0].at.entry if late else None, "time": late[0].at.time if late else None}
