"""What a leaf, a header, a confirmation, totals and an assessment may hold: docs/ledger.md, Kinds; docs/format.md, Header;
docs/bundle.md, assessment.json. Each is a shape of canonical.py. `signed` says how a signature is over a record."""

import canonical as c
from canonical import array, nullable, record, set_of, text, u32, u64, word
from note import ed25519

PLACED = record({"key": text, "organisation": c.printable, "host": c.printable})
AUTHORITY = record({"threshold": u32, "officers": array(record({"organisation": c.printable, "key": c.key}))})
WORKERS = array(record({"worker": c.name, "key": c.key, "organisation": c.printable, "host": c.printable}))
SIGNATURES = array(record({"key": c.key, "signature": c.signature}))
GROUPS = array(record({"group": c.group, "classes": c.classes, "days": u32}))
BUDGET = record({"hour": u32, "day": u32, "month": u32})
PURPOSE = word(*c.PURPOSES)
PURPOSES = set_of(PURPOSE, c.PURPOSES.index)

POLICY = record({
    "origin": text, "number": u64,
    "principals": array(record({
        "principal": c.name, "key": c.key, "result_key": c.hash_, "purposes": PURPOSES, "classes": c.classes, "rows": BUDGET,
        "age_days": u32, "alone": u32, "approves": c.boolean, "counts": nullable(u32)}, left_out={"counts": None})),
    "carriers": array(record({
        "carrier": c.pseudonym, "key": nullable(c.key), "certificates": set_of(c.hash_), "edi": set_of(c.hash_)})),
    "shippers": array(record({"shipper": c.pseudonym, "key": nullable(c.key), "opened_by": nullable(c.name)})),
    "agreements": array(record({
        "agreement": c.pseudonym, "shipper": c.pseudonym, "carrier": c.pseudonym, "groups": GROUPS})),
    "holds": array(record({"agreement": c.pseudonym, "first": c.month, "last": c.month, "until": nullable(c.time)})),
    "co_holders": array(record({
        "co_holder": c.name, "organisation": c.printable, "host": c.printable, "key": c.key, "seal_key": c.hash_})),
    "workers": WORKERS,
    "generation": nullable(record({"warden": PLACED, "copies_days": u32})),
    "witnesses": nullable(record({"keys": array(PLACED), "quorum": u32})),
    "authority": nullable(AUTHORITY),
    "seen": nullable(text),
}, left_out={"co_holders": []})
ANCHOR = record({
    "batch": c.id16, "header": c.hash_, "rows": u32, "parties": u64, "octets": u64, "carrier": u64,
    "keys": array(record({"period": c.period, "key": c.hash_}))})
INTAKE = record({
    "worker": c.name, "instance": c.id16, "ticket": u64, "part": u32, "parts": u32, "received": c.time,
    "channel": word("https", "as2", "sftp"), "tls": c.boolean, "decryption": nullable(c.hash_), "octets": u64, "rows": u64,
    "parties": u64,
    "verdict": word("accepted", "accepted-with-errors", "accepted-in-part", "refused", "duplicate", "not-edi", "broken"),
    "shipper": nullable(c.pseudonym), "batches": array(ANCHOR)})
START = record({
    "worker": c.name, "instance": c.id16, "boot": c.id16, "closes": array(record({"instance": c.id16, "last": u64}))})
TICK = record({
    "worker": c.name, "instance": c.id16, "number": u64, "next": u64, "open": array(u64),
    "credit": record({"rows": u64, "parties": u64}), "seen": nullable(record({"size": u64, "root": c.hash_}))})
SCOPE = record({
    "principal": c.name, "purpose": PURPOSE, "ticket": c.ticket_name, "batch": c.id16, "header": c.hash_, "rows": set_of(u32),
    "classes": c.classes, "requested": c.time, "nonce": c.hash_})
COUNT_SCOPE = record({
    "principal": c.name, "ticket": c.ticket_name, "periods": set_of(c.period, c.period_parts), "requested": c.time, "nonce": c.hash_})
