#!/usr/bin/env python3
"""Load: the agent serves allowed clients within a flood, and one scheduling server holds thousands of agents.

The flood (`flood.py`) makes 200 bad connections a second from five addresses, while allowed clients poll on
kept connections and connect anew (`host-windows/examples/load`). The agent's memory, threads, descriptors and
log are sampled every second. Then one process holds connections to simulated agents, polls each of them every
second, loses all of them at once and connects again.

Usage: check.py [--seconds N] [--gate] [--write-docs]: `--seconds` is the length of the flood, 20 by default;
`--gate` takes the programs of the tests' build and judges nothing that depends on the machine's speed;
`--write-docs` writes the tables of docs/src/load.md.
Last line: `load: N passed, N failed`.
"""

import argparse
import json
import pathlib
import resource
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
import flood
import page
from processes import Process, Samples
from testbed import NAME, PROGRAMS, TARGET, Pki, Tally, build_programs, must, prepare, server
from trust import Agent, Certificates

KEPT, FRESH = 8, 4
FLEETS = [500, 2048]
# The bounds that docs/src/threat-model.md promises for each service: arriving, established and leaving
# connections have a thread each, and the agent itself has a few.
MOST_THREADS = 48 + 32 + 16 + 12
# Each of these takes three descriptors, and a silent connection one.
MOST_DESCRIPTORS = 3 * (48 + 32 + 16) + 128 + 64
# By how much each may grow from the end of the warm-up to the end of the run, by a line fitted to the
# samples.
MOST_GROWTH = {"memory": 2 * 1024 * 1024, "threads": 16, "descriptors": 64}
# Lines about one origin in a minute, with those that count the rest: of seven kinds in the log, and about
# messages in both directions in the trace.
LOG_LINES, TRACE_LINES = 7 * 21, 2 * 601
P99_MICROSECONDS = 50_000


class Setup:
    """Certificates, the programs and the ways to start them."""

    def __init__(self, folder, programs):
        self.programs = programs
        self.pki = Pki(folder)
        self.certificates = Certificates(self.pki)
        self.agent = Agent(self.certificates, programs, "load")
        self.serial, _ = self.agent.ca_issued()
        self.root = self.pki.path("root.der")
        self.pki.openssl("x509", "-in", self.pki.root, "-outform", "DER", "-out", self.root)

    def side(self, name):
        certificates = self.certificates
        return ["--root", self.root, "--cert", certificates.certificate(name), "--key", certificates.key(name)]

    def lsam(self, port):
        allowed = ["127.0.0.1", *flood.ALLOWED]
        lines = "".join(f"AllowedIPAddress_{n}={address}\n" for n, address in enumerate(allowed, 1))
        return self.agent.command(self.serial, "TRUE", "TRUE", lines)(port)

    def agents(self, port):
        return [self.programs / "examples/load", "agents", "--listen", f"127.0.0.1:{port}", *self.side("agent")]

    def scheduler(self, port, *words):
        return Process([
            self.programs / "examples/load", "scheduler", "--agent", f"127.0.0.1:{port}", "--name", NAME,
            *self.side("client"), *words,
        ])

    def flood(self, port, seconds):
        pairs = {
            flag: [self.certificates.certificate(name), self.certificates.key(name)]
            for flag, name in (("--good", "client"), ("--wrong", "unknown"))
        }
        return Process([
            sys.executable, pathlib.Path(flood.__file__), "--port", port, "--seconds", seconds,
            "--root", self.pki.root, *(word for flag, pair in pairs.items() for word in (flag, *pair)),
        ])


def run_flood(setup, seconds):
    """The allowed clients and the bad connections at the same time; everything that was measured."""
    with server(setup.pki.folder, setup.lsam) as agent:
        samples = Samples(agent.process.pid, setup.pki.path("Log"))
        words = ["--kept", KEPT, "--fresh", FRESH, "--seconds", seconds]
        with setup.flood(agent.port, seconds) as bad, setup.scheduler(agent.port, *words) as good:
            while not good.has_ended():
                must(not agent.has_ended(), "the agent has ended", agent.said())
                samples.take()
                time.sleep(1)
            measured = {"good": good.event("ended"), "bad": bad.last(), "samples": samples}
    # What was counted is written at the end.
    samples.count_lines()
    return measured


