"""The other implementations of TLS: what each can do, and the commands for it.

`lacks(cell, role)` is the reason why a peer cannot take part in a cell, or None. `server` is the command of a
server, `client` the commands to run one after the other as a client.
"""

import pathlib
import sys

from testbed import NAME, PROGRAMS, ROOT, TARGET, prepare, run

REQUEST = b"GET / HTTP/1.0\r\nX-Padding: " + b"x" * 2000 + b"\r\n\r\n"



def first_line(*command):
    return run(*command)[1].splitlines()[0].strip()


class Peer:
    """Its name in the table, and what it lacks: reasons by the features of cells."""

    name = ""
    # For .ci/shared/need.
    needs = ()
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

    def build(self):
        """Builds what it needs."""

    def version(self):
        """The implementation with its version, as named on the page."""
        raise NotImplementedError

    def openssl_settings(self, cell):
        """Precedes a command on OpenSSL: settings without a flag come from a file."""
        return ["env", f"OPENSSL_CONF={self.pki.path('no-ems.cnf')}"] if cell.peer_without_ems else []


class OpenSsl(Peer):
    name = "OpenSSL"
    needs = ("openssl=openssl",)
    stdin = REQUEST
    missing_as_client = {"record_size_limit": "no record_size_limit in 3.0"}
    missing_as_server = missing_as_client

    def version(self):
        return first_line("openssl", "version")

    def common(self, cell):
        return ["-tls1_2", "-cipher", cell.suite.openssl, "-groups", cell.group.openssl]

    def client(self, cell, port):
        command = [
            *self.openssl_settings(cell), "openssl", "s_client", *self.common(cell), "-connect",
            f"127.0.0.1:{port}", "-servername", NAME, "-ign_eof",
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
    needs = ("gnutls-cli=gnutls-bin", "gnutls-serv=gnutls-bin")
    stdin = REQUEST
    missing_as_client = {"max_fragment_length": "never without record_size_limit, which wins"}
    missing_as_server = {
        "max_fragment_length": "3.7 agrees on max_fragment_length, then sends longer records"
    }

    def version(self):
        return first_line("gnutls-cli", "--version")

    def priority(self, cell):
        ems = ":%NO_SESSION_HASH" if cell.peer_without_ems else ""
        return (f"NONE:+VERS-TLS1.2:+ECDHE-{cell.suite.authentication}:+{cell.cipher.gnutls}:+AEAD"
                f":+GROUP-{cell.group.gnutls}:+SIGN-ALL:+COMP-NULL:+CTYPE-X509{ems}")

    def client(self, cell, port):
        command = [
            "gnutls-cli", "--port", port, "--x509cafile", self.pki.root, "--verify-hostname", NAME,
            "--sni-hostname", NAME,
            "--priority", self.priority(cell),
            *self.identity(cell.client_kind, "--x509certfile", "--x509keyfile"),
        ]
        for protocol in cell.client_alpn:
            command += ["--alpn", protocol]
        if cell.record_size_limit:
            command += ["--recordsize", cell.record_size_limit]
        if cell.resume:
            command += ["--resume"]
        return [[*command, "127.0.0.1"]]

    def server(self, cell, port):
        command = ["gnutls-serv", "--http", "--port", port, *self.identity(
            cell.kind, "--x509certfile", "--x509keyfile"
        ),
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
    """A program with the flags of core/conformance/peers/peer.h."""

    command = ()

    def suite(self, cell):
        return cell.suite.name

    def common(self, cell, role, port, kind, alpn):
        command = [*self.command, role, "--port", port, "--suite", self.suite(cell),
                   "--groups", cell.group.name, *self.identity(kind)]
        if alpn:
            command += ["--alpn", ",".join(alpn)]
        if cell.resume:
            command += ["--resume"]
        if cell.peer_without_ems and "ems" not in self.missing_as_client:
            command += ["--no-ems"]
        return command

    def client(self, cell, port):
        command = [*self.common(
            cell, "client", port, cell.client_kind, cell.client_alpn
        ), "--ca", self.pki.root,
                   "--name", NAME]
        if cell.max_fragment:
            command += ["--max-fragment", cell.max_fragment]
        return [command]

    def server(self, cell, port):
        command = self.common(cell, "server", port, cell.kind, cell.server_alpn)
        if cell.client_auth != "none":
            command += ["--ca", self.pki.root, "--client-auth", cell.client_auth]
        return command


class Library(Program):
    """A program in C on a library of Debian 12."""

    package = ""
    header = ""
    flags = ()

    @property
    def needs(self):
        return ("cc=gcc", f"/usr/include/{self.header}={self.package}")

    @property
    def source(self):
        return ROOT / f"core/conformance/peers/{self.header.split('/')[0].removesuffix('.h')}.c"

    @property
    def command(self):
        return [TARGET / "peers" / self.source.stem]

    def build(self):
        program = self.command[0]
        program.parent.mkdir(parents=True, exist_ok=True)
        prepare("cc", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, self.source, *self.flags)

    def version(self):
        return f"{self.package} {run('dpkg-query', '-W', '-f', '${Version}', self.package)[1]} of Debian 12"


class MbedTls(Library):
    name = "Mbed TLS"
    package = "libmbedtls-dev"
    header = "mbedtls/ssl.h"
    flags = ("-lmbedtls", "-lmbedx509", "-lmbedcrypto")
    missing_as_client = {
        "record_size_limit": "no record_size_limit in 2.28",
        "cut handshake messages": "2.28 neither splits nor joins handshake messages",
    }
    missing_as_server = missing_as_client


class WolfSsl(Library):
    name = "wolfSSL"
    package = "libwolfssl-dev"
    header = "wolfssl/ssl.h"
    flags = ("-lwolfssl",)
    missing_as_client = {"record_size_limit": "no record_size_limit"}
    missing_as_server = {
        "record_size_limit": "no record_size_limit",
        "without_ems": "only its client can do without extended master secret",
    }

    def suite(self, cell):
        return cell.suite.openssl


class BearSsl(Library):
    name = "BearSSL"
    package = "libbearssl-dev"
    header = "bearssl.h"
    flags = ("-lbearssl",)
    has_ems = False
    missing_as_client = {
        "record_size_limit": "no record_size_limit",
        "ems": "no extended master secret",
        "resume": "no tickets, session identifiers only",
    }
    missing_as_server = missing_as_client


class Rustls(Program):
    name = "rustls"
    command = (PROGRAMS / "rustls-peer",)
    missing_as_client = {
        "record_size_limit": "no record_size_limit",
        "max_fragment_length": "no max_fragment_length",
        "without_ems": "cannot do without extended master secret",
    }
    missing_as_server = missing_as_client

    def version(self):
        lock = (ROOT / "Cargo.lock").read_text()
        return "rustls " + lock.split('name = "rustls"\nversion = "')[1].split('"')[0]


class PythonSsl(Program):
    name = "Python ssl"
    command = (sys.executable, pathlib.Path(__file__).with_name("python_peer.py"))
    missing_as_client = {
        "record_size_limit": "no record_size_limit in OpenSSL 3.0",
        "max_fragment_length": "no way to set max_fragment_length",
    }
    missing_as_server = {"record_size_limit": "no record_size_limit in OpenSSL 3.0"}

    def version(self):
        return f"Python {sys.version.split()[0]} with its ssl module"

    def suite(self, cell):
        return cell.suite.openssl


class Curl(Peer):
    name = "curl"
    needs = ("curl=curl",)
    missing_as_client = {
        "resume": "asks for no tickets",
        "record_size_limit": "no record_size_limit in OpenSSL 3.0",
        "max_fragment_length": "no way to set max_fragment_length",
    }

    def version(self):
        return first_line("curl", "--version")

    def lacks(self, cell, role):
        return "is a client only" if role == "server" else super().lacks(cell, role)

    def client(self, cell, port):
        command = [
            *self.openssl_settings(cell), "curl", "--silent", "--show-error", "--tlsv1.2", "--tls-max", "1.2",
            "--cacert", self.pki.root,
            "--resolve", f"{NAME}:{port}:127.0.0.1", "--ciphers", cell.suite.openssl,
            "--curves", cell.group.openssl, *self.identity(cell.client_kind), "--include",
        ]
        if cell.client_alpn == ["h2", "http/1.1"]:
            command += ["--http2"]
        elif cell.client_alpn == ["http/1.1"]:
            command += ["--http1.1"]
        else:
            command += ["--no-alpn", "--http1.0"]
        page = f"https://{NAME}:{port}/"
        return [[*command, page, *([page] if cell.resume else [])]]


PEERS = [OpenSsl, GnuTls, MbedTls, WolfSsl, BearSsl, Rustls, PythonSsl, Curl]
