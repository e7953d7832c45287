#!/usr/bin/env python3
"""Follows docs/src/your-board.md as a reader would: creates its files in an empty folder, types its commands,
and gets a line back from the emulated board. Then the board meets errors, reports them on its console, and
serves the next client.

Last line: `guide: N passed, N failed`.
"""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from board import will_say
from testbed import ROOT, TIMEOUT, Tally, free_port, is_listening, must, must_match

PAGE = ROOT / "docs/src/your-board.md"
THUMB = pathlib.Path(os.environ.get("THUMB", "/opt/thumb"))
LINE = "does it come back?"


class Guide:
    """The reader: the page's board, built in `folder`, and how it is started and reached."""

    def __init__(self, folder):
        page = PAGE.read_text()
        (folder / "lsam").symlink_to(ROOT)
        for name, text in re.findall(r"^`(board/\S+)`\n\n```\S+\n(.*?)^```$", page, re.M | re.S):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.folder = folder / "board"
        must((self.folder / "src/main.rs").exists(), "the page has no program", PAGE.name)
        credentials, run, self.client = re.findall(r"^```sh\n(.*?)^```$", page, re.M | re.S)
        build, self.seed, self.emulator = run.split("\n", 2)
        must(build == "cargo build --release", "another command to build with", build)
        shell(credentials, self.folder)
        # The firmware's versions, so that no new release of a dependency makes this fail.
        shutil.copy(ROOT / "core/examples/mps2/Cargo.lock", self.folder)
        target = ROOT / "target/guide"
        shell(f"CARGO_TARGET_DIR={target} {THUMB}/cargo-thumb build --quiet --release", self.folder)
        (self.folder / "target").symlink_to(target)
        self.image = re.search(r"-kernel (\S+)", self.emulator)[1]

    @contextlib.contextmanager
    def board(self, image=None, seed=None):
        """The board as the page starts it, or with another image or seed."""
        shell(seed or self.seed, self.folder)
        port, console = free_port(), self.folder / "console"
        command = self.emulator.strip().replace("3100", str(port)).replace(
            self.image, str(image or self.image)
        )
        with console.open("wb") as output, subprocess.Popen(
            f"exec timeout 600 {command}", shell=True, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=output
        ) as emulated:
            try:
                while not is_listening(port):
                    must(emulated.poll() is None, "the emulator ended", "")
                    time.sleep(0.1)
                yield Running(self, port, console, emulated)
            finally:
                emulated.terminate()

    def damaged(self, name):
        """A copy of the image with zeros in place of the bytes of the file `name`."""
        image, part = (self.folder / self.image).read_bytes(), (self.folder / name).read_bytes()
        must(image.count(part) == 1, f"{name} is not in the image once", "")
        path = self.folder / f"without-{name}"
        path.write_bytes(image.replace(part, bytes(len(part))))
        return path


class Running:
    """A running board with its line and its console."""

    def __init__(self, guide, port, console, emulated):
        self.guide, self.port, self.console, self.emulated = guide, port, console, emulated

    def said(self):
        return self.console.read_text(errors="replace")

    def will_say(self, pattern, since=0, times=1):
        return will_say(self.said, self.emulated, pattern, since, times)

    def connect(self):
        """The page's command for a client."""
        return self.guide.client.strip().replace("3100", str(self.port))

    def serves(self):
        """A client that follows the page gets its line back."""
        answer = typed(self.connect(), self.guide.folder)
        must_match(r"^Verified peername: board\.example$", answer)
        must_match(rf"^{re.escape(LINE)}$", answer)

    def dial(self):
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT)


def answers(target):
    """The page's own steps."""
    target.will_say("^ready")
    target.serves()
    target.will_say(r"^connected: TLS 1\.2, .*\nended, closed$")


