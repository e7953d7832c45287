"""Peer trust between the agent and OpenSSL as the scheduling side: self-signed and CA-issued set-ups, with
client validation and revocation on and off. A refusal has the right alert and one line in the agent's log
that names the certificate.
"""

import itertools
import os
import re

from testbed import NAME, Failed, free_port, must, must_match, run, server

CLIENT = "scheduling.example"
EXTENSIONS = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"


class Certificates:
    """Certificates for both ends in addition to a `Pki`'s: from its root, from a stranger, revoked,
    self-signed."""

    def __init__(self, pki):
        self.pki = pki
        self.issue("agent", "root", NAME)
        for name, issuer in (("client", "root"), ("revoked", "root"), ("unknown", "stranger")):
            self.issue(name, issuer, CLIENT)
        for name in ("own", "other"):
            self.request(name, CLIENT, "-x509", "-days", pki.days, "-out", self.certificate(name))
        self.crl("revoked", ["revoked"])
        self.crl("both", ["revoked", "agent"])

    def certificate(self, name):
        return self.pki.path(f"trust-{name}.pem")

    def key(self, name):
        return self.pki.path(f"trust-{name}.key")

    def serial(self, name):
        shown = self.pki.openssl("x509", "-in", self.certificate(name), "-noout", "-serial")
        return shown.strip().partition("=")[2]

    def request(self, name, subject, *more):
        """A request, or with `-x509` a self-signed certificate, for a new key."""
        self.pki.openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            self.key(name),
            "-subj", f"/CN={subject}", "-addext", f"subjectAltName=DNS:{subject},IP:127.0.0.1", *more,
        )

    def issue(self, name, issuer, subject):
        request, extensions = (self.pki.path(f"trust-{name}.{end}") for end in ("csr", "ext"))
        self.request(name, subject, "-out", request)
        extensions.write_text(f"{EXTENSIONS}subjectAltName=DNS:{subject},IP:127.0.0.1\n")
        self.pki.openssl(
            "x509", "-req", "-in", request, "-CA", self.pki.path(f"{issuer}.pem"),
            "-CAkey", self.pki.path(f"{issuer}.key"), "-CAcreateserial", "-days", self.pki.days,
            "-extfile", extensions, "-out", self.certificate(name),
        )

    def issue_expired(self, name):
        """A client's certificate that was valid in 2020."""
        self.pki.path("index").write_text("")
        self.pki.path("serial").write_text(f"{os.urandom(8).hex()}\n")
        self.pki.path("expired.cnf").write_text(
            f"[ca]\ndefault_ca=peers\n[peers]\ndatabase={self.pki.path('index')}\nserial={self.pki.path('serial')}\n"
            f"new_certs_dir={self.pki.folder}\ndefault_md=sha256\npolicy=any\nx509_extensions=leaf\n"
            f"[any]\ncommonName=supplied\n[leaf]\n{EXTENSIONS}"
        )
        request = self.pki.path(f"trust-{name}.csr")
        self.request(name, CLIENT, "-out", request)
        self.pki.openssl(
            "ca", "-batch", "-notext", "-config", self.pki.path("expired.cnf"), "-cert", self.pki.root,
            "-keyfile", self.pki.path("root.key"), "-startdate", "20200101000000Z", "-enddate",
            "20201231000000Z",
            "-in", request, "-out", self.certificate(name),
        )

    def crl(self, name, revoked):
        """A list of the root with these certificates."""
        entries = (
            f"R\t490101000000Z\t250101000000Z\t{self.serial(one)}\tunknown\t/CN={one}\n" for one in revoked
        )
        self.pki.path("index").write_text("".join(entries))
        self.pki.openssl(
            "ca", "-gencrl", "-config", self.pki.path("ca.cnf"), "-cert", self.pki.root,
            "-keyfile", self.pki.path("root.key"), "-out", self.pki.path(f"{name}.crl"),
        )


