#!/usr/bin/env python3
"""What a signed and encrypted AS2 message with a signed receipt costs a gateway, in CPU seconds of its process, and what it
costs pyas2lib on either side, in one run. Everything is made up; servers listen on loopback and end with this program.
Several binaries are measured in turn, with messages of 20 KB only: the clock of a shared machine has more than one state.
Needs a python with pyas2lib; `scripts/check` makes one.

    target/pyas2lib-1.4.4/bin/python bench/as2.py --binary target/release/bulla --record bench/record/NAME.md
    target/pyas2lib-1.4.4/bin/python bench/as2.py --binary before=PATH --binary after=PATH --rounds 7
"""

import argparse, datetime, http.client, json, os, pathlib, platform, re, statistics, sys, threading, time
from concurrent.futures import ThreadPoolExecutor

import intake

# oscrypto 1.3.0 does not read versions of OpenSSL with two digits, such as 3.0.19.
_search = re.search
re.search = lambda p, t, f=0: _search(p.replace(r"\d\.\d\.\d[a-z]*", r"\d+\.\d+\.\d+[a-z]*") if isinstance(p, str) else p, t, f)
from pyas2lib import as2

re.search = _search
CONNECTIONS = 16


def document(control, parcels):
    """As for `intake`, with a second line of name and street: about 310 octets a parcel, as in DESIGN's numbers."""
    text = intake.document(control, parcels).decode()
    text = re.sub(r"(N1\*ST\*[^~]*~)(N3\*[^~]*)~", r"\1N2*" + "ATTENTION RECEIVING DOOR OF THE BACK BUILDING" + r"~\2*" + "SECOND FLOOR PAST THE LONG HALL AND TO THE LEFT" + "~", text)
    segments = text.split("~")
    end = next(n for n, s in enumerate(segments) if s.startswith("SE*"))
    segments[end] = f"SE*{end - 1}*0001"
    return "~".join(segments).encode()


def organization(server, name, file):
    read = lambda kind: (server.dir / f"data/demo/{file}.as2.{kind}.pem").read_bytes()
    pem = read("key") + read("crt")
    return as2.Organization(as2_name=name, sign_key=pem, decrypt_key=pem, domain="shop.example")


def partner(name, certificate):
    return as2.Partner(
        as2_name=name, verify_cert=certificate, encrypt_cert=certificate, validate_certs=False,
        sign=True, digest_alg="sha256", encrypt=True, enc_alg="aes_256_cbc", mdn_mode="SYNC", mdn_digest_alg="sha256",
    )


class Gateway(intake.Server):
    def certificate(self):
        token = (self.dir / "data/demo/operator.token").read_text().strip()
        connection = http.client.HTTPConnection(self.address)
        connection.request("GET", "/v1/as2", headers={"Authorization": f"Bearer {token}"})
        return json.loads(connection.getresponse().read())["certificates"][0]["pem"].encode()

    def status(self, field):
        pid = (self.dir / "data/gateway/pid").read_text().strip()
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+) kB", text).group(1)) / 1024

    def settle(self):
        """Until every delivery is acknowledged: that is the gateway's work too."""
        token = (self.dir / "data/demo/operator.token").read_text().strip()
        while True:
            connection = http.client.HTTPConnection(self.address)
            connection.request("GET", "/v1/deliveries", headers={"Authorization": f"Bearer {token}"})
            if all(one["state"] == "acknowledged" for one in json.loads(connection.getresponse().read())):
                return
            time.sleep(0.1)


LOCAL = threading.local()


def post(address, head, body):
    if getattr(LOCAL, "address", None) != address:
        LOCAL.address, LOCAL.connection = address, http.client.HTTPConnection(address)
    LOCAL.connection.request("POST", "/as2", body, head)
    answer = LOCAL.connection.getresponse()
    raw = "".join(f"{k}: {v}\r\n" for k, v in answer.getheaders()).encode() + b"\r\n" + answer.read()
    if answer.status != 200 or b"MDN-sent-automatically; processed\r\n" not in raw:
        sys.exit(f"HTTP {answer.status}: {raw[:600]}")
    return raw


