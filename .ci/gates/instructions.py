#!/usr/bin/env python3
"""Counts the instructions of what core does, under callgrind, and compares them with the committed baseline.

Times are noise on a shared machine; instructions repeat. A count that is more than 3 % above its baseline is
a failure. One that is as far below is told, so that the baseline can follow. A deliberate change updates the
baseline with --write, in a commit that says why.

Counts depend on the compiler. With another one than the baseline's, the limit is 15 %.

Usage: instructions.py [--write] [WORD..]: the tasks with all WORDs in their names.
Last line: `instructions: N passed, N failed`.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
GATES = ROOT / ".ci/gates"
BASELINE = GATES / "instructions/baseline.toml"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target/gates"))
PROGRAM = TARGET / "host/instructions"

LIMIT, LIMIT_OF_ANOTHER_COMPILER = 0.03, 0.15
TIMES = 20
# Run again with one more for the same twenty, which is 5 % slower: the check must see it.
PLANTED = "full handshake of a server, engine"


def output_of(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def count(task, times=TIMES):
    """The instructions of `times` runs of the task, for each of TIMES."""
    with tempfile.NamedTemporaryFile() as out:
        output_of(
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", "--collect-atstart=no",
            "--toggle-collect=*counted*", PROGRAM, task, times
        )
        totals = re.findall(r"^(?:totals|summary): (\d+)", pathlib.Path(out.name).read_text(), re.M)
    if not totals or int(totals[-1]) == 0:
        sys.exit(f"{task}: nothing was counted")
    return int(totals[-1]) // TIMES


def verdict(counted, base, limit):
    change = counted / base - 1
    if change > limit:
        return "FAILED"
    return "fewer" if change < -limit else "ok"


def main():
    write = "--write" in sys.argv[1:]
    words = [word for word in sys.argv[1:] if word != "--write"]
    subprocess.run([ROOT / ".ci/shared/need", "cc=gcc", "valgrind=valgrind"], check=True)
    subprocess.run(["cargo", "build", "--quiet", "--profile", "host", "--locked", "-p", "instructions"],
                   cwd=GATES, env={**os.environ, "CARGO_TARGET_DIR": str(TARGET)}, check=True)
    compiler = output_of("rustc", "--version").split()[1]
    known = tomllib.loads(BASELINE.read_text()) if BASELINE.exists() else {"compiler": compiler, "counts": {}}
    tasks = [task for task in output_of(PROGRAM).splitlines() if all(word in task for word in words)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        planted = pool.submit(count, PLANTED, TIMES + 1)
        counts = dict(zip(tasks, pool.map(count, tasks)))
        planted = planted.result()
    if write:
        lines = "".join(f'"{task}" = {number}\n' for task, number in {**known["counts"], **counts}.items())
        BASELINE.write_text(
            "# Instructions of each task on x86-64, made by instructions.py --write.\n"
            f'compiler = "{compiler}"\n\n[counts]\n{lines}'
        )
        known = tomllib.loads(BASELINE.read_text())

    limit = LIMIT
    if compiler != known["compiler"]:
        limit = LIMIT_OF_ANOTHER_COMPILER
        print(f"rustc {compiler}, the baseline is of {known['compiler']}: the limit is {limit:.0%}")
    print("| task | instructions | baseline | change | |\n|---|---:|---:|---:|---|")
    failed = 0
    for task, counted in counts.items():
        base = known["counts"].get(task)
        if base is None:
            failed += 1
            print(f"| {task} | {counted:,} | | | FAILED: not in the baseline, see --write |")
            continue
        what = verdict(counted, base, limit)
        failed += what == "FAILED"
        print(f"| {task} | {counted:,} | {base:,} | {counted / base - 1:+.2%} | {what} |")
    gone = set(known["counts"]) - set(output_of(PROGRAM).splitlines())
    for task in sorted(gone):
        failed += 1
        print(f"{task}: in the baseline only")
    passed = len(counts) - failed + len(gone)
    if verdict(planted, counts.get(PLANTED) or count(PLANTED), LIMIT) == "FAILED":
        print(f"a planted slowdown of 5 % is found: {planted:,}")
        passed += 1
    else:
        print(f"a planted slowdown of 5 % is not found: {planted:,}")
        failed += 1
    print(f"instructions: {passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
