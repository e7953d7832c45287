#!/usr/bin/env python3
"""Handshakes with other implementations in both roles, compared by their parameters, not only by exit code.

Makes a CA, ECDSA and RSA certificates, stores and an MSLSAM.ini in a temporary folder. Starts the agent with
each certificate and connects OpenSSL's, GnuTLS's and Python's clients, then connects our client to OpenSSL's
and GnuTLS's servers. Last comes peer trust (`trust.py`).

Usage: handshakes.py [--verbose] [WORD..]: the checks with all WORDs in their names; `--verbose` shows the
output of a failed peer.
Last line: `peers: N passed, N failed`.
"""

import pathlib
import socket
import ssl
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
from testbed import (
    KINDS,
    NAME,
    PROGRAMS,
    TIMEOUT,
    Failed,
    Pki,
    Tally,
    build_programs,
    free_port,
    must,
    must_match,
    prepare,
    run,
    server,
)
from tls_profile import GROUPS, SECP256R1, SUITES, X25519
from trust import trust

# --- what the peers say ---------------------------------------------------------------------------


def offered(kind, group):
    """The groups to offer: the forced one, and for an ECDSA certificate its own curve, without which a
    client cannot accept the certificate (RFC 8422 section 5.1)."""
    return [group] if kind == "RSA" or group is SECP256R1 else [group, SECP256R1]


def openssl_client(pki, port, kind, suite, group):
    code, output = run(
        "openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{port}", "-servername", NAME,
        "-CAfile", pki.root, "-verify_return_error", "-verify_hostname", NAME,
        "-cipher", suite.openssl, "-groups", ":".join(g.openssl for g in offered(kind, group)),
    )
    must(code == 0, f"exit code {code}", output)
    must_match(r"^\s*Protocol\s*: TLSv1\.2$", output)
    must_match(rf"^\s*Cipher\s*: {suite.openssl}$", output)
    must_match(rf"^Server Temp Key: {group.temp_key}$", output)
    must_match(r"^\s*Verify return code: 0 \(ok\)$", output)
    must_match(r"^\s*Extended master secret: yes$", output)
    must_match(r"^Secure Renegotiation IS supported$", output)


def gnutls_priority(kind, suite, group):
    groups = ":".join(f"+GROUP-{g.gnutls}" for g in offered(kind, group))
    return f"NONE:+VERS-TLS1.2:+ECDHE-{kind}:+{suite.cipher.gnutls}:+AEAD:{groups}:+SIGN-ALL:+COMP-NULL:+CTYPE-X509"


def gnutls_client(pki, port, kind, suite, group):
    code, output = run(
        "gnutls-cli", "--port", port, "--x509cafile", pki.root, "--verify-hostname", NAME,
        "--sni-hostname", NAME, "--priority", gnutls_priority(kind, suite, group), "127.0.0.1",
    )
    must(code == 0, f"exit code {code}", output)
    must_match(r"^- Status: The certificate is trusted\. ?$", output)
    must_match(
        rf"^- Description: \(TLS1\.2(-X\.509)?\)-\(ECDHE-{group.gnutls}\)-\({kind}-[A-Z0-9-]+\)-\({suite.cipher.gnutls}\)$", output
    )
    must_match(r"^- Options: .*extended master secret", output)


def python_client(pki, port, kind, suite, group):
    context = ssl.create_default_context(cafile=pki.root)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suite.openssl)
    # Python takes one group, or its default list, which begins with X25519; an ECDSA certificate requires
    # that list.
    if not (kind == "ECDSA" and group is X25519):
        context.set_ecdh_curve(group.openssl)
    with socket.create_connection(("127.0.0.1", port), TIMEOUT) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=NAME) as tls:
                seen = (tls.version(), tls.cipher()[0])
        except ssl.SSLError as error:
            raise Failed(str(error)) from error
    wanted = ("TLSv1.2", suite.openssl)
    must(seen == wanted, f"negotiated {seen} instead of {wanted}", "")