class Control:
    number = 0


def build(we, gateway, parcels, count):
    """Messages, and the CPU seconds that pyas2lib took for them."""
    documents = []
    for _ in range(count):
        Control.number += 1
        documents.append(document(Control.number, parcels))
    before, made = time.process_time(), []
    for octets in documents:
        message = as2.Message(we, gateway)
        message.build(octets, content_type="application/octet-stream")
        made.append((message, message.headers, message.content))
    return made, time.process_time() - before, len(documents[0])


def closed(server, messages, connections):
    """All of them, each connection one after the other: seconds, CPU seconds until answered and until delivered, receipts."""
    cpu, clock = server.cpu_seconds(), time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        receipts = list(pool.map(lambda m: post(server.address, m[1], m[2]), messages))
    seconds, answered = time.perf_counter() - clock, server.cpu_seconds() - cpu
    server.settle()
    return seconds, answered, server.cpu_seconds() - cpu, receipts


def opened(server, messages, rate):
    """At a given rate, whether or not those before are answered: milliseconds of each from when it should have gone."""
    begin = time.perf_counter() + 0.05

    def one(at):
        due = begin + at / rate
        time.sleep(max(0, due - time.perf_counter()))
        post(server.address, messages[at][1], messages[at][2])
        return (time.perf_counter() - due) * 1000

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sorted(pool.map(one, range(len(messages))))


def pyas2lib_receives(server, messages, we, gateway_name):
    """CPU seconds of pyas2lib for taking them and making the receipts: it plays the gateway with its own keys."""
    pair = server.dir / "data/gateway/as2"
    key = next(pair.glob("*.key.pem"))
    pem = key.read_bytes() + key.with_name(key.name.replace(".key.", ".crt.")).read_bytes()
    them = as2.Organization(as2_name=gateway_name, sign_key=pem, decrypt_key=pem, domain="gateway.example")
    certificate = (server.dir / "data/demo/northshop.as2.crt.pem").read_bytes()
    sender = partner("NORTHSHOP", certificate)
    raws = [message.headers_str + b"\r\n" + body for message, _, body in messages]
    before = time.process_time()
    for raw in raws:
        status, (error, _), _ = as2.Message().parse(raw, find_org_cb=lambda _: them, find_partner_cb=lambda _: sender)
        if status != "processed":
            sys.exit(f"pyas2lib: {status} {error}")
    return time.process_time() - before


def judge(messages, receipts):
    before = time.process_time()
    for (message, _, _), raw in zip(messages, receipts):
        status = as2.Mdn().parse(raw, lambda *_: message)
        if status != ("processed", None):
            sys.exit(f"the receipt: {status}")
    return time.process_time() - before


def measure(server, name, parcels, count, few, connections):
    we, gateway = organization(server, "NORTHSHOP", "northshop"), partner("BULLA", server.certificate())
    closed(server, build(we, gateway, parcels, 2)[0], 1)
    messages, building, octets = build(we, gateway, parcels, count)
    seconds, answered, delivered, receipts = closed(server, messages, connections)
    judging = judge(messages, receipts)
    receiving = pyas2lib_receives(server, messages[:few], we, "BULLA")
    return [
        f"| gateway, until the receipt | {name} | {count / answered:.0f} | {count / seconds:.0f} |",
        f"| gateway, until delivered and acknowledged too | {name} | {count / delivered:.1f} | |",
        f"| pyas2lib receives: opens, makes the receipt, stores nothing | {name} | {few / receiving:.1f} | |",
        f"| pyas2lib sends: makes the message, judges the receipt | {name} | {count / (building + judging):.1f} | |",
    ], count / seconds, octets


