#!/usr/bin/env python3
"""The firmware of core/examples/mps2 on an emulated board, driven by OpenSSL and Python on this host.

Builds the images (with the toolchain of `.ci/firmware/toolchain`), runs each in QEMU and acts as its clients,
rude ones included. One image is for a Cortex-M3 and has a slow key, one logs with defmt. Then instructions,
stack and flash are measured and compared with `core/examples/mps2/budgets.toml`, and the paths to a panic
with `core/examples/mps2/panics.toml`.

Usage: check.py [--only NAME [TIMES]]: `--only` repeats one check of a server on the board, without
measurements; the names are in `CHOICE`.
Last line: `firmware: N passed, N failed`.
"""

import contextlib
import os
import pathlib
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import tomllib
import zlib

sys.dont_write_bytecode = True
import defmt
import emulated
import flash
import panics
from board import CONNECTIONS, EXAMPLE, M3, M4, board, build, measure
from testbed import ROOT, TIMEOUT, Failed, Tally, must, must_match, run, server as listening

NAME = "server.example"
LONG = "long.example"
# Duration of a signature in the secure element of src/board/element.rs, in seconds.
SIGNATURE_TIME = 0.5
# The firmware's limit for a handshake, in seconds.
HANDSHAKE_TIME = 10
# The firmware's limit for a silent peer that does not answer its keep-alive either, in seconds.
PEER_TIME = 10
# An undefined instruction (udf, ARMv7-M Architecture Reference Manual, A7.7.194).
UNDEFINED = b"\xde\xde"
TX4, TX4_REPLY, HOST_NAME = 0x04, 0x84, 0x0106


# --- a scheduling server --------------------------------------------------------------------------


def frame(kind, correlation):
    start = struct.pack(">HBBII", 0x4C53, 1, kind, correlation, 0)
    return start + struct.pack(">I", zlib.crc32(start))


def read_exactly(stream, length):
    data = b""
    while len(data) < length:
        piece = stream(length - len(data))
        must(piece, "the board closed the connection", repr(data))
        data += piece
    return data


def read_status(stream, correlation):
    """Reads the answer to TX4 from `stream`, a function like recv, and checks it."""
    header = read_exactly(stream, 16)
    magic, version, kind, number, length, crc = struct.unpack(">HBBIII", header)
    body = read_exactly(stream, length)
    must((magic, version, kind, number) == (0x4C53, 1, TX4_REPLY, correlation), "another frame", header.hex())
    must(crc == zlib.crc32(header[:12] + body), "a wrong CRC", header.hex())
    fields, at = {}, 0
    while at < len(body):
        code, size = struct.unpack_from(">HH", body, at)
        fields[code] = body[at + 4 : at + 4 + size]
        at += 4 + size
    must(fields.get(HOST_NAME) == b"mps2", "another host name", repr(fields))


class Server:
    """A scheduling server: its trusted root, its certificate and its connections to a board."""

    def __init__(self, credentials, name=None):
        self.context = ssl.create_default_context(cafile=credentials / "root.pem")
        self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        if name:
            self.context.load_cert_chain(credentials / f"{name}.pem", credentials / f"{name}.key")

    @contextlib.contextmanager
    def connect(self, target, session=None):
        with target.dial() as raw, self.context.wrap_socket(
            raw, server_hostname=NAME, session=session
        ) as connection:
            yield connection
            with contextlib.suppress(OSError):
                connection.unwrap()

    def status(self, target, session=None):
        """Requests the machine status twice on a connection; returns the session, and if it was resumed."""
        with self.connect(target, session) as connection:
            for correlation in (7, 8):
                connection.sendall(frame(TX4, correlation))
                read_status(connection.recv, correlation)
            return connection.session, connection.session_reused


# --- what is tried --------------------------------------------------------------------------------


