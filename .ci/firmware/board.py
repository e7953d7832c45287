"""The emulated board: builds images of core/examples/mps2 and runs them in QEMU."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
from testbed import ROOT, TIMEOUT, Failed, free_port, must

EXAMPLE = ROOT / "core/examples/mps2"
CARGO = pathlib.Path(os.environ.get("THUMB", "/opt/thumb")) / "cargo-thumb"
# QEMU's machine for each target: a Cortex-M4 and a Cortex-M3.
MACHINES = {"thumbv7em-none-eabihf": "mps2-an386", "thumbv7m-none-eabi": "mps2-an385"}
M4, M3 = MACHINES
# The size of its pool.
CONNECTIONS = 4
# No emulator outlives this, whatever happens.
LIFETIME = 3600


def build(folder, credentials, name, binary="server", features=(), target=M4, more=()):
    """Builds an image for a target, with more arguments for cargo, and keeps it as `name` in `folder`."""
    subprocess.run(
        [
            CARGO, "build", "--quiet", "--locked", "--release", "--target", target, "--bin", binary,
            "--no-default-features", "--features", ",".join(features), *more,
        ],
        cwd=EXAMPLE, env=os.environ | {"CREDENTIALS": str(credentials)}, check=True,
    )
    built = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", EXAMPLE / "target")) / target / "release" / binary
    return pathlib.Path(shutil.copy(built, folder / name))


class Board:
    """A running board: its serial line, the port that leads to it, and the emulator's monitor."""

    def __init__(self, folder, image, arguments="", peer_port=4433, target=M4, symbols=None):
        self.port = free_port()
        self.connections = 0
        self.log = folder / f"{image.name}.log"
        self.log.write_text("")
        # The emulator's own output. An image with defmt logs there too, with texts from `symbols`.
        self.output = folder / f"{image.name}.output"
        self.symbols = symbols
        if symbols:
            arguments += " -semihosting-config enable=on,target=native"
        self.monitor = folder / f"{image.name}.monitor"
        variables = {
            "MACHINE": MACHINES[target], "PORT": str(self.port), "PEER_PORT": str(peer_port),
            "SERIAL": f"file:{self.log}",
            "QEMU_ARGS": f"-monitor unix:{self.monitor},server=on,wait=off {arguments}",
        }
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                ["timeout", str(LIFETIME), EXAMPLE / "run", image], env=os.environ | variables,
                stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )

    def said(self):
        if self.symbols:
            return "".join(f"{line}\n" for line in self.symbols.lines(self.output.read_bytes()))
        return self.log.read_text(errors="replace")

    def will_say(self, pattern, since=0, times=1, patience=TIMEOUT):
        """Waits for `times` matches of `pattern` after `since` characters of the log; returns all of them."""
        return will_say(self.said, self.process, pattern, since, times, patience)

    def take_place(self):
        """Waits until the board has a free place for a connection: without one, it resets the client.
        Call this before each connection; the board reports its end when the place is free again."""
        self.will_have(CONNECTIONS - 1)
        self.connections += 1

    def settled(self):
        """Waits until all connections have ended; returns the length of the log, where later ones begin."""
        self.will_have(0)
        return len(self.said())

    def will_have(self, most):
        """Waits until at most this many connections are open."""
        end = time.monotonic() + TIMEOUT
        while self.connections - self.said().count(": ended, ") > most:
            if time.monotonic() > end:
                raise Failed(f"more than {most} connections are open: {self.said()[-400:].strip()}")
            time.sleep(0.02)

    def dial(self):
        """A connection to the board, without TLS."""
        self.take_place()
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT)

    def command(self, line):
        """Sends a command to the emulator's monitor."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(TIMEOUT)
            monitor.connect(str(self.monitor))
            read_prompt(monitor)
            monitor.sendall(line.encode() + b"\n")
            read_prompt(monitor)

    def stack(self):
        """The high-water mark of the stack, as reported by the last connection that ended."""
        return int(self.will_say(r"; stack (\d+)$")[-1])

    def stop(self):
        # The process group started above: the shell with the emulator under it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()


def will_say(said, process, pattern, since=0, times=1, patience=TIMEOUT):
    """Waits for `times` matches of `pattern` in `said()` after its first `since` characters; returns them."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        # A process that has ended may have said it before.
        has_ended = process.poll() is not None
        found = re.findall(pattern, said()[since:], re.M)
        if len(found) >= times:
            return found
        if has_ended:
            raise Failed(f"the emulator ended; the board said: {said()[since:][-400:].strip()}")
        time.sleep(0.02)
    raise Failed(f"the board did not say {pattern!r} {times} times but: {said()[since:][-400:].strip()}")


def read_prompt(monitor):
    heard = b""
    while not heard.endswith(b"(qemu) "):
        piece = monitor.recv(4096)
        if not piece:
            raise Failed("the monitor of the emulator has gone")
        heard += piece


@contextlib.contextmanager
def board(folder, image, *arguments, **named):
    running = Board(folder, image, *arguments, **named)
    try:
        yield running
    finally:
        running.stop()


def measure(folder, image):
    """Runs the measurements twice, with identical results; returns rows of name, instructions, stack."""
    runs = []
    for _ in range(2):
        with board(folder, image, "-icount shift=8") as target:
            target.will_say(r"^done$", patience=4 * TIMEOUT)
            runs.append(re.findall(r"^(\w+) (\w+) (\d+) (\d+)$", target.said(), re.M))
    must([row[:3] for row in runs[0]] == [row[:3] for row in runs[1]], "two runs differ", f"{runs}")
    return {f"{name}-{role}": (int(count), int(stack)) for name, role, count, stack in runs[0]}
