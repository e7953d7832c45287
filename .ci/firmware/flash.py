#!/usr/bin/env python3
"""What an image of core/examples/mps2 is made of: flash by crate, and memory.

Run as a program, it prints the cost of each feature, the table of docs/src/firmware.md, in five minutes.
"""

import collections
import pathlib
import re
import subprocess
import tempfile

from board import EXAMPLE, build

# Not counted as TLS: the network stack, and the board's part.
NETWORK = {"smoltcp", "managed", "byteorder"}
BOARD = {
    "cortex_m", "cortex_m_rt", "vcell", "volatile_register", "static_cell", "defmt", "defmt_semihosting",
    "board", "start"
}
# Types in the symbol table that occupy flash: code, constants, and data copied at the start.
IN_FLASH = set("tTrRdDwWvV")
# The functions of p256-cm4 in assembly, whose names are global.
ASSEMBLY = re.compile(r"P256_\w+|setzero|mul288x288|add_sub_helper")


def by_crate(image):
    """Bytes of flash by crate. A generic function counts towards the crate of its subject, inlined code
    towards the crate of its caller; constants without a name are `unnamed`."""
    output = subprocess.run(
        ["arm-none-eabi-nm", "--demangle", "--print-size", "--radix=d", image], capture_output=True,
        text=True, check=True
    ).stdout
    crates = collections.Counter()
    parts = sections(image)
    for line in output.splitlines():
        match = re.match(r"\d+ (\d+) (\w) (.+)$", line)
        if match and match[2] in IN_FLASH:
            crates[crate(match[3])] += int(match[1])
    # Constants without a name.
    crates["unnamed"] += flash_of(parts) - crates.total()
    return crates


def crate(name):
    if name.startswith(("mps2::board", "mps2::network", "<mps2::board", "server::", "client::", "measure::")):
        return "board"
    # The functions that the compiler calls for copies, comparisons and divisions; the network uses them too.
    if name.startswith(("__aeabi_", "__udiv", "mem")):
        return "compiler_builtins"
    if ASSEMBLY.fullmatch(name):
        return "p256_cm4"
    if name.startswith("__") or re.match(r"[A-Z]\w*$", name):
        return "start"
    if name.startswith((".L", "anon")):
        return "unnamed"
    named = re.findall(r"\b([a-z][a-z0-9_]*)::", name)
    foreign = [word for word in named if word not in ("core", "rust")]
    return (foreign or named or ["start"])[0]


def sections(image):
    """Sizes of the sections by name."""
    output = subprocess.run(
        ["arm-none-eabi-size", "-A", image], capture_output=True, text=True, check=True
    ).stdout
    return {name: int(size) for name, size in re.findall(r"^(\.\S+)\s+(\d+)", output, re.M)}


def flash_of(parts):
    return sum(parts.get(name, 0) for name in (".vector_table", ".text", ".p256-cortex-m4", ".rodata", ".data"))


def of_tls(crates):
    """TLS, cryptography and the agent codec, and the loop that drives them."""
    return sum(size for name, size in crates.items() if name not in NETWORK | BOARD)


def report(name, image):
    """Prints what the image is made of; returns the part that counts as TLS."""
    crates, parts = by_crate(image), sections(image)
    print(f"\n{name}: flash {flash_of(parts)}, "
          f"static memory {parts['.data'] + parts['.bss']}")
    for crate_name, size in crates.most_common():
        if size >= 500:
            print(f"  {size:7} {crate_name}{' (not counted)' if crate_name in NETWORK | BOARD else ''}")
    print(f"  {of_tls(crates):7} of TLS, cryptography and agent codec")
    return of_tls(crates)


# Additions to a server without a log: the line in the table, and the features.
FEATURES = {
    "`client-auth`, including the verification of chains and revocation lists": ["client-validation"],
    "`chacha20-poly1305`": ["lsam-core/chacha20-poly1305"],
    "`aes256-gcm`, with `sha384`": ["lsam-core/aes256-gcm"],
    "`secp384r1`, with `sha384`": ["lsam-core/secp384r1"],
    "`sha384`": ["lsam-core/sha384"],
    "`rsa`": ["lsam-core/rsa"],
    "`crc-table`": ["lsam-core/crc-table"],
    "`precomputed-tables`": ["precomputed-tables"],
    "the text of errors in the log": ["text"],
}


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([EXAMPLE / "credentials/make", folder], check=True)

        def size(*features):
            return of_tls(by_crate(build(folder, folder, "image", features=features)))

        plain, mutual = size(), size("client-validation")
        print("| feature | server | with client validation |\n|---|---:|---:|")
        print(f"| `rustcrypto`, `aes128-gcm`, `x25519`, `secp256r1` | {plain:,} | {mutual:,} |")
        for line, features in FEATURES.items():
            more = size("client-validation", *features) - mutual
            print(f"| {line} | {size(*features) - plain:+,} | {f'{more:+,}' if more else ''} |", flush=True)


if __name__ == "__main__":
    main()