def openssl(pki, target, *words):
    target.take_place()
    code, output = run(
        "openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{target.port}", "-CAfile", pki / "root.pem",
        "-verify_return_error", "-verify_hostname", NAME, *words,
    )
    must(code == 0, f"exit code {code}", output)
    must_match(r"^\s*Cipher\s*: ECDHE-ECDSA-AES128-GCM-SHA256$", output)
    must_match(r"^\s*Verify return code: 0 \(ok\)$", output)
    must_match(r"^\s*Extended master secret: yes$", output)
    return output


def group(pki, target, name, key, *words):
    must_match(rf"^Server Temp Key: {key}$", openssl(pki, target, "-groups", name, *words))


def resumed(client, target):
    session, _ = client.status(target)
    since = len(target.said())
    _, again = client.status(target, session)
    must(again, "a full handshake", target.said()[since:])
    target.will_say(r", resumed$", since)


def in_turn(client, target, times):
    since = target.settled()
    for _ in range(times):
        client.status(target)
    must(
        len(target.will_say(r": ended, closed;", since, times)) == times, "not each ended in good order",
        target.said()[since:]
    )


RUDE = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: board\r\n\r\n",
    "zeros": bytes(600),
    "a record too long": b"\x16\x03\x01\xff\xff" + bytes(200),
    "an empty hello": b"\x16\x03\x01\x00\x04\x01\x00\x00\x00",
    "data before a handshake": b"\x17\x03\x03\x00\x05hello",
    "an alert": b"\x15\x03\x03\x00\x02\x02\x28",
    "noise": bytes(range(1, 256)) * 20,
}


def garbage(client, target):
    since = target.settled()
    for data in RUDE.values():
        with target.dial() as raw, contextlib.suppress(ConnectionError):
            raw.sendall(data)
            while raw.recv(4096):
                pass
    target.will_say(r": ended, ", since, len(RUDE))
    client.status(target)


def client_hello():
    """The first bytes that a client sends."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    handshake = client.wrap_bio(incoming, outgoing, server_hostname=NAME)
    with contextlib.suppress(ssl.SSLWantReadError):
        handshake.do_handshake()
    return outgoing.read()


def reset(client, target):
    """A client that vanishes during its handshake frees its place immediately."""
    for _ in range(2 * CONNECTIONS):
        since = target.settled()
        with target.dial() as raw:
            raw.sendall(client_hello())
            must(raw.recv(1), "no answer", target.said()[since:])
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        target.will_say(r": ended, ", since)
    client.status(target)


def cut(client, target):
    """The link dies without a FIN, with half of the places in a handshake and half in a message: all of
    them become free again."""
    since, started = target.settled(), time.monotonic()
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS // 2):
            connection = stack.enter_context(client.context.wrap_socket(target.dial(), server_hostname=NAME))
            connection.sendall(frame(TX4, 7)[:5])
        for _ in range(CONNECTIONS - CONNECTIONS // 2):
            raw = stack.enter_context(target.dial())
            raw.sendall(client_hello())
            must(raw.recv(1), "no answer", target.said()[since:])
        target.command("set_link net off")
        target.will_say("^no network: the link is down$", since)
        target.will_say(r": ended, the (peer was silent|TCP connection broke)", since, CONNECTIONS)
        took = time.monotonic() - started
        must(
            took > 0.9 * min(HANDSHAKE_TIME, PEER_TIME), "the places were given up too early",
            target.said()[since:]
        )
    target.command("set_link net on")
    target.will_say("^the network is back$", since)
    client.status(target)


def idle(client, target):
    """An idle connection outlives the limit for dead peers, because the peer answers keep-alives."""
    with client.connect(target) as connection:
        for correlation in (7, 8):
            connection.sendall(frame(TX4, correlation))
            read_status(connection.recv, correlation)
            if correlation == 7:
                time.sleep(1.05 * PEER_TIME)


def killed(client, target):
    """A client that is killed within a message frees its place immediately."""
    for _ in range(2 * CONNECTIONS):
        since = target.settled()
        with target.dial() as raw, client.context.wrap_socket(raw, server_hostname=NAME) as connection:
            connection.sendall(frame(TX4, 7)[:5])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        target.will_say(r": ended, ", since)
    client.status(target)


def killed_by_the_system(pki, client, target):
    """`kill -9` of a client."""
    since = target.settled()
    target.take_place()
    with subprocess.Popen(
        ["openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{target.port}",
         "-CAfile", pki / "root.pem"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:
        target.will_say(r": TLS 1\.2", since)
        process.kill()
    target.will_say(
        r": ended, (closed|the connection ended without close_notify|the TCP connection broke)", since
    )
    client.status(target)


def hello_done(raw):
    """Reads the server's flight up to ServerHelloDone, after the signature."""
    heard = b""
    while not heard.endswith(b"\x0e\0\0\0"):
        piece = raw.recv(4096)
        must(piece, "the board closed the connection", heard.hex())
        heard += piece


