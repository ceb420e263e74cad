"""pyas2lib as a partner of a running gateway.

Prints the port at which it takes asynchronous receipts, reads one line of JSON with what it shall send, prints one line
of JSON with what became of each message.
"""

import functools
import http.client
import json
import pathlib
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# oscrypto 1.3.0 does not read versions of OpenSSL with two digits, such as 3.0.19.
_search = re.search


def _wide(pattern, text, flags=0):
    if isinstance(pattern, str):
        pattern = pattern.replace(r"\d\.\d\.\d[a-z]*", r"\d+\.\d+\.\d+[a-z]*")
    return _search(pattern, text, flags)


re.search = _wide
from pyas2lib import as2, cms  # noqa: E402

re.search = _search

AT_ONCE = 4
SECONDS = 60


class Receipts:
    """What came by itself, by the message that it is about."""

    def __init__(self):
        self.come = {}
        self.changed = threading.Condition()

    def take(self, raw):
        about = re.search(rb"Original-Message-ID: <([^>]+)>", raw).group(1).decode()
        with self.changed:
            self.come[about] = raw
            self.changed.notify_all()

    def wait(self, about):
        with self.changed:
            self.changed.wait_for(lambda: about in self.come, SECONDS)
            return self.come.get(about)


RECEIPTS = Receipts()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        RECEIPTS.take(self.headers.as_bytes().replace(b"\n", b"\r\n") + body)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def message_of(job, ours, gateway):
    chosen = dict(compress=job["compress"], mdn_mode=job["mode"], mdn_digest_alg=job["mdn_digest"])
    if job["sign"]:
        digest, padding = job["sign"]
        chosen.update(sign=True, digest_alg=digest, sign_alg=padding)
    if job["encrypt"]:
        cipher, transport = job["encrypt"]
        chosen.update(encrypt=True, enc_alg=cipher)
        job["transport"] = transport
    partner = as2.Partner(
        as2_name="BULLA", verify_cert=gateway, encrypt_cert=gateway, validate_certs=False, **chosen
    )
    return as2.Message(ours[job["from"]], partner)


def build(message, job):
    # Message.build of 1.4.4 does not hand on key_enc_alg.
    as2.encrypt_message = functools.partial(cms.encrypt_message, key_enc_alg=job.get("transport", "rsaes_pkcs1v15"))
    message.build(pathlib.Path(job["document"]).read_bytes(), filename="manifest.edi", content_type=job["type"])


def post(address, message):
    connection = http.client.HTTPConnection(address, timeout=SECONDS)
    connection.request("POST", "/as2", message.content, message.headers)
    answer = connection.getresponse()
    body = answer.read()
    head = "".join(f"{name}: {value}\r\n" for name, value in answer.getheaders())
    connection.close()
    return answer.status, head.encode() + b"\r\n" + body, body


def send(address, message):
    status, raw, body = post(address, message)
    told = {"http": status, "octets": len(body), "status": None, "detail": None, "signed": False, "mic": None}
    if message.receiver.mdn_mode == "ASYNC":
        raw = RECEIPTS.wait(message.message_id)
        if raw is None:
            return told
    elif message.receiver.mdn_mode is None or status != 200:
        return told
    mdn = as2.Mdn()
    told["status"], told["detail"] = mdn.parse(raw, lambda about, to: message if about == message.message_id else None)
    told["signed"] = b"multipart/signed" in raw.split(b"\r\n\r\n")[0]
    stated = re.search(rb"Received-Content-MIC: (\S+), *(\S+)", raw)
    ours = message.mic and message.mic.decode()
    told["mic"] = bool(stated) and (ours is None or stated.group(1).decode() == ours)
    return told


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    print(url, flush=True)
    asked = json.loads(sys.stdin.readline())
    gateway = pathlib.Path(asked["gateway"]).read_bytes()
    ours = {}
    for name, pair in asked["partners"].items():
        pem = b"".join(pathlib.Path(path).read_bytes() for path in pair)
        ours[name] = as2.Organization(
            as2_name=name, sign_key=pem, sign_key_pass=None, decrypt_key=pem, mdn_url=url + "/receipts", domain="foreign.example"
        )
    messages = [message_of(job, ours, gateway) for job in asked["jobs"]]
    for message, job in zip(messages, asked["jobs"]):
        build(message, job)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = list(pool.map(lambda message: send(asked["address"], message), messages))
    print(json.dumps(told), flush=True)


main()