def our_client(pki, port, kind, suite, group, name=NAME):
    code, output = run(
        PROGRAMS / "tls-client", "--connect", f"127.0.0.1:{port}", "--ca", pki.root, "--name", name,
        "--suites", suite.name, "--groups", ",".join(g.name for g in offered(kind, group)),
    )
    must(code == 0, f"exit code {code}", output)
    must_match(r"^version: TLS 1\.2$", output)
    must_match(rf"^cipher suite: {suite.name}$", output)
    must_match(rf"^group: {group.name}$", output)
    must_match(r"^extended master secret: yes$", output)
    must_match(r"^closed: close_notify$", output)
    return output


def probe(pki, port, kind):
    code, output = run(
        PROGRAMS / "netcom", "status", "--machine", f"127.0.0.1:{port}", "--tls", "--trust", pki.root,
        "--name", NAME
    )
    must(code == 0, f"exit code {code}", output)
    must_match(rf"TLS 1\.2, {suites(kind)[0].name}, x25519", output)
    must_match(r"^\s*protocol\s+TLS 1\.2$", output)


# --- what must not succeed ------------------------------------------------------------------------


def distrustful_openssl(pki, port):
    code, output = run(
        "openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{port}", "-CAfile", pki.stranger,
        "-verify_return_error"
    )
    must(code != 0, "a chain to an unknown root was accepted", output)
    must_match("certificate verify failed", output)


def refused_plain_probe(port):
    code, output = run(PROGRAMS / "netcom", "status", "--machine", f"127.0.0.1:{port}")
    must(code != 0, "a client without TLS was served", output)


def refused_openssl(port, alert, *flags):
    code, output = run("openssl", "s_client", "-connect", f"127.0.0.1:{port}", *flags)
    must(code != 0, "the handshake went through", output)
    must_match(alert, output)


def refusing_client(pki, port, ca, name, words):
    code, output = run(PROGRAMS / "tls-client", "--connect", f"127.0.0.1:{port}", "--ca", ca, "--name", name)
    must(code != 0, "our client accepted the certificate", output)
    must_match(words, output)


# --- the matrix -----------------------------------------------------------------------------------


def lay_out_agent(pki, kind, port):
    """The store and the MSLSAM.ini of an agent; the paths of both."""
    store = pki.path(f"store-{kind}")
    for name in ("My", "Root", "CA", "CRL"):
        (store / name).mkdir(parents=True, exist_ok=True)
    (store / "My" / "agent.pem").write_bytes(pki.certificate(kind).read_bytes() + pki.key(kind).read_bytes())
    (store / "Root" / "root.pem").write_bytes(pki.root.read_bytes())
    (store / "CRL" / "root.crl").write_bytes(pki.path("root.crl").read_bytes())
    ini = pki.path(f"MSLSAM-{kind}.ini")
    ini.write_text(
        "[General Settings]\n"
        f"UseSecureSocket=TRUE\nTLSCertificateSerial={pki.serial(kind)}\n"
        "TLSClientValidation=FALSE\nTLSCheckCertificateRevocation=FALSE\n"
        "[TCP/IP Parameters]\n"
        f"SocketNumberToSAM={port}\nAllowedIPAddress_1=127.0.0.1\n"
        "[JORS Settings]\n"
        f"JORSSocket={free_port()}\n"
    )
    return ini, store


def suites(kind):
    """The suites for a kind of certificate."""
    return [suite for suite in SUITES if suite.authentication == kind]


def matrix(kind, groups=GROUPS):
    return [(suite, group) for group in groups for suite in suites(kind)]


def forcible(client, kind):
    """The groups that a client can force on a server that uses its own first choice."""
    if kind == "ECDSA" or client == "python":
        # The certificate's curve must be offered too (by Python: all groups, or one); then secp384r1 is never
        # chosen.
        return [X25519, SECP256R1]
    return GROUPS


