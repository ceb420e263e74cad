#!/usr/bin/env python3
"""Whether a gateway that has tens of millions of parcels is as fast as one that has a million: one is filled over HTTP with 856s of 1,000
parcels, then both are measured in turn: parcels a second, processor time, and how long finding one parcel by its tracking number takes.
Everything is made up; servers listen on loopback and end with this program. Some 270 octets of disk a parcel.

    python3 bench/grow.py --binary target/release/bulla --parcels 50000000 --record bench/record/NAME.md
"""

import argparse, datetime, http.client, json, os, pathlib, platform, random, statistics, sys, threading, time
import intake

SENDERS = 4
FIRST = 1_000_000  # what the small one has


def fill(server, documents, every):
    """Sends documents number 1 to the last; says each so often how fast, and what a parcel cost."""
    lock, numbers = threading.Lock(), iter(range(1, documents + 1))
    stages, begun = [], [time.perf_counter(), server.cpu_seconds()]

    def work():
        connection = http.client.HTTPConnection(server.address)
        while True:
            with lock:
                number = next(numbers, None)
                if number is not None and number % every == 0:
                    now = [time.perf_counter(), server.cpu_seconds()]
                    rate, cpu = every * 1000 / (now[0] - begun[0]), (now[1] - begun[1]) * 1e3 / every
                    begun[:] = now
                    stages.append((number * 1000, rate, cpu))
                    print(f"{number * 1000:,} parcels: {rate:,.0f} a second, {cpu:.1f} us of the gateway's CPU each", file=sys.stderr)
            if number is None:
                return
            server.send(connection, intake.document(number, 1000))

    threads = [threading.Thread(target=work) for _ in range(SENDERS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return stages


def find(server, documents, looks):
    """Milliseconds of each look for a parcel that is there, over one connection."""
    connection, took = http.client.HTTPConnection(server.address), []
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    dice = random.Random(documents)
    for _ in range(looks):
        number, parcel = dice.randrange(1, documents + 1), dice.randrange(1, 1001)
        body = json.dumps({"tracking": f"99{number:08}{parcel:06}"})
        began = time.perf_counter()
        connection.request("POST", "/v1/parcels/search", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        took.append((time.perf_counter() - began) * 1e3)
        if answer.status != 200 or not json.loads(text)["parcels"]:
            sys.exit(f"HTTP {answer.status}: {text[:200]}")
    return sorted(took)


def kept(server):
    return sum(file.stat().st_size for file in (server.dir / "data").rglob("*") if file.is_file())


def memory(server):
    pid = (server.dir / "data/gateway/pid").read_text().strip()
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: int(value.split()[0]) // 1024 for name, value in (line.split(":") for line in lines if line.startswith(("VmRSS", "VmHWM")))}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", required=True)
    arguments.add_argument("--parcels", type=int, default=50_000_000)
    arguments.add_argument("--rounds", type=int, default=9, help="each measures both, 60 documents each")
    arguments.add_argument("--looks", type=int, default=3000)
    arguments.add_argument("--record", type=pathlib.Path)
    given = arguments.parse_args()
    small, large = intake.Server(given.binary), intake.Server(given.binary)
    sizes = {"small": FIRST // 1000, "large": given.parcels // 1000}
    fill(small, sizes["small"], sizes["small"])
    stages = fill(large, sizes["large"], max(1, sizes["large"] // 25))
    servers, rounds = {"small": small, "large": large}, {"small": [], "large": []}
    for round in range(given.rounds):
        for name, server in servers.items():
            rounds[name].append(intake.measure(server, 90_000_000 + round * 1000, SENDERS, 60, 1000))
    found = {name: find(server, sizes[name], given.looks) for name, server in servers.items()}

    lines = [f"# A gateway with {given.parcels:,} parcels beside one with {FIRST:,}", ""]
    lines += ["| parcels | parcels/s, median | range | CPU us/parcel, gateway | p99 ms/interchange | find, median ms | p99 ms | octets on disk/parcel | resident MiB, now and most |"]
    lines += ["|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for name, server in servers.items():
        rates, cpu, slowest = zip(*rounds[name])
        looks, resident = found[name], memory(server)
        lines.append(
            f"| {sizes[name] * 1000:,} | {statistics.median(rates):,.0f} | {min(rates):,.0f}-{max(rates):,.0f} | {statistics.median(cpu):.1f} | "
            f"{statistics.median(slowest):.0f} | {statistics.median(looks):.2f} | {looks[-1 - len(looks) // 100]:.2f} | "
            f"{kept(server) / (sizes[name] * 1000):.0f} | {resident['VmRSS']}, {resident['VmHWM']} |")
    ratio = lambda at: statistics.median(l[at] / s[at] for l, s in zip(rounds["large"], rounds["small"]))
    lines += ["", f"large / small, medians of the rounds' ratios: {ratio(0):.2f}x of the rate, {ratio(1):.2f}x of the CPU a parcel.", ""]
    lines += ["While it was filled:", "", "| parcels | a second | CPU us/parcel, gateway |", "|---:|---:|---:|"]
    lines += [f"| {parcels:,} | {rate:,.0f} | {cpu:.1f} |" for parcels, rate, cpu in stages]
    lines += [
        "", f"- {given.rounds} interleaved rounds of 60 documents of 1,000 parcels by {SENDERS} senders; {given.looks} looks each; about {len(intake.document(1, 1000)) // 1000} octets of EDI a parcel",
        "- on disk: all of the gateway's, warden's, witness's and carrier's, the copies due to the carrier until they expire in it",
        f"- machine: {os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}, load over 15 minutes {os.getloadavg()[2]:.1f}; "
        f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC",
        f"- command: `python3 bench/grow.py --binary PATH --parcels {given.parcels}`",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if given.record:
        given.record.write_text(text)
    [server.stop() for server in servers.values()]


if __name__ == "__main__":
    main()
