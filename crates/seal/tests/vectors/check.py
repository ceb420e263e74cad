#!/usr/bin/env python3
"""A second, small reader of docs/format.md, to check the vectors beside it: python3 check.py

HKDF, HMAC, X-Wing's combiner and HPKE's key schedule are written out here over Python's standard library.
ML-KEM-768, X25519, AES-GCM and AES-GCM-SIV come from the package `cryptography` (48 or later, with OpenSSL
3.5 or later); without it everything else is still checked, and what was not is said.
"""
import hashlib
import hmac
import json
import pathlib
import sys

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV
except ImportError:
    AESGCM = None

CLASSES = ["operational", "linkable", "address", "contact", "remarks", "financial"]


class Refused(Exception):
    """Carries the name of the error, as the vectors give it."""


def ensure(holds, name):
    if not holds:
        raise Refused(name)


def sha256(octets):
    return hashlib.sha256(octets).digest()


def mac(key, octets):
    return hmac.digest(key, octets, "sha256")


def expand(key, info, length=32):
    """HKDF-Expand, RFC 5869."""
    out, block, n = b"", b"", 1
    while len(out) < length:
        block = mac(key, block + info + bytes([n]))
        out, n = out + block, n + 1
    return out[:length]


def number(octets):
    return int.from_bytes(octets, "big")


def xwing(seed):
    """The key pair of a seed."""
    expanded = hashlib.shake_256(seed).digest(96)
    m, x = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
    return m, x, m.public_key().public_bytes_raw() + x.public_key().public_bytes_raw()


def hpke_open(seed, info, aad, sealed):
    """RFC 9180, base mode, 0x647a 0x0001 0x0002, one message."""
    ensure(len(sealed) >= 1136, "Unsealable")
    enc, ciphertext = sealed[:1120], sealed[1120:]
    m, x, public = xwing(seed)
    shares = m.decapsulate(enc[:1088]) + x.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
    shared = hashlib.sha3_256(shares + enc[1088:] + public[1184:] + b"\\.//^\\").digest()
    suite = b"HPKE" + bytes.fromhex("647a00010002")

    def labeled_extract(salt, label, ikm):
        return mac(salt or bytes(32), b"HPKE-v1" + suite + label + ikm)

    def labeled_expand(key, label, octets, length):
        return expand(key, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + octets, length)

    context = b"\0" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
    secret = labeled_extract(shared, b"secret", b"")
    key, nonce = labeled_expand(secret, b"key", context, 32), labeled_expand(secret, b"base_nonce", context, 12)
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, aad)
    except InvalidTag:
        raise Refused("Unsealable") from None


def padded_octets(code):
    return 0 if code == 0 else 16 << code // 2 if code % 2 else 24 << code // 2 - 1


def read_codes():
    """Of each place, its octets by their codes, written as text of ones and zeros."""
    places = {}
    for line in (pathlib.Path(__file__).parents[2] / "src/packing/bits.txt").read_text().splitlines():
        if line[0].isalpha():
            bits = places[line] = {}
        elif line[0] == " ":
            length, *octets = line.split()
            for part in octets:
                first, _, last = part.partition("-")
                bits.update({octet: int(length) for octet in range(int(first, 16), int(last or first, 16) + 1)})
    codes = {}
    for place, bits in places.items():
        code, before, codes[place] = 0, 0, {}
        for octet in sorted(bits, key=lambda octet: (bits[octet], octet)):
            code <<= bits[octet] - before
            before = bits[octet]
            codes[place][format(code, f"0{before}b")] = octet
            code += 1
    return codes


CODES = read_codes()


def place_after(octet):
    if 48 <= octet <= 57:
        return "digit"
    if 65 <= octet <= 90:
        return "upper"
    return "lower" if 97 <= octet <= 122 or octet >= 128 else "other"


def unpack_value(packed):
    if packed[0] == 0xFF:
        return packed[1:]
    bits = "".join(format(octet, "08b") for octet in packed)
    value, at = bytearray(), 0

    def octet(place):
        nonlocal at
        for end in range(at + 1, at + 16):
            if bits[at:end] in CODES[place]:
                value.append(CODES[place][bits[at:end]])
                at = end
                return value[-1]
        raise AssertionError(f"no code at bit {at}")

    def integer(place):
        number = shift = 0
        while True:
            own = octet(place)
            number, shift = number | (own & 0x7F) << shift, shift + 7
            if own < 0x80:
                return number

    while len(bits) - at >= 8 or "0" in bits[at:]:
        octet("tag")
        head = octet("head")
        if head >> 3:
            integer("party")
        for _ in range(head & 7):
            octet("qualifier")
        place = "other"
        for _ in range(integer("length")):
            place = place_after(octet(place))
    return bytes(value)