def others_go_on(client, target):
    """While one connection waits for its signature, an open one is answered and another one resumed."""
    session, _ = client.status(target)
    # A busy host may miss the half second, even repeatedly; a board that waits for its key always fails.
    for _ in range(50):
        with client.connect(target, session) as other, target.dial() as raw:
            raw.sendall(client_hello())
            started = time.monotonic()
            # ServerHello, which is sent before the key is used.
            must(raw.recv(1, socket.MSG_PEEK), "no answer", target.said())
            other.sendall(frame(TX4, 7))
            read_status(other.recv, 7)
            _, resumed = client.status(target, session)
            must(resumed, "a full handshake", target.said())
            raw.setblocking(False)
            waits = b"\x0e\0\0\0" not in raw.recv(4096, socket.MSG_PEEK)
            raw.settimeout(TIMEOUT)
            hello_done(raw)
            took = time.monotonic() - started
            must(took > 0.9 * SIGNATURE_TIME, f"the key took {took:.3f} s only", "")
            if waits:
                return
    raise Failed("the others waited for the key")


def signatures_in_turn(target):
    """One key, and as many handshakes as there are places: each gets its signature."""
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(target.dial()) for _ in range(CONNECTIONS)]
        for raw in waiting:
            raw.sendall(client_hello())
        for raw in waiting:
            hello_done(raw)
    took = time.monotonic() - started
    must(took > 0.9 * CONNECTIONS * SIGNATURE_TIME, f"{CONNECTIONS} signatures in {took:.3f} s", "")


def with_other(folder, image, what, other):
    """A copy of the image with `other` in place of `what`."""
    code = image.read_bytes()
    must(code.count(what) == 1, "the image does not have that once", what.hex())
    path = folder / f"{image.name}-damaged"
    path.write_bytes(code.replace(what, other))
    return path


def with_fault(folder, image):
    """A copy of the image whose program begins with an undefined instruction."""
    path = folder / f"{image.name}-faulty"
    symbols = subprocess.run(["arm-none-eabi-nm", image], capture_output=True, text=True, check=True).stdout
    address = int(re.search(r"^([0-9a-f]+) T main$", symbols, re.M)[1], 16) & ~1
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", image, path], check=True)
    code = bytearray(path.read_bytes())
    code[address : address + 2] = UNDEFINED
    path.write_bytes(code)
    return path


def does_not_start(folder, image, reason, symbols=None, times=1):
    """The board reports the reason, at least this often."""
    with board(folder, image, symbols=symbols) as target:
        target.will_say(f"^not started: {reason}", times=times)


def dies(folder, image, where):
    """The board reports the location, and restarts, which ends the emulator."""
    with board(folder, image) as target:
        target.will_say(where + r"\nstarting again$")


