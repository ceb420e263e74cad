#!/usr/bin/env python3
"""`verify.py BUNDLE [--pins FILE] [--note FILE]... [--statement SHIPPER/MONTH] [--json]`: docs/bundle.md, Verification, written from the documents alone.

Exit 0: verified. 1: refused. 2: could not look. 3: consistent (no pins). 4: damaged. 5: split view.
With `--list FILE` it looks at many: each line of FILE is one bundle's path and what may follow it (`--pins`, `--note`,
`--statement`), with tabs between; each line out is `verdict`, a tab, and of a refusal its name, otherwise the SHA-256 of its own
assessment or statement.
"""

import os
import stat
import sys
from hashlib import sha256
from types import SimpleNamespace as Own

import bundle
import canonical as c
import dating
import figures
import pins as texts
import rules
import statement
from dating import HOSTS, ONE_HOST
from note import DASH, OCTETS_MAX, BadNote, Note
from reach import Reach
from records import ASSESSMENT, CONFIRMATION, DISCLOSED, LEAF, TOTALS, UNWRAPS
from refusal import Refused
from replay import State
from sent import counts as totals_count, window
from tree import Tree, leaf_hash

EXIT = {"verified": 0, "refused": 1, "consistent": 3, "damaged": 4, "split view": 5}
USAGE = "usage: verify.py BUNDLE [--pins FILE] [--note FILE]... [--statement SHIPPER/MONTH] [--json]\n       verify.py --list FILE"


def history(leaves, written):
    """Steps 2 to 6 but for the note's form: the ledger's meaning, if the final note is over these leaves."""
    genesis = _genesis(leaves)
    tree, state = Tree(leaves), State()
    for leaf in leaves:
        state.take(leaf)
    casts = state.casts or [rules.first_cast(genesis)]
    for cast in casts:
        cast["origin"] = genesis["origin"]
    try:
        note = Note(written)
    except BadNote as error:
        raise Refused("Ledger:Note", str(error)) from None
    checkpoint = note.checkpoint
    own = [cast for cast in casts if cast["since"] < checkpoint.size] or casts[:1]
    signers = dating.Signers(own[-1])
    cosigned, lines = _opened(note, signers)
    if checkpoint.origin != genesis["origin"]:
        raise Refused("Ledger:Origin")
    if checkpoint.extended:
        raise Refused("Ledger:NoteForm", "an extension line")
    if not lines:
        raise Refused("Ledger:WardenSignature")
    keys = {key.written for key, _, _ in cosigned}
    distinct = len({key.octets for key, _, _ in cosigned})
    if distinct < own[-1]["quorum"]:
        raise Refused("Ledger:Quorum", f"{distinct} witnesses cosigned, {own[-1]['quorum']} must")
    if checkpoint.size != len(leaves):
        raise Refused("Ledger:EntryCount", f"{checkpoint.size} entries signed, {len(leaves)} here")
    if checkpoint.root != tree.root(len(leaves)):
        raise Refused("Ledger:Root")
    times = [seconds * 1000 for _, _, seconds in cosigned]
    seen = {
        "origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex(),
        "time": c.moment(max(times)) if times else state.time or c.moment(0), "cosigners": sorted(key.name for key, _, _ in cosigned)}
    notes = dating.Notes(state, tree, casts, note)
    return Own(state=state, tree=tree, casts=casts, note=note, signers=signers, cosigners=keys, seen=seen, notes=notes,
               first_leaf=leaf_hash(leaves[0]).hex(), genesis=genesis)


def _opened(note, signers):
    """The cosignatures, and the warden's lines: each good, each once, and by a key that the cast names once."""
    named = [own for own in signers.named for name, id_, _ in note.lines if own == (name, id_)]
    cosigned, lines = signers.cosigned(note), note.by(signers.warden)
    good = cosigned is not None and all(signers.warden.verify(line, note.checkpoint) for line in lines)
    if not good or not named or len(set(named)) < len(named):
        raise Refused("Ledger:Note", "a signature by a key of its cast is false or there twice, or there is none")
    return cosigned, lines


