#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Appraisals per second: simulated hosts with real signatures against the verifier, everything on this machine.

  attest.py [--hosts 1000,10000] [--seconds 20] [--databases sqlite,postgresql] [--tls off,on] [--threads 48] [--close]

One appraisal is a challenge and its evidence: two requests, one commit, one P-256 quote verified, one P-384 token signed. The
hosts are simulated on the same processors. Each keeps its connection, for which the server's --idle is raised: otherwise those
of a fleet that takes longer than 30 s to come around are made anew, TLS and all.

A shared machine is not always equally fast. So each row says what it could do right before and after: P-256 verifications a
second by OpenSSL on all processors. That tells a machine that is slow throughout, not what changes within a row."""
import argparse
import array
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", ROOT / "build"))
sys.path.insert(0, str(ROOT / "tests" / "attest" / "verifier"))
import postgres  # noqa: E402  pylint: disable=wrong-import-position

RELEASE = "load-1"
PROCESS_HOSTS = 5000  # of one process: a kept connection costs libcurl three descriptors


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **options)


def machine_speed():
    """P-256 verifications a second, all processors together."""
    output = run("openssl", "speed", "-mr", "-seconds", "1", "-multi", os.cpu_count(), "ecdsap256").stdout
    return float(re.findall(r"^\+F4:(.*)$", output, re.MULTILINE)[-1].split(":")[-1])


class Server:
    """A verifier in a folder of its own, with the release that all hosts run."""

    def __init__(self, folder, database, tls):
        self.data, self.tls = folder / "data", tls
        run(BUILD / "bulkhead-verifier", "init", "--data", self.data, "--name", "localhost", "--listen", "127.0.0.1:0",
            *(["--database", database] if database else []))
        self.process = None
        key = folder / "signer.pem"
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", key)
        run("openssl", "pkey", "-in", key, "-pubout", "-out", self.data / "release-keys" / "signer.pem")
        self.release = folder / "release.json"
        run(BUILD / "attest-sim", "release", "--key", key, "--out", self.release, "--name", RELEASE, cwd="/")

    def start(self, *options):
        self.process = subprocess.Popen(
            [BUILD / "bulkhead-verifier", "serve", "--data", self.data, "--connections", "30000", "--idle", "3600", *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline().strip()
        self.url = re.search(r"https?://\S+$", line).group(0).replace("https://127.0.0.1", "https://localhost")
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def prepare(self):
        """The release needs an operator's certificate: it is imported with TLS, whatever is measured."""
        self.start()
        for words in (("release", "import", self.release), ("release", "activate", RELEASE),
                      ("policy", "challenge_every_s", "0"), ("policy", "interval_s", "86400")):
            run(BUILD / "bulkhead-verifier", *words, "--data", self.data, "--server", self.url)
        self.stop()
        return self.start(*([] if self.tls else ["--no-tls"]))

    def memory_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Fleet:
    """The simulated hosts, in as many processes as their descriptors ask for."""

    def __init__(self, server, folder, hosts, arguments):
        self.processes, self.files = [], []
        count = -(-hosts // PROCESS_HOSTS)
        for i in range(count):
            first, end = hosts * i // count, hosts * (i + 1) // count
            self.files.append(folder / f"latencies-{i}")
            self.processes.append(subprocess.Popen(
                [str(word) for word in (
                    BUILD / "attest-load", "--server", server.url, *(["--ca", server.data / "ca.pem"] if server.tls else []),
                    "--data", server.data, "--folder", folder / "hosts", "--latencies", self.files[-1], "--first", first,
                    "--hosts", end - first, "--threads", arguments.threads // count, "--seconds", arguments.seconds,
                    *(["--close"] if arguments.close else []))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        for process in self.processes:
            assert process.stdout.readline().strip() == "enrolled"

    def attest(self):
        """What the processes did, together."""
        for process in self.processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        results = [json.loads(process.stdout.readline()) for process in self.processes]
        times = array.array("f")
        for process, file in zip(self.processes, self.files):
            process.wait(60)
            times.frombytes(file.read_bytes())
        times = sorted(times) or [0.0]
        return {"appraisals": sum(result["appraisals"] for result in results),
                "failures": sum(result["failures"] for result in results),
                "per_s": sum(result["appraisals"] / result["seconds"] for result in results),
                "enrol_seconds": max(result["enrol_seconds"] for result in results),
                "p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100]}


def measure(arguments, database, tls, hosts):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-bench-"))
    server = Server(folder, database, tls).prepare()
    empty = server.memory_kib()
    try:
        fleet = Fleet(server, folder, hosts, arguments)
        before, speed = server.cpu_s(), machine_speed()
        result = fleet.attest()
        result["enrolments_per_s"] = hosts / result["enrol_seconds"]
        result["server_cpu_ms"] = (server.cpu_s() - before) / max(result["appraisals"], 1) * 1000
        result["kib_per_host"] = (server.memory_kib() - empty) / hosts
        result["memory_mib"] = server.memory_kib() / 1024
        result["machine"] = (speed + machine_speed()) / 2
        return result
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", default="1000,10000")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--tls", default="off,on")
    parser.add_argument("--threads", type=int, default=48)
    parser.add_argument("--close", action="store_true", help="a new connection for each request")
    arguments = parser.parse_args()
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("| database | TLS | connections | hosts | appraisals/s | p50 ms | p99 ms | server CPU ms each | enrolments/s | "
          "server MiB | KiB a host | P-256/s |\n|---|---|---|---|---|---|---|---|---|---|---|---|", flush=True)
    with postgres.running() as cluster:
        for hosts in (int(text) for text in arguments.hosts.split(",")):
            for database in arguments.databases.split(","):
                for tls in arguments.tls.split(","):
                    result = measure(arguments, cluster.create() if database == "postgresql" else None, tls == "on", hosts)
                    kept = "one a request" if arguments.close else "kept"
                    print(f"| {database} | {tls} | {kept} | {hosts:,} | {result['per_s']:,.0f} | {result['p50_ms']:.1f} | "
                          f"{result['p99_ms']:.1f} | {result['server_cpu_ms']:.2f} | {result['enrolments_per_s']:.0f} | "
                          f"{result['memory_mib']:.0f} | {result['kib_per_host']:.1f} | "
                          f"{result['machine']:,.0f} |", flush=True)
                    if result["failures"]:
                        print(f"{result['failures']} failures", file=sys.stderr)
                        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