class Agent:
    """The store and the MSLSAM.ini of an agent, made with `lsam cert` as an administrator would."""

    def __init__(self, certificates, release, name):
        self.pki = certificates.pki
        self.certificates = certificates
        self.lsam = release / "lsam"
        self.store = self.pki.path(f"store-{name}")
        self.ini = self.pki.path(f"MSLSAM-{name}.ini")
        for section in ("My", "Root", "CA", "CRL"):
            (self.store / section).mkdir(parents=True)

    def cert(self, *words):
        code, output = run(self.lsam, "cert", "--store", self.store, *words)
        must(code == 0, f"lsam cert {words[0]}: exit code {code}", output)
        return re.search(r"^TLSCertificateSerial=(.*)$", output, re.M)[1]

    def put(self, place, file):
        (self.store / place).write_bytes(file.read_bytes())

    def self_signed(self):
        """The serial number, and what the scheduling side must trust."""
        serial = self.cert("new", "--self-signed", "--name", NAME, "--name", "127.0.0.1")
        self.put("Root/client.pem", self.certificates.certificate("own"))
        return serial, self.store / "My" / f"{NAME}.crt"

    def ca_issued(self):
        pfx = self.pki.path("agent.pfx")
        self.pki.openssl(
            "pkcs12", "-export", "-in", self.certificates.certificate("agent"), "-inkey",
            self.certificates.key("agent"),
            "-passout", "pass:geheim", "-out", pfx,
        )
        pfx.with_suffix(".password").write_text("geheim\n")
        serial = self.cert("import", pfx)
        self.put("Root/root.pem", self.pki.root)
        self.put("CRL/root.crl", self.pki.path("revoked.crl"))
        return serial, self.pki.root

    def command(self, serial, validation, revocation, parameters=""):
        """Makes the command line from the port; `parameters` are lines of the section TCP/IP Parameters."""
        def words(port):
            self.ini.write_text(
                f"[General Settings]\nUseSecureSocket=TRUE\nTLSCertificateSerial={serial}\n"
                f"TLSClientValidation={validation}\nTLSCheckCertificateRevocation={revocation}\n"
                f"[TCP/IP Parameters]\nSocketNumberToSAM={port}\n{parameters}"
                f"[JORS Settings]\nJORSSocket={free_port()}\n"
            )
            return [self.lsam, "run", "--config", self.ini, "--store", self.store, "--listen", "127.0.0.1"]

        return words


def s_client(port, trusted, certificates, presented, *more):
    words = ["-tls1_2", "-connect", f"127.0.0.1:{port}", "-CAfile", trusted, "-verify_return_error",
             "-verify_hostname", NAME, *more]
    if presented:
        words += ["-cert", certificates.certificate(presented), "-key", certificates.key(presented)]
    return run("openssl", "s_client", *words)


def accepted(agent, trusted, certificates, presented, is_asked):
    since = len(agent.said())
    code, output = s_client(agent.port, trusted, certificates, presented)
    must(code == 0, f"exit code {code}", output)
    must_match(r"^\s*Verify return code: 0 \(ok\)$", output)
    must(
        ("Acceptable client certificate CA names" in output) == is_asked,
        f"asked for a certificate: {not is_asked}", output
    )
    line = rf", client certificate: subject CN={CLIENT}, " if is_asked else r", extended master secret$"
    agent.will_say(rf"info .*: connected, .*{line}", since)


def refused(agent, trusted, certificates, presented, alert, line):
    since = len(agent.said())
    code, output = s_client(agent.port, trusted, certificates, presented)
    must(code != 0, "the handshake went through", output)
    must_match(f"alert {alert}", output)
    if presented:
        serial = certificates.serial(presented).lower()
        line += rf"\. The certificate: subject CN={CLIENT}, issuer .*, serial {serial}, valid until .*\. (Put|Give)"
    # The line names the connection; lines about others, such as the end of an earlier one, don't count. A
    # client on this machine without a certificate may be the doctor, so there is no warning about it.
    level = "warning" if presented else "info"
    client = agent.will_say(rf"{level} .*?(127\.0\.0\.1:\d+): .*{line}", since)[1]
    said = [one for one in agent.said()[since:].splitlines() if f"{client}: " in one]
    must(len(said) == 1, "more than one line", "\n".join(said))


