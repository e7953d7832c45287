#!/usr/bin/env python3
"""Mutation testing of the comparisons that decide on security: a test must fail when one of them is removed.

All mutants are compiled into one copy of core, each behind a number chosen by the environment, so one build
is enough. cargo-mutants, which mutates everything and builds each mutant, is meant for longer runs
(docs/src/testing.md). A mutant that no test notices fails the check, and so does a place that is no longer in
the code.

Usage: mutants.py [WORD..]: only those with all WORDs in their file or text.
Last line: `mutants: N killed, N survived`.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "shared"))
from testbed import ROOT, TARGET

# The text between the marks is replaced; the rest identifies one of several places.
MUTANTS = {
    "core/tls/src/crypto/secret.rs": [("«self.0.as_slice().ct_eq(other).into()»", "true")],
    "core/tls/src/tls/tls12/secured.rs": [("if «!self.verify_data(side)?.equals(message.body)» {", "false")],
    "core/tls/src/tls/peer_key.rs": [
        ("|scheme| «offered.contains(scheme)» &&", "true"),
        ("&& «scheme.is_verifiable::<P>()»)", "true"),
        ("if «!scheme.fits(&key)» {", "false"),
        ("«P::verify(scheme.kind(), &key, scheme.hash(), digest(scheme.hash())?.as_ref(), signature)»", "Ok(())"),
    ],
    "core/tls/src/tls/message/client_hello.rs": [
        ("if «id.len() > MAX_SESSION_ID» {", "false"),
    ],
    "core/tls/src/tls/ticket.rs": [
        ("|age| «age <= u64::from(tickets.lifetime)»)", "true"),
        ("&& «now <= *valid_until» &&", "true"),
        ("&& «bound == binding»", "true"),
    ],
    "core/tls/src/tls/server/hello.rs": [
        ("if «!does_tls12» {", "false"),
        ("«offer.version.0 < TLS12 && offer.names_suite(FALLBACK_SCSV)»", "false"),
        ("if «offer.offers_null_compression()» {", "true"),
        ("if «config.require_extended_master_secret && !extensions.extended_master_secret» {", "false"),
        ("if «config.resumption_check.is_some_and(|check| !check.allows(&resumed))» {", "false"),
        ("if «!extensions.extended_master_secret» {", "false"),
        ("|suite: &CipherSuite| «suite.is_supported::<P>()» &&", "true"),
        ("|group: &NamedGroup| «group.is_supported::<P>()» &&", "true"),
        ("&& «scheme.has_hash::<P>()»", "true"),
        ("«config.cipher_suites.contains(&suite)» && suite", "true"),
        ("&& «suite.is_supported::<P>()» && offer.offers(suite)", "true"),
        ("&& «offer.offers(suite)»", "true"),
    ],
    "core/tls/src/tls/config.rs": [("if «!P::CLIENT_AUTH» {", "false")],
    "core/tls/src/tls/tls12/server/flight.rs": [("if «config.client_auth.is_required()» {", "false")],
    "core/tls/src/tls/client/hello.rs": [
        ("if «choice.version != ProtocolVersion::TLS12» {", "false"),
        ("if «choice.compression_method != 0» {", "false"),
        ("if «config.require_extended_master_secret && !extensions.extended_master_secret» {", "false"),
        ("if «negotiated.cipher_suite != suite» {", "false"),
        ("if «!extensions.extended_master_secret» {", "false"),
    ],
    "core/tls/src/tls/tls12/client/proof.rs": [
        ("|group| «config.groups.contains(group)» &&", "true"),
        ("&& «group.is_supported::<P>()»)", "true"),
        ("if «!self.suite.is_signed_with(scheme.kind())» {", "false"),
    ],
    "core/tls/src/tls/store.rs": [
        ("if «session.binding != *binding» {", "false"),
        ("«now >= session.expires» ||", "false"),
        ("|| «now > session.valid_until»", "false"),
        ("if «!suites.contains(&session.negotiated.cipher_suite)» {", "false"),
    ],
    "core/tls/src/tls/record/recv.rs": [
        ("if «opener.protection.is_some() && version != RECORD_VERSION» {", "false"),
        ("if «len > opener.max_fragment + overhead» {", "false"),
        ("if «!self.opened.is_empty() && !matches!(content_type, ContentType::HANDSHAKE | ContentType::ALERT)» {", "false"),
    ],
    "core/tls/src/x509/rules.rs": [
        ("if «certificate.version() == 3» {", "true"),
        ("if «peer.is_authority()» {", "false"),
        ("«peer.check_validity(self.now)»", "Ok(())"),
        ("let is_authority = «root.is_authority() || root.version() < 3»;", "true"),
        ("«extensions.key_usage.is_none_or(|usage| usage.key_cert_sign)»", "true"),
        ("«extensions.path_len.is_none_or(|len| below <= usize::from(len))»", "true"),
        ("if «!extensions.allows(self.purpose)» {", "false"),
        ("«root.check_validity(self.now)»", "Ok(())"),
    ],
    "core/tls/src/x509/path.rs": [
        ("if «Certificate::subject_of(der) != Ok(subject.issuer())» {", "false"),
    ],
    "core/tls/src/x509/proof.rs": [
        ("«signed.verify::<P>(&key)»", "Ok(())"),
        ("«constraints.check(&certificate, is_peer && purpose == Purpose::Server)?»", "()"),
    ],
    "core/tls/src/x509/certificate.rs": [
        ("if «now < self.not_before» {", "false"),
        ("if «now > self.not_after» {", "false"),
        ("«usage.is_none_or(|usage| usage.digital_signature)» &&", "true"),
        ("&& «self.extensions.allows(purpose)» {", "true"),
    ],
    "core/tls/src/x509/name.rs": [("if «matches» {", "true")],
    "core/tls/src/x509/constraints.rs": [
        ("if «is_within(tag, name, &base, true)?» {", "false"),
        ("if «is_limited && !is_permitted» {", "false"),
    ],
    "core/tls/src/x509/revocation_list.rs": [
        ("if «now < self.this_update» {", "false"),
        ("if «self.next_update.is_none_or(|next| now > next)» {", "false"),
    ],
    "core/tls/src/x509/revocation.rs": [
        ("if «issuer.extensions().key_usage.is_some_and(|usage| !usage.crl_sign)» {", "false"),
    ],
}
CHOICE = """
#[cfg(not(test))]
extern crate std;

