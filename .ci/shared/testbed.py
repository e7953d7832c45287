"""Shared by the scripts that run peers: a small CA, server processes, commands and counts.

Checks use `must` to state what must hold; a `Tally` runs and counts them, and prints a line for each.
"""

import contextlib
import itertools
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

NAME = "agent.example"
KINDS = ["ECDSA", "RSA"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
# The options of the README's test command, so that nothing is built twice.
PROGRAMS = TARGET / "debug"
# How long to wait for what must happen, in seconds. This is generous: only a machine that hangs reaches it.
TIMEOUT = 120


class Failed(Exception):
    """A failed check, with what was seen."""


class Tally:
    """Counts checks; with `words`, only those with all of them in their names run."""

    def __init__(self, words=()):
        self.words = words
        self.passed = 0
        self.failed = 0

    def check(self, name, action, *arguments):
        if not all(word in name for word in self.words):
            return
        try:
            action(*arguments)
        except (Failed, OSError, subprocess.SubprocessError) as error:
            self.failed += 1
            print(f"FAILED  {name}: {error}", flush=True)
        else:
            self.passed += 1
            print(f"ok      {name}", flush=True)


def prepare(*command):
    """Runs a command that all checks depend on."""
    if subprocess.run([str(word) for word in command], cwd=ROOT, check=False).returncode != 0:
        sys.exit(f"{' '.join(str(word) for word in command)} failed")


def build_programs():
    prepare("cargo", "test", "--quiet", "--workspace", "--locked", "--no-run")


def run(*command, stdin=b"", env=None, timeout=TIMEOUT):
    """Runs a command to its end; returns its exit code and all its output."""
    done = subprocess.run(
        [str(word) for word in command], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=timeout, env=env, check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace")


def must(condition, what, output):
    if not condition:
        tail = output.strip() if "--verbose" in sys.argv else " | ".join(output.strip().splitlines()[-3:])
        raise Failed(f"{what}; the peer wrote: {tail}")


def must_match(pattern, output):
    must(re.search(pattern, output, re.M), f"no line matches {pattern!r}", output)


# Keys, as `openssl genpkey -algorithm` takes them.
P256 = ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
RSA_2048 = ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]


class Pki:
    """A CA in `folder` with one certificate of each kind, and an unrelated root."""

    def __init__(self, folder, days=30, authority_key=P256):
        self.folder = folder
        self.days = str(days)
        self.authority_key = authority_key
        self.root = self.authority("root")
        self.stranger = self.authority("stranger")
        self.crl()
        for kind, algorithm in zip(KINDS, [P256, RSA_2048]):
            self.issue(kind, algorithm)

    def path(self, name):
        return self.folder / name

    def openssl(self, *words):
        code, output = run("openssl", *words)
        if code != 0:
            sys.exit(f"openssl {words[0]} failed: {output}")
        return output

    def authority(self, name):
        self.openssl("genpkey", "-algorithm", *self.authority_key, "-out", self.path(f"{name}.key"))
        self.openssl(
            "req", "-x509", "-new", "-key", self.path(f"{name}.key"), "-subj", f"/O=LSAM peers/CN={name}",
            "-days", self.days,
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
            "-out", self.path(f"{name}.pem"),
        )
        return self.path(f"{name}.pem")

    def crl(self):
        self.path("index").write_text("")
        self.path("crlnumber").write_text("01\n")
        self.path("ca.cnf").write_text(
            f"[ca]\ndefault_ca=peers\n[peers]\ndatabase={self.path('index')}\ncrlnumber={self.path('crlnumber')}\n"
            "default_md=sha256\ndefault_crl_days=30\ncrl_extensions=crl\n[crl]\nauthorityKeyIdentifier=keyid:always\n"
        )
        self.openssl(
            "ca", "-gencrl", "-config", self.path("ca.cnf"), "-cert", self.root, "-keyfile",
            self.path("root.key"),
            "-out", self.path("root.crl"),
        )

    def issue(self, kind, algorithm):
        key, request, extensions = (self.path(f"{kind}.{end}") for end in ("key", "csr", "ext"))
        self.openssl("genpkey", "-algorithm", *algorithm, "-out", key)
        self.openssl("req", "-new", "-key", key, "-subj", f"/CN={NAME}", "-out", request)
        extensions.write_text(
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
            f"extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=DNS:{NAME},IP:127.0.0.1\n"
        )
        self.openssl(
            "x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self.path("root.key"), "-days",
            self.days,
            "-set_serial", f"0x{os.urandom(12).hex()}", "-extfile", extensions, "-out",
            self.certificate(kind),
        )

    def certificate(self, kind):
        return self.path(f"{kind}.pem")

    def key(self, kind):
        return self.path(f"{kind}.key")

    def serial(self, kind):
        shown = self.openssl("x509", "-in", self.certificate(kind), "-noout", "-serial")
        return shown.strip().partition("=")[2]


# Below the system's range for clients; otherwise a client could take a port before its server does.
PORTS = itertools.count(20000 + os.getpid() % 10000)


def free_port():
    # Looked up, not tried: a socket that is bound to try a port survives in a child forked by another thread.
    return next(
        port for port in PORTS if not any(int(line[1].rpartition(":")[2], 16) == port for line in sockets())
    )


def sockets():
    """The kernel's tables of TCP sockets, as lists of fields."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in pathlib.Path(table).read_text().splitlines()[1:]:
            yield line.split()


class Running:
    """A server process and its output."""

    def __init__(self, process, port, log):
        self.process = process
        self.port = port
        self.log = log

    def has_ended(self):
        return self.process.poll() is not None

    def said(self):
        return self.log.read_text(errors="replace")

    def will_say(self, pattern, since):
        """Waits for a line that matches `pattern` after the first `since` characters; returns the match."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            if found := re.search(pattern, self.said()[since:], re.M):
                return found
            if self.has_ended():
                break
            time.sleep(0.01)
        raise Failed(f"the server has no line that matches {pattern!r} but: {self.said()[since:].strip()}")


@contextlib.contextmanager
def server(folder, command):
    """A server process, ended by SIGTERM; its output goes to a file in `folder`.

    `command` makes the command line from the port. If the server ends before it listens, another port is
    tried, because the first may have been taken meanwhile.
    """
    running = start(folder, command) or start(folder, command)
    if not running:
        raise Failed(f"no server: {command(0)[0]} ended twice before it listened; its output is in {folder}")
    process = running.process
    try:
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def start(folder, command):
    port = free_port()
    words = [str(word) for word in command(port)]
    log = folder / f"{pathlib.Path(words[0]).name}-{port}.log"
    with open(log, "wb") as sink:
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=sink, stderr=subprocess.STDOUT)
    end = time.monotonic() + TIMEOUT
    while process.poll() is None and time.monotonic() < end:
        if is_listening(port):
            return Running(process, port, log)
        time.sleep(0.02)
    process.kill()
    process.wait()
    print(f"no server on port {port}: {log.read_text(errors='replace').strip()}", file=sys.stderr, flush=True)
    return None


def is_listening(port):
    """Looks at the kernel's table: a connection would be counted, or might be the only one that is served."""
    return any(line[1].endswith(f":{port:04X}") and line[3] == "0A" for line in sockets())
