#!/usr/bin/env python3
"""How many octets a gateway keeps of a parcel once it is delivered, beside those of the EDI that it came in: segments, the token index, and
SQL. Three kinds of 856 of 1,000 parcels each, everything made up; servers listen on loopback and end with this program.

    python3 bench/kept.py --binary before=PATH --binary after=PATH --record bench/record/NAME.md
"""

import argparse, datetime, http.client, pathlib, random, shutil, sys, time
import intake

FIRST = "ELOWIN GALENDRA OLVERIN TAMSIN BRANOC YSOLDE PERRIN MIRELLE NOÉMIE".split()
LAST = "BRAMBLEWICK IRONPETAL QUASTERBY FENWICK THORNAPPLE MOSSGRAVE CÔTÉ-LAVOIE O'HARA".split()
STREETS = ["MAPLEHOOK DRIVE", "FOXMALLOW STREET", "FENWILLOW CRESCENT", "RUE DES ORMES", "HERON LANE", "KETTLE ROAD WEST", "CHEMIN DU LAC"]
PLACES = ["TORONTO*ON*M4A 3M8", "MONTREAL*QC*H2X 1Y4", "VANCOUVER*BC*V5K 0A1", "SAINT-JEAN-SUR-RICHELIEU*QC*J3B 4K2", "HALIFAX*NS*B3H 2Y7"]


def notice(control, parcels, contact):
    """As bench/src/made makes them: an order, a recipient with a number, a unit, a pack with a reference; perhaps a contact."""
    dice = random.Random(control)
    body = ["ST*856*0001", f"BSN*00*NS-{control:07}*20260105*0930*0001", "HL*1**S", "TD5**2*DEMO*M********G2", f"REF*BM*BOL-{control:07}"]
    body += ["DTM*011*20260105", "N1*SF*NORTHSHOP MADE-UP GOODS", "N3*77 WAREHOUSE LOOP", "N4*BRAMPTON*ON*L6T 0A1*CA"]
    for n in range(parcels):
        first, last, number = dice.choice(FIRST), dice.choice(LAST), dice.randrange(10**8)
        body += [
            f"HL*{2 * n + 2}*1*O", f"PRF*NS-{(control * 1000 + n) % 10**8:08}***20260105", f"N1*ST*{first} {last}*92*RCP{number:08}",
            f"N3*{dice.randrange(1, 9999)} {dice.choice(STREETS)}*UNIT {dice.randrange(1, 400)}", f"N4*{dice.choice(PLACES)}*CA",
        ]
        if contact:
            mail = f"{first}.{last}{number % 1000}@example.com".lower().replace("é", "e").replace("ô", "o").replace("'", "")
            body.append(f"PER*DC*{first} {last}*TE*416-555-01{number % 100:02}*EM*{mail}")
        weight = f"{dice.randrange(25)}.{dice.randrange(1, 100):02}"
        body += [
            f"HL*{2 * n + 3}*{2 * n + 2}*P", f"TD1*CTN25*1****G*{weight}*KG*0.{dice.randrange(1, 181):03}*CR",
            f"REF*CR*CUSTOMER-{dice.randrange(10**8):08}", f"MAN*CP*9999{control:06}{n:06}",
        ]
    body.append(f"CTT*{2 * parcels + 1}")
    body.append(f"SE*{len(body) + 1}*0001")
    head = [
        f"ISA*00*          *00*          *ZZ*{'NORTHSHOP':15}*ZZ*DEMOCARRIER    *260105*0930*U*00401*{control:09}*0*P*>",
        "GS*SH*NORTHSHOP*DEMOCARRIER*20260105*0930*1*X*004010",
    ]
    return ("~".join(head + body + ["GE*1*1", f"IEA*1*{control:09}"]) + "~").encode()


KINDS = {
    "recipient, unit, references, e-mail and phone": lambda control: notice(control, 1000, True),
    "the same without e-mail and phone": lambda control: notice(control, 1000, False),
    "short: bench/intake.py's": lambda control: intake.document(control, 1000),
}


def octets(path):
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def kept(binary, kind, documents):
    """Octets a parcel: of the EDI, and kept in segments, the index and SQL."""
    sizes = []
    for count in (0, documents):
        server = intake.Server(binary)
        connection, sent = http.client.HTTPConnection(server.address), 0
        for control in range(1, count + 1):
            body = KINDS[kind](control)
            sent += len(body)
            server.send(connection, body)
        gateway = server.dir / "data/gateway"
        # What is in memory of the index becomes a file by and by.
        since = time.monotonic()
        while count and not octets(gateway / "runs") and time.monotonic() - since < 30:
            time.sleep(0.1)
        server.process.terminate()
        server.process.wait()
        sizes.append([sent, octets(gateway / "segments"), octets(gateway / "runs"), (gateway / "control.db").stat().st_size])
        shutil.rmtree(server.dir, ignore_errors=True)
    return [(after - before) / documents / 1000 for before, after in zip(*sizes)]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", action="append", required=True, metavar="NAME=PATH")
    arguments.add_argument("--documents", type=int, default=140, help="of 1,000 parcels; an index file is written from 131,073 parcels on")
    arguments.add_argument("--record", type=pathlib.Path)
    given = arguments.parse_args()
    lines = [f"# Octets kept of a parcel, {given.documents:,} documents of 1,000", ""]
    lines += ["| 856 | binary | EDI | segments | index | SQL | kept | of the EDI |", "|---|---|---:|---:|---:|---:|---:|---:|"]
    for kind in KINDS:
        for name, binary in (pair.split("=", 1) for pair in given.binary):
            edi, *parts = kept(binary, kind, given.documents)
            total = sum(parts)
            lines.append(f"| {kind} | {name} | {edi:.0f} | " + " | ".join(f"{part:.1f}" for part in parts) + f" | {total:.0f} | {total / edi:.2f} |")
            print(lines[-1], file=sys.stderr)
    binaries = " ".join(f"--binary {pair.split('=', 1)[0]}=PATH" for pair in given.binary)
    lines += [
        "", "- padding, headers, encapsulations (two retention groups) and digests included; delivery copies, which go when they expire, are not",
        f"- date: {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC",
        f"- command: `python3 bench/kept.py {binaries} --documents {given.documents}`",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if given.record:
        given.record.write_text(text)


if __name__ == "__main__":
    main()
