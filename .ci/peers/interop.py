#!/usr/bin/env python3
"""The matrix of our programs and other implementations, each as server and as client.

Every cell is a connection of its own (two for resumption) through a relay that reads along: what was
negotiated is taken from the wire and from our report, not only from an exit code. A cell is skipped only if
the peer lacks the feature, as the table says.

Usage: interop.py [--write-docs] [--verbose] [WORD..]: the cells with all WORDs in their names; `--write-docs`
writes the table to docs/src/interop.md; `--verbose` shows the whole output of a failed peer.
Last line: `interop: N passed, N failed, N skipped`.
"""

import collections
import concurrent.futures
import dataclasses
import itertools
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
import witness
from implementations import PEERS
from testbed import (
    NAME,
    PROGRAMS,
    ROOT,
    Failed,
    Pki,
    build_programs,
    must,
    must_match,
    prepare,
    run,
    server,
)
from tls_profile import CIPHERS, GROUPS, SECP256R1, SECP384R1, X25519, Cipher, Group, Suite

PAGE = ROOT / "docs/src/interop.md"
# Processes wait for each other more than they compute.
WORKERS = 4

# The group for a kind of certificate: the certificate's curve must be offered (RFC 8422 section 5.1), and
# every peer can be given a list of one.
KINDS = {"ECDSA": SECP256R1, "ECDSA-P384": SECP384R1, "RSA": X25519}
COLUMNS = {
    "suite": "suite",
    "group": "group",
    "certificate": "certificate",
    "mutual": "mutual",
    "resumed": "resumed",
    "ems": "extended master secret",
    "max_fragment_length": "max_fragment_length",
    "record_size_limit": "record_size_limit",
    "alpn": "ALPN",
}
HANDSHAKE_FAILURE, NO_APPLICATION_PROTOCOL = 40, 120
# Of our programs.
PROVIDERS = ("rustcrypto", "aws-lc")


@dataclasses.dataclass(frozen=True)
class Cell:
    column: str
    name: str
    kind: str = "RSA"
    cipher: Cipher = CIPHERS[0]
    group: Group | None = None
    client_auth: str = "none"
    client_kind: str | None = None
    resume: bool = False
    require_ems: bool = False
    peer_without_ems: bool = False
    max_fragment: int = 0
    record_size_limit: int = 0
    client_alpn: list = dataclasses.field(default_factory=list)
    server_alpn: list = dataclasses.field(default_factory=list)
    protocol: str | None = None
    # Who refuses the connection: "ours", or "server" or "client" by role. And with which alert.
    refused_by: str | None = None
    alert: int = HANDSHAKE_FAILURE
    roles: tuple = ("client", "server")
    provider: str = PROVIDERS[0]

    @property
    def suite(self):
        return Suite(self.kind.partition("-")[0], self.cipher)

    def features(self):
        """The features that a peer needs, beside the profile's suites and groups."""
        if self.resume:
            yield "resume"
        if self.max_fragment:
            yield "max_fragment_length"
            yield "cut handshake messages" if self.client_kind else "short data records"
        if self.record_size_limit:
            yield "record_size_limit"
        if self.column == "ems":
            yield "without_ems" if self.peer_without_ems else "ems"


def cells():
    """The matrix, for one peer in one role."""
    for kind in ("ECDSA", "RSA"):
        for cipher in CIPHERS:
            yield make("suite", f"{kind}, {cipher.name}", kind=kind, cipher=cipher)
    for group in GROUPS:
        yield make("group", group.name, group=group)
    for kind in KINDS:
        yield make("certificate", kind, kind=kind)
    for kind in ("ECDSA", "RSA"):
        yield make(
            "mutual", f"{kind} client certificate", kind=kind, client_auth="required", client_kind=kind
        )
    yield make("mutual", "optional, without certificate", client_auth="optional")
    yield make("mutual", "required, without certificate", client_auth="required", refused_by="server")
    yield make("resumed", "by ticket", resume=True)
    yield make("ems", "required", require_ems=True)
    yield make("ems", "without", peer_without_ems=True)
    yield make("ems", "required, without", peer_without_ems=True, require_ems=True, refused_by="ours")
    # An ECDSA certificate without a chain fits into one record.
    yield make("max_fragment_length", "512, data", kind="ECDSA", max_fragment=512)
    yield make(
        "max_fragment_length", "512, certificates", max_fragment=512, client_auth="required",
        client_kind="RSA"
    )
    yield make("record_size_limit", "2048", record_size_limit=2048)
    yield make(
        "alpn", "agreed", client_alpn=["h2", "http/1.1"], server_alpn=["imap", "http/1.1"],
        protocol="http/1.1"
    )
    yield make(
        "alpn", "nothing in common", client_alpn=["http/1.1"], server_alpn=["imap"], refused_by="server",
        alert=NO_APPLICATION_PROTOCOL, roles=("client",),
    )