def run_fleet(setup, count, seconds):
    """One process with a connection to each of `count` agents, which are another process."""
    with (
        server(setup.pki.folder, setup.agents) as agents,
        setup.scheduler(agents.port, "--kept", count, "--seconds", seconds, "--cut") as scheduler,
    ):
        connected = scheduler.event("connected")
        sides = {"scheduler": Samples(scheduler.pid), "agents": Samples(agents.process.pid)}
        for side in sides.values():
            side.take()
        scheduler.event("polled")
        for side in sides.values():
            side.take()
        reconnected = scheduler.event("reconnected")
        ended = scheduler.event("ended")
        must(not agents.has_ended(), "the agents have ended", agents.said())
    return {
        "count": count, "connected": connected["seconds"], "reconnected": reconnected["seconds"],
        "polls": ended["polls"], "failures": ended["failures"],
        "processor": {name: side.processor() for name, side in sides.items()},
        "memory": {name: side.all[-1].memory for name, side in sides.items()},
    }


def check_flood(tally, measured, seconds, is_timed):
    good, bad, samples = measured["good"], measured["bad"], measured["samples"]
    text = json.dumps(good)
    tally.check("no allowed client was refused", must, not good["failures"], "failures", text)
    polls = KEPT * seconds * (9 / 10 if is_timed else 1 / 10)
    tally.check("every allowed client was polled", must, good["polls"]["count"] >= polls, "too few polls", text)
    tally.check("new clients were served", must, good["handshakes"]["count"] > KEPT + FRESH, "no handshakes", text)
    tally.check("no bad connection was served", must, not bad["answered"], "answers", json.dumps(bad))
    tally.check("every bad connection was accepted", must, not bad["unconnected"], "refused", json.dumps(bad))
    for what, bound in (("threads", MOST_THREADS), ("descriptors", MOST_DESCRIPTORS)):
        most = max(samples.of(what))
        tally.check(f"{what} keep to their bound", must, most <= bound, f"{most} of {bound}", "")
    for what, bound in MOST_GROWTH.items():
        growth = samples.growth(what)
        tally.check(f"no growth of {what}", must, growth <= bound, f"grew by {growth:.0f} of {bound}", "")
    allowed = 1 + len(flood.ALLOWED)
    a_minute = (allowed + len(flood.REFUSED)) * LOG_LINES + allowed * TRACE_LINES
    bound = a_minute * (seconds // 60 + 2)
    tally.check("the log keeps to its bound", must, samples.lines <= bound, f"{samples.lines} lines of {bound}", "")
    if is_timed:
        p99 = good["polls"]["p99"]
        tally.check("99 % of polls take less than 50 ms", must, p99 < P99_MICROSECONDS, f"{p99} µs", text)
        p99 = good["handshakes"]["p99"]
        tally.check("99 % of handshakes take less than 50 ms", must, p99 < P99_MICROSECONDS, f"{p99} µs", text)
        tally.check("the flood was as fast as it should be", must, bad["rate"] > 190, f"{bad['rate']}", "")


def check_fleet(tally, fleet, seconds, is_timed):
    text = json.dumps(fleet)
    tally.check(f"{fleet['count']} agents: none was lost", must, not fleet["failures"], "failures", text)
    polls = fleet["count"] * (seconds * 9 / 10 if is_timed else 2)
    tally.check(f"{fleet['count']} agents: all were polled", must, fleet["polls"]["count"] >= polls, "polls", text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--gate", action="store_true")
    parser.add_argument("--write-docs", action="store_true")
    flags = parser.parse_args()
    prepare(".ci/shared/need", "openssl=openssl")
    if flags.gate:
        build_programs()
    else:
        prepare(
            "cargo", "build", "--quiet", "--locked", "--profile", "dist", "-p", "lsam-host-windows",
            "--bins", "--example", "load",
        )
    # A socket for each simulated agent, on both sides.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="lsam-load-") as folder:
        setup = Setup(pathlib.Path(folder), PROGRAMS if flags.gate else TARGET / "dist")
        seconds = 2 if flags.gate else 20
        counts = FLEETS[:1] if flags.gate else FLEETS
        measured, fleets = {}, []
        tally.check("the flood ran to its end", lambda: measured.update(run_flood(setup, flags.seconds)))
        for count in counts:
            name = f"{count} agents: they were polled to the end"
            tally.check(name, lambda count=count: fleets.append(run_fleet(setup, count, seconds)))
    if measured:
        check_flood(tally, measured, flags.seconds, not flags.gate)
    for fleet in fleets:
        check_fleet(tally, fleet, seconds, not flags.gate)
    if measured:
        tables = page.tables(flags.seconds, measured, fleets)
        print(tables)
        if flags.write_docs:
            page.write(tables)
    print(f"load: {tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
