"""Pins and hypotheses, the two texts in TOML: docs/bundle.md, Pins and Hypothesis."""

import tomllib
from datetime import datetime, timezone
from types import SimpleNamespace as Own

import canonical as c
from note import COSIGNER, ML_DSA, BadNote, Key
from records import OWN_KEYS
from rules import folded

PINS_OCTETS_MAX, CLOCK_ERROR, CLOCK_ERROR_MAX, HYPOTHESES_MAX = 262_144, 300, 86_400, 64


class BadText(Exception):
    """Not such a text."""


def _toml(octets, limit):
    if len(octets) > limit:
        raise BadText("too large")
    try:
        return tomllib.loads(octets.decode("utf-8").replace("\r\n", "\n"))
    except (ValueError, RecursionError, OverflowError) as error:
        raise BadText(str(error)[:200]) from None


def pins(octets):
    """`BadText` where they are none."""
    shape = c.record({
        "origin": c.text, "first_leaf": c.hash_, "organisations": c.u32, "clock_error": c.u32,
        "cosigner": c.array(c.record({"organisation": c.printable, "key": c.text}))}, optional=["clock_error", "cosigner"])
    try:
        read = shape(_toml(octets, PINS_OCTETS_MAX))
        named = [(Key(own["key"], COSIGNER, ML_DSA), folded(own["organisation"])) for own in read.get("cosigner", [])]
    except (c.Unreadable, BadNote) as error:
        raise BadText(str(error)) from None
    if not all(organisation for _, organisation in named):
        raise BadText("a blank organisation")
    if len({(key.octets, organisation) for key, organisation in named}) > len({key.octets for key, _ in named}):
        raise BadText("one key under two organisations")
    cosigners = {key.written: organisation for key, organisation in named}
    clock_error = read.get("clock_error", CLOCK_ERROR)
    if not 1 <= read["organisations"] <= len(set(cosigners.values())):
        raise BadText("no organisation must cosign, or more than are named")
    if not 1 <= clock_error <= CLOCK_ERROR_MAX:
        raise BadText("a clock error of no second, or of more than a day")
    return Own(origin=read["origin"], first_leaf=read["first_leaf"], organisations=read["organisations"],
               clock_error=clock_error, cosigners=cosigners)


def _moment(value):
    if not isinstance(value, datetime) or value.tzinfo is None or value.microsecond % 1000:
        raise c.Unreadable("not a date-time with an offset and whole milliseconds")
    try:
        utc = value.astimezone(timezone.utc)
    except OverflowError:
        raise c.Unreadable("not in the years 0001 to 9999") from None
    return c.time(f"{utc.year:04}-{utc.month:02}-{utc.day:02}T{utc:%H:%M:%S}.{utc.microsecond // 1000:03}Z")


def hypotheses(octets):
    """As the assessment lists them. `BadText` where they are none."""
    text = _toml(octets, 65_536)
    tables = text.get("hypothesis")
    if text.keys() != {"hypothesis"} or not isinstance(tables, list) or not 1 <= len(tables) <= HYPOTHESES_MAX:
        raise BadText("not one to 64 tables `[[hypothesis]]`")
    try:
        return [_hypothesis(table) for table in tables]
    except c.Unreadable as error:
        raise BadText(str(error)) from None


def _hypothesis(table):
    kind = table.get("kind") if isinstance(table, dict) else None
    if not isinstance(kind, str) or kind not in OWN_KEYS:
        raise c.Unreadable("no kind of hypothesis")
    certificate = c.matching(r"sha256:[0-9a-f]{64}")
    own = {"workers": c.set_of(c.name), "principal": c.name, "certificate": certificate}
    members = {"kind": c.text, "from": _moment, "to": _moment, **{name: own[name] for name in OWN_KEYS[kind]}}
    read = c.record(members, optional=["from", "to", "workers"])(table)
    if kind == "host":
        read.setdefault("workers", [])
    read = {"from": None, "to": None, **read}
    if read["from"] and read["to"] and read["from"] > read["to"]:
        raise c.Unreadable("ends before it begins")
    return read
