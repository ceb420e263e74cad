#!/usr/bin/env python3
"""How many parcels a second a gateway takes over HTTP: 856s of 1,000 parcels by 1, 2 and 4 senders (or of --parcels by --senders),
read, judged, sealed twice, durable, answered by a 997. Several binaries are measured in turn, several times: the clock of a shared machine has
more than one state. Everything is made up; servers listen on loopback and end with this program.

    python3 bench/intake.py --binary before=PATH --binary after=PATH --record bench/record/NAME.md

With --peers, PostgreSQL beside them in the same rounds (see postgres.py); with --half, single interchanges at half the rate that there was.
"""

import argparse, datetime, http.client, os, pathlib, platform, shutil, statistics, subprocess, sys, tempfile, threading, time


def document(control, parcels, shipper="NORTHSHOP"):
    segments = [
        f"ST*856*0001", f"BSN*00*M-{control}*20261102*0930", "HL*1**S", "DTM*011*20261102", "N1*SF*NORTHSHOP MADE-UP GOODS",
    ]
    for parcel in range(1, parcels + 1):
        segments += [
            f"HL*{parcel + 1}*1*P", f"PRF*PO-{control}-{parcel}", "TD1******G*2.5*KG", f"MAN*CP*99{control:08}{parcel:06}",
            f"N1*ST*OLVERIN QUASTERBY {control}-{parcel}", f"N3*{parcel} FENWILLOW CRESCENT", "N4*QUEBEC*QC*G1A 0A2*CA",
            "PER*IC**TE*5550100000*EM*olverin@example.test",
        ]
    segments.append(f"CTT*{parcels + 1}")
    segments.append(f"SE*{len(segments) + 1}*0001")
    head = [
        f"ISA*00*          *00*          *ZZ*{shipper:15}*ZZ*DEMOCARRIER    *261102*0930*U*00401*{control:09}*0*P*>",
        f"GS*SH*{shipper}*DEMOCARRIER*20261102*0930*{control}*X*004010",
    ]
    return ("~".join(head + segments + [f"GE*1*{control}", f"IEA*1*{control:09}"]) + "~").encode()


class Server:
    def __init__(self, binary):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="bulla-bench-"))
        command = [binary, "serve", "--demo", "--data", str(self.dir / "data"), "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready http://"):
            sys.exit(f"{binary} did not start: {line!r}")
        self.address = line.split("http://")[1].strip()
        self.token = (self.dir / "data/demo/northshop.token").read_text().strip()

    def cpu_seconds(self):
        pid = (self.dir / "data/gateway/pid").read_text().strip()
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def send(self, connection, body):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/edi-x12"}
        connection.request("POST", "/v1/interchanges", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200 or b"AK9*A" not in text:
            sys.exit(f"HTTP {answer.status}: {text[:300]}")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)  # a role that is ending may still remove files of its own