/// Whether the environment chooses this mutant.
pub(crate) fn is_mutant(number: u32) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<u32>> = std::sync::OnceLock::new();
    *CHOSEN.get_or_init(|| std::env::var("MUTANT").ok()?.parse().ok()) == Some(number)
}
"""
# The unit tests and the test programs about core's security.
PROGRAMS = {"lsam_tls": ["--lib"], "tls": ["--test", "tls"], "x509": ["--test", "x509"]}
# Ends an endless loop. Generous, for a busy machine.
PATIENCE = 600


def tree():
    """A fresh copy of the project, without what git ignores."""
    copy = TARGET / "mutants"
    shutil.rmtree(copy, ignore_errors=True)
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
        stdout=subprocess.PIPE, check=True
    ).stdout.decode().split("\0")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


def plant(copy):
    """Inserts all mutants into the copy; returns their files and texts, by number."""
    planted = {}
    for file, mutants in MUTANTS.items():
        text = (copy / file).read_text()
        for place, replacement in mutants:
            before, original, after = place.replace("»", "«").split("«")
            if text.count(before + original + after) != 1:
                sys.exit(
                    f"{file} has this not once: {before}{original}{after}\nmutants: 0 killed, 1 survived"
                )
            number = len(planted) + 1
            mutant = f"(if crate::is_mutant({number}) {{ {replacement} }} else {{ {original} }})"
            text = text.replace(before + original + after, before + mutant + after)
            planted[number] = (file, f"{original} -> {replacement}")
        (copy / file).write_text(text)
    library = copy / "core/tls/src/lib.rs"
    # The parentheses around a mutant are not always needed.
    text = library.read_text().replace("#![no_std]", "#![no_std]\n#![allow(unused_parens)]", 1)
    library.write_text(text + CHOICE)
    # Another version, so that cargo builds the copy in addition to the project, not in its place.
    manifest = copy / "Cargo.toml"
    manifest.write_text(
        re.sub(r'^version = ".*"$', 'version = "0.1.999"', manifest.read_text(), count=1, flags=re.M)
    )
    return planted


def build(copy):
    """The programs of the tests, by name."""
    targets = [word for words in PROGRAMS.values() for word in words]
    done = subprocess.run(
        ["cargo", "test", "--quiet", "--offline", "-p", "lsam-tls", *targets, "--no-run",
         "--message-format=json"],
        cwd=copy, env={**os.environ, "CARGO_TARGET_DIR": str(TARGET.resolve())}, stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        sys.exit("the copy with the mutants does not build\nmutants: 0 killed, 1 survived")
    messages = map(json.loads, done.stdout.decode().splitlines())
    return {one["target"]["name"]: one["executable"] for one in messages if one.get("executable")}


def fails(program, copy, number):
    """The first test of the program that fails with this mutant, or its exit code; None if all pass."""
    process = subprocess.Popen(
        [program], cwd=copy / "core/tls", env={**os.environ, "MUTANT": str(number), "RUST_BACKTRACE": "0"},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace",
    )
    timer = threading.Timer(PATIENCE, process.kill)
    timer.start()
    try:
        for line in process.stdout:
            if line.startswith("test ") and line.rstrip().endswith("FAILED"):
                process.kill()
                return line.split()[1]
        return None if process.wait() == 0 else f"exit code {process.returncode}"
    finally:
        timer.cancel()
        process.stdout.close()
        process.wait()


def main():
    copy = tree()
    planted = plant(copy)
    programs = build(copy)
    # Without a mutant, the tests pass.
    for name in PROGRAMS:
        if found := fails(programs[name], copy, 0):
            sys.exit(f"{found} fails without a mutant\nmutants: 0 killed, 1 survived")
    survived = killed = 0
    for number, (file, text) in planted.items():
        if not all(word in f"{file} {text}" for word in sys.argv[1:]):
            continue
        area = "x509" if "/x509/" in file else "tls"
        found = next(filter(None, (fails(programs[name], copy, number) for name in ("lsam_tls", area))), None)
        killed += bool(found)
        survived += not found
        print(
            f"{'killed  ' if found else 'SURVIVED'}  {file}: {text}{f' ({found})' if found else ''}",
            flush=True
        )
    print(f"mutants: {killed} killed, {survived} survived")
    return 1 if survived or not killed else 0


if __name__ == "__main__":
    sys.exit(main())
