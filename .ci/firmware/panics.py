"""Finds the paths from an image of core/examples/mps2 to a panic, and the crates that cause them.

This follows calls back from the panic handler through Rust's own library to the first code outside it. The
debugging information about lines and inlined functions names that code, the cause of the panic. None may be
in lsam-core; those in other crates are listed in `core/examples/mps2/panics.toml`, each with the reason why
no peer's input leads there. An image that is known to panic, `.ci/firmware/counter-proof`, shows that this
works.

Usage: panics.py IMAGE..: prints the list for images that were built by hand.
"""

import collections
import functools
import os
import re
import struct
import subprocess
import sys
import tempfile
import tomllib

sys.dont_write_bytecode = True
from board import CARGO, EXAMPLE, M4, ROOT
from testbed import Failed

JUDGED = EXAMPLE / "panics.toml"
COUNTER_PROOF = ROOT / ".ci/firmware/counter-proof"
# Our own crates by their folders; none of their panics is accepted.
OWN = {
    "core/src": "lsam-core", "core/tls/src": "lsam-tls", "core/ini/src": "lsam-ini",
    "core/cortex-m4/src": "lsam-cortex-m4",
}
# Rust's own library, whose panics belong to its caller.
LIBRARY = "core"

# A short handler is inlined into the one function that calls it.
HANDLER = re.compile(r"(__rustc::)?rust_begin_unwind|core::panicking::.*")
FUNCTION = re.compile(r"([0-9a-f]+) <(.+)>:$")
INSTRUCTION = re.compile(r"\s*([0-9a-f]+):\t([a-z]+)\S*(?:\t(.*))?$")
DESTINATION = re.compile(r"\b([0-9a-f]+) <.*>$")
RETURN = re.compile(r"bx|.*\bpc\}|\w+ pc,")
# The sections in the board's memory.
LOADED = (".vector_table", ".text", ".rodata", ".data")

# Its address, what it is, where it jumps to, if anywhere, and whether it returns to the caller.
Instruction = collections.namedtuple("Instruction", "address mnemonic to returns")
Frame = collections.namedtuple("Frame", "crate file function line")
# The cause of a panic. Without a function it is the whole file, or a closure with another caller.
Place = collections.namedtuple("Place", "crate file function")