def make(column, name, **settings):
    cell = Cell(column, name, **settings)
    return cell if cell.group else dataclasses.replace(cell, group=KINDS[cell.kind])


# --- one cell -------------------------------------------------------------------------------------


def our_protocol(cell):
    flags = ["--provider", cell.provider, "--suites", cell.suite.name, "--groups", cell.group.name]
    return flags + (["--require-ems"] if cell.require_ems else [])


def our_server(cell, pki, port):
    command = [PROGRAMS / "tls-server", "--listen", f"127.0.0.1:{port}", *our_protocol(cell)]
    # The other kinds of certificate come first, so the right one must be found.
    for kind in ([k for k in KINDS if k != cell.kind] if cell.column == "certificate" else []) + [cell.kind]:
        command += ["--cert", pki.certificate(kind), "--key", pki.key(kind)]
    if cell.client_auth != "none":
        command += ["--client-auth", cell.client_auth, "--client-ca", pki.root]
    if cell.server_alpn:
        command += ["--alpn", ",".join(cell.server_alpn)]
    return command + (["--tickets"] if cell.resume else [])


def our_client(cell, pki, port):
    command = [PROGRAMS / "tls-client", "--connect", f"127.0.0.1:{port}", "--ca", pki.root, "--name", NAME,
               *our_protocol(cell)]
    if cell.client_kind:
        command += ["--cert", pki.certificate(cell.client_kind), "--key", pki.key(cell.client_kind)]
    if cell.client_alpn:
        command += ["--alpn", ",".join(cell.client_alpn)]
    if cell.max_fragment:
        command += ["--max-fragment", cell.max_fragment, "--padding", 2000]
    if cell.record_size_limit:
        command += ["--recv-buffer", cell.record_size_limit]
    return command + (["--resume"] if cell.resume else [])


def meet(cell, peer, role, pki):
    """Runs a cell; raises Failed if anything differs from what was requested."""
    with server(
        pki.folder, lambda port: our_server(cell, pki, port) if role == "client" else peer.server(cell, port)
    ) as running:
        relay = witness.Relay(running.port)
        try:
            commands = peer.client(cell, relay.port) if role == "client" else [
                our_client(cell, pki, relay.port)
            ]
            output = connect(cell, commands, peer.stdin if role == "client" else b"")
            connections = relay.connections()
        finally:
            relay.close()
        report = running.said() if role == "client" else output
    if cell.refused_by:
        judge_refusal(cell, role, connections, output)
    else:
        judge(cell, peer, role, connections, report, output)


def connect(cell, commands, stdin):
    whole = ""
    for command in commands:
        code, output = run(*command, stdin=stdin)
        whole += output
        if cell.refused_by:
            must(code != 0, "the connection was not refused", output)
        else:
            must(code == 0, f"exit code {code}", output)
            must_match(r"HTTP/1\.\d 200", output)
    return whole


def judge_refusal(cell, role, connections, output):
    ours = "server" if role == "client" else "client"
    by = ours if cell.refused_by == "ours" else cell.refused_by
    must(len(connections) == 1, f"{len(connections)} connections", output)
    side = getattr(connections[0], by)
    # Some peers just close.
    if by == ours:
        must(side.alerts() == [cell.alert], f"alerts {side.alerts()} instead of {cell.alert}", output)
    must(not any(record.kind == witness.DATA for record in side.records), "data was sent", output)