def one_round(binary):
    """Messages of 20 KB a CPU second, until answered and until delivered."""
    server = Gateway(binary)
    try:
        we, gateway = organization(server, "NORTHSHOP", "northshop"), partner("BULLA", server.certificate())
        closed(server, build(we, gateway, 65, 20)[0], CONNECTIONS)
        _, answered, delivered, _ = closed(server, build(we, gateway, 65, 400)[0], CONNECTIONS)
        return 400 / answered, 400 / delivered
    finally:
        server.stop()


def compare(binaries, rounds):
    pairs = [given.split("=", 1) for given in binaries]
    found = {name: [] for name, _ in pairs}
    for number in range(rounds):
        for name, binary in pairs if number % 2 == 0 else reversed(pairs):
            found[name].append(one_round(binary))
    print("| binary | messages of 20 KB a CPU second, until the receipt | range | until delivered too | range |\n|---|---:|---:|---:|---:|")
    medians = {}
    for name, results in found.items():
        columns = list(zip(*results))
        medians[name] = [statistics.median(column) for column in columns]
        cells = [f"{statistics.median(column):.0f} | {min(column):.0f}-{max(column):.0f}" for column in columns]
        print(f"| {name} | {' | '.join(cells)} |")
    first = next(iter(medians))
    for name in list(medians)[1:]:
        ratios = [own / other for own, other in zip(medians[name], medians[first])]
        print(f"\n{name} / {first}, of medians of {rounds} rounds: {ratios[0]:.2f} until the receipt, {ratios[1]:.2f} until delivered too")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--binary", required=True, action="append", metavar="PATH or NAME=PATH")
    arguments.add_argument("--rounds", type=int, default=5, help="where several binaries are measured in turn")
    arguments.add_argument("--record")
    arguments = arguments.parse_args()
    if len(arguments.binary) > 1:
        return compare(arguments.binary, arguments.rounds)
    server = Gateway(arguments.binary[0])
    try:
        idle = server.status("VmRSS")
        small, rate, small_octets = measure(server, "20 KB", 65, 400, 60, CONNECTIONS)
        rss = server.status("VmHWM")
        we, gateway = organization(server, "NORTHSHOP", "northshop"), partner("BULLA", server.certificate())
        calm = opened(server, build(we, gateway, 65, 300)[0], rate / 2)
        server.settle()
        large, _, large_octets = measure(server, "2 MB", 6500, 16, 4, 2)
        most = server.status("VmHWM")
    finally:
        server.stop()
    at = lambda share: calm[min(len(calm) - 1, int(len(calm) * share))]
    lines = [
        "# AS2 through the gateway: signed, encrypted, a signed receipt in the answer", "",
        "| | document | messages a CPU second | messages a second |", "|---|---|---:|---:|", *small, *large, "",
        f"- at half of that rate ({rate / 2:.0f} messages of 20 KB a second, {CONNECTIONS} connections): "
        f"median {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms of {len(calm)}",
        f"- resident memory of the gateway: {idle:.0f} MB idle, at most {rss:.0f} MB with {CONNECTIONS} connections of 20 KB, "
        f"at most {most:.0f} MB with 2 of 2 MB",
        f"- documents of {small_octets} octets (65 parcels) and {large_octets} octets (6,500 parcels); SHA-256, AES-256-CBC, RSA 2048 with PKCS #1 v1.5; "
        "each is read, judged, sealed twice and durable before its receipt",
        "- load generator, pyas2lib, gateway, warden, witness and carrier on the same cores",
        f"- machine: {os.cpu_count()} cores, Linux {platform.release()}, load over 15 minutes {os.getloadavg()[2]:.1f}; "
        f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC",
        "- command: `target/pyas2lib-1.4.4/bin/python bench/as2.py --binary target/release/bulla`",
    ]
    print("\n".join(lines))
    if arguments.record:
        pathlib.Path(arguments.record).write_text("\n".join(lines) + "\n")


main()