def setup(tally, certificates, release, kind, validation, revocation):
    name = f"{kind}, validation {validation}, revocation {revocation}"
    agent = Agent(certificates, release, f"{kind}-{validation}-{revocation}")
    serial, trusted = agent.self_signed() if kind == "self-signed" else agent.ca_issued()
    good, bad = ("own", "other") if kind == "self-signed" else ("client", "unknown")
    with server(agent.pki.folder, agent.command(serial, validation, revocation)) as running:
        common = (running, trusted, certificates)
        is_asked = validation == "TRUE"
        tally.check(f"{name}: openssl is served", accepted, *common, good, is_asked)
        if not is_asked:
            tally.check(f"{name}: without a certificate too", accepted, *common, None, is_asked)
            return
        for presented, alert, line in (
            (None, "handshake failure", "the client presented no certificate, which is required here. If the scheduling server has"),
            (bad, "unknown ca", "the client's certificate was refused: no trusted root issued the certificate"),
        ):
            what = f"{name}: {presented or 'no'} certificate is refused"
            tally.check(what, refused, *common, presented, alert, line)
        if kind == "CA-issued" and revocation == "TRUE":
            line = "the client's certificate was refused: a certificate has been revoked"
            tally.check(
                f"{name}: a revoked one is refused", refused, *common, "revoked", "certificate revoked", line
            )
        elif kind == "CA-issued":
            tally.check(f"{name}: a revoked one is not looked up", accepted, *common, "revoked", is_asked)


def revoked_agent(certificates, release):
    agent = Agent(certificates, release, "revoked")
    serial, _ = agent.ca_issued()
    agent.put("CRL/root.crl", agent.pki.path("both.crl"))
    code, output = run(*agent.command(serial, "FALSE", "TRUE")(free_port()))
    must(code == 1, f"exit code {code}", output)
    must_match(
        rf"error .*TLSCertificateSerial.* names My/agent.pfx: CN={NAME}, .* but a certificate has been revoked", output
    )


def test_server(tally, certificates, release):
    """The same checks in the test program for other implementations."""
    pki = certificates.pki

    def command(*lists):
        return lambda port: [
            release / "tls-server", "--listen", f"127.0.0.1:{port}", "--cert",
            certificates.certificate("agent"),
            "--key", certificates.key("agent"), "--client-auth", "required", "--client-ca", pki.root, *lists,
        ]

    def ends(running, presented, alert):
        code, output = s_client(running.port, pki.root, certificates, presented)
        must((code == 0) == (alert is None), f"exit code {code}", output)
        if alert:
            must_match(f"alert {alert}", output)

    with server(pki.folder, command("--crl", pki.path("revoked.crl"))) as running:
        tally.check("tls-server --crl: a good certificate", ends, running, "client", None)
        tally.check(
            "tls-server --crl: a revoked certificate", ends, running, "revoked", "certificate revoked"
        )
    with server(pki.folder, command("--crl", pki.path("revoked.crl"), "--require-crl")) as running:
        tally.check("tls-server --require-crl: a good certificate", ends, running, "client", None)
    with server(pki.folder, command("--crl", pki.path("stranger.crl"), "--require-crl")) as running:
        tally.check("tls-server --require-crl: no list", ends, running, "client", "certificate unknown")


def trust(tally, pki, release):
    certificates = Certificates(pki)
    pki.openssl(
        "ca", "-gencrl", "-config", pki.path("ca.cnf"), "-cert", pki.stranger, "-keyfile",
        pki.path("stranger.key"),
        "-out", pki.path("stranger.crl"),
    )
    for kind, validation, revocation in itertools.product(
        ("self-signed", "CA-issued"), *[("FALSE", "TRUE")] * 2
    ):
        try:
            setup(tally, certificates, release, kind, validation, revocation)
        except Failed as error:
            tally.check(
                f"{kind}, validation {validation}, revocation {revocation}", must, False, str(error), ""
            )
    tally.check("an agent with a revoked certificate does not start", revoked_agent, certificates, release)
    test_server(tally, certificates, release)