def try_faults(tally, folder, pki, server, numbers, rsa):
    """Everything that prevents the start or ends the firmware is reported with its reason."""
    key, certificate = ((pki / f"server.{end}").read_bytes() for end in ("scalar", "der"))
    zeros = bytes(len(key))
    no_key = "the private key is no scalar of secp256r1$"
    tally.check("a key that is none", does_not_start, folder, with_other(folder, server, key, zeros), no_key)
    other = with_other(folder, numbers, key, zeros)
    tally.check("a key that is none, defmt", does_not_start, folder, other, no_key, defmt.Log(numbers), 2)
    other = with_other(folder, server, key, (pki / "client.scalar").read_bytes())
    tally.check(
        "a key of another certificate", does_not_start, folder, other,
        "the private key is not that of the certificate$"
    )
    other = with_other(folder, server, certificate, bytes(4) + certificate[4:])
    tally.check(
        "a certificate that is none", does_not_start, folder, other,
        ".*the first certificate of an identity cannot be read"
    )
    signature = (pki / "rsa.signature").read_bytes()
    other = with_other(folder, rsa, signature, bytes(len(signature)))
    tally.check("a panic says where", dies, folder, other, r"^panicked at src/bin/verify_rsa\.rs:\d+")
    tally.check(
        "a fault says where", dies, folder, with_fault(folder, server), "^hard fault at 0x[0-9a-f]{8}"
    )


def refused(client, target):
    since = target.settled()
    try:
        client.status(target)
    except (ssl.SSLError, ConnectionError, Failed):
        target.will_say(r": ended, (?!closed)", since)
    else:
        raise Failed("the board took it")


def small_records(pki, target):
    """With 512-byte records, as OpenSSL requests; the client's certificate of 1,024 bytes is fragmented
    too."""
    command = [
        "openssl", "s_client", "-quiet", "-tls1_2", "-maxfraglen", "512", "-connect",
        f"127.0.0.1:{target.port}",
        "-CAfile", pki / "root.pem", "-verify_return_error", "-cert", pki / f"{LONG}.pem",
        "-key", pki / f"{LONG}.key",
    ]
    target.take_place()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    ) as process:
        try:
            process.stdin.write(frame(TX4, 9))
            read_status(process.stdout.read, 9)
        finally:
            process.kill()


# --- what is measured -----------------------------------------------------------------------------


class Budgets:
    """Figures with a budget are compared with it; the others are printed."""

    def __init__(self, tally):
        self.tally = tally
        self.tables = tomllib.loads((EXAMPLE / "budgets.toml").read_text())

    def hold(self, table, name, value):
        budget = self.tables[table].pop(name, None)
        print(f"{table:12} {name:24} {value:>10}{f' of {budget:>10}' if budget else ''}")
        if budget:
            self.tally.check(
                f"{table} of {name}", must, value <= budget, f"{value} is over the budget of {budget}", ""
            )

    def close(self):
        """Every line of the file belongs to an existing figure."""
        left = {name for table in self.tables.values() for name in table}
        self.tally.check("each budget has its figure", must, not left, f"there is none for {left}", "")


def memory_of(target):
    return int(target.will_say(r"connections of (\d+) bytes$")[0])


def try_server(tally, folder, pki, image):
    client = Server(pki)
    with board(folder, image) as target:
        target.will_say("^listening")
        tally.check("full handshake, x25519", group, pki, target, "X25519:P-256", "X25519, 253 bits")
        tally.check("full handshake, secp256r1", group, pki, target, "P-256", "ECDH, prime256v1, 256 bits")
        tally.check("machine status", client.status, target)
        tally.check("resumed", resumed, client, target)
        tally.check("records of 512 bytes from a peer that asks", openssl, pki, target, "-maxfraglen", "512")
        tally.check("garbage", garbage, client, target)
        tally.check("reset in mid-handshake", reset, client, target)
        tally.check("killed in mid-message", killed, client, target)
        tally.check("kill -9 of a client", killed_by_the_system, pki, client, target)
        tally.check("100 connections, one after the other", in_turn, client, target, 100)
        tally.check("link cut in mid-handshake and mid-message", cut, client, target)
        tally.check("an idle connection stays", idle, client, target)
        return memory_of(target), target.stack()


