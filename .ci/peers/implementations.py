"""The implementations of TLS that ours meets: what each can do, and the commands that make it do so.

A peer says `lacks(cell, role)`: why it cannot take part in a cell, or nothing. `server` gives the command of a server,
`client` the commands to run one after the other as a client.
"""

import pathlib
import sys

from testbed import NAME

HERE = pathlib.Path(__file__).resolve().parent
REQUEST = b"GET / HTTP/1.0\r\nX-Padding: " + b"x" * 2000 + b"\r\n\r\n"

OPENSSL_GROUPS = {"x25519": "X25519", "secp256r1": "P-256", "secp384r1": "P-384"}
GNUTLS_SUITES = {"AES_128_GCM_SHA256": "AES-128-GCM", "AES_256_GCM_SHA384": "AES-256-GCM",
                 "CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305"}


def openssl_name(suite):
    words = suite.removeprefix("TLS_").replace("_WITH_", "_").replace("AES_", "AES").replace("_POLY1305_SHA256", "_POLY1305")
    return words.replace("_", "-")


class Peer:
    """What the table calls it, and what it lacks: a dictionary from a cell's feature to the reason."""

    name = ""
    stdin = b""
    has_ems = True
    missing_as_client = {}
    missing_as_server = {}

    def __init__(self, pki):
        self.pki = pki

    def lacks(self, cell, role):
        missing = self.missing_as_client if role == "client" else self.missing_as_server
        return next((missing[feature] for feature in cell.features() if feature in missing), None)

    def identity(self, kind, cert="--cert", key="--key"):
        return [cert, self.pki.certificate(kind), key, self.pki.key(kind)] if kind else []

    def openssl_settings(self, cell):
        """In front of a command on OpenSSL: what has no flag is set in a file."""
        return ["env", f"OPENSSL_CONF={self.pki.path('no-ems.cnf')}"] if cell.peer_without_ems else []


class OpenSsl(Peer):
    name = "OpenSSL"
    stdin = REQUEST
    missing_as_client = {"record_size_limit": "no record_size_limit in 3.0"}
    missing_as_server = missing_as_client

    def common(self, cell):
        return ["-tls1_2", "-cipher", openssl_name(cell.suite), "-groups", OPENSSL_GROUPS[cell.group]]

    def client(self, cell, port):
        command = [
            *self.openssl_settings(cell), "openssl", "s_client", *self.common(cell), "-connect", f"127.0.0.1:{port}", "-servername", NAME, "-ign_eof",
            "-CAfile", self.pki.root, "-verify_return_error", "-verify_hostname", NAME,
            *self.identity(cell.client_kind, "-cert", "-key"),
        ]
        if cell.client_alpn:
            command += ["-alpn", ",".join(cell.client_alpn)]
        if cell.max_fragment:
            command += ["-maxfraglen", cell.max_fragment]
        if cell.resume:
            session = self.pki.path(f"session-{port}.pem")
            return [[*command, "-sess_out", session], [*command, "-sess_in", session]]
        return [command]

    def server(self, cell, port):
        command = [*self.openssl_settings(cell), "openssl", "s_server", *self.common(cell),
                   "-accept", f"127.0.0.1:{port}", "-www", *self.identity(cell.kind, "-cert", "-key")]
        if cell.client_auth != "none":
            command += ["-CAfile", self.pki.root, "-verify_return_error",
                        "-Verify" if cell.client_auth == "required" else "-verify", "1"]
        if cell.server_alpn:
            command += ["-alpn", ",".join(cell.server_alpn)]
        return command


class GnuTls(Peer):
    name = "GnuTLS"
    stdin = REQUEST
    missing_as_client = {"max_fragment_length": "never without record_size_limit, which wins"}
    missing_as_server = {"max_fragment_length": "3.7 agrees on max_fragment_length, then sends longer records"}

    def priority(self, cell):
        cipher = GNUTLS_SUITES[cell.suite.split("_WITH_")[1]]
        ems = ":%NO_SESSION_HASH" if cell.peer_without_ems else ""
        return (f"NONE:+VERS-TLS1.2:+ECDHE-{cell.authentication}:+{cipher}:+AEAD:+GROUP-{cell.group.upper()}:+SIGN-ALL"
                f":+COMP-NULL:+CTYPE-X509{ems}")

    def client(self, cell, port):
        command = [
            "gnutls-cli", "--port", port, "--x509cafile", self.pki.root, "--verify-hostname", NAME, "--sni-hostname", NAME,
            "--priority", self.priority(cell), *self.identity(cell.client_kind, "--x509certfile", "--x509keyfile"),
        ]
        for protocol in cell.client_alpn:
            command += ["--alpn", protocol]
        if cell.record_size_limit:
            command += ["--recordsize", cell.record_size_limit]
        if cell.resume:
            command += ["--resume"]
        return [[*command, "127.0.0.1"]]

    def server(self, cell, port):
        command = ["gnutls-serv", "--http", "--port", port, *self.identity(cell.kind, "--x509certfile", "--x509keyfile"),
                   "--priority", self.priority(cell)]
        if cell.client_auth == "none":
            command += ["--disable-client-cert"]
        else:
            command += ["--x509cafile", self.pki.root, "--verify-client-cert"]
        if cell.client_auth == "required":
            command += ["--require-client-cert"]
        if cell.record_size_limit:
            command += ["--httpdata", self.pki.path("page")]
        for protocol in cell.server_alpn:
            command += ["--alpn", protocol]
        return command