def body_cells(body):
    """Columns by class: a list with each record's cell, or None."""
    assert body[:8] == b"BULLABDY"
    records, count = number(body[8:12]), body[12]
    numbers, at = body[13:13 + count], 13 + count
    codes = [body[at + n * records:at + (n + 1) * records] for n in range(count)]
    at += count * records
    columns = {}
    for n, column in zip(numbers, codes):
        columns[CLASSES[n]] = cells = []
        for code in column:
            octets = padded_octets(code) + 16 if code else 0
            cells.append(body[at:at + octets] if code else None)
            at += octets
    assert at == len(body) and list(numbers) == sorted(set(numbers))
    return records, columns


def record_parts(record):
    ensure(len(record) >= 76 and record[:12] == b"BULLASEG\0\0\0\2", 'Record { rule: "it begins with BULLASEG" }')
    ensure(number(record[12:20]) == len(record), 'Record { rule: "its length is what it says" }')
    header, groups, records, tokens, body, own = (number(record[at:at + 4]) for at in range(20, 44, 4))
    at, parts, column = 76, [], 68 + (records - 1) * own
    wrapped = len(record) - 76 - header - column - tokens * 11 - 32 - body
    fills = wrapped >= groups * 1168 and (wrapped - groups * 1168) % 1136 == 0 and wrapped <= groups * 2304
    ensure(fills, 'Record { rule: "its parts fill it" }')
    for octets in [header, wrapped, column, tokens * 11, 32, body]:
        parts.append(record[at:at + octets])
        at += octets
    assert at == len(record)
    ensure(sha256(record[:76 + sum(map(len, parts[:4]))]) == parts[4], "RecordDigest")
    return record[44:76], parts


def operational_octets(column, parcels):
    """Record 0's, then the parcels': what all have, and of each what differs."""
    alike, differ = column[32:64], [at for at in range(32) if number(column[64:68]) >> (31 - at) & 1]
    assert len(column) == 68 + parcels * len(differ) and not any(alike[at] for at in differ)
    rows = [column[:32]]
    for own in [column[68 + n * len(differ):][:len(differ)] for n in range(parcels)]:
        whole = bytearray(alike)
        for at, octet in zip(differ, own):
            whole[at] = octet
        rows.append(bytes(whole))
    return rows


def encapsulations_of(header, octets):
    """One a group, 2,304 octets where there is a co-holder."""
    parts = []
    for group in header["groups"]:
        length = 2304 if "co_holder" in group else 1168
        parts.append(octets[:length])
        octets = octets[length:]
    assert not octets
    return parts


def split(octets, length):
    return [octets[at:at + length] for at in range(0, len(octets), length)]


def unwrap(header_octets, group, seed, encapsulation, body):
    """The group's class keys and the body's columns; what a warden does before it opens a row."""
    header = json.loads(header_octets)
    of = header["groups"][group]
    ensure(sha256(xwing(seed)[2]).hex() == of["key"], "WrongKey")
    ensure(sha256(body).hex() == header["body"], "BodyDigest")
    secret = hpke_open(seed, sha256(header_octets), of["period"].encode(), encapsulation)
    extracted = mac(bytes.fromhex(header["batch"]), secret)
    ensure(expand(extracted, b"bulla.batch/3 commitment").hex() == of["commitment"], "Commitment")
    _, columns = body_cells(body)
    check_counts(header, columns)
    keys = {c: expand(extracted, b"bulla.batch/3 class" + bytes([CLASSES.index(c)])) for c in of["classes"]}
    return keys, columns


def take_off(header_octets, group, seed, wrapped):
    """What a co-holder does: its layer is gone, the period's is left."""
    of = json.loads(header_octets)["groups"][group]
    ensure("co_holder" in of, "NotWrapped")
    ensure(sha256(xwing(seed)[2]).hex() == of["co_holder"], "WrongKey")
    return hpke_open(seed, b"bulla.co-holder/1 " + sha256(header_octets).hex().encode(), of["period"].encode(), wrapped)


def check_counts(header, columns):
    def held(row):
        return {c for c, cells in columns.items() if cells[row] or cells[0]} | {"operational"}

    sets, counted = [frozenset(held(row)) for row in range(1, header["rows"] + 1)], {}
    for count in header["counts"]:
        classes = frozenset(count["classes"])
        counted[classes] = counted.get(classes, 0) + count["rows"]
    ensure(counted == {s: sets.count(s) for s in sets}, 'HeaderRule { rule: "counts are those of the body\'s columns" }')


def open_cell(header, keys, columns, row, name):
    cell = columns.get(name, [None] * (row + 1))[row]
    if cell is None:
        return None
    associated = bytes.fromhex(header["batch"]) + bytes([CLASSES.index(name)]) + row.to_bytes(4, "big")
    key = mac(keys[name], row.to_bytes(4, "big") + b"\1")
    try:
        padded = AESGCMSIV(key).decrypt(bytes(12), cell, associated)
    except InvalidTag:
        raise Refused(f"Cell {{ row: {row}, class: {name.capitalize()} }}") from None
    packed, mark, rest = padded.rpartition(b"\x80")
    assert mark and not rest.strip(b"\0")
    return unpack_value(packed)