def try_m3(tally, folder, pki, image):
    """The same on a Cortex-M3, with a slow key."""
    client = Server(pki)
    with board(folder, image, target=M3) as target:
        target.will_say("^listening")
        tally.check("M3: full handshake", openssl, pki, target)
        tally.check("M3: machine status", client.status, target)
        tally.check("M3: resumed", resumed, client, target)
        tally.check("others go on while the key signs", others_go_on, client, target)
        tally.check("signatures in turn", signatures_in_turn, target)


# What `--only` repeats: the image's features, its processor, and the check.
CHOICE = {
    "signatures": (["text", "secure-element"], M3, lambda client, target: signatures_in_turn(target)),
    "others": (["text", "secure-element"], M3, others_go_on),
    "garbage": (["text"], M4, garbage),
    "reset": (["text"], M4, reset),
    "killed": (["text"], M4, killed),
    "turn": (["text"], M4, lambda client, target: in_turn(client, target, 100)),
    "cut": (["text"], M4, cut),
    "idle": (["text"], M4, idle),
}


def repeat(tally, folder, pki, name, times):
    """One check, each time on a freshly started board."""
    features, processor, check = CHOICE[name]
    image = build(folder, pki, f"only-{name}", features=features, target=processor)
    for number in range(1, times + 1):
        with board(folder, image, target=processor) as target:
            target.will_say("^listening")
            tally.check(f"{name}, {number} of {times}", check, Server(pki), target)


def try_defmt(tally, folder, pki, image):
    """The log as numbers, which the host turns into text."""

    def logs():
        target.will_say(r"^listening on port 3100, for \d+ connections of \d+ bytes$")
        Server(pki).status(target)
        target.will_say(r"^0: TLS 1\.2, suite c02b, group 29$")
        target.will_say(r"^0: ended, closed; stack \d+$")
        with target.dial() as raw:
            raw.sendall(RUDE["HTTP"])
            target.will_say(r"^\d: ended, a rule was broken \(0\), alert 70; stack \d+$")

    with board(folder, image, symbols=defmt.Log(image)) as target:
        tally.check("defmt", logs)


def try_mutual(tally, folder, pki, image, small):
    with board(folder, image) as target:
        target.will_say("^listening")
        client, kind = Server(pki, "client"), "small" if small else "full"
        tally.check(
            f"mutual, {kind} records", small_records if small else client.status,
            *([pki, target] if small else [target])
        )
        if not small:
            tally.check("mutual, resumed", resumed, client, target)
        tally.check(f"no client certificate, {kind} records", refused, Server(pki), target)
        tally.check(
            f"a client certificate without clientAuth, {kind} records", refused, Server(pki, "server"), target
        )
        return memory_of(target), target.stack()


def try_cortex_m4(tally, folder, pki, image, client_image, vectors):
    """The provider for the Cortex-M4: published vectors, and both roles with OpenSSL and Python."""
    cases = r"^ECDSA 1038, ECDH 355, RFC 6979 2, agreement 120$"
    with board(folder, vectors) as target:
        tally.check("Cortex-M4: vectors", target.will_say, cases, 0, 1, 4 * TIMEOUT)
    with board(folder, image) as target:
        target.will_say("^listening")
        client = Server(pki, "client")
        tally.check("Cortex-M4: mutual", client.status, target)
        target.will_say(r"^0: TLS 1\.2, .*, secp256r1")
        tally.check("Cortex-M4: resumed", resumed, client, target)
        tally.check(
            "Cortex-M4: secp256r1 preferred", group, pki, target, "X25519:P-256",
            "ECDH, prime256v1, 256 bits", "-cert", pki / "client.pem", "-key", pki / "client.key"
        )
        tally.check("Cortex-M4: no client certificate", refused, Server(pki), target)
        tally.check(
            "Cortex-M4: a client certificate without clientAuth", refused, Server(pki, "server"), target
        )
    tally.check(
        "Cortex-M4: client, mutual", connects, folder, client_image,
        r"^0: TLS 1\.2, .*, secp256r1.*\nanswered with [1-9]\d+ bytes\n0: ended, closed;", pki / "server.pem",
        pki / "server.key", "-Verify", "1", "-verify_return_error", "-CAfile", pki / "root.pem"
    )


