"""Signed notes, checkpoints and cosignatures: docs/ledger.md, its first paragraph, and the C2SP texts that it names
(signed-note, tlog-checkpoint, tlog-cosignature)."""

import base64
import binascii
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

OCTETS_MAX, SIGNATURES_MAX = 1_000_000, 100
LOG, COSIGNER, ML_DSA = 0x01, 0x04, 0x06
KEY_OCTETS = {LOG: 32, COSIGNER: 32, ML_DSA: 1312}
SIGNATURE_OCTETS = {LOG: 64, COSIGNER: 8 + 64, ML_DSA: 8 + 2420}
DASH = "\u2014 "
# The group's order, and its points of small order as they may be encoded. "Strictly" (RFC 8032 leaves it open) means: S is
# below the order, and neither the key nor R is one of these points.
_ORDER = 2**252 + 27742317777372353535851937790883648493
_PRIME = 2**255 - 19
_SMALL = frozenset(y % 2**255 for y in (
    0, 1, _PRIME - 1, _PRIME, _PRIME + 1,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    _PRIME - 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7))


class BadNote(Exception):
    """Not a note, or not a note key."""


def decode64(text):
    """Standard base64 with padding, in its one form."""
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("not base64") from None
    if base64.b64encode(octets).decode() != text:
        raise BadNote("not the one form of base64")
    return octets


def _small(point):
    return int.from_bytes(point, "little") % 2**255 in _SMALL


def ed25519(key, signature, message):
    """Whether the signature (64 octets) is the key's (32 octets) over the message, strictly."""
    if int.from_bytes(signature[32:], "little") >= _ORDER or _small(key) or _small(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def ml_dsa_44(key, signature, message):
    """The same with ML-DSA-44 and the empty context; needs a `cryptography` that has it."""
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
        MLDSA44PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    except (ImportError, UnsupportedAlgorithm):
        raise RuntimeError("this ledger has a witness with ML-DSA-44, which the installed `cryptography` cannot check") from None
    return True


class Key:
    """A verifier key `name+id+base64(type || key)`."""

    def __init__(self, written, *kinds):
        parts = written.split("+", 2)
        if len(parts) != 3 or not is_name(parts[0]):
            raise BadNote("not a verifier key")
        octets = decode64(parts[2])
        self.kind, self.octets = octets[:1] and octets[0], octets[1:]
        if self.kind not in kinds or len(self.octets) != KEY_OCTETS[self.kind]:
            raise BadNote("a key of another kind")
        self.name, self.written = parts[0], written
        self.id = sha256(self.name.encode() + b"\n" + octets).digest()[:4]
        if parts[1] != self.id.hex():
            raise BadNote("the key does not have this id")
        if self.kind != ML_DSA:
            try:
                Ed25519PublicKey.from_public_bytes(self.octets)
            except ValueError:
                raise BadNote("not a point") from None

    def verify(self, blob, checkpoint):
        """The time in seconds of a good cosignature, `True` for a log's signature, `None` for a bad one."""
        if len(blob) != SIGNATURE_OCTETS[self.kind]:
            return None
        if self.kind == LOG:
            return True if ed25519(self.octets, blob, checkpoint.text.encode()) else None
        time = int.from_bytes(blob[:8], "big")
        if time >= 2**63:
            return None
        if self.kind == COSIGNER:
            message = f"cosignature/v1\ntime {time}\n{checkpoint.text}".encode()
            return time if ed25519(self.octets, blob[8:], message) else None
        name, origin = self.name.encode(), checkpoint.origin.encode()
        if time == 0 or len(name) > 255 or len(origin) > 255:
            return None
        message = (b"subtree/v1\n\0" + bytes([len(name)]) + name + blob[:8] + bytes([len(origin)]) + origin + bytes(8)
                   + checkpoint.size.to_bytes(8, "big") + checkpoint.root)
        return time if ml_dsa_44(self.octets, blob[8:], message) else None


def is_name(name):
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


class Checkpoint:
    """A note's text: origin, size, root, and lines of extensions that nobody here reads."""

    def __init__(self, text):
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise BadNote("not a checkpoint")
        size = lines[1]
        if not (size.isascii() and size.isdigit()) or str(int(size[:20])) != size or int(size) >= 2**64:
            raise BadNote("not a size")
        self.text, self.origin, self.size, self.root = text, lines[0], int(size), decode64(lines[2])
        self.extended = len(lines) > 4
        if len(self.root) != 32:
            raise BadNote("not a root")


class Note:
    """A checkpoint with its signature lines: `(name, id, rest)`, unverified."""

    def __init__(self, octets):
        if len(octets) > OCTETS_MAX:
            raise BadNote("a note that is too large")
        try:
            written = octets.decode("utf-8")
        except UnicodeDecodeError:
            raise BadNote("not text in UTF-8") from None
        if any(character < " " and character != "\n" for character in written):
            raise BadNote("a control character")
        text, found, signatures = written.rpartition("\n\n")
        lines = signatures.split("\n")
        if not found or lines.pop() or not lines or len(lines) > SIGNATURES_MAX:
            raise BadNote("not a signed note")
        self.written, self.lines = written, [_signature_line(line) for line in lines]
        self.checkpoint = Checkpoint(text + "\n")

    def by(self, key):
        """The rest of each line that names this key."""
        return [rest for name, id_, rest in self.lines if (name, id_) == (key.name, key.id)]


def _signature_line(line):
    name, found, coded = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH) or not found or not is_name(name):
        raise BadNote("not a signature line")
    octets = decode64(coded)
    if len(octets) < 5:
        raise BadNote("a signature that is too short")
    return name, octets[:4], octets[4:]
