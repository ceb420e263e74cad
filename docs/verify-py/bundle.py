"""The container: docs/bundle.md, Container. Sections and version stand here once."""

import re
from hashlib import sha256

from refusal import Refused

VERSION = b"bulla.bundle/14\n"
SECTIONS = ("hypothesis", "checkpoint", "entries", "headers", "confirmations", "totals", "unwraps", "assessment")
OCTETS_MAX, HYPOTHESIS_MAX = 2**32, 65_536
_LINES = [re.compile(name.encode() + rb" ([0-9]{10}) ([^\n]{64})\n") for name in SECTIONS] + [re.compile(rb"\n")]


def sections(octets):
    """The octets of each section by its name."""
    if len(octets) > OCTETS_MAX:
        raise Refused("TooLarge")
    if not octets.startswith(VERSION):
        raise Refused("NotABundle")
    stated, at, found = [], len(VERSION), {}
    for number, line in enumerate(_LINES):
        read = line.match(octets, at)
        if not read:
            raise Refused("Index", f"line {number + 2}")
        stated.append(read.groups())
        at = read.end()
    for name, (length, digest) in zip(SECTIONS, stated):
        own = octets[at:at + int(length)]
        if len(own) < int(length):
            raise Refused("Truncated", name)
        if sha256(own).hexdigest().encode() != digest:
            raise Refused("Digest", name)
        found[name] = own
        at += len(own)
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
