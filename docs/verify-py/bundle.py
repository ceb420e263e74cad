"""The container: docs/bundle.md, Container. Sections and version stand here once."""

import re
from hashlib import sha256

from refusal import Refused

VERSION = b"bulla.bundle/12"
SECTIONS = ("hypothesis", "checkpoint", "entries", "headers", "confirmations", "totals", "unwraps", "assessment")
OCTETS_MAX, INDEX_MAX, HYPOTHESIS_MAX = 2**32, 800, 65_536
_LINE = re.compile(rb"([a-z]+) (0|[1-9][0-9]{0,19}) ([^\n]*)")


def sections(octets):
    """The octets of each section by its name."""
    if len(octets) > OCTETS_MAX:
        raise Refused("TooLarge")
    if not octets.startswith(VERSION + b"\n"):
        raise Refused("NotABundle")
    end = octets.find(b"\n\n", 0, INDEX_MAX)
    if end < 0:
        raise Refused("Index", "no empty line after it")
    lines, at, found = octets[:end].split(b"\n")[1:], end + 2, {}
    for number, name in enumerate(SECTIONS):
        line = _LINE.fullmatch(lines[number]) if number < len(lines) else None
        if not line or line[1] != name.encode() or int(line[2]) >= 2**64:
            raise Refused("Index", f"line {number + 2}")
        own = octets[at:at + int(line[2])]
        if len(own) < int(line[2]):
            raise Refused("Truncated", name)
        if sha256(own).hexdigest().encode() != line[3]:
            raise Refused("Digest", name)
        found[name] = own
        at += len(own)
    if len(lines) > len(SECTIONS):
        raise Refused("Index", "a line too many")
    if at != len(octets):
        raise Refused("Trailing", f"{len(octets) - at} octets")
    return found


def leaves(octets):
    """The entries, each after its length (16 bits)."""
    found, at = [], 0
    while at < len(octets):
        end = at + 2 + int.from_bytes(octets[at:at + 2], "big")
        if at + 2 > len(octets) or end > len(octets):
            raise Refused("EntryCut", f"entry {len(found)}")
        found.append(octets[at + 2:end])
        at = end
    return found


def lines(octets, order):
    """The lines of a section, each ended by `\\n`; `order` is the refusal for a section that is cut."""
    if octets and not octets.endswith(b"\n"):
        raise Refused(order, "the last line is cut")
    return octets.split(b"\n")[:-1]