def _genesis(leaves):
    try:
        genesis = c.read(leaves[0], LEAF)["entry"] if leaves else None
    except (c.Unreadable, c.NotCanonical):
        genesis = None
    if genesis is None or genesis["type"] != "genesis":
        raise Refused("Ledger:NoGenesis")
    first = dating.Signers(rules.first_cast(genesis))
    if first.warden is None or len(first.witnesses) != len(genesis["witnesses"]):
        raise Refused("Ledger:GenesisKey")
    return genesis


def _form(ledger):
    """Step 6: no other key signed the note, and it is in its one form."""
    note, signers = ledger.note, ledger.signers
    unknown = sum((name, id_) not in signers.named for name, id_, _ in note.lines)
    if unknown:
        raise Refused("UnknownSigner", f"{unknown} signatures")
    warden = signers.warden.name, signers.warden.id
    ids = [(name, id_) for name, id_, _ in note.lines]
    rest = ids[1:]
    if ids[:1] != [warden] or warden in rest or any(a >= b for a, b in zip(rest, rest[1:])):
        raise Refused("Ledger:NoteForm")


def _pinned(ledger, pins):
    """Step 7."""
    if ledger.seen["origin"] != pins.origin:
        raise Refused("PinnedOrigin")
    if ledger.first_leaf != pins.first_leaf:
        raise Refused("FirstLeaf")
    organisations = {pins.cosigners[key] for key in ledger.cosigners if key in pins.cosigners}
    if len(organisations) < pins.organisations:
        raise Refused("Cosigners", f"{len(organisations)} pinned organisations cosigned, {pins.organisations} must")


def _stated(octets, pins, shown):
    """Step 8: the assessment as it stands, and what it asks of a note."""
    try:
        stated = c.read(octets, ASSESSMENT)
    except (c.Unreadable, c.NotCanonical) as error:
        raise Refused("Assessment", str(error)) from None
    # What is above 1 depends on the keys that are reached, and is computed with the figures.
    if min(stated["level"], 1) > shown:
        raise Refused("Level", f"{stated['level']} stated, {shown} shown")
    own, wanted = stated["dating"], pins or Own(organisations=1, clock_error=texts.CLOCK_ERROR)
    if own["organisations"] < wanted.organisations or own["clock_error"] < wanted.clock_error:
        raise Refused("Terms")
    return stated


def _sorted(octets, shape, name, order):
    """A section's lines, sorted by their octets, each once and in canonical form."""
    lines = bundle.lines(octets, order)
    if any(a >= b for a, b in zip(lines, lines[1:])):
        raise Refused(order)
    return [_line(line, shape, name) for line in lines]


def _line(line, shape, name):
    try:
        return c.read(line, shape)
    except (c.Unreadable, c.NotCanonical) as error:
        raise Refused(name, str(error)) from None


def _beside(sections):
    """Step 9, by the sections alone."""
    headers, last = {}, ""
    for line in bundle.lines(sections["headers"], "HeaderOrder"):
        own = _line(line, DISCLOSED, "Header")
        batch = own["header"]["batch"]
        if batch <= last:
            raise Refused("HeaderOrder")
        headers[batch], last = own, batch
    confirmations = _sorted(sections["confirmations"], CONFIRMATION, "Confirmation", "ConfirmationOrder")
    totals = _sorted(sections["totals"], TOTALS, "Totals", "TotalsOrder")
    unwraps = _sorted(sections["unwraps"], UNWRAPS, "Unwraps", "UnwrapsOrder")
    return Own(headers=headers, confirmations=confirmations, totals=totals, unwraps=unwraps)


def _needed(beside, reach):
    """Step 9, by what is reached: no more than that stands beside the ledger."""
    needed = {}
    for batch in reach.batches:
        if batch.needed:
            needed.setdefault(batch.id, []).append(batch)
    for batch in beside.headers:
        if batch not in needed:
            raise Refused("HeaderUnneeded", batch)
    for batch, own in beside.headers.items():
        if not any(reach.fits(anchored, own) for anchored in needed[batch]):
            raise Refused("HeaderNotAnchored", batch)
    for own in beside.confirmations:
        if not needed.keys() & set(own["record"]["batches"]) or not figures.counted(reach.state, own):
            raise Refused("ConfirmationUnneeded")
    span = window(reach)
    if not all(totals_count(reach, own, span) for own in beside.totals):
        raise Refused("TotalsUnneeded")
    counting = [one for own in reach.unwrapped for lists in own.values() for one in lists.lists]
    if not all(own in counting for own in beside.unwraps):
        raise Refused("UnwrapsUnneeded")