def connects(folder, image, expected, certificate, key, *words):
    """The board connects to OpenSSL's server, which presents `certificate`, and reports as expected."""

    def command(port):
        return [
            "openssl", "s_server", "-www", "-tls1_2", "-accept", f"127.0.0.1:{port}", "-cert", certificate,
            "-key", key, *words
        ]

    with listening(folder, command) as server, board(folder, image, peer_port=server.port) as target:
        must_match(expected, target.will_say(r"(?s)^.*?; stack \d+$")[0])
        return target.stack()


def try_client(tally, folder, pki, image):
    """The client role: the server's chain and name are verified, and the board presents its own
    certificate."""
    answered = r"^0: TLS 1\.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x25519.*\nanswered with [1-9]\d+ bytes\n0: ended, closed;"
    good = pki / "server.pem", pki / "server.key"
    asks = "-Verify", "1", "-verify_return_error", "-CAfile", pki / "root.pem"
    tally.check("client", connects, folder, image, answered, *good)
    tally.check("client, mutual", connects, folder, image, answered, *good, *asks)
    refused = "^0: ended, the peer's certificate was refused: "
    tally.check(
        "client: another name", connects, folder, image, refused + "the name in the certificate is not",
        *issue(pki, "other.example")
    )
    tally.check(
        "client: not a server's certificate", connects, folder, image,
        refused + "the certificate's key usage does not", pki / "client.pem", pki / "client.key"
    )
    stranger = folder / "stranger"
    stranger.mkdir()
    subprocess.run([EXAMPLE / "credentials/make", stranger], check=True)
    tally.check(
        "client: unknown root", connects, folder, image, refused + "no trusted root", stranger / "server.pem",
        stranger / "server.key"
    )


def try_panics(tally, folder, images):
    """No image has a path to a panic that core causes, or one that was not found harmless."""
    tally.check("panics: the check can fail", panics.counter_proof, folder / "counter-proof")
    for image in images:
        tally.check(f"panics of {image.name}", panics.check, image)
    tally.check("panics: each that was judged is there", panics.check_list, images)


def issue(pki, name, uses="extendedKeyUsage=serverAuth"):
    """A certificate for that name under the root of `pki`, and its key."""
    key, request, extensions, certificate = (pki / f"{name}.{end}" for end in ("key", "csr", "ext", "pem"))
    extensions.write_text(f"{uses}\nsubjectAltName=DNS:{name}\n")
    for words in (
        ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-subj", f"/CN={name}", "-keyout", key, "-out", request],
        ["x509", "-req", "-in", request, "-CA", pki / "root.pem", "-CAkey", pki / "root.key", 
         "-set_serial", "5", "-days", "30",
         "-extfile", extensions, "-out", certificate],
    ):
        code, output = run("openssl", *words)
        must(code == 0, f"openssl {words[0]} failed", output)
    return certificate, key


def issue_long(pki):
    """Makes a client's certificate of exactly 1,024 bytes, before starting a board, whose clock may be
    slow."""
    comment, length = 500, 0
    # Several rounds, because the length of a signature varies by a byte.
    while length != 1024:
        comment += 1024 - length if length else 0
        certificate, _ = issue(pki, LONG, f"extendedKeyUsage=clientAuth\nnsComment={'x' * comment}")
        length = len(ssl.PEM_cert_to_DER_cert(certificate.read_text()))