def measure(server, first, senders, documents, parcels):
    """Parcels a second, the gateway's CPU microseconds a parcel, and the 99th percentile of an interchange's milliseconds."""
    bodies = [document(first + n, parcels) for n in range(documents)]
    shares = [bodies[n::senders] for n in range(senders)]
    connections = [http.client.HTTPConnection(server.address) for _ in shares]
    waited = []

    def work(connection, share):
        for body in share:
            began = time.perf_counter()
            server.send(connection, body)
            waited.append((time.perf_counter() - began) * 1e3)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(connections, shares)]
    cpu, began = server.cpu_seconds(), time.perf_counter()
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    seconds = time.perf_counter() - began
    slowest = sorted(waited)[-1 - documents // 100]
    return documents * parcels / seconds, (server.cpu_seconds() - cpu) * 1e6 / (documents * parcels), slowest


def paced(server, first, senders, documents, parcels, rate):
    """Interchanges a second, each sent at its time whatever became of the one before: the median and the 99th percentile of milliseconds since that time."""
    bodies = [document(first + n, parcels) for n in range(documents)]
    connections, waited, lock, numbers = [http.client.HTTPConnection(server.address) for _ in range(4 * senders)], [], threading.Lock(), iter(range(documents))
    began = time.perf_counter() + 0.05

    def work(connection):
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            due = began + number / rate
            time.sleep(max(0, due - time.perf_counter()))
            server.send(connection, bodies[number])
            waited.append((time.perf_counter() - due) * 1e3)

    threads = [threading.Thread(target=work, args=[connection]) for connection in connections]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return rate, statistics.median(waited), sorted(waited)[-1 - documents // 100]


def peers_of(given):
    """What else is measured: a name, and how. As it comes pgcrypto is slow, and gets a tenth of the documents."""
    if not given.peers:
        return {}
    import atexit, postgres
    server = postgres.Server()
    atexit.register(server.stop)

    def of(kind):
        documents = given.documents if kind != "pgcrypto, as it comes" else max(given.documents // 10, max(given.senders))
        place = postgres.KINDS.index(kind) + 1
        return lambda round, senders: server.measure(kind, place * 10_000_000 + round * 100_000 + senders * 10_000, senders, documents, given.parcels)

    return {kind: of(kind) for kind in postgres.KINDS}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", action="append", required=True, metavar="NAME=PATH")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--documents", type=int, default=60, help="in each measurement")
    arguments.add_argument("--parcels", type=int, default=1000, help="in each document")
    arguments.add_argument("--senders", type=int, nargs="+", default=[1, 2, 4])
    arguments.add_argument("--peers", action="store_true", help="PostgreSQL with encrypted columns, and without, in the same rounds")
    arguments.add_argument("--half", action="store_true", help="how long interchanges take at half of the rate")
    arguments.add_argument("--record", type=pathlib.Path)
    given = arguments.parse_args()
    binaries = dict(pair.split("=", 1) for pair in given.binary)
    peers = peers_of(given)
    found = {(name, senders): [] for name in [*binaries, *peers] for senders in given.senders}
    halves = {(name, senders): [] for name in binaries for senders in given.senders if given.half}
    for round in range(given.rounds):
        for name, binary in binaries.items():
            server = Server(binary)
            measure(server, 9_000_000, 1, 5, given.parcels)  # warm
            for number, senders in enumerate(given.senders):
                found[name, senders].append(measure(server, number * 100_000 + 1, senders, given.documents, given.parcels))
                if given.half:
                    rate = found[name, senders][-1][0] / given.parcels / 2
                    halves[name, senders].append(paced(server, number * 100_000 + 50_000, senders, given.documents, given.parcels, rate))
            server.stop()
            print(f"round {round + 1} of {given.rounds}: {name}", file=sys.stderr)
        for name, measure_peer in peers.items():
            for senders in given.senders:
                found[name, senders].append(measure_peer(round, senders))
            print(f"round {round + 1} of {given.rounds}: {name}", file=sys.stderr)
    lines = [f"# Intake over HTTP: {given.rounds} interleaved rounds of {given.documents} documents, medians", ""]
    lines += ["| binary | senders | parcels/s | range | CPU us/parcel, gateway | p99 ms/interchange |", "|---|---:|---:|---:|---:|---:|"]
    for (name, senders), results in found.items():
        rates, cpu, slowest = zip(*results)
        spread = f"{min(rates):,.0f}-{max(rates):,.0f}"
        medians = f"{statistics.median(cpu):.1f} | {statistics.median(slowest):.0f}"
        lines.append(f"| {name} | {senders} | {statistics.median(rates):,.0f} | {spread} | {medians} |")
    first = next(iter(binaries))
    for (name, senders), results in halves.items():
        rate, median, slowest = (statistics.median(column) for column in zip(*results))
        lines.append(f"\n{name} at half of the rate, {senders} sender{'s' * (senders > 1)}, {rate:.0f} interchanges a second: median {median:.1f} ms, p99 {slowest:.1f} ms (medians of the rounds)")
    for name in [*list(binaries)[1:], *peers]:
        for senders in given.senders:
            pairs = zip(found[name, senders], found[first, senders])
            ratio = statistics.median(own[0] / other[0] for own, other in pairs)
            lines.append(f"\n{name} / {first}, {senders} sender{'s' * (senders > 1)}: {ratio:.2f}x (median of the rounds' ratios)")
    load = os.getloadavg()[2]
    lines += [
        "", f"- date: {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC",
        f"- {given.parcels} parcel{'s' * (given.parcels > 1)} a document, about {len(document(1, given.parcels)) // given.parcels} octets each; 2 retention groups;",
        "  load generator, gateway, warden, witness and carrier on the same cores, deliveries going on meanwhile",
        f"- machine: {os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}, load over 15 minutes {load:.1f}",
        f"- command: `python3 bench/intake.py {' '.join(f'--binary {name}=PATH' for name in binaries)} --rounds {given.rounds} "
        f"--documents {given.documents} --parcels {given.parcels} --senders {' '.join(map(str, given.senders))}{' --peers' * given.peers}{' --half' * given.half}`",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if given.record:
        given.record.write_text(text)


if __name__ == "__main__":
    main()
