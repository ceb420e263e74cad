"""What somebody might build instead of a vault: PostgreSQL with a row a parcel, whose personal columns pgcrypto encrypts, or nothing does. It is
spared all else that a gateway does: no HTTP, nothing is read, judged or answered, there is no ledger; the rows come ready for COPY, a durable
transaction a document. Used by intake.py; needs psycopg and Debian's postgresql."""

import os, pathlib, random, shutil, subprocess, tempfile, threading, time
import psycopg

PERSONAL = ["name", "street", "postal", "phone", "mail"]
TABLE = """CREATE EXTENSION pgcrypto;
CREATE TABLE unsealed (tracking text, manifest text, purchase text, weight int, city text, province text, country text, %s);
CREATE INDEX ON unsealed (tracking);
CREATE TABLE encrypted (tracking text, manifest text, purchase text, weight int, city text, province text, country text, %s);
CREATE INDEX ON encrypted (tracking);""" % (", ".join(f"{name} text" for name in PERSONAL), ", ".join(f"{name} bytea" for name in PERSONAL))

# The key is random, so nothing is gained by stretching it: what a careful user would set, and what pgcrypto does unasked.
OPTIONS = {"pgcrypto, its key not stretched": "'s2k-mode=0, compress-algo=0, cipher-algo=aes256'", "pgcrypto, as it comes": "''"}
KINDS = ["COPY unsealed", *OPTIONS]


def rows(control, parcels):
    """The parcels of intake.document, as COPY takes them."""
    return "".join(
        f"99{control:08}{n:06}\tM-{control}\tPO-{control}-{n}\t2500\tQUEBEC\tQC\tCA\tOLVERIN QUASTERBY {control}-{n}\t"
        f"{n} FENWILLOW CRESCENT\tG1A 0A2\t5550100000\tolverin@example.test\n" for n in range(1, parcels + 1)
    ).encode()


class Server:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="bulla-bench-"))
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        user = {"user": "postgres"} if os.getuid() == 0 else {}
        if user:
            shutil.chown(self.dir, "postgres")
        data = self.dir / "data"
        subprocess.run([programs / "initdb", "-D", data, "-A", "trust", "-U", "bench"], check=True, stdout=subprocess.DEVNULL, cwd="/", **user)
        settings = ["-c", "listen_addresses=", "-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB"]
        command = [programs / "postgres", "-D", data, "-k", self.dir, *settings]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **user)
        while not (self.dir / ".s.PGSQL.5432").exists():
            time.sleep(0.1)
        self.key = random.SystemRandom().randbytes(32).hex()
        with self.connect() as connection:
            connection.execute(TABLE)

    def connect(self):
        for _ in range(50):
            try:
                return psycopg.connect(host=str(self.dir), user="bench", dbname="postgres")
            except psycopg.OperationalError:
                time.sleep(0.1)  # it is still starting

    def cpu_seconds(self):
        """Of the server and of all that it started, ended ones too."""
        ticks = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, fields = int(stat.parent.name), stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if pid == self.process.pid:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == self.process.pid:
                ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def send(self, connection, kind, octets):
        columns = "tracking, manifest, purchase, weight, city, province, country"
        with connection.transaction(), connection.cursor() as cursor:
            into = "unsealed" if kind == "COPY unsealed" else "coming"
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                copy.write(octets)
            if into == "coming":
                encrypted = ", ".join(f"pgp_sym_encrypt({name}, '{self.key}', {OPTIONS[kind]})" for name in PERSONAL)
                cursor.execute(f"INSERT INTO encrypted SELECT {columns}, {encrypted} FROM coming")

    def measure(self, kind, first, senders, documents, parcels):
        """As intake.measure: parcels a second, the server's CPU microseconds a parcel, the 99th percentile of a document's milliseconds."""
        bodies = [rows(first + n, parcels) for n in range(documents)]
        shares = [bodies[n::senders] for n in range(senders)]
        connections = [self.connect() for _ in shares]
        for connection in connections:
            connection.execute("CREATE TEMP TABLE coming (LIKE unsealed) ON COMMIT DELETE ROWS")
            connection.commit()
        waited = []

        def work(connection, share):
            for body in share:
                began = time.perf_counter()
                self.send(connection, kind, body)
                waited.append((time.perf_counter() - began) * 1e3)

        threads = [threading.Thread(target=work, args=pair) for pair in zip(connections, shares)]
        cpu, began = self.cpu_seconds(), time.perf_counter()
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        seconds, cpu = time.perf_counter() - began, self.cpu_seconds() - cpu
        [connection.close() for connection in connections]
        return documents * parcels / seconds, cpu * 1e6 / (documents * parcels), sorted(waited)[-1 - documents // 100]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