class Image:
    """The code of an image: name and instructions of each function by its address. `root` contains the
    folder `core`."""

    def __init__(self, path, root=ROOT):
        self.path, self.root = path, root
        self.functions = {}
        # Addresses assembled in registers, and addresses in memory.
        self.loaded = set()
        low = {}
        for line in tool("objdump", "--disassemble", "--demangle", "--no-show-raw-insn", path).splitlines():
            if match := FUNCTION.match(line):
                name, code = match[2], []
                self.functions[int(match[1], 16)] = (name, code)
            elif match := INSTRUCTION.match(line):
                operands = match[3] or ""
                to = DESTINATION.search(operands)
                returns = bool(RETURN.match(f"{match[2]} {operands}"))
                code.append(Instruction(int(match[1], 16), match[2], int(to[1], 16) if to else None, returns))
                if half := re.match(r"(\w+), #(\d+)", operands):
                    if match[2] == "movw":
                        low[half[1]] = int(half[2])
                    elif match[2] == "movt" and half[1] in low:
                        self.loaded.add(int(half[2]) << 16 | low[half[1]])
        # By the address of a function, the functions that call it or jump to it, and the instruction.
        self.callers = collections.defaultdict(list)
        for start, (_, code) in self.functions.items():
            inside = {instruction.address for instruction in code}
            for n, instruction in enumerate(code):
                if instruction.to is not None and instruction.to not in inside and branches(instruction):
                    self.callers[instruction.to].append((start, n))
        data = part(path, "--output-target=binary", *(f"--only-section={name}" for name in LOADED)).read()
        self.loaded.update(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))
        # If there are symbols, addr2line mistakes their names for those of inlined functions.
        self.lines = part(path, "--wildcard", "--strip-symbol=*")

    def has_pointer_to(self, start):
        """Whether the function may be called by its address, from an unknown place."""
        return start | 1 in self.loaded

    def conditions(self, start, at):
        """The instructions that decide whether the one at `at` is reached: where blocks that end in the
        same panic were merged, these still show whose they were."""
        code = self.functions[start][1]
        addresses = {instruction.address for instruction in code}
        jumps = collections.defaultdict(list)
        for n, instruction in enumerate(code):
            if instruction.to in addresses and instruction.mnemonic != "bl" and branches(instruction):
                jumps[instruction.to].append(n)
        pending, seen, found = [at], set(), set()
        while pending:
            n = pending.pop()
            if n in seen:
                continue
            seen.add(n)
            for jump in jumps[code[n].address]:
                if code[jump].mnemonic == "b":
                    pending.append(jump)
                else:
                    found.add(jump)
            before = code[n - 1] if n else None
            if before is None or before.to in self.endless or ends(before):
                continue
            if branches(before):
                found.add(n - 1)
            else:
                pending.append(n - 1)
        return [code[n].address for n in found]

    def panics(self):
        """The causes of the paths to the panic handler, each with the function that it calls there."""
        self.endless = set()
        # The first round finds the functions that do not return, which the second needs.
        self.follow()
        return self.follow()

    def follow(self):
        pending = [start for start, (name, _) in self.functions.items() if HANDLER.fullmatch(name)]
        if not pending:
            raise Failed(f"{self.path} has no panic handler, so that nothing can be said")
        # Functions of the library that lead to a panic.
        reached = set(pending)
        found = collections.defaultdict(set)
        while pending:
            calls = {call: self.functions[start][0] for start in pending for call in self.callers[start]}
            pending = []
            for (start, n), culprits in self.culprits(calls).items():
                for culprit in culprits:
                    found[culprit].add(calls[start, n])
                if culprits or start in reached:
                    continue
                reached.add(start)
                pending.append(start)
                if self.has_pointer_to(start):
                    found[Place(LIBRARY, "", plain(self.functions[start][0]))].add(calls[start, n])
        self.endless = {start for start in reached if not self.returns(start, reached)}
        return found

    def returns(self, start, reached):
        """Whether the function may return to its caller, or continue in one that is not in `reached`."""
        code = self.functions[start][1]
        inside = {instruction.address for instruction in code}
        return any(
            instruction.returns or instruction.mnemonic == "b" and instruction.to not in inside | reached
            for instruction in code
        )

    def culprits(self, calls):
        """The cause of each call; none for a call within the library."""
        places = {call: [self.functions[call[0]][1][call[1]].address] for call in calls}
        frames = self.frames(address for places_ in places.values() for address in places_)
        for call, [address] in places.items():
            if frames[address][0].line is None and (conditions := self.conditions(*call)):
                places[call] = conditions
        frames |= self.frames(address for places_ in places.values() for address in places_)
        return {
            call: {who for address in addresses if (who := culprit(frames[address]))} for call,
            addresses in places.items()
        }

    def frames(self, addresses):
        """By address, the function there and those it was inlined into, innermost first."""
        addresses = [f"{address:x}" for address in set(addresses)]
        output = tool(
            "addr2line", "--inlines", "--functions", "--demangle", "--addresses", "-e", self.lines.name,
            text="\n".join(addresses)
        )
        parts = re.split(r"^0x([0-9a-f]+)\n", output, flags=re.M)[1:]
        frames = {}
        for address, lines in zip(parts[::2], parts[1::2]):
            lines = lines.strip().splitlines()
            frames[int(address, 16)] = [
                self.frame(function, line) for function, line in zip(lines[::2], lines[1::2])
            ]
        return frames

    def frame(self, function, line):
        path, _, line = re.sub(r" \(discriminator \d+\)$", "", line).rpartition(":")
        return Frame(*self.origin(path), plain(function), int(line) if line.isdigit() else None)

    def origin(self, path):
        """The crate of a source file, and the path within it."""
        own = {self.root / folder: crate for folder, crate in OWN.items()}
        for folder, crate in (own | {EXAMPLE / "src": "mps2"}).items():
            if path.startswith(f"{folder}/"):
                return crate, path.removeprefix(f"{folder}/")
        if match := re.search(r"/([^/]+)-\d+\.\d+\.\d+[^/]*/src/(.+)$", path):
            return match[1], match[2]
        # Functions without a line also belong to the library, if it has no debugging information.
        return (LIBRARY, "") if "/library/" in path or path == "??" else ("unknown", path)