SHRED = {"period": c.period, "key": c.hash_}

KINDS = {
    "genesis": {
        "origin": text, "authority": AUTHORITY, "warden": PLACED, "copies_days": u32, "witnesses": array(PLACED), "quorum": u32,
        "workers": WORKERS},
    "policy": {"record": POLICY, "signatures": SIGNATURES},
    "revocation": {"record": record({"origin": text, "key": c.key}), "by": c.key, "signature": c.signature},
    "lockdown": {"record": record({"origin": text, "number": u64, "closed": c.boolean}), "signatures": SIGNATURES},
    "period_key": {
        "period": c.period, "classes": c.classes, "key": c.hash_, "ends": c.time, "co_holder": nullable(c.name)},
    "index_key": {"month": c.month, "key": c.hash_, "worker": c.name},
    "start": {"record": START, "signature": c.signature},
    "tick": {"record": TICK, "signature": c.signature},
    "intake": {"record": INTAKE, "signature": c.signature},
    "intent": {
        "opening": c.hash_, "request": record({"scope": SCOPE, "signature": c.signature}),
        "approval": nullable(record({"principal": c.name, "expires": c.time, "signature": c.signature}))},
    "receipt": {"opening": c.hash_, "outcome": word("opened", "failed"), "answer": nullable(c.hash_)},
    "count_intent": {"count": c.hash_, "request": record({"scope": COUNT_SCOPE, "signature": c.signature})},
    "counted": {"count": c.hash_, "outcome": word("given", "withheld", "failed"), "people": nullable(u64)},
    "shred_intent": SHRED, "shred": SHRED, "resurfaced": SHRED,
    "heartbeat": {"note": text},
}
_LEFT_OUT = {"period_key": {"co_holder": None}}
_KIND_SHAPES = {
    kind: record({"type": word(kind), **members}, left_out=_LEFT_OUT.get(kind)) for kind, members in KINDS.items()}


def _entry(value):
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _KIND_SHAPES:
        raise c.Unreadable("no kind of entry")
    return _KIND_SHAPES[kind](value)


LEAF = record({"entry": _entry, "time": c.time})

HEADER = record({
    "version": text, "suite": text, "batch": c.id16, "agreement": c.pseudonym, "shipper": c.pseudonym, "carrier": c.pseudonym,
    "month": c.month, "worker": c.name, "instance": c.id16, "ticket": u64, "received": c.time, "sealed": c.time, "rows": u32,
    "parties": u64, "counts": array(record({"classes": c.classes, "province": word(*c.PROVINCES), "rows": u32})),
    "groups": array(record(
        {"period": c.period, "key": c.hash_, "classes": c.classes, "commitment": c.hash_, "co_holder": nullable(c.hash_)},
        left_out={"co_holder": None})),
    "body": c.hash_})
DISCLOSED = record({"header": HEADER, "salt": c.hash_})
CONFIRMATION = record({
    "record": record({
        "carrier": c.pseudonym, "delivery": c.id16, "batches": set_of(c.id16), "digest": c.hash_, "rows": u64,
        "received": c.time}),
    "signature": c.signature})
TOTALS = record({
    "record": record({
        "origin": text, "shipper": c.pseudonym, "from": c.time, "to": c.time, "bodies": u64, "rows": u64, "parties": u64,
        "seen": text}),
    "signature": c.signature})
UNWRAPS = record({
    "record": record({
        "origin": text, "co_holder": c.name, "count": u64,
        "unwraps": array(record({
            "number": u64, "batch": c.id16, "opening": c.hash_, "rows": u32, "time": c.time, "seen": u64})),
        "seen": text}),
    "signature": c.signature})

# The assessment.

BOTH = {"rows": u64, "parties": u64}
BOUND = record({**BOTH, "shippers": u64, "unbounded": c.boolean})
SHARE = {**BOTH, "operational": u64}
OWN_KEYS = {
    "storage": {}, "host": {"workers": set_of(c.name)}, "principal": {"principal": c.name}, "warden": {}, "co-holder": {},
    "carrier-key": {"certificate": text}, "traffic": {"certificate": text}, "collusion": {}}
