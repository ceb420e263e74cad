#!/usr/bin/env python3
"""How soon the console's desk is there with very many interchanges on record, and what consoles that are open cost intake.

A demo takes one document; its rows in `control.db` are copied until there are so many, spread over 90 days; then the desk is asked
for, by HTTP and (with --browser, a folder with playwright-core) by Chromium, which says when it first painted. Everything is made
up; servers listen on loopback and end with this program.

    python3 bench/desk.py --binary target/release/bulla --interchanges 1000000 [--browser FOLDER] [--consoles 200]
"""

import argparse, asyncio, http.client, json, os, pathlib, re, shutil, sqlite3, statistics, subprocess, sys, tempfile, threading, time
from intake import Server, document

DAYS = 90
PAGES = ["/console", "/console?since=all", "/console?since=all&state=refused", "/console?since=all&state=overdue"]


def again(server, binary):
    command = [binary, "serve", "--demo", "--data", str(server.dir / "data"), "--listen", "127.0.0.1:0"]
    server.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = server.process.stdout.readline()
    if not line.startswith("ready http://"):
        sys.exit(f"it did not start again: {line!r}")
    server.address = line.split("http://")[1].strip()


def copy_rows(database, count):
    """Rows of the one interchange, so often, each with an anchor, a manifest and a delivery of its own."""
    db = sqlite3.connect(database)
    columns = {table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")] for table in ("anchor", "interchange", "manifest", "delivery")}
    first = {table: dict(zip(names, db.execute(f"SELECT * FROM {table} LIMIT 1").fetchone())) for table, names in columns.items()}
    now = first["interchange"]["received"]
    step = DAYS * 86_400_000 // count
    position = db.execute("SELECT max(position) FROM anchor").fetchone()[0]

    def insert(table, rows):
        marks = ", ".join("?" * len(columns[table]))
        db.executemany(f"INSERT INTO {table} VALUES ({marks})", ([row[name] for name in columns[table]] for row in rows))

    for start in range(0, count, 50_000):
        rows = {table: [] for table in columns}
        for number in range(start, min(count, start + 50_000)):
            id, delivery, at = os.urandom(16), os.urandom(16), now - number * step
            refused = number % 50 == 7
            rows["anchor"].append(first["anchor"] | {"position": position + 1 + number, "instance": os.urandom(16), "leaf": 0})
            rows["interchange"].append(first["interchange"] | {
                "id": id, "anchor": position + 1 + number, "control": f"{100_000_000 + number:09}", "received": at, "answered": at + 9,
                "verdict": "refused" if refused else "accepted"})
            if refused:
                continue
            rows["delivery"].append(first["delivery"] | {
                "id": delivery, "interchange": id, "state": "expired" if at < now - 14 * 86_400_000 else "acknowledged", "next_attempt": None,
                "object": None if at < now - 14 * 86_400_000 else first["delivery"]["object"], "created": at, "acknowledged": at + 500})
            rows["manifest"].append(first["manifest"] | {"id": os.urandom(16), "interchange": id, "token": os.urandom(16), "received": at, "delivery": delivery})
        for table in columns:
            insert(table, rows[table])
    db.commit()
    db.close()


def session(server):
    """The cookie of an operator's session, as its form gives it."""
    host, port = server.address.split(":")
    operator = (server.dir / "data/demo/operator.token").read_text().strip()
    connection = http.client.HTTPConnection("localhost", int(port))
    connection.request("GET", "/console/login")
    page = connection.getresponse()
    text, door = page.read().decode(), page.getheader("Set-Cookie").split(";")[0]
    form = re.search(r'name="form" value="([^"]+)"', text).group(1)
    headers = {"Cookie": door, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/console/login", f"form={form}&token={operator}", headers)
    answer = connection.getresponse()
    answer.read()
    cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    return next(cookie for cookie in cookies if cookie.startswith("bulla_session="))


def by_http(server, cookie, rounds):
    port = int(server.address.split(":")[1])
    for path in PAGES:
        took = []
        for _ in range(rounds):
            connection, began = http.client.HTTPConnection("localhost", port), time.perf_counter()
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            octets = len(answer.read())
            took.append((time.perf_counter() - began) * 1e3)
            if answer.status != 200:
                sys.exit(f"{path}: HTTP {answer.status}")
        took.sort()
        print(f"{path}: median {statistics.median(took):.0f} ms, slowest {took[-1]:.0f} ms, {octets} octets", flush=True)


SCRIPT = """
const { chromium } = require('playwright-core');
(async () => {
  const told = JSON.parse(process.argv[1]);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const [name, value] = told.cookie.split('=');
  for (let round = 0; round < told.rounds; round++) {
    const context = await browser.newContext();
    await context.addCookies([{ name, value, url: told.origin }]);
    const page = await context.newPage();
    await page.goto(told.origin + '/console');
    const paint = await (await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime)).jsonValue();
    console.log(paint);
    await context.close();
  }
  await browser.close();
})();
"""


def by_browser(server, cookie, folder, rounds):
    told = {"cookie": cookie, "origin": f"http://localhost:{server.address.split(':')[1]}", "rounds": rounds}
    environment = os.environ | {"NODE_PATH": str(pathlib.Path(folder) / "node_modules")}
    ran = subprocess.run(["node", "-e", SCRIPT, json.dumps(told)], env=environment, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(ran.stderr)
    took = sorted(float(line) for line in ran.stdout.split())
    print(f"first contentful paint of the desk: median {statistics.median(took):.0f} ms, slowest {took[-1]:.0f} ms", flush=True)


async def look(port, cookie, seconds, period, asked):
    """One open console: the desk again each period, over one connection."""
    ends = time.perf_counter() + seconds
    await asyncio.sleep(period * (id(asked) % 97 + len(asked)) % period)
    reader, writer = await asyncio.open_connection("localhost", port)
    while time.perf_counter() < ends:
        writer.write(f"GET /console HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head, re.I).group(1))
        await reader.readexactly(length)
        asked.append(1)
        await asyncio.sleep(period)
    writer.close()


def intake(server, first, seconds):
    """Documents a second of 200 parcels by two senders, and the gateway's CPU milliseconds a document."""
    count, lock = [0], threading.Lock()
    ends, cpu, began = time.perf_counter() + seconds, server.cpu_seconds(), time.perf_counter()

    def work(own):
        connection, number = http.client.HTTPConnection(server.address), first + own
        while time.perf_counter() < ends:
            server.send(connection, document(number, 200))
            number += 2
            with lock:
                count[0] += 1

    threads = [threading.Thread(target=work, args=(own,)) for own in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return count[0] / (time.perf_counter() - began), (server.cpu_seconds() - cpu) * 1e3 / max(count[0], 1)


def beside(server, cookie, consoles, period, rounds, seconds):
    port, first, rates = int(server.address.split(":")[1]), 500_000_000, {0: [], consoles: []}
    for _ in range(rounds):
        for open_now in (0, consoles):
            asked = []

            def run():
                async def all():
                    await asyncio.gather(*(look(port, cookie, seconds, period, asked) for _ in range(open_now)))
                asyncio.run(all())

            thread = threading.Thread(target=run)
            thread.start()
            rate, cpu = intake(server, first, seconds)
            thread.join()
            first += 1_000_000
            rates[open_now].append(rate)
            print(f"{open_now} consoles: {rate:.1f} documents a second, gateway's CPU {cpu:.1f} ms a document, {len(asked)} desks shown", flush=True)
    without, along = (statistics.median(rates[key]) for key in (0, consoles))
    print(f"with {consoles} consoles {along / without:.2f} of the documents", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", required=True)
    options.add_argument("--interchanges", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--browser")
    options.add_argument("--consoles", type=int, default=0)
    options.add_argument("--period", type=float, default=15, help="seconds after which an open desk looks again")
    told = options.parse_args()
    server = Server(told.binary)
    try:
        server.send(http.client.HTTPConnection(server.address), document(1, 3))
        time.sleep(3)
        server.process.terminate()
        server.process.wait()
        time.sleep(1)
        copy_rows(server.dir / "data/gateway/control.db", told.interchanges)
        began = time.perf_counter()
        again(server, told.binary)
        print(f"start with {told.interchanges} interchanges: {time.perf_counter() - began:.1f} s", flush=True)
        cookie = session(server)
        by_http(server, cookie, told.rounds)
        if told.browser:
            by_browser(server, cookie, told.browser, told.rounds)
        if told.consoles:
            beside(server, cookie, told.consoles, told.period, 3, 20)
    finally:
        server.stop()


main()