def _own_notes(ledger, notes):
    """Step 11: whether one of the reader's checkpoints is of another history."""
    split = False
    for number, octets in enumerate(notes):
        try:
            note = Note(octets)
        except BadNote as error:
            raise Refused("OwnNote", f"{number}: {error}") from None
        signers = ledger.notes.signers_of(note.checkpoint.size)
        signers = signers or dating.Signers(ledger.casts[0])
        if len(note.by(signers.warden)) != 1 or not signers.warden_signed(note) or note.checkpoint.origin != ledger.seen["origin"]:
            raise Refused("OwnNote", str(number))
        if note.checkpoint.size > ledger.seen["size"]:
            raise Refused("OlderThanNote", str(number))
        split |= ledger.tree.root(note.checkpoint.size) != note.checkpoint.root
    return split


def verify(octets, pins=None, notes=()):
    """The verdict, the level shown, and the assessment as computed here. `Refused` otherwise."""
    sections = bundle.sections(octets)
    ledger = history(bundle.leaves(sections["entries"]), sections["checkpoint"])
    _form(ledger)
    if pins:
        _pinned(ledger, pins)
    try:
        sections["hypothesis"].decode("utf-8")
        asked = texts.hypotheses(sections["hypothesis"])
    except UnicodeDecodeError:
        raise Refused("NotText", "hypothesis") from None
    except texts.BadText as error:
        raise Refused("Hypothesis", str(error)) from None
    shown = dating.level_shown(pins, ledger.casts, ledger.cosigners)
    stated = _stated(sections["assessment"], pins, shown)
    level, terms = min(stated["level"], 1), Own(**{name: stated["dating"][name] for name in ("organisations", "clock_error")})
    beside = _beside(sections)
    reach = Reach(ledger, asked, HOSTS if level else ONE_HOST, terms, beside.unwraps)
    _needed(beside, reach)
    computed = figures.assess(ledger, reach, beside, asked, level, terms)
    if c.write(computed) != sections["assessment"]:
        fields = [name for name in computed if computed[name] != stated[name]]
        refused = Refused("AssessmentDiffers", ", ".join(fields))
        refused.computed = computed
        raise refused
    split = _own_notes(ledger, notes)
    if split or computed["split_view"]:
        verdict = "split view"
    elif computed["damaged"]:
        verdict = "damaged"
    else:
        verdict = "verified" if pins else "consistent"
    return Own(verdict=verdict, level=max(shown, computed["level"]), assessment=computed, ledger=ledger)


# The command.

def _file(path, limit):
    """Nobody is waited for who is not there, and at most one octet too many is read, for which there is room at once."""
    with open(path, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NONBLOCK)) as file:
        own, first = os.fstat(file.fileno()), b""
        most = min(limit, own.st_size) if stat.S_ISREG(own.st_mode) else limit
        if stat.S_ISFIFO(own.st_mode):
            first = file.raw.read(1)  # None: somebody writes, and has not yet
            if first == b"":
                raise texts.BadText(f"{path}: a pipe that nobody writes to")
            os.set_blocking(file.fileno(), True)
        elif not stat.S_ISREG(own.st_mode):
            raise texts.BadText(f"{path}: neither a file nor a pipe")
        octets = (first or b"") + file.read(most + 1 - len(first or b"")) if own.st_size <= limit else None
    if octets is None or len(octets) > limit:
        raise texts.BadText(f"{path}: larger than {limit} octets")
    return octets


