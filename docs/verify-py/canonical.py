"""Canonical JSON and the forms of values: docs/ledger.md, Leaf. RFC 8785 with integers and no fractions. What is above
2^53 - 1 is readable: rules say where it may not be.

A *shape* is a function that takes a parsed value, raises `Unreadable` where it is of another kind, and returns it in its one
written form (sets sorted). So a text is canonical exactly when writing what was read gives the same octets.
"""

import datetime
import json
import re

LARGEST = 2**53 - 1


class Unreadable(Exception):
    """Not a value of this shape."""


class NotCanonical(Exception):
    """A value of this shape, in another form than the one. `value` is what it would be in that form."""

    def __init__(self, value):
        super().__init__("another form than the canonical one")
        self.value = value


def _whole(text):
    if len(text) > 20:
        raise Unreadable("a number that is too long")
    number = int(text)
    if text == "-0":
        raise Unreadable("a negative zero")
    return number


def _refuse(text):
    raise Unreadable(f"not a whole number: {text[:20]}")


def _members(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unreadable("a member twice")
    return members


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_int=_whole, parse_float=_refuse, parse_constant=_refuse)


def parse(octets):
    """Any JSON text without fractions, `Unreadable` otherwise."""
    try:
        text = octets.decode("utf-8")
        value, end = _DECODER.raw_decode(text, _blank(text, 0))
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)[:100]) from None
    if _blank(text, end) != len(text):
        raise Unreadable("something follows")
    return value


def _blank(text, at):
    while at < len(text) and text[at] in " \t\n\r":
        at += 1
    return at


def write(value):
    """The canonical form. The names of members here are ASCII, so their order by code points is RFC 8785's."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def read(octets, shape):
    """The value if it is written in its one form; `Unreadable`, `NotCanonical` otherwise."""
    value = shape(parse(octets))
    if write(value) != octets:
        raise NotCanonical(value)
    return value


# Shapes.

def text(value):
    if not isinstance(value, str) or not _is_text(value):
        raise Unreadable("no text")
    return value


def _is_text(value):
    return not any("\ud800" <= character <= "\udfff" for character in value)


def matching(pattern):
    match = re.compile(pattern).fullmatch

    def shape(value):
        if not isinstance(value, str) or not match(value):
            raise Unreadable(f"not of the form {pattern}")
        return value
    return shape


def below(limit):
    def shape(value):
        if type(value) is not int or not 0 <= value < limit:
            raise Unreadable("not a number of this size")
        return value
    return shape


def boolean(value):
    if not isinstance(value, bool):
        raise Unreadable("neither true nor false")
    return value


def word(*words):
    def shape(value):
        if not isinstance(value, str) or value not in words:
            raise Unreadable(f"none of {', '.join(words)}")
        return value
    return shape


def nullable(inner):
    return lambda value: None if value is None else inner(value)


def array(inner):
    def shape(value):
        if not isinstance(value, list):
            raise Unreadable("no list")
        return [inner(one) for one in value]
    return shape


def set_of(inner, order=None):
    """A list without repetitions, in its order. Another order is another form of the same value."""
    def shape(value):
        return sorted(set(array(inner)(value)), key=order)
    return shape


def record(members, optional=(), left_out=None):
    """`left_out`: members that are left out where they would be as given there, which is another form of the same value."""
    left_out = left_out or {}
    optional = {*optional, *left_out}

    def shape(value):
        if not isinstance(value, dict):
            raise Unreadable("no object")
        if unknown := value.keys() - members.keys():
            raise Unreadable(f"unknown member {min(unknown)[:40]!r}")
        if missing := members.keys() - value.keys() - optional:
            raise Unreadable(f"no member {min(missing)!r}")
        read = {name: members[name](own) for name, own in value.items()}
        return {name: own for name, own in read.items() if name not in left_out or own != left_out[name]}
    return shape


# The written forms of docs/ledger.md.

u8, u32, u64 = below(2**8), below(2**32), below(2**64)
_time = matching(r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
month = matching(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])")
hash_ = key = matching(r"[0-9a-f]{64}")
signature = matching(r"[0-9a-f]{128}")
id16 = matching(r"[0-9a-f]{32}")
name = matching(r"[a-z0-9-]{1,32}")
pseudonym = matching(r"[A-Za-z0-9-]{1,32}")
group = matching(r"[a-z0-9]{1,16}")
ticket_name = matching(r"[A-Z0-9-]{1,32}")
printable = matching(r"[ -~]{1,64}")
_period = matching(r"[A-Za-z0-9-]{1,32}/(?!0000)[0-9]{4}-(0[1-9]|1[0-2])/[a-z0-9]{1,16}(/[1-9][0-9]{0,9})?")

CLASSES = ("operational", "linkable", "address", "contact", "remarks", "financial")
SEALED = frozenset(CLASSES[1:])
PURPOSES = ("resend", "label", "support", "subject-access", "dispute", "assessment", "notice")
PROVINCES = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT", "ABROAD", "UNKNOWN")
field_class = word(*CLASSES)
classes = set_of(field_class, CLASSES.index)


def in_order(own):
    """Classes as they are written."""
    return sorted(own, key=CLASSES.index)


def order(own):
    """What lists of classes are sorted by."""
    return [CLASSES.index(one) for one in in_order(own)]


def time(value):
    _time(value)
    try:
        known = milliseconds(value) <= LAST_MOMENT
    except ValueError:
        known = False
    if not known:
        raise Unreadable("no such moment")
    return value


def period(value):
    _period(value)
    parts = value.split("/")
    if len(parts) == 4 and not 2 <= int(parts[3]) < 2**32:
        raise Unreadable("no such generation")
    return value


def period_parts(written):
    """What periods are sorted by: agreement, month, group, generation."""
    parts = written.split("/")
    return parts[0], parts[1], parts[2], int(parts[3]) if len(parts) == 4 else 1


# Times: text outside, milliseconds since 1970 inside.

DAY = 86_400_000
LAST_MOMENT = 253_402_207_200_000  # 9999-12-30T22:00:00.000Z
_EPOCH = 719_163  # days from 0001-01-01 to 1970-01-01, by datetime.toordinal


def milliseconds(written):
    """`ValueError` where there is no such moment; leap seconds are none."""
    days = datetime.date.fromisoformat(written[:10]).toordinal() - _EPOCH
    clock = datetime.time.fromisoformat(written[11:19])
    return (days * 86_400 + clock.hour * 3600 + clock.minute * 60 + clock.second) * 1000 + int(written[20:23])


def moment(ms):
    """What is later than the last moment is written as that."""
    ms = min(ms, LAST_MOMENT)
    whole, rest = divmod(ms, 1000)
    text = (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=whole)).isoformat(timespec="seconds")
    return f"{text.rjust(19, '0')}.{rest:03}Z"


def total(numbers):
    """Sums stop at 2^53 - 1: docs/bundle.md, Totals."""
    return min(sum(numbers), LARGEST)