def branches(instruction):
    """Whether this is a jump, a call or a conditional jump."""
    return re.fullmatch(
        r"b|bl|bx|blx|cbn?z|b(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)", instruction.mnemonic
    )


def ends(instruction):
    """Whether the next instruction is reached only from elsewhere."""
    # A conditional return has its condition in the mnemonic.
    plain_return = instruction.returns and instruction.mnemonic in ("bx", "pop", "ldmia", "ldr", "mov")
    return plain_return or instruction.mnemonic in ("b", "udf")


def tool(name, *words, text=""):
    return subprocess.run(
        [f"arm-none-eabi-{name}", *words], input=text, capture_output=True, text=True, check=True
    ).stdout


def part(path, *words):
    """A copy of the image, made by objcopy."""
    # Deleted with its last reference.
    file = tempfile.NamedTemporaryFile()  # noqa: SIM115
    tool("objcopy", *words, path, file.name)
    return file


def plain(function):
    """The function's own name, without path and parameters; nothing for a closure."""
    while (shorter := re.sub(r"<[^<>]*>", "", function.replace("->", ""))) != function:
        function = shorter
    name = function.split("::")[-1]
    return "" if name.startswith("{") else name


def culprit(frames):
    """The innermost code outside of the library."""
    for n, own in enumerate(frames):
        if own.crate != LIBRARY:
            named = (outer.function for outer in frames[n:] if outer.function and outer.file == own.file)
            return Place(own.crate, own.file, next(named, ""))
    return None


def judged():
    """By place, the entry for it: its function's, or else its file's."""
    return {
        Place(entry["crate"], *(place.split(": ") if ": " in place else (place, ""))): entry
        for entry in tomllib.loads(JUDGED.read_text())["judged"]
        for place in entry["places"]
    }


def judgement(place, judgements):
    """The entry of the list that covers this place."""
    return next((known for known in (place, place._replace(function="")) if known in judgements), None)


def check(path):
    """Nothing in core leads to a panic in this image, and neither does anything that is not in the list."""
    judgements = judged()
    if new := [line for place, line in lines(path) if judgement(place, judgements) is None]:
        raise Failed("; ".join(new))


def check_list(paths):
    """Every entry of the list is found in an image, and is about the version that was read."""
    judgements = judged()
    seen = {judgement(place, judgements) for path in paths for place, _ in lines(path)}
    for place, entry in judgements.items():
        if place not in seen:
            raise Failed(f"{JUDGED.name} judges {text(place)}, which leads to no panic any more")
        if place.crate in OWN.values():
            raise Failed(f"{JUDGED.name} judges {text(place)}, where nothing is to be judged")
    packages = tomllib.loads((EXAMPLE / "Cargo.lock").read_text())["package"]
    versions = {(package["name"], package["version"]) for package in packages}
    for entry in judgements.values():
        if "version" in entry and (entry["crate"], entry["version"]) not in versions:
            raise Failed(f"{JUDGED.name} judges {entry['crate']} {entry['version']}, but another one is used")


def counter_proof(folder):
    """In an image that is known to panic, this finds each path and no other."""
    subprocess.run(
        [CARGO, "build", "--quiet", "--locked", "--release", "--target", M4, "--target-dir", folder],
        cwd=COUNTER_PROOF, env=os.environ, check=True,
    )
    image = Image(folder / M4 / "release/counter-proof", COUNTER_PROOF)
    found = {place.function for place in image.panics() if place.crate in OWN.values()}
    if found != {"indexed", "moved", "divided"}:
        raise Failed(f"found {sorted(found)}")


@functools.cache
def lines(path):
    """The places in this image that lead to a panic, each with a line about it."""
    return [
        (place, f"{text(place)} leads to {', '.join(sorted(called))}") for place,
        called in sorted(Image(path).panics().items())
    ]


def text(place):
    return f"{place.crate}, {place.file}" + (f": {place.function}" if place.function else "")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(f"{name}:")
        for _, line in lines(name):
            print(f"  {line}")