def main():
    needs = ["qemu-system-arm=qemu-system-arm", "openssl=openssl", "arm-none-eabi-nm=binutils-arm-none-eabi"]
    subprocess.run([ROOT / ".ci/shared/need", *needs], check=True)
    subprocess.run([ROOT / ".ci/firmware/toolchain", os.environ.get("THUMB", "/opt/thumb")], check=True)
    tally = Tally()
    budgets = Budgets(tally)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pki = folder / "credentials"
        pki.mkdir()
        subprocess.run([EXAMPLE / "credentials/make", pki], check=True)
        if sys.argv[1:2] == ["--only"]:
            repeat(tally, folder, pki, sys.argv[2], int((*sys.argv[3:], 1)[0]))
            print(f"firmware: {tally.passed} passed, {tally.failed} failed")
            sys.exit(tally.failed > 0)
        issue_long(pki)
        server = build(folder, pki, "server", features=["text"])
        mutual = build(folder, pki, "server-mutual", features=["text", "client-validation"])
        small = build(
            folder, pki, "server-mutual-small", features=["text", "client-validation", "small-records"]
        )
        client = build(folder, pki, "client", "client", features=["text", "client-validation"])
        measuring = build(folder, pki, "measure", "measure", features=["text", "client-validation"])
        tables = build(
            folder, pki, "measure-tables", "measure",
            features=["text", "client-validation", "precomputed-tables"]
        )
        rsa = build(folder, pki, "verify-rsa", "verify_rsa", features=["text", "rsa"])
        element = build(folder, pki, "server-m3", features=["text", "secure-element"], target=M3)
        numbers = build(folder, pki, "server-defmt", features=["defmt"])
        # The cost of the log has no budget.
        silent = build(folder, pki, "server-silent"), build(
            folder, pki, "server-mutual-silent", features=["client-validation"]
        )

        more = emulated.arguments()
        fast = build(
            folder, pki, "server-cortex-m4", features=["text", "client-validation", "cortex-m4-x25519"],
            more=more
        )
        fast_client = build(
            folder, pki, "client-cortex-m4", "client", features=["text", "client-validation", "cortex-m4"],
            more=more
        )
        fast_measuring = build(
            folder, pki, "measure-cortex-m4", "measure",
            features=["text", "client-validation", "cortex-m4-x25519"], more=more
        )
        vectors = build(folder, pki, "vectors", "vectors", features=["text", "vectors"], more=more)
        fast_silent = build(
            folder, pki, "server-silent-cortex-m4", features=["cortex-m4"], more=more
        ), build(
            folder, pki, "server-mutual-silent-cortex-m4", features=["client-validation", "cortex-m4"],
            more=more
        )

        memory = {
            "server": try_server(tally, folder, pki, server),
            "server-mutual": try_mutual(tally, folder, pki, mutual, False),
            "server-mutual-small": try_mutual(tally, folder, pki, small, True),
        }
        try_m3(tally, folder, pki, element)
        try_defmt(tally, folder, pki, numbers)
        try_faults(tally, folder, pki, server, numbers, rsa)
        try_client(tally, folder, pki, client)
        try_cortex_m4(tally, folder, pki, fast, fast_client, vectors)
        try_panics(tally, folder, [server, mutual, small, client, *silent, fast, fast_client, *fast_silent])
        sizes = {image.name: flash.report(image.name, image) for image in (*silent, *fast_silent)}
        costs = measure(folder, measuring) | measure(folder, rsa)
        for image, suffix in (tables, "tables"), (fast_measuring, "cortex-m4"):
            costs |= {f"{name}-{suffix}": cost for name, cost in measure(folder, image).items()}

        print()
        for name, size in sizes.items():
            budgets.hold("flash", name, size)
        for name, (each, stack) in memory.items():
            print(f"{name}: {each} for each connection, stack {stack}")
            budgets.hold("memory", name, each + stack)
        for name, (count, stack) in costs.items():
            if count:
                budgets.hold("instructions", name, count)
            budgets.hold("stack", name, stack)
        budgets.close()
    print(f"firmware: {tally.passed} passed, {tally.failed} failed")
    sys.exit(tally.failed > 0)


if __name__ == "__main__":
    main()
