#!/usr/bin/env python3
"""The agent as two Windows services under Wine: installed, started and stopped through the Service Control
Manager, with an RSA key in the machine's store, and OpenSSL outside of Wine as the scheduling side.

Usage: services.py FOLDER_OF_THE_EXECUTABLES WINE, in the prefix of $WINEPREFIX.
Last line: `services: N passed, N failed`.
"""

import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
from testbed import NAME, RSA_2048, TIMEOUT, Pki, Tally, free_port, is_listening, must, must_match, run
from trust import Certificates, s_client


class Machine:
    """Wine's Windows with lsam.exe, an MSLSAM.ini and the logs of its services."""

    def __init__(self, executables, wine, folder, pki):
        self.lsam = [wine, executables / "lsam.exe"]
        self.netcom = [wine, executables / "netcom.exe"]
        self.folder = folder
        self.pki = pki
        self.ini = folder / "MSLSAM.ini"
        self.port, self.jors = free_port(), free_port()
        self.serial = ""

    def command(self, *words):
        return run(*self.lsam, *words)

    def succeeds(self, *words):
        code, output = self.command(*words)
        must(code == 0, f"lsam {' '.join(map(str, words))}: exit code {code}", output)
        return output

    def service(self, action, *more):
        return self.succeeds("service", action, "--config", self.ini, *more)

    def configure(self, **settings):
        general = {"UseSecureSocket": "TRUE", "TLSCertificateSerial": self.serial, **settings}
        lines = "".join(f"{key}={value}\n" for key, value in general.items())
        self.ini.write_text(
            f"[General Settings]\n{lines}[TCP/IP Parameters]\nSocketNumberToSAM={self.port}\n"
            f"[JORS Settings]\nJORSSocket={self.jors}\n[Debug Options]\nLogCriticalErrorsAsEvents=ON\n"
        )

    def log(self, name="MSLSAM"):
        return (self.folder / "Log" / f"{name}.log").read_text(errors="replace")

    def will_log(self, pattern, since, name="MSLSAM"):
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            if re.search(pattern, self.log(name)[since:], re.M):
                return
            time.sleep(0.05)
        must(False, f"no line of {name}.log matches {pattern!r}", self.log(name)[since:])


def agent_certificate(pki):
    """An RSA certificate of an authority below the root, with both authorities in the PFX file."""
    middle, leaf = pki.path("middle.pem"), pki.path("service.pem")
    for name, subject, issuer, extensions, out in (
        ("middle", "middle", "root", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n", middle),
        ("service", NAME, "middle", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
         f"extendedKeyUsage=serverAuth\nsubjectAltName=DNS:{NAME},IP:127.0.0.1\n", leaf),
    ):
        request, file = pki.path(f"{name}.csr"), pki.path(f"{name}.ext")
        file.write_text(extensions)
        pki.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", pki.path(f"{name}.key"),
                    "-subj", f"/CN={subject}",
                    "-out", request)
        pki.openssl("x509", "-req", "-in", request,
                    "-CA", pki.path(f"{issuer}.pem"), "-CAkey", pki.path(f"{issuer}.key"),
                    "-CAcreateserial", "-days", pki.days, "-extfile", file, "-out", out)
    above = pki.path("above.pem")
    above.write_text(middle.read_text() + pki.root.read_text())
    pfx = pki.path("agent.pfx")
    pki.openssl("pkcs12", "-export", "-in", leaf, "-inkey", pki.path("service.key"), "-certfile", above,
                "-passout", "pass:geheim", "-out", pfx)
    return leaf, pfx


def imported(machine):
    leaf, pfx = agent_certificate(machine.pki)
    code, output = machine.command("cert", "import", pfx)
    must(
        code == 1 and "see that it is a PFX file and the password right" in output,
        "a missing password is not told", output
    )
    pfx.with_suffix(".password").write_text("geheim\n")
    output = machine.succeeds("cert", "import", pfx)
    must_match(rf"^put into LocalMachine\\My: CN={NAME}, serial ", output)
    must_match(r"^put into LocalMachine\\CA: CN=middle, ", output)
    must_match(r"^its private key signs", output)
    machine.serial = re.search(r"^TLSCertificateSerial=(\w+)", output, re.M)[1]
    serial = machine.pki.openssl("x509", "-in", leaf, "-noout", "-serial").strip().partition("=")[2]
    must(machine.serial.lower() == serial.lower(), "another serial number", output)


