#!/usr/bin/env python3
"""No import circle between the source files of a crate.

A file imports another if it names an item that the other defines, by `use` or by a path in the code. A
re-export is followed to the file that defines the item, and is not an import itself; tests don't count. This
looks for circles
  - between files, where a module's own file and the files below it are one module;
  - between the entries of a folder, where an entry is a file, or a folder with everything in it.

Usage: circles.py [FOLDER..]: folders with a lib.rs, by default those of the libraries.
Last line: `circles: N imports, N circles`.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("core/tls/src", "core/ini/src", "core/src", "host-windows/src")

ITEM = re.compile(
    r"^[ \t]*(?:pub(?:\([^)]*\))?\s+)?(?:default\s+)?(?:const\s+|async\s+|unsafe\s+|extern\s+\"[^\"]*\"\s+)*"
    r"(?:struct|enum|union|trait|type|fn|static|const|macro_rules!)\s+(?:mut\s+)?(\w+)",
    re.MULTILINE,
)
USE = re.compile(r"(?:^|(?<=[;{}\]\s]))(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);")
MOD = re.compile(
    r"(#\[cfg\((?:any\()?(?:[^\]]*\b)?test\b[^\]]*\]\s*)?(?:pub(?:\([^)]*\))?\s+)?\bmod\s+(\w+)\s*([;{])"
)
TEST_ONLY = re.compile(r"#\[cfg\(test\)\]|#\[test\]")
PATH = re.compile(r"(?<![\w:.$])((?:\w+::)+\w+)")
# The start of an item for tests, after its attributes.
START = re.compile(
    r"\s*(?:pub(?:\([^)]*\))?\s+)?(?:const |async |unsafe )*"
    r"(?:fn|mod|use|impl|struct|enum|trait|static|type|macro_rules)\b"
)
NOISE = re.compile(
    r"//[^\n]*|/\*.*?\*/|b?r(#*)\".*?\"\1|b?\"(?:\\.|[^\"\\])*\"|b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\])'",
    re.DOTALL,
)


def strip(text):
    """The code without comments, strings and characters."""
    return NOISE.sub(lambda m: " " if m[0].startswith(("//", "/*")) else '""', text)


def block_end(text, start):
    """The position after the block that opens at `start`."""
    depth = 0
    for at in range(start, len(text)):
        if text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return at + 1
    return len(text)


def without_tests(text):
    """The code without items for tests: modules stay as declarations that are skipped by name."""
    while found := TEST_ONLY.search(text):
        end = found.end()
        while more := re.compile(r"\s*#!?\[").match(text, end):
            depth, end = 1, more.end()
            while depth:
                depth += {"[": 1, "]": -1}.get(text[end], 0)
                end += 1
        stop = re.compile(r"[;{,]").search(text, end)
        if not stop:
            return text[: found.start()]
        # A function's parameters contain commas, so only a field or a variant ends with one.
        if START.match(text, end):
            stop = re.compile(r"[;{]").search(text, end)
            if re.match(r"\s*(?:pub(?:\([^)]*\))?\s+)?use\b", text[end:]):
                stop = re.compile(r";").search(text, end)
        stop_at = block_end(text, stop.start()) if text[stop.start()] == "{" else stop.end()
        text = text[: found.start()] + text[stop_at:]
    return text


def leaves(tree):
    """(path, name) of each leaf of a use tree."""
    tree = tree.strip()
    if "{" in tree:
        head, rest = tree.split("{", 1)
        inner, depth, part, parts = rest.rsplit("}", 1)[0], 0, "", []
        for char in inner:
            depth += {"{": 1, "}": -1}.get(char, 0)
            if char == "," and depth == 0:
                parts.append(part)
                part = ""
            else:
                part += char
        for piece in filter(str.strip, [*parts, part]):
            yield from leaves(head.strip() + piece.strip())
        return
    path, _, alias = (piece.strip() for piece in tree.partition(" as "))
    path = re.sub(r"\s+", "", path).removesuffix("::self")
    segments = path.removeprefix("::").split("::")
    yield segments, alias or segments[-1]


class Module:
    def __init__(self, file, parent, text):
        self.file, self.parent, self.children = file, parent, {}
        self.root = parent.root if parent else self
        self.imports, self.globs, self.public = {}, [], set()
        text = self.read_modules(text)
        for use in USE.finditer(text):
            for segments, name in leaves(use[2]):
                if name == "*":
                    self.globs.append(segments[:-1])
                else:
                    self.imports[name] = segments
                    if use[1]:
                        self.public.add(name)
        self.code = USE.sub(" ", text)
        self.items = set(ITEM.findall(self.code))

    def read_modules(self, text):
        at = 0
        while found := MOD.search(text, at):
            name, end = found[2], found.end()
            if found[3] == "{":
                end = block_end(text, found.end() - 1)
                self.children[name] = Module(self.file, self, text[found.end() : end - 1])
            else:
                folder = self.file.parent
                if self.file.name not in ("lib.rs", "mod.rs", "main.rs"):
                    folder = folder / self.file.stem
                for file in (folder / f"{name}.rs", folder / name / "mod.rs"):
                    if file.exists():
                        self.children[name] = Module(file, self, without_tests(strip(file.read_text())))
            text, at = text[: found.start()] + " " + text[end:], found.start()
        return text

    def all(self):
        yield self
        for child in self.children.values():
            yield from child.all()

    def resolve(self, segments, seen=()):
        """What a path leads to: a module, or the file of an item; None outside of the crate."""
        here = self
        for n, segment in enumerate(segments):
            if segment == "crate":
                here = self.root
            elif segment == "super":
                here = here.parent or here
            elif segment == "self":
                pass
            elif segment in here.children:
                here = here.children[segment]
            elif segment in here.items:
                return here.file
            elif (key := (id(here), segment)) in seen:
                return None
            elif segment in here.imports:
                target = here.resolve(here.imports[segment], (*seen, key))
                if isinstance(target, Module):
                    here = target
                else:
                    return target
            else:
                for glob in here.globs if n or here is self else []:
                    target = here.resolve(glob, (*seen, key))
                    if not isinstance(target, Module):
                        continue
                    if found := target.resolve([segment, *segments[n + 1 :]], (*seen, key)):
                        return found
                return None
        return here

    def uses(self):
        """(file, name) of each item that the code here names."""
        for name, segments in self.imports.items():
            is_used = name not in self.public or re.search(rf"\b{name}\b", self.code)
            if is_used and isinstance(target := self.resolve(segments), Path):
                yield target, name
        for path in set(PATH.findall(self.code)):
            segments = path.split("::")
            if isinstance(target := self.resolve(segments), Path):
                yield target, path
        for glob in self.globs:
            if isinstance(target := self.resolve(glob), Module):
                for name in target.items:
                    if re.search(rf"\b{name}\b", self.code):
                        yield target.file, name


def circles(graph):
    """The strongly connected components of more than one node (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(stack[at:])
            del stack[at:]

    for node in list(graph):
        if node not in index:
            visit(node)
    return found


def below(file):
    """The folder with the modules below `file`."""
    return file.parent if file.name in ("lib.rs", "mod.rs", "main.rs") else file.parent / file.stem


def check(src):
    sys.setrecursionlimit(10_000)
    root = Module(src / "lib.rs", None, without_tests(strip((src / "lib.rs").read_text())))
    edges = {}
    for module in root.all():
        for target, name in module.uses():
            if target != module.file:
                edges.setdefault((module.file, target), set()).add(name)
    bad = 0

    def report(title, nodes, of):
        nonlocal bad
        bad += 1
        print(f"{title} in {src}:", ", ".join(sorted(str(node.relative_to(src)) for node in nodes)))
        for (one, other), names in sorted(edges.items()):
            a, b = of(one), of(other)
            if a in nodes and b in nodes and a != b:
                print(f"    {one.relative_to(src)} -> {other.relative_to(src)}: {', '.join(sorted(names))}")

    # A module's own file and the files below it.
    graph = {}
    for one, other in edges:
        if below(one) not in other.parents and below(other) not in one.parents:
            graph.setdefault(one, set()).add(other)
    for circle in circles(graph):
        report("circle of files", circle, lambda file: file)
    # Level by level.
    for folder in sorted({file.parent for file in {f for edge in edges for f in edge}}):

        def entry(file, folder=folder):
            if folder not in file.parents or file == folder / "mod.rs" or file == folder / "lib.rs":
                return None
            part = file.relative_to(folder).parts[0]
            return folder / part.removesuffix(".rs")

        graph = {}
        for one, other in edges:
            a, b = entry(one), entry(other)
            if a and b and a != b:
                graph.setdefault(a, set()).add(b)
        for circle in circles(graph):
            report("circle of modules", circle, entry)
    return bad, len(edges)


def main():
    imports = found = 0
    for src in map(Path, sys.argv[1:] or [ROOT / source for source in SOURCES]):
        bad, edges = check(src)
        imports += edges
        found += bad
    print(f"circles: {imports} imports, {found} circles")
    sys.exit(found > 0 or imports == 0)


if __name__ == "__main__":
    main()
