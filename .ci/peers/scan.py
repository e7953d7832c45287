#!/usr/bin/env python3
"""Scanners grade the running tls-server, and every finding that is not allowed fails the check.

sslscan and testssl are Debian's; sslyze is installed from PyPI into a separate environment below target/.
Each finding in ALLOWED has a reason. With `--keep FOLDER`, the scanners' files are kept there.
Last line: `scan: N passed, N failed`.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
import tls_profile
from testbed import NAME, PROGRAMS, ROOT, Pki, Tally, build_programs, must, prepare, server

SSLYZE = "sslyze==6.3.1"
PATIENCE = 1800

SUITES = {suite.openssl for suite in tls_profile.SUITES}
GROUPS = {group.name for group in tls_profile.GROUPS}

# Findings of testssl with their severity, and why they are not the server's fault.
ALLOWED = {
    ("engine_problem", "WARN"): "the scanner's OpenSSL has no GOST engine, the server no GOST suite",
    ("cert_revocation", "HIGH"): "the certificates of this run name no place of a CRL",
    ("DNS_CAArecord", "LOW"): "the name of this run is in no DNS",
    ("HSTS", "LOW"): "HTTP is spoken to be asked something, not for browsers",
    ("security_headers", "MEDIUM"): "HTTP is spoken to be asked something, not for browsers",
}
# What testssl must have examined, so that an aborted scan does not pass.
EXPECTED = {
    "SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3", "cipherlist_NULL", "cipherlist_aNULL",
    "cipherlist_EXPORT",
    "cipherlist_LOW", "PFS", "PFS_ECDHE_curves", "cipher_order", "heartbleed", "CCS", "ticketbleed", "ROBOT",
    "secure_renego", "secure_client_renego", "CRIME_TLS", "BREACH", "POODLE_SSL", "fallback_SCSV", "SWEET32",
    "FREAK",
    "DROWN", "LOGJAM", "BEAST", "LUCKY13", "RC4", "scanTime",
}


def scan(*command):
    """Runs a scanner and returns its output. Exit codes are ignored: each scanner has its own."""
    done = subprocess.run(
        [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE, check=False,
    )
    return done.stdout.decode(errors="replace")


def equal(found, wanted):
    must(found == wanted, f"{found} instead of {wanted}", "")


def sslyze_program():
    installed = subprocess.run([ROOT / ".ci/shared/pypi", SSLYZE], capture_output=True, text=True, check=True)
    return [pathlib.Path(installed.stdout.strip()) / "python", "-m", "sslyze"]


# --- the three scanners ---------------------------------------------------------------------------


def sslscan(tally, folder, port):
    file = folder / "sslscan.xml"
    scan("sslscan", "--no-colour", f"--sni-name={NAME}", f"--xml={file}", f"127.0.0.1:{port}")
    test = xml.etree.ElementTree.parse(file).find("ssltest")
    for protocol in test.iter("protocol"):
        name = protocol.get("type") + protocol.get("version")
        tally.check(f"sslscan: {name}", equal, protocol.get("enabled"), "1" if name == "tls1.2" else "0")
    ciphers = list(test.iter("cipher"))
    tally.check("sslscan: suites", equal, {c.get("cipher") for c in ciphers}, SUITES)
    for cipher in ciphers:
        tally.check(f"sslscan: strength of {cipher.get('cipher')}", equal, cipher.get("strength"), "strong")
    tally.check("sslscan: groups", equal, {g.get("name").split()[0] for g in test.iter("group")}, GROUPS)
    tally.check(
        "sslscan: renegotiation", equal, [r.get("supported") for r in test.iter("renegotiation")], ["0"]
    )
    tally.check("sslscan: heartbleed", equal, {h.get("vulnerable") for h in test.iter("heartbleed")}, {"0"})


def sslyze(tally, program, folder, root, port):
    file = folder / "sslyze.json"
    said = scan(
        *program, f"--certinfo_ca_file={root}", f"--sni={NAME}", f"--json_out={file}", f"127.0.0.1:{port}"
    )
    results = json.loads(file.read_text())["server_scan_results"]
    tally.check("sslyze: completed", equal, [result["scan_status"] for result in results], ["COMPLETED"])
    found = {name: attempt["result"] for name, attempt in results[0]["scan_result"].items()}
    for name in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1", "tls_1_3"):
        tally.check(f"sslyze: {name}", equal, found[f"{name}_cipher_suites"]["accepted_cipher_suites"], [])
    accepted = {
        suite["cipher_suite"]["openssl_name"]
        for suite in found["tls_1_2_cipher_suites"]["accepted_cipher_suites"]
    }
    tally.check("sslyze: suites", equal, accepted, SUITES)
    curves = {curve["name"].lower() for curve in found["elliptic_curves"]["supported_curves"]}
    tally.check("sslyze: groups", equal, curves, GROUPS)
    for scanned, field, wanted in (
        ("tls_compression", "supports_compression", False),
        ("openssl_ccs_injection", "is_vulnerable_to_ccs_injection", False),
        ("tls_fallback_scsv", "supports_fallback_scsv", True),
        ("heartbleed", "is_vulnerable_to_heartbleed", False),
        ("robot", "robot_result", "NOT_VULNERABLE_RSA_NOT_SUPPORTED"),
        ("session_renegotiation", "supports_secure_renegotiation", True),
        ("session_renegotiation", "is_vulnerable_to_client_renegotiation_dos", False),
        ("tls_extended_master_secret", "supports_ems_extension", True),
    ):
        tally.check(f"sslyze: {scanned}, {field}", equal, found[scanned][field], wanted)
    deployments = found["certificate_info"]["certificate_deployments"]
    tally.check("sslyze: both certificates", equal, len(deployments), 2)
    # Mozilla's profile requires a public authority and a short validity; this run has a private one.
    complaints = re.findall(r"^ +\* (\w+):", said.partition("COMPLIANCE")[2], re.M)
    tally.check(
        "sslyze: Mozilla's intermediate profile", equal, set(complaints) - {"certificate_path_validation"},
        set()
    )


def testssl(tally, folder, root, port):
    file = folder / "testssl.json"
    scan(
        "testssl", "--quiet", "--color", "0", "--warnings", "batch", "--nodns", "min", "--add-ca", root,
        "--ip", "127.0.0.1",
        "--jsonfile", file, f"{NAME}:{port}",
    )
    findings = json.loads(file.read_text())
    tally.check("testssl: looked at all", equal, EXPECTED - {finding["id"] for finding in findings}, set())
    for finding in findings:
        if finding["severity"] in ("OK", "INFO"):
            tally.passed += 1
            continue
        reason = ALLOWED.get((finding["id"].split()[0], finding["severity"]))
        words = f"testssl: {finding['id']}, {finding['severity']}: {finding['finding']}"
        tally.check(
            f"{words} (allowed: {reason})" if reason else words, must, reason is not None, "a finding", ""
        )
    offered = next((f["finding"] for f in findings if f["id"] == "TLS1_3"), "")
    tally.check("testssl: no TLS 1.3", must, offered.startswith("not offered"), offered, "")


def scan_all(folder):
    program = sslyze_program()
    tally = Tally()
    pki = Pki(folder, days=200)
    flags = ["--tickets"]
    for kind in ("ECDSA", "RSA"):
        flags += ["--cert", pki.certificate(kind), "--key", pki.key(kind)]
    with server(
        folder, lambda port: [PROGRAMS / "tls-server", "--listen", f"127.0.0.1:{port}", *flags]
    ) as running:
        port = running.port
        sslscan(tally, folder, port)
        sslyze(tally, program, folder, pki.root, port)
        testssl(tally, folder, pki.root, port)
        tally.check(
            "the server is still the same process", must, not running.has_ended(), "it has ended",
            running.said()
        )
    return tally


def main():
    # testssl needs hexdump and a resolver's tool.
    prepare(
        ".ci/shared/need", "openssl=openssl", "sslscan=sslscan", "testssl=testssl.sh",
        "hexdump=bsdextrautils", "host=bind9-host"
    )
    build_programs()
    if "--keep" in sys.argv:
        folder = pathlib.Path(sys.argv[sys.argv.index("--keep") + 1])
        folder.mkdir(parents=True, exist_ok=True)
        tally = scan_all(folder)
    else:
        with tempfile.TemporaryDirectory(prefix="lsam-scan-") as temporary:
            tally = scan_all(pathlib.Path(temporary))
    print(f"scan: {tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