def _bundle(path):
    """Of a file that is none, or is too large for one, no more than its first line is read."""
    own = os.stat(path)
    if stat.S_ISREG(own.st_mode):
        if own.st_size > bundle.OCTETS_MAX:
            raise Refused("TooLarge")
        with open(path, "rb") as file:
            if file.read(len(bundle.VERSION)) != bundle.VERSION:
                raise Refused("NotABundle")
    return _file(path, bundle.OCTETS_MAX)


class Wrong(Exception):
    """Nothing could be looked at."""


def _arguments(given):
    own, given = Own(bundle=None, pins=None, notes=[], statement=None, json=False, help=False), iter(given)
    for argument in given:
        if argument in ("-h", "--help"):
            own.help = True
        elif argument == "--json":
            own.json = True
        elif argument == "--statement" and own.statement is None:
            own.statement = _asked(next(given, ""))
        elif argument in ("--pins", "--note"):
            path = next(given, None)
            if path is None or (argument == "--pins" and own.pins):
                raise Wrong(USAGE)
            if argument == "--pins":
                own.pins = path
            else:
                own.notes.append(path)
        elif argument.startswith("-") or own.bundle:
            raise Wrong(USAGE)
        else:
            own.bundle = argument
    if own.bundle is None and not own.help:
        raise Wrong(USAGE)
    return own


def _asked(written):
    try:
        return statement.asked(written)
    except c.Unreadable:
        raise Wrong(f"--statement needs a shipper and a month, as S-1/2026-11\n\n{USAGE}") from None


def look(own):
    """`(verdict, refusal or None, verified or None, octets of the pins or None)`."""
    try:
        pinned = _file(own.pins, texts.PINS_OCTETS_MAX) if own.pins else None
        pins = texts.pins(pinned) if own.pins else None
        notes = [_file(path, OCTETS_MAX) for path in own.notes]
        verified = verify(_bundle(own.bundle), pins, notes)
    except Refused as refused:
        return "refused", refused, None, pinned
    except (OSError, RuntimeError, texts.BadText) as error:
        raise Wrong(str(error)) from None
    verified.statement = statement.of(verified.ledger, own.statement) if own.statement else None
    return verified.verdict, None, verified, pinned


def _listed(path):
    for line in _file(path, 2**24).decode().splitlines():
        try:
            verdict, refused, verified, _ = look(_arguments(line.split("\t")))
        except Wrong as wrong:
            print("could not", str(wrong).splitlines()[0], sep="\t")
            continue
        told = refused.name if refused else sha256(c.write(verified.statement or verified.assessment)).hexdigest()
        print(verdict, told, sep="\t")


def _told(verified, pinned):
    return {
        "assessment": verified.assessment, "level": verified.level, "pins": sha256(pinned).hexdigest() if pinned else None,
        "verdict": verified.verdict, "verified": verified.verdict == "verified"}


def _said(verified):
    if verified.statement:
        return "\n".join(statement.lines(verified.statement))
    bound = verified.assessment["at_most"]
    above = ": and no upper bound" if bound["unbounded"] else ""
    return "\n".join([
        *verified.assessment["statements"], "",
        f"At most {bound['rows']} rows, {bound['parties']} parties, {bound['shippers']} shippers{above}."])


def main(given):
    try:
        if given[:1] == ["--list"] and len(given) == 2:
            _listed(given[1])
            return 0
        own = _arguments(given)
        if own.help:
            print(USAGE)
            return 0
        verdict, refused, verified, pinned = look(own)
    except Wrong as wrong:
        print(f"could not: {wrong}", file=sys.stderr)
        return 2
    if refused:
        print(f"REFUSED: {refused.name}: {refused.why}", file=sys.stderr)
        if own.json:
            sys.stdout.buffer.write(c.write({"refusal": refused.name, "verdict": verdict}))
        return EXIT[verdict]
    for silence in statement.silences(verified.ledger, verified.statement) if verified.statement else ():
        print(f"note: {silence}", file=sys.stderr)
    if own.json:
        sys.stdout.buffer.write(c.write(verified.statement or _told(verified, pinned)))
    else:
        print(f"{_said(verified)}\n{verdict.upper()}: level shown {verified.level}")
    return EXIT[verdict]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
