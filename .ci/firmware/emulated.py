#!/usr/bin/env python3
"""Makes the crate p256-cm4 run in QEMU, for firmware with the feature `cortex-m4`.

One instruction of the crate loads a single register with `ldm`, in an encoding that the ARMv7-M Architecture
Reference Manual (A7.7.41) calls unpredictable. Processors load the register; QEMU raises a fault. This copies
the crate as cargo has fetched it, and replaces that instruction with `ldr`, which does the same.

Run as a program, it prints the arguments for cargo that select the copy, to be used in core/examples/mps2.
"""

import json
import pathlib
import shlex
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from board import CARGO, EXAMPLE, M4
from testbed import Failed

CRATE = "p256-cm4"
# The version that was reviewed, the file and the instruction, and what replaces it.
VERSION = "0.4.0"
FILE = "src/asm/util.rs"
UNPREDICTABLE = "            ldm r4,{r6}\n"
DEFINED = "            ldr r6,[r4]\n"


def fetched():
    """The folder of the crate among cargo's sources."""
    output = subprocess.run(
        [
            CARGO, "metadata", "--format-version=1", "--locked", "--features=cortex-m4",
            f"--filter-platform={M4}",
        ],
        cwd=EXAMPLE, check=True, capture_output=True, text=True,
    ).stdout
    package, = (package for package in json.loads(output)["packages"] if package["name"] == CRATE)
    if package["version"] != VERSION:
        raise Failed(f"{CRATE} {package['version']}: look whether it still needs the change for QEMU")
    return pathlib.Path(package["manifest_path"]).parent


def arguments():
    """The arguments for cargo. An override by `paths` leaves the lock file as it is, unlike `patch`."""
    # `panics.py` reads the name and version of the crate from the folder.
    copy = EXAMPLE / "target/emulated" / f"{CRATE}-{VERSION}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(fetched(), copy)
    file = copy / FILE
    code = file.read_text()
    if code.count(UNPREDICTABLE) != 1:
        raise Failed(f"{CRATE} {VERSION}: {FILE} does not contain {UNPREDICTABLE.strip()!r} exactly once")
    file.write_text(code.replace(UNPREDICTABLE, DEFINED))
    return ["--config", f"paths={json.dumps([str(copy)])}"]


if __name__ == "__main__":
    print(shlex.join(arguments()))