def witnessed(agent, connect, pki, port, kind, suite, group):
    """Connects a client and also compares the agent's log: Python's client, for example, can't report the
    group."""
    since = len(agent.said())
    connect(pki, port, kind, suite, group)
    agent.will_say(rf"connected, TLS 1\.2, {suite.name}, {group.name}, .*extended master secret", since)


def our_server(tally, pki, kind):
    def command(port):
        ini, store = lay_out_agent(pki, kind, port)
        return [PROGRAMS / "lsam", "run", "--config", ini, "--store", store, "--listen", "127.0.0.1"]

    with server(pki.folder, command) as agent:
        port = agent.port
        for client, connect in (
            ("openssl", openssl_client), ("gnutls", gnutls_client), ("python", python_client)
        ):
            for suite, group in matrix(kind, forcible(client, kind)):
                name = f"{client} to lsam: {suite.name}, {group.name}"
                tally.check(name, witnessed, agent, connect, pki, port, kind, suite, group)
        tally.check(f"netcom to lsam ({kind})", probe, pki, port, kind)
        tally.check(f"lsam refuses netcom without TLS ({kind})", refused_plain_probe, port)
        tally.check(f"openssl without the root refuses lsam ({kind})", distrustful_openssl, pki, port)
        for words, alert, flags in (
            ("TLS 1.1 only", "alert protocol version", ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]),
            ("TLS 1.3 only", "alert protocol version", ["-tls1_3"]),
            ("CBC only", "alert handshake failure", ["-tls1_2", "-cipher", f"ECDHE-{kind}-AES128-SHA256"]),
            ("RSA key exchange only", "alert handshake failure", ["-tls1_2", "-cipher", "AES128-GCM-SHA256"]),
        ):
            tally.check(f"lsam refuses openssl with {words} ({kind})", refused_openssl, port, alert, *flags)
        tally.check(f"lsam still serves ({kind})", openssl_client, pki, port, kind, suites(kind)[0], X25519)
        tally.check(
            f"lsam is still the same process ({kind})", must, not agent.has_ended(), "it has ended",
            agent.said()
        )


def peer_server(pki, peer, kind, suite, group):
    """A running server that accepts one suite and one group."""
    return server(pki.folder, lambda port: {
        "openssl": [
            "openssl", "s_server", "-tls1_2", "-accept", f"127.0.0.1:{port}", "-www", "-cert",
            pki.certificate(kind),
            "-key", pki.key(kind), "-cipher", suite.openssl, "-groups", group.openssl,
        ],
        "gnutls": [
            "gnutls-serv", "--http", "--port", str(port), "--x509certfile", pki.certificate(kind),
            "--x509keyfile", pki.key(kind), "--priority", gnutls_priority(kind, suite, group),
        ],
    }[peer])


def our_client_to(tally, pki, kind):
    for peer in ("openssl", "gnutls"):
        for suite, group in matrix(kind):
            with peer_server(pki, peer, kind, suite, group) as running:
                name = f"tls-client to {peer}: {suite.name}, {group.name}"
                tally.check(name, our_client, pki, running.port, kind, suite, group)
    with peer_server(pki, "openssl", kind, suites(kind)[0], SECP256R1) as running:
        tally.check(
            f"tls-client without the root refuses openssl ({kind})",
            refusing_client, pki, running.port, pki.stranger, NAME, "certificate was refused",
        )
        tally.check(
            f"tls-client with another name refuses openssl ({kind})",
            refusing_client, pki, running.port, pki.root, "other.example", "certificate was refused",
        )


def main():
    prepare(".ci/shared/need", "openssl=openssl", "gnutls-cli=gnutls-bin", "gnutls-serv=gnutls-bin")
    build_programs()
    tally = Tally([word for word in sys.argv[1:] if word != "--verbose"])
    with tempfile.TemporaryDirectory(prefix="lsam-peers-") as folder:
        pki = Pki(pathlib.Path(folder))
        for kind in KINDS:
            our_server(tally, pki, kind)
            our_client_to(tally, pki, kind)
        trust(tally, pki, PROGRAMS)
    print(f"peers: {tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