def judge(cell, peer, role, connections, report, output):
    must(len(connections) == (2 if cell.resume else 1), f"{len(connections)} connections", output)
    has_ems = peer.has_ems and not cell.peer_without_ems
    for index, seen in enumerate(connections):
        resumed = index == 1
        ours = seen.server if role == "client" else seen.client
        wire = {
            "suite": (seen.suite(), cell.suite),
            "group": (seen.group(), None if resumed else cell.group),
            "extended master secret": (seen.has_extended_master_secret(), has_ems),
            "protocol": (seen.protocol(), cell.protocol),
            "resumed": (seen.is_resumed(), resumed),
            "request for a certificate": (seen.asks_for_certificate(), cell.client_auth != "none"),
            "proof of the client": (seen.client_proves_itself(), cell.client_kind is not None),
            "our close_notify": (ours.ends_in_alert(), True),
        }
        for what, (found, wanted) in wire.items():
            must(found == wanted, f"{what}: {found} on the wire instead of {wanted}", output)
    judge_fragments(cell, role, connections[0], output)
    lines = {
        "cipher suite": cell.suite.name,
        "group": cell.group.name,
        "extended master secret": "yes" if has_ems else "no",
        "client certificate": "yes" if cell.client_kind else "no",
        "protocol": cell.protocol or "none",
    }
    written = reports(report)
    # The server's threads write theirs when they get to it, not in the order of the connections.
    must(
        sorted(one["resumed"] for one in written) == ["no", "yes"][:len(connections)],
        "not one report of each connection", report
    )
    for one in written:
        for what, wanted in lines.items():
            must(one.get(what) == wanted, f"{what}: {one.get(what)} in our report instead of {wanted}", report)


def reports(text):
    """What our program wrote about each connection."""
    blocks = re.split(r"^(?=version: )", text, flags=re.M)
    blocks = [dict(re.findall(r"^([^:\n]+): (.*?)\r?$", block, re.M)) for block in blocks]
    return [block for block in blocks if "resumed" in block]


def judge_fragments(cell, role, seen, output):
    agreed, overhead = seen.hello()[1], cell.cipher.overhead
    if cell.max_fragment:
        must(
            agreed.get(witness.MAX_FRAGMENT_LENGTH) == b"\1",
            "the server did not agree on max_fragment_length", output
        )
        for side in (seen.client, seen.server):
            must(side.total() > 2 * cell.max_fragment, "too little was sent to see a limit", output)
            must(
                side.longest(overhead) <= cell.max_fragment, f"a record of {side.longest(overhead)} bytes",
                output
            )
    if cell.record_size_limit:
        must(witness.RECORD_SIZE_LIMIT in agreed, "the server did not agree on record_size_limit", output)
        limited = seen.server
        sealed = [len(r.body) - overhead for r in limited.records if r.sealed and r.kind == witness.DATA]
        must(sum(sealed) > cell.record_size_limit, "too little was sent to see a limit", output)
        must(max(sealed) <= cell.record_size_limit, f"a record of {max(sealed)} bytes", output)


# --- the table ------------------------------------------------------------------------------------


class Table:
    """How each cell ended, by row and column."""

    def __init__(self):
        self.passed = collections.Counter()
        self.failed = collections.Counter()
        self.skipped = collections.defaultdict(list)
        self.rows = []

    def say(self, name, outcome):
        print(f"{outcome:8}{name}", flush=True)

    def text(self, row, column):
        parts = []
        if self.passed[row, column]:
            parts.append(str(self.passed[row, column]))
        if self.failed[row, column]:
            parts.append(f"**{self.failed[row, column]} failed**")
        parts += dict.fromkeys(self.skipped[row, column])
        return "; ".join(parts) or "not asked"

    def counts(self):
        skipped = sum(len(reasons) for reasons in self.skipped.values())
        return f"{self.passed.total()} passed, {self.failed.total()} failed, {skipped} skipped"

    def page(self, versions):
        lines = [
            "# Interoperation", "",
            "<!-- Written by .ci/peers/interop.py --write-docs. -->", "",
            *wrapped(INTRODUCTION), "",
            "| peer | role | " + " | ".join(COLUMNS.values()) + " |",
            "|---" * (2 + len(COLUMNS)) + "|",
        ]
        for name, role in self.rows:
            texts = [self.text((name, role), column) for column in COLUMNS]
            if len(set(texts)) == 1:
                # A peer without the role.
                texts[1:] = [""] * (len(texts) - 1)
            lines.append(f"| {name} | {role} | " + " | ".join(texts) + " |")
        lines += ["", f"Sum: {self.counts()}.", "", "The columns:", ""]
        lines += [line for words in MEANINGS for line in wrapped(f"- {words}")]
        lines += ["", "The peers of this run:", ""]
        lines += [line for version in versions for line in wrapped(f"- {version}")]
        return "\n".join(lines) + "\n"


