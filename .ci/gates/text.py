#!/usr/bin/env python3
"""Rules about lines: lsam-tls and lsam-ini name no product, and no line is longer than 110 columns.

Only lines that can't be wrapped may be longer: a string in code, a table row, a link or a command in a page.
Code for tests may name products, because its input does.

Usage: text.py [--report]: `--report` counts long lines in each file and does not fail because of them.
Last line: `text: N files, N failed`.
"""

import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLUMNS = 110
# `agent.example` is a host in examples, and `lsam` is a part of the crates' names.
PRODUCT = re.compile(
    r"mslsam|opcon|smanetcom|scheduling|\bagent\b(?!\.example)|lsam(?![-_](?:tls|ini|testing)\b|/lsam\b)",
    re.IGNORECASE
)
# The start of a source file's last part, its tests.
TESTS = re.compile(r"^#\[cfg\(test\)\]\nmod tests \{", re.MULTILINE)
# Comments first: a quotation mark in a comment does not begin a string.
RUST_STRING = re.compile(r"""//[^\n]*|b?'(?:\\.|[^'\\\n])'|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*\"""", re.DOTALL)
SCRIPT_STRING = re.compile(r"""(?:^|(?<=\s))#.*|\"""|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*\"""")
# The parts of a page that must not be wrapped.
UNWRAPPABLE = re.compile(r"^\||\]\(\S{40,}\)|\S{80,}|^\[.*\]: ")
FENCE = re.compile(r"^ *```")


def files(*patterns):
    """The project's files that match, including those that are not committed yet."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listing.splitlines() if (ROOT / name).is_file()]


def is_script(name):
    if name.endswith((".py", ".sh")):
        return True
    with open(ROOT / name, "rb") as file:
        return file.read(2) == b"#!"


def products(name):
    """The lines of a library's file that name a product."""
    text = (ROOT / name).read_text()
    code = TESTS.split(text)[0] if name.endswith(".rs") else text
    for number, line in enumerate(code.splitlines(), 1):
        if found := PRODUCT.search(line):
            yield f"{name}:{number}: names a product: {found[0]}"


def without_strings(pattern, code):
    """The code with empty strings, on the same lines."""

    def emptied(found):
        is_comment = found[0].startswith(("//", "#", '"""'))
        return found[0] if is_comment else '""' + "\n" * found[0].count("\n")

    return pattern.sub(emptied, code)


def wrappable(name):
    """The numbered lines of a file that could be wrapped."""
    text = (ROOT / name).read_text()
    in_code = False
    if not name.endswith(".md"):
        text = without_strings(RUST_STRING if name.endswith(".rs") else SCRIPT_STRING, text)
    for number, line in enumerate(text.splitlines(), 1):
        if name.endswith(".md"):
            if FENCE.match(line):
                in_code = not in_code
            elif in_code or UNWRAPPABLE.search(line):
                continue
        if not re.search(r"\S{80,}", line):
            yield number, line


def long_lines(name):
    for number, line in wrappable(name):
        if len(line) > COLUMNS:
            yield f"{name}:{number}: {len(line)} columns"


def main():
    sources = files("core/tls", "core/ini")
    sources = [
        name for name in sources
        if name.endswith((".rs", ".md", ".toml")) and "/tests/" not in name and not name.endswith("/tests.rs")
    ]
    failures = [line for name in sources for line in products(name)]
    # CHANGELOG.md keeps the lines of past releases as they were written.
    texts = [name for name in files("*.rs", "*.md") if name != "CHANGELOG.md"]
    texts += [name for name in files(".ci", "benches", "core/examples", "*.py") if is_script(name)]
    long = [line for name in dict.fromkeys(texts) for line in long_lines(name)]
    if "--report" in sys.argv:
        counts = collections.Counter(line.partition(":")[0] for line in long)
        for name, count in counts.most_common():
            print(f"{count:4} long lines in {name}")
        print(f"{len(long)} lines are longer than {COLUMNS} columns")
    else:
        failures += long
    print(*failures, sep="\n", end="\n" if failures else "")
    print(f"text: {len(set(sources) | set(texts))} files, {len(failures)} failed")
    sys.exit(bool(failures))


main()