class Program(Peer):
    """The programs with the flags of core/conformance/peers/peer.h."""

    def __init__(self, pki, command):
        super().__init__(pki)
        self.command = command

    def suite(self, cell):
        return cell.suite

    def common(self, cell, role, port, kind, alpn):
        command = [*self.command, role, "--port", port, "--suite", self.suite(cell), "--groups", cell.group,
                   *self.identity(kind)]
        if alpn:
            command += ["--alpn", ",".join(alpn)]
        if cell.resume:
            command += ["--resume"]
        if cell.peer_without_ems and "ems" not in self.missing_as_client:
            command += ["--no-ems"]
        return command

    def client(self, cell, port):
        command = [*self.common(cell, "client", port, cell.client_kind, cell.client_alpn), "--ca", self.pki.root,
                   "--name", NAME]
        if cell.max_fragment:
            command += ["--max-fragment", cell.max_fragment]
        return [command]

    def server(self, cell, port):
        command = self.common(cell, "server", port, cell.kind, cell.server_alpn)
        if cell.client_auth != "none":
            command += ["--ca", self.pki.root, "--client-auth", cell.client_auth]
        return command


class MbedTls(Program):
    name = "Mbed TLS"
    missing_as_client = {
        "record_size_limit": "no record_size_limit in 2.28",
        "cut handshake messages": "2.28 neither splits nor joins handshake messages",
    }
    missing_as_server = missing_as_client


class WolfSsl(Program):
    name = "wolfSSL"
    missing_as_client = {"record_size_limit": "no record_size_limit"}
    missing_as_server = {
        "record_size_limit": "no record_size_limit",
        "without_ems": "only its client can do without extended master secret",
    }

    def suite(self, cell):
        return openssl_name(cell.suite)


class BearSsl(Program):
    name = "BearSSL"
    has_ems = False
    missing_as_client = {
        "record_size_limit": "no record_size_limit",
        "ems": "no extended master secret",
        "resume": "no tickets, session identifiers only",
    }
    missing_as_server = missing_as_client


class Rustls(Program):
    name = "rustls"
    missing_as_client = {
        "record_size_limit": "no record_size_limit",
        "max_fragment_length": "no max_fragment_length",
        "without_ems": "cannot do without extended master secret",
    }
    missing_as_server = missing_as_client


class PythonSsl(Program):
    name = "Python ssl"
    missing_as_client = {
        "record_size_limit": "no record_size_limit in OpenSSL 3.0",
        "max_fragment_length": "no way to set max_fragment_length",
    }
    missing_as_server = {"record_size_limit": "no record_size_limit in OpenSSL 3.0"}

    def __init__(self, pki):
        super().__init__(pki, [sys.executable, HERE / "python_peer.py"])

    def suite(self, cell):
        return openssl_name(cell.suite)


class Curl(Peer):
    name = "curl"
    missing_as_client = {
        "resume": "asks for no tickets",
        "record_size_limit": "no record_size_limit in OpenSSL 3.0",
        "max_fragment_length": "no way to set max_fragment_length",
    }

    def lacks(self, cell, role):
        return "is a client only" if role == "server" else super().lacks(cell, role)

    def client(self, cell, port):
        command = [
            *self.openssl_settings(cell), "curl", "--silent", "--show-error", "--tlsv1.2", "--tls-max", "1.2", "--cacert", self.pki.root,
            "--resolve", f"{NAME}:{port}:127.0.0.1", "--ciphers", openssl_name(cell.suite),
            "--curves", OPENSSL_GROUPS[cell.group], *self.identity(cell.client_kind), "--include",
        ]
        if cell.client_alpn == ["h2", "http/1.1"]:
            command += ["--http2"]
        elif cell.client_alpn == ["http/1.1"]:
            command += ["--http1.1"]
        else:
            command += ["--no-alpn", "--http1.0"]
        page = f"https://{NAME}:{port}/"
        return [[*command, page, *([page] if cell.resume else [])]]
