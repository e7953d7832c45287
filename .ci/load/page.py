"""The tables of docs/src/load.md."""

import datetime
import os
import pathlib
import platform
import re
import textwrap

from testbed import ROOT, run

PAGE = ROOT / "docs/src/load.md"
BEGIN, END = "<!-- Written by .ci/load/check.py --write-docs. -->", "<!-- End of the written part. -->"


def tables(seconds, measured, fleets):
    good, bad, samples = measured["good"], measured["bad"], measured["samples"]
    kinds = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in sorted(bad["connections"].items()))
    lines = [
        *wrapped(f"{machine()}, {datetime.date.today()}; {rustc()}. The flood lasted {seconds} s."), "",
        "| allowed clients | number | 50 % | 90 % | 99 % | 99.9 % | longest |",
        "|---|---:|---:|---:|---:|---:|---:|",
        times("polls", good["polls"]),
        times("full mutual handshakes", good["handshakes"]), "",
        *wrapped(
            f"Allowed clients refused or lost: {sum(good['failures'].values())}. Bad connections: {bad['rate']:.0f} a"
            f" second, of which {sum(bad['answered'].values())} got an answer ({kinds})."
        ), "",
        "| the agent | after warm-up | at the end | most | growth of the fitted line |",
        "|---|---:|---:|---:|---:|",
        grown("memory of its own, KiB", samples, "memory", 1024),
        grown("threads", samples, "threads"),
        grown("file descriptors", samples, "descriptors"), "",
        *wrapped(
            f"It took {100 * samples.processor():.0f} % of a processor, and wrote {samples.lines:,} lines"
            f" ({samples.all[-1].log / 1024:,.0f} KiB) to its log and its trace."
        ), "",
        "| agents held | processor, scheduling server | processor, all agents | memory, scheduling server"
        " | memory, all agents | polls 50 % | 99 % | connecting all | again after a cut |",
        "|---:" * 9 + "|",
    ]
    for fleet in fleets:
        processor, memory = fleet["processor"], fleet["memory"]
        lines.append(
            f"| {fleet['count']:,} | {100 * processor['scheduler']:.0f} % | {100 * processor['agents']:.0f} % "
            f"| {memory['scheduler'] / 2**20:.1f} MiB | {memory['agents'] / 2**20:.1f} MiB "
            f"| {milliseconds(fleet['polls']['p50'])} | {milliseconds(fleet['polls']['p99'])} "
            f"| {fleet['connected']:.2f} s | {fleet['reconnected']:.2f} s |"
        )
    return "\n".join(lines)


def wrapped(text):
    return textwrap.wrap(text, 110, break_long_words=False, break_on_hyphens=False)


def times(name, latencies):
    cells = [milliseconds(latencies[key]) for key in ("p50", "p90", "p99", "p99.9", "max")]
    return f"| {name} | {latencies['count']:,} | " + " | ".join(cells) + " |"


def milliseconds(micros):
    return "none" if micros is None else f"{micros / 1000:.1f} ms"


def grown(name, samples, what, unit=1):
    warm, all_of = [getattr(sample, what) for sample in samples.warm()], samples.of(what)
    cells = [f"{value / unit:,.0f}" for value in (warm[0], warm[-1], max(all_of))]
    return f"| {name} | " + " | ".join(cells) + f" | {samples.growth(what) / unit:+,.0f} |"


def machine():
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", cpuinfo, re.M)
    return f"{model[1] if model else platform.machine()}, {os.cpu_count()} processors, Linux {platform.release()}"


def rustc():
    return " ".join(run("rustc", "--version")[1].split()[:2])


def write(text):
    """Replaces the written part of the page."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