INTRODUCTION = (
    "Each number counts connections between `tls-server` or `tls-client` and a peer in which everything was as requested:"
    " suite, group, extensions, certificates and record lengths, as read by a relay between the two; our side's report; a"
    " page over HTTP followed by our close_notify. Half of them use each of the cryptographic providers (`--provider`)."
    " Text names a feature that a peer lacks. `.ci/peers/interop.py` runs all of them and writes this page."
)
MEANINGS = [
    "suite: the three AEAD suites, each with an ECDSA and an RSA certificate.",
    "group: x25519, secp256r1 and secp384r1, each by itself.",
    "certificate: ECDSA on P-256 and on P-384, RSA of 2048 bits; our server has all three and selects one.",
    "mutual: under the required policy, a client certificate of either kind; under the optional policy, none; under the"
    " required policy, none, which is refused.",
    "resumed: a second connection with the ticket of the first.",
    "extended master secret: required by us and offered by the peer; absent from the peer and not required; absent and"
    " required, which is refused.",
    "max_fragment_length: 512 bytes, with more data than that in both directions; and with longer certificates on both"
    " sides.",
    "record_size_limit: 2048 bytes, with a longer page.",
    "ALPN: a protocol in common; with our server also none in common, which is refused.",
]


def wrapped(text):
    """The lines of a paragraph or a list item of the page."""
    indent = "  " if text.startswith("- ") else ""
    return textwrap.wrap(text, 110, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


# --- the run --------------------------------------------------------------------------------------


def lay_out(folder):
    pki = Pki(folder)
    pki.issue("ECDSA-P384", ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"])
    pki.path("page").write_text("x" * 6000 + "\n")
    pki.path("no-ems.cnf").write_text(
        "openssl_conf=all\n[all]\nssl_conf=ssl\n[ssl]\nsystem_default=tls\n[tls]\nOptions=-ExtendedMasterSecret\n"
    )
    return pki


def all_cells(peers, words):
    for peer, role, cell, provider in itertools.product(peers, ("client", "server"), cells(), PROVIDERS):
        name = f"{peer.name} as {role} with {provider}: {COLUMNS[cell.column]}, {cell.name}"
        if role in cell.roles and all(word in name for word in words):
            yield name, peer, role, dataclasses.replace(cell, provider=provider)


def attempt(cell, peer, role, pki):
    try:
        meet(cell, peer, role, pki)
    except (Failed, OSError, subprocess.SubprocessError) as error:
        return str(error)
    return None


def main():
    prepare(".ci/shared/need", *dict.fromkeys(need for peer in PEERS for need in peer(None).needs))
    build_programs()
    table = Table()
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    with tempfile.TemporaryDirectory(prefix="lsam-interop-") as folder:
        pki = lay_out(pathlib.Path(folder))
        peers = [peer(pki) for peer in PEERS]
        for peer in peers:
            peer.build()
        table.rows = [(peer.name, role) for peer in peers for role in ("client", "server")]
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            running = []
            for name, peer, role, cell in all_cells(peers, words):
                reason = peer.lacks(cell, role)
                running.append(
                    (name, peer, role, cell, reason,
                     None if reason else pool.submit(attempt, cell, peer, role, pki))
                )
            for name, peer, role, cell, reason, future in running:
                at = ((peer.name, role), cell.column)
                if reason:
                    table.skipped[at].append(reason)
                    table.say(f"{name}: {reason}", "skipped")
                elif error := future.result():
                    table.failed[at] += 1
                    table.say(f"{name}: {error}", "FAILED")
                else:
                    table.passed[at] += 1
                    table.say(name, "ok")
        if "--write-docs" in sys.argv:
            PAGE.write_text(table.page([peer.version() for peer in peers]))
    print(f"interop: {table.counts()}")
    return 1 if table.failed or not table.passed else 0


if __name__ == "__main__":
    sys.exit(main())