def trusted(machine, certificates):
    output = machine.succeeds("cert", "trust", machine.pki.root)
    must_match(r"^put into LocalMachine\\Root: CN=root", output)
    output = machine.succeeds("cert", "trust", machine.pki.path("revoked.crl"))
    must_match(r"^put into LocalMachine\\CA: the revocation list of .*CN=root", output)
    output = machine.succeeds("cert", "find", pretty(machine.serial))
    must_match(r"^The agent takes LocalMachine\\My\.", output)


def pretty(serial):
    """As Windows shows it in the details of a certificate."""
    return " ".join(serial.lower()[at:at + 2] for at in range(0, len(serial), 2))


def installed(machine):
    output = machine.service("install")
    must_match(r"^SMA OpCon Agent for Microsoft \(SMA_MSLSAMNET\) is installed", output)
    must_match(r"^SMA OpCon JORS for Microsoft \(SMA_MSJORSNET\) is installed", output)
    machine.service("install")
    output = machine.service("status")
    must(len(re.findall(r" stopped\r?$", output, re.M)) == 2, "not both are stopped", output)
    code, output = run(machine.lsam[0], "reg", "query",
                       r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\SMA_MSLSAMNET")
    must(code == 0 and "EventMessageFile" in output and "lsam.exe" in output, "no source of events", output)


def started(machine):
    output = machine.service("start")
    must(len(re.findall(r" is running\r?$", output, re.M)) == 2, "not both run", output)
    must(is_listening(machine.port) and is_listening(machine.jors), "running, and not listening", output)


def stopped(machine):
    begun = time.monotonic()
    # An idle connection does not delay the service.
    with socket.create_connection(("127.0.0.1", machine.port)):
        machine.service("stop")
    must(time.monotonic() - begun < TIMEOUT, f"stopping took more than {TIMEOUT} s", "")
    must(not is_listening(machine.port) and not is_listening(machine.jors), "stopped, and listening", "")


def with_settings(machine, **settings):
    machine.configure(**settings)
    machine.service("restart")


def accepted(machine, certificates, presented, *more):
    for port in (machine.port, machine.jors):
        code, output = s_client(port, machine.pki.root, certificates, presented, *more)
        must(code == 0, f"exit code {code}", output)
        must_match(r"^\s*Verify return code: 0 \(ok\)$", output)
        must_match(r"^\s*Protocol\s*: TLSv1.2$", output)
        must_match(r"^ 1 s:CN = middle$", output)


def refused(machine, certificates, presented, alert, line):
    since = len(machine.log())
    code, output = s_client(machine.port, machine.pki.root, certificates, presented)
    must(code != 0, "the handshake went through", output)
    must_match(f"alert {alert}", output)
    if presented:
        line += rf"\. The certificate: subject .*, serial {certificates.serial(presented).lower()}, "
    # A client on this machine without a certificate may be the doctor, so there is no warning.
    machine.will_log(f"{'warning' if presented else 'info'} .*{line}", since)


def status(machine, *words):
    """Both services answer the probe."""
    for port in (machine.port, machine.jors):
        code, output = run(*machine.netcom, "status", "--machine", f"127.0.0.1:{port}", *words)
        must(code == 0, f"netcom: exit code {code}", output)
        must_match(r"^agent +SMA OpCon Agent for Microsoft", output)
    return output


def examined(machine, expected, **verdicts):
    """What the doctor reports for the machine, with the services in their current state."""
    code, output = machine.command("doctor", "--config", machine.ini, "--name", NAME, "--json")
    must(code == expected, f"lsam doctor: exit code {code}", output)
    observations = json.loads(output)
    for check, verdict in verdicts.items():
        check = check.replace("_", " ")
        found = [one["verdict"] for one in observations if one["check"] == check]
        must(found and set(found) == {verdict}, f"{check} is {found}, not {verdict}", output)
    for one in observations:
        must(one["verdict"] in ("ok", "skipped") or one["cure"], f"no cure: {one}", output)


def plain(machine):
    with_settings(machine, UseSecureSocket="FALSE")
    must_match(r"^connection .* without TLS", status(machine))
    machine.will_log(r"listens on .* with no TLS \(UseSecureSocket is FALSE\)", 0)


def restarted(machine):
    since = len(machine.log())
    for _ in range(10):
        stopped(machine)
        started(machine)
    must(machine.log()[since:].count(" listens on ") == 10, "not ten times", machine.log()[since:])


def serial_wrong(machine):
    machine.service("stop")
    serial, machine.serial = machine.serial, "00deadbeef"
    machine.configure()
    machine.serial = serial
    since = len(machine.log())
    code, output = run(*machine.lsam, "service", "start", "--config", machine.ini)
    must(code == 1, f"exit code {code}", output)
    must_match(
        r"did not start: it is stopped, because it refused to start or to go on\. Its log file says why",
        output
    )
    must_match(r" stopped, because it refused", machine.service("status"))
    examined(
        machine, 2, certificate="failure", services="failure", private_key="skipped", connection="skipped"
    )
    reason = r'TLSCertificateSerial in .*MSLSAM\.ini, line 3, is "00deadbeef", but no certificate in My or Root has this serial number'
    machine.will_log(f"error .*{reason}", since)
    # Wine does not keep events, but shows them.
    code, output = run(*machine.lsam, "run", "--service", "agent", "--config", machine.ini)
    must(code == 1, f"exit code {code}", output)
    return reason


def event_texts(machine, events):
    """What the services reported to the Event Log, which Wine shows in the output of the process below."""
    text = events.read_text(errors="replace")
    must("SMA OpCon Agent for Microsoft started." in text, "no event of the start", text)
    must("SMA OpCon JORS for Microsoft stopped." in text, "no event of the stop", text)
    must("00deadbeef" in text, "no event of the wrong serial number", text)


def uninstalled(machine):
    machine.service("uninstall")
    code, output = machine.command("service", "status", "--config", machine.ini)
    must(code == 1 and "install it with `lsam service install`" in output, "still there", output)


def all_checks(tally, machine, certificates, events):
    check = tally.check
    check("a PFX file is imported, and its key signs", imported, machine)
    check("a root and a revocation list are put into the stores", trusted, machine, certificates)
    machine.configure()
    check("both services are installed", installed, machine)
    check("both services start", started, machine)
    check("openssl is served by both", accepted, machine, certificates, None)
    check("the probe is answered", status, machine, "--tls", "--trust", machine.pki.root, "--name", NAME)
    validation = {"TLSClientValidation": "TRUE", "TLSCheckCertificateRevocation": "TRUE"}
    check("the doctor finds nothing", lambda: examined(
        machine, 0, private_key="ok", chain="ok", root="ok", ports="ok", services="ok", connection="ok"))
    check("client validation is set", lambda: with_settings(machine, **validation))
    check("a trusted client is served", accepted, machine, certificates, "client")
    for presented, alert, line in (
        (None, "handshake failure", "the client presented no certificate, which is required here"),
        ("unknown", "unknown ca", "the client's certificate was refused: no trusted root issued the certificate"),
        ("expired", "certificate expired", "the client's certificate was refused: a certificate has expired"),
        ("revoked", "certificate revoked", "the client's certificate was refused: a certificate has been revoked"),
    ):
        check(
            f"{presented or 'no'} certificate is refused", refused, machine, certificates, presented, alert,
            line
        )
    check("both stop and start ten times", restarted, machine)
    check("UseSecureSocket FALSE is plain", plain, machine)
    check("a wrong serial number keeps the services from staying up", serial_wrong, machine)
    check("events are reported", event_texts, machine, events)
    check("both services are uninstalled", uninstalled, machine)


def main():
    executables, wine = map(pathlib.Path, sys.argv[1:3])
    tally = Tally()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        # Valid long enough that the doctor does not warn of their expiry.
        # Wine rejects an ECDSA signature if DER omits a zero in front of r or s: one in 128.
        pki = Pki(folder, days=365, authority_key=RSA_2048)
        certificates = Certificates(pki)
        certificates.issue_expired("expired")
        events = folder / "events"
        # Wine ends its services with the user's last program; this one waits for a key until it is killed.
        # The services' reports go to its error stream.
        environment = {**os.environ, "WINEDEBUG": "-all,+eventlog"}
        with open(events, "wb") as sink:
            keeper = subprocess.Popen([wine, "cmd", "/c", "pause"],
                                      stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                      stderr=sink, env=environment)
            try:
                all_checks(tally, Machine(executables, wine, folder, pki), certificates, events)
            finally:
                keeper.stdin.close()
                keeper.kill()
                keeper.wait()
    print(f"services: {tally.passed} passed, {tally.failed} failed")
    sys.exit(1 if tally.failed else 0)


main()