class Client:
    """A client on the connection `raw`, with its records at hand."""

    def __init__(self, raw):
        self.raw, self.incoming, self.outgoing = raw, ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.session = context.wrap_bio(self.incoming, self.outgoing)

    def begin(self):
        """The handshake up to the end of the server's first flight."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.session.do_handshake()
        self.raw.sendall(self.outgoing.read())
        heard = b""
        # ServerHelloDone.
        while not heard.endswith(b"\x0e\0\0\0"):
            piece = self.raw.recv(4096)
            must(piece, "the board is gone", heard.hex())
            heard += piece
        self.incoming.write(heard)

    def finish(self):
        while True:
            try:
                self.session.do_handshake()
                return
            except ssl.SSLWantReadError:
                self.raw.sendall(self.outgoing.read())
                self.incoming.write(self.raw.recv(4096))

    def vanish(self):
        """Ends like a killed client, with a reset. The serial line does not report this to the board."""
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


# After a client has gone, the next one is served, and the console reports the reason.
RECOVERS = r"^ended: .*AnotherClientCame\nconnected: .*\nended, closed$"


def killed_in_handshake(target):
    since = len(target.said())
    with target.dial() as raw:
        client = Client(raw)
        client.begin()
        client.vanish()
    target.serves()
    target.will_say(RECOVERS, since)


def killed_in_message(target):
    since = len(target.said())
    with target.dial() as raw:
        client = Client(raw)
        client.begin()
        client.finish()
        target.will_say("^connected: ", since)
        client.session.write(b"half of this")
        record = client.outgoing.read()
        raw.sendall(record[: len(record) // 2])
        client.vanish()
    target.serves()
    target.will_say(RECOVERS, since)


def killed_by_the_system(target):
    """`kill -9` of the page's client."""
    since = len(target.said())
    with subprocess.Popen(
        f"exec {target.connect()}", shell=True, cwd=target.guide.folder, stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as client:
        target.will_say("^connected: ", since)
        client.kill()
    target.serves()
    target.will_say(RECOVERS, since)


def silent(target):
    """A connected client that stalls."""
    since = len(target.said())
    with target.dial() as raw:
        Client(raw).begin()
        target.will_say(r"^ended: .*SilentForTooLong$", since)
    target.serves()


def refused(target, data):
    """Garbage is answered with an alert, reported on the console, and forgotten."""
    since = len(target.said())
    with target.dial() as raw:
        raw.sendall(data)
        must(raw.recv(1) == b"\x15", "no alert", target.said()[since:])
        target.will_say("^ended: (?!the transport)", since)
    target.serves()


def panics(guide, expected, image=None, seed=None):
    with guide.board(image, seed) as target:
        # More than once, because it restarts.
        target.will_say(rf"^panicked at src/main\.rs:\d+:\d+:\n{expected}", times=2)


def follow(tally, folder):
    guide = Guide(folder)
    with guide.board() as target:
        answers(target)
        tally.check("a client that is killed in its handshake", killed_in_handshake, target)
        tally.check("a client that is killed in a message", killed_in_message, target)
        tally.check("a client that is killed by the system", killed_by_the_system, target)
        tally.check("another protocol", refused, target, b"GET / HTTP/1.1\r\n\r\n")
        tally.check("a record that is too long", refused, target, b"\x16\x03\x01\xff\xff" + bytes(200))
        tally.check("a client that goes silent", silent, target)
    tally.check("a key that is none", panics, guide, "key.bin holds no private key", guide.damaged("key.bin"))
    tally.check(
        "a certificate that is none", panics, guide, "cert.der is not for the key", guide.damaged("cert.der")
    )
    tally.check("no seed", panics, guide, "without random numbers", None, "head -c 32 /dev/zero > seed")


def shell(commands, folder):
    subprocess.run(["bash", "-euc", commands], cwd=folder, check=True, stderr=subprocess.PIPE)


def typed(command, folder):
    """What the client prints when a line is typed; the connection ends once the line has come back."""
    with subprocess.Popen(
        command, shell=True, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True
    ) as client:
        client.stdin.write(LINE + "\n")
        client.stdin.flush()
        # The client ends with its input, without waiting for an answer. This is the limit if none arrives.
        timer = threading.Timer(TIMEOUT, client.kill)
        timer.start()
        said = ""
        while LINE not in said.splitlines() and (piece := client.stdout.readline()):
            said += piece
        said += client.communicate()[0]
        timer.cancel()
        return said


def main():
    subprocess.run(
        [ROOT / ".ci/shared/need", "qemu-system-arm=qemu-system-arm", "openssl=openssl"], check=True
    )
    subprocess.run([ROOT / ".ci/firmware/toolchain", THUMB], check=True)
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        tally.check("from an empty folder to an answer over TLS", follow, tally, pathlib.Path(name))
    print(f"guide: {tally.passed} passed, {tally.failed} failed")
    sys.exit(tally.failed > 0)


if __name__ == "__main__":
    main()
