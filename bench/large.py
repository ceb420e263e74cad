#!/usr/bin/env python3
"""What memory a gateway takes for one large interchange over HTTP: 856s of 1,000 parcels each, as many as fit, beside what it takes idle. Everything
is made up; servers listen on loopback and end with this program.

    python3 bench/large.py --binary before=PATH --binary after=PATH
"""

import argparse, http.client, sys, time
import grow, intake


def interchange(control, megabytes):
    """Sets of 1,000 parcels, each with a number of its own."""
    one = intake.document(control, 1000).decode()
    head, rest = one.split("ST*856*", 1)
    body = "ST*856*" + rest[: rest.index("GE*")]
    count = int(megabytes * 1e6) // len(body)
    number = f"{control:08}"
    sets = (
        body.replace("*0001~", f"*{place:04}~").replace(f"M-{control}*", f"M-{control}-{place}*").replace(f"99{number}", f"99{place:08}")
        for place in range(1, count + 1)
    )
    return f"{head}{''.join(sets)}GE*{count}*{control}~IEA*1*{control:09}~".encode(), count


def measure(binary, megabytes):
    server = intake.Server(binary)
    connection = http.client.HTTPConnection(server.address, timeout=600)
    server.send(connection, intake.document(9_000_000, 10))  # it has begun
    idle = grow.memory(server)["VmRSS"]
    body, count = interchange(1, megabytes)
    cpu, began = server.cpu_seconds(), time.perf_counter()
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/edi-x12"}
    connection.request("POST", "/v1/interchanges", body, headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200 or text.count(b"AK5*A~") != count:
        sys.exit(f"HTTP {answer.status}, {text.count(b'AK5*A~')} of {count} sets accepted: {text[:300]}")
    seconds, cpu, most = time.perf_counter() - began, server.cpu_seconds() - cpu, grow.memory(server)["VmHWM"]
    server.stop()
    return len(body), count, idle, most, seconds, cpu


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", action="append", required=True, metavar="NAME=PATH")
    arguments.add_argument("--megabytes", type=float, default=99)
    given = arguments.parse_args()
    print("| binary | octets | sets | resident idle, MiB | at most | over idle | seconds | CPU, gateway |\n|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, binary in (pair.split("=", 1) for pair in given.binary):
        octets, count, idle, most, seconds, cpu = measure(binary, given.megabytes)
        print(f"| {name} | {octets:,} | {count} | {idle} | {most} | {most - idle} | {seconds:.1f} | {cpu:.1f} |")


if __name__ == "__main__":
    main()