def check_batch(v):
    record = bytes.fromhex(v["record"])
    salt, (header_octets, encapsulations, operational, tokens, _, body) = record_parts(record)
    header = json.loads(header_octets)
    assert header_octets.decode() == v["header"] and body.hex() == v["body"] and header["suite"] == v["suite"]
    assert json.dumps(header, sort_keys=True, separators=(",", ":")) == v["header"]
    assert sha256(header_octets).hex() == v["header_digest"]
    assert sha256(b"bulla.header/1\n" + salt + header_octets).hex() == v["salted_header_hash"]
    assert salt.hex() == v["randomness"][:64] and sha256(body).hex() == header["body"]
    assert [o.hex() for o in operational_octets(operational, len(v["records"]) - 1)] == [r["operational"] for r in v["records"]]
    pairs = [[t[:8].hex(), number(t[8:])] for t in split(tokens, 11)]
    assert pairs == sorted(map(list, {(t[:16], row) for t, row in v["tokens"]}))
    assert header["rows"] == len(v["records"]) - 1 and header["parties"] == sum(r["parties"] for r in v["records"])
    _, columns = body_cells(body)
    check_counts(header, columns)
    for n, group in enumerate(v["groups"]):
        secret = bytes.fromhex(v["randomness"])[32 + 32 * n:][:32]
        extracted = mac(bytes.fromhex(v["batch"]), secret)
        assert secret.hex() == group["batch_secret"] and extracted.hex() == group["extracted"]
        assert expand(extracted, b"bulla.batch/3 commitment").hex() == header["groups"][n]["commitment"]
        for name, key in group["class_keys"].items():
            assert expand(extracted, b"bulla.batch/3 class" + bytes([CLASSES.index(name)])).hex() == key
        if AESGCM:
            seed = bytes.fromhex(group["secret_key"])
            encapsulation = encapsulations_of(header, encapsulations)[n]
            assert encapsulation.hex() == group["encapsulation"]
            if "co_holder" in group:
                own = {name: bytes.fromhex(value) for name, value in group["co_holder"].items()}
                assert sha256(own["public_key"]).hex() == header["groups"][n]["co_holder"]
                encapsulation = take_off(header_octets, n, own["secret_key"], encapsulation)
                assert encapsulation == own["unwrapped"] and len(encapsulation) == 1168
            keys, _ = unwrap(header_octets, n, seed, encapsulation, body)
            for row, expected in enumerate(v["records"]):
                for name in keys:
                    value = open_cell(header, keys, columns, row, name)
                    assert (value and value.hex()) == expected["classes"].get(name)


def check_refusal(v):
    try:
        if "record" in v:
            record_parts(bytes.fromhex(v["record"]))
        elif AESGCM:
            o = v["open"]
            seed, encapsulation, body = (bytes.fromhex(o[k]) for k in ("secret_key", "encapsulation", "body"))
            if "co_holder" in o:
                encapsulation = take_off(o["header"].encode(), o["group"], bytes.fromhex(o["co_holder"]), encapsulation)
            keys, columns = unwrap(o["header"].encode(), o["group"], seed, encapsulation, body)
            open_cell(json.loads(o["header"]), keys, columns, o["row"], o["class"])
        else:
            return
    except Refused as refused:
        assert str(refused) == v["error"], f"refused as {refused}"
    else:
        raise AssertionError("not refused")


def check_tokens(v):
    key = bytes.fromhex(v["key"])
    assert sha256(b"bulla.index-key/1\n" + key).hex() == v["name"]
    for t in v["tokens"]:
        message = b"bulla.token/1\n" + bytes([t["kind"]]) + bytes.fromhex(t["value"])
        assert mac(key, message)[:16].hex() == t["token"]


def check_sealing(v):
    assert sha256(bytes.fromhex(v["public_key"])).hex() == v["public_key_hash"]
    if AESGCM:
        seed = bytes.fromhex(v["secret_key"])
        assert xwing(seed)[2].hex() == v["public_key"]
        opened = hpke_open(seed, v["info"].encode(), v["aad"].encode(), bytes.fromhex(v["sealed"]))
        assert opened.decode() == v["plaintext"]


def main():
    checks = {"tokens": check_tokens, "sealing_to_a_key": check_sealing}
    files = sorted(pathlib.Path(__file__).parent.glob("*.json"))
    for file in files:
        check = checks.get(file.stem) or (check_refusal if file.stem.startswith("refused_") else check_batch)
        try:
            check(json.loads(file.read_text()))
        except Exception as error:
            sys.exit(f"{file.name}: {type(error).__name__}: {error}")
    print(f"{len(files)} vectors hold" + ("" if AESGCM else "; not checked without `cryptography`: HPKE and the cells"))


if __name__ == "__main__":
    main()
