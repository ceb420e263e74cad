"""The other side of tests/pyas2lib.rs: pyas2lib as a partner, over files in a directory.

build: writes NAME.in (header and body), NAME.mic and NAME.id for each combination.
judge: reads NAME.mdn for each of them; each must say that the message was processed.
receive: reads each NAME.out, writes NAME.payload and the receipt NAME.answer.
"""

import functools
import pathlib
import re
import sys

# oscrypto 1.3.0 does not read versions of OpenSSL with two digits, such as 3.0.19.
_search = re.search


def _wide(pattern, text, flags=0):
    if isinstance(pattern, str):
        pattern = pattern.replace(r"\d\.\d\.\d[a-z]*", r"\d+\.\d+\.\d+[a-z]*")
    return _search(pattern, text, flags)


re.search = _wide
from pyas2lib import as2, cms  # noqa: E402

re.search = _search

DOCUMENT = b"".join(b"ISA*00*made up*%d~\r\n" % line for line in range(500))


def combinations():
    ciphers = ["aes_128_cbc", "aes_192_cbc", "aes_256_cbc", "tripledes_192_cbc"]
    keys = ["rsaes_pkcs1v15", "rsaes_oaep"]
    encryptions = [None] + [(cipher, key) for cipher in ciphers for key in keys]
    digests = ["sha1", "sha256", "sha384", "sha512"]
    signatures = [None] + [(digest, "rsassa_pkcs1v15") for digest in digests]
    signatures += [(digest, "rsassa_pss") for digest in digests[1:]]
    for sign in signatures:
        for encrypt in encryptions:
            for compress in (False, True):
                yield sign, encrypt, compress


def partner(theirs, sign=None, encrypt=None, compress=False):
    chosen = {}
    if sign:
        chosen.update(sign=True, digest_alg=sign[0], sign_alg=sign[1])
    if encrypt:
        chosen.update(encrypt=True, enc_alg=encrypt[0], key_enc_alg=encrypt[1])
    return as2.Partner(
        as2_name="GATEWAY",
        verify_cert=theirs,
        encrypt_cert=theirs,
        validate_certs=False,
        compress=compress,
        mdn_mode="SYNC",
        mdn_digest_alg="sha256",
        **chosen,
    )


def build(directory, ours, theirs):
    for number, (sign, encrypt, compress) in enumerate(combinations()):
        message = as2.Message(ours, partner(theirs, sign, encrypt, compress))
        # Message.build of 1.4.4 does not hand on key_enc_alg.
        transport = encrypt[1] if encrypt else "rsaes_pkcs1v15"
        as2.encrypt_message = functools.partial(cms.encrypt_message, key_enc_alg=transport)
        message.build(DOCUMENT, filename="215.edi", content_type="application/edi-x12")
        name = directory / f"{number:03}-{sign}-{encrypt}-{compress}".replace("'", "").replace(" ", "")
        name.with_suffix(".in").write_bytes(message.headers_str + b"\r\n" + message.content)
        name.with_suffix(".mic").write_bytes(message.mic or b"")
        name.with_suffix(".id").write_text(message.message_id)


def judge(directory, ours, theirs):
    for answer in sorted(directory.glob("*.mdn")):
        sent = as2.Message(ours, partner(theirs))
        sent.message_id = answer.with_suffix(".id").read_text()
        sent.mic = answer.with_suffix(".mic").read_bytes() or None
        status, detail = as2.Mdn().parse(answer.read_bytes(), lambda *_: sent)
        if status != "processed" or detail:
            sys.exit(f"{answer.name}: {status} {detail}")


def receive(directory, ours, theirs):
    for message in sorted(directory.glob("*.out")):
        received = as2.Message()
        from_us = partner(theirs, "pss" in message.name and ("sha256", "rsassa_pss") or None)
        from_us.sign = False
        status, (error, trace), mdn = received.parse(
            message.read_bytes(), find_org_cb=lambda _: ours, find_partner_cb=lambda _: from_us
        )
        if error:
            sys.exit(f"{message.name}: {status} {error} {trace}")
        message.with_suffix(".payload").write_bytes(received.content)
        message.with_suffix(".answer").write_bytes(mdn.headers_str + b"\r\n" + mdn.content)


def main():
    what, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    pem = (directory / "partner.key").read_bytes() + (directory / "partner.pem").read_bytes()
    ours = as2.Organization(as2_name="Partner A", sign_key=pem, sign_key_pass=None, decrypt_key=pem, domain="partner.example")
    theirs = (directory / "gateway.pem").read_bytes()
    {"build": build, "judge": judge, "receive": receive}[what](directory, ours, theirs)


main()
