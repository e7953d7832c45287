#!/usr/bin/env python3
"""Every relative link in a Markdown file leads to an existing file and heading, and every page of the book is
in its SUMMARY.

Last line: `links: N passed, N failed`.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def tracked(pattern):
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout
    return [ROOT / line for line in listing.splitlines() if (ROOT / line).is_file()]


def anchors(page):
    """The ids that mdBook and code hosts assign to a page's headings."""
    ids = set()
    for line in page.read_text().splitlines():
        if line.startswith("#"):
            words = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
            ids.add(words.replace(" ", "-"))
    return ids


def prose(page):
    """The page without its code blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.S | re.M)


def main():
    passed, failures = 0, []
    for page in tracked("*.md"):
        for target in LINK.findall(prose(page)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            name = page.relative_to(ROOT)
            if not file.exists():
                failures.append(f"{name}: {target} leads nowhere")
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                failures.append(f"{name}: {target} names no heading of that page")
            else:
                passed += 1

    book = ROOT / "docs" / "src"
    summary = {(book / target).resolve() for target in LINK.findall(prose(book / "SUMMARY.md"))}
    for page in tracked("docs/src/*.md"):
        if page.name == "SUMMARY.md":
            continue
        if page in summary:
            passed += 1
        else:
            failures.append(f"{page.relative_to(ROOT)}: not in the SUMMARY of the book")

    for failure in failures:
        print(failure)
    print(f"links: {passed} passed, {len(failures)} failed")
    sys.exit(1 if failures or not passed else 0)


main()