_HYPOTHESES = {
    kind: record({"kind": word(kind), "from": nullable(c.time), "to": nullable(c.time), **own}) for kind, own in OWN_KEYS.items()}
_WHY = {"shredded": {"shred": u64, "cosigned": c.time}, "made-after": {"policy": u64, "signed": c.time}}
_ABSENT = {
    why: record({"period": c.period, "shipper": nullable(c.pseudonym), "rows": u64, "why": word(why), **own})
    for why, own in _WHY.items()}


def _by(member, shapes):
    def shape(value):
        tag = value.get(member) if isinstance(value, dict) else None
        if not isinstance(tag, str) or tag not in shapes:
            raise c.Unreadable(f"no {member}")
        return shapes[tag](value)
    return shape


ASSESSMENT = record({
    "schema": text, "hypothesis": array(_by("kind", _HYPOTHESES)), "level": c.u8,
    "assumptions": array(record({"id": text, "text": text})),
    "checkpoint": record({"origin": text, "size": u64, "root": c.hash_, "time": c.time, "cosigners": array(text)}),
    "dating": record({
        "organisations": u32, "clock_error": u32,
        "begins": array(record({
            "from": c.time, "entries": u64, "cosigned": nullable(c.time), "slack": nullable(u64), "cosigners": array(text)})),
        "ends": array(record({
            "hypothesis": u32, "to": c.time, "heartbeat": nullable(u64), "cosigned": nullable(c.time), "documents": u64, "rows": u64,
            "first": nullable(u64), "time": nullable(c.time)})),
        "goes_on": c.boolean, "silences": array(record({"from": c.time, "to": c.time})),
        "other_roots": array(record({"entry": u64, "size": u64, "signed": c.boolean}))}),
    "at_most": BOUND, "people": nullable(record({"people": u64, "rows": u64, "intent": u64, "counted": u64})), "recorded": record(BOTH), "confirmed": record(BOTH), "made_up": record(BOTH),
    "by_shipper": array(record({"shipper": nullable(c.pseudonym), **SHARE})),
    "by_month": array(record({"month": c.month, **SHARE})),
    "by_shipper_month": array(record({"shipper": nullable(c.pseudonym), "month": c.month, **SHARE})),
    "by_classes": array(record({"classes": c.classes, "rows": u64})),
    "by_province": array(record({"province": word(*c.PROVINCES), "rows": u64, "at_most": u64})),
    "entries": array(record({
        "entry": u64, "time": c.time, "worker": c.name, "instance": c.id16, "ticket": u64, "verdict": text, "rows": u64,
        "parties": u64, "confirmed": u64})),
    "gaps": array(record({"worker": c.name, "instance": c.id16, "entry": u64, "time": c.time, **BOTH})),
    "sent": array(record({
        "shipper": c.pseudonym, **BOTH, "recorded": u64, "recorded_parties": u64, "covers": c.boolean})),
    "not_included": array(_by("why", _ABSENT)),
    "co_held": array(record({
        "co_holder": c.name, "organisation": c.printable, "unwraps": nullable(u64), "rows": u64})),
    "index_leakage": record({"months": array(c.month), "rows": u64, "meaning": text}),
    "openings": record({"justified": u64, "unexplained": u64}),
    "voids": array(record({"entry": u64, "kind": text, "rule": text, "signer": word("warden", "worker", "principal")})),
    "without_header": array(record({"batch": c.id16, "entry": u64, **BOTH})),
    "damaged": c.boolean, "split_view": c.boolean, "curve": array(record({"from": c.time, "rows": u64})),
    "if_the_warden_stood_elsewhere": nullable(BOUND), "statements": array(text)})


def signed(context, value, key, signature):
    """Whether the signature is the key's over the value: docs/ledger.md, Leaf."""
    message = context.encode() + b"\n" + c.write(value)
    return ed25519(bytes.fromhex(key), bytes.fromhex(signature), message)
