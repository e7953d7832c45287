#!/usr/bin/env python3
"""Makes the certificates in this folder, which core/tests/x509.rs judges. Needs the package `cryptography` and the
command `openssl`. Validity is 2025 to 2035 unless the name says otherwise; the tests pass the time themselves."""

import datetime
import ipaddress
import pathlib
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = pathlib.Path(__file__).parent
EKU = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}
USAGES = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
          "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
SAN = [x509.DNSName("agent.example"), x509.DNSName("*.apps.example"), x509.IPAddress(ipaddress.ip_address("10.1.2.3"))]
serials = iter(range(0x0A1B2C00, 0x0A1B2CFF))


class Issued:
    def __init__(self, name, key):
        self.name, self.key = name, key


def name(common_name):
    return x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example, Inc."),
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
    ])


def make(file, common_name, issuer=None, key=None, ca=None, path_len=None, usage=(), eku=(), san=(), year=2025,
         until=2035, hash=hashes.SHA256(), pss=False, ids=True, more=(), signer=None):
    """Writes `file`.der and returns its subject as an issuer. Without an issuer it is self-signed."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = name(common_name)
    by = issuer or Issued(subject, key)
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(by.name).public_key(key.public_key())
               .serial_number(next(serials)).not_valid_before(datetime.datetime(year, 1, 1))
               .not_valid_after(datetime.datetime(until, 1, 1)))
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_len), True)
    if usage:
        builder = builder.add_extension(x509.KeyUsage(**{u: u in usage for u in USAGES}), True)
    if eku:
        builder = builder.add_extension(x509.ExtendedKeyUsage([EKU[u] for u in eku]), False)
    if san:
        builder = builder.add_extension(x509.SubjectAlternativeName(san), False)
    if ids:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), False)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    signer = signer or by.key
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hash
    rsa_padding = padding.PSS(padding.MGF1(hash), hash.digest_size) if pss else None
    certificate = builder.sign(signer, algorithm, rsa_padding=rsa_padding)
    (HERE / f"{file}.der").write_bytes(certificate.public_bytes(serialization.Encoding.DER))
    return Issued(subject, key)


CA = {"ca": True, "usage": ("key_cert_sign", "crl_sign")}
SERVER = {"ca": False, "usage": ("digital_signature",), "eku": ("server",), "san": SAN}
CLIENT = {"ca": False, "usage": ("digital_signature",), "eku": ("client",)}

# A usual hierarchy, and a root and an intermediate of the same names with other keys.
root = make("root", "Root CA", **CA)
sub = make("sub", "Issuing CA", root, path_len=0, **CA)
server = make("server", "agent.example", sub, **SERVER)
make("server-by-root", "agent.example", root, **SERVER)
make("client", "scheduler", sub, **CLIENT)
make("plain", "agent.example", sub, ids=False)
make("root-renewed", "Root CA", **CA)
make("root-no-ids", "Root CA", ids=False, **CA)
make("sub-renewed", "Issuing CA", root, **CA)

# Leaves that are wrong in one way each.
make("leaf-expired", "agent.example", sub, until=2026, year=2025, **SERVER)
make("leaf-future", "agent.example", sub, year=2034, **SERVER)
make("leaf-no-signature-usage", "agent.example", sub, **{**SERVER, "usage": ("key_encipherment",)})
make("leaf-critical", "agent.example", sub, **SERVER,
     more=[(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)])
make("leaf-wrong-key", "agent.example", sub, signer=ec.generate_private_key(ec.SECP256R1()), **SERVER)
make("leaf-authority", "agent.example", sub, **{**SERVER, "ca": True})
make("leaf-p521", "agent.example", sub, key=ec.generate_private_key(ec.SECP521R1()), **SERVER)
make("leaf-rsa-1024", "agent.example", sub, key=rsa.generate_private_key(65537, 1024), **SERVER)

# Issuers that are wrong in one way each, and a leaf below each.
make("below-leaf", "other.example", server, **SERVER)
for file, options in {
    "no-sign": {**CA, "usage": ("crl_sign",)},
    "not-authority": {**CA, "ca": False},
    "expired": {**CA, "until": 2026},
    "client-only": {**CA, "eku": ("client",)},
}.items():
    issuer = make(f"sub-{file}", f"Issuing CA {file}", root, **options)
    make(f"below-{file}", "agent.example", issuer, **SERVER)
deeper = make("sub-below-path-len", "Deeper CA", sub, **CA)
make("below-path-len", "agent.example", deeper, **SERVER)
for file, options in {
    "expired": {**CA, "until": 2026},
    "no-sign": {**CA, "usage": ("crl_sign",)},
    "not-authority": {**CA, "ca": False},
    "client-only": {**CA, "eku": ("client",)},
}.items():
    issuer = make(f"root-{file}", f"Root CA {file}", **options)
    make(f"below-root-{file}", "agent.example", issuer, **SERVER)
short = make("root-path-len", "Root CA path length 0", path_len=0, **CA)
issuer = make("sub-root-path-len", "Issuing CA path length", short, **CA)
make("below-root-path-len", "agent.example", issuer, **SERVER)

# Name constraints.
constraint = x509.NameConstraints([x509.DNSName("example")], None)
constrained = make("sub-constrained", "Issuing CA constrained", root, more=[(constraint, True)], **CA)
make("constrained-inside", "agent.example", constrained, **SERVER)
make("constrained-outside", "agent.test", constrained, **{**SERVER, "san": [x509.DNSName("agent.test")]})
make("constrained-common-name", "agent.test", constrained, **{**SERVER, "san": [x509.DNSName("agent.example")]})
make("constrained-no-alternative", "agent.test", constrained, **{**SERVER, "san": []})
make("constrained-prose", "Agent of the test", constrained, **SERVER)

# Six intermediates, and a seventh.
issuer = root
for n in range(1, 8):
    issuer = make(f"deep-{n}", f"Deep CA {n}", issuer, **CA)
    if n >= 6:
        make(f"below-deep-{n}", "agent.example", issuer, **SERVER)

# Self-signed certificates that are trusted as such.
make("self", "agent.example", ca=False, san=SAN)
make("self-authority", "agent.example", ca=True, san=SAN)
make("self-usual", "agent.example", **SERVER)
make("self-client-only", "agent.example", **{**CLIENT, "san": SAN})
make("self-expired", "agent.example", until=2026, ca=False, san=SAN)
make("self-critical", "agent.example", ca=False,
     more=[(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)])

# Other algorithms.
p384 = make("root-p384", "Root CA P-384", key=ec.generate_private_key(ec.SECP384R1()), hash=hashes.SHA384(), **CA)
make("server-p384", "agent.example", p384, key=ec.generate_private_key(ec.SECP384R1()), hash=hashes.SHA384(), **SERVER)
make("server-p384-sha256", "agent.example", p384, **SERVER)
rsa_root = make("root-rsa", "Root CA RSA", key=rsa.generate_private_key(65537, 4096), **CA)
rsa_sub = make("sub-rsa", "Issuing CA RSA", rsa_root, key=rsa.generate_private_key(65537, 3072), hash=hashes.SHA384(), **CA)
make("server-rsa", "agent.example", rsa_sub, key=rsa.generate_private_key(65537, 2048), **SERVER)
make("server-rsa-pss", "agent.example", rsa_root, key=rsa.generate_private_key(65537, 2048), pss=True, **SERVER)
make("server-rsa-pss-sha512", "agent.example", rsa_root, pss=True, hash=hashes.SHA512(), **SERVER)
ed = make("root-ed25519", "Root CA Ed25519", key=ed25519.Ed25519PrivateKey.generate(), **CA)
make("below-ed25519", "agent.example", ed, **SERVER)

# Names.
make("name-common-only", "AGENT_01", sub, ca=False)
make("name-wildcard-common", "*.lan.example", sub, ca=False)
make("name-address-only", "10.1.2.3", sub, ca=False, san=[x509.IPAddress(ipaddress.ip_address("fd00::1"))])
make("name-nul", "agent.example\0.test", sub, ca=False)

# What the library does not make: SHA-1, and a root of version 1.
with tempfile.TemporaryDirectory() as folder:
    tmp = pathlib.Path(folder)

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=tmp, capture_output=True)

    def pem(key):
        return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                 serialization.NoEncryption())

    (tmp / "root.key").write_bytes(pem(root.key))
    (tmp / "ext").write_text("basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:agent.example\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "leaf.key",
            "-subj", "/CN=agent.example", "-out", "leaf.csr")
    openssl("x509", "-req", "-in", "leaf.csr", "-CA", str(HERE / "root.der"), "-CAform", "DER", "-CAkey", "root.key",
            "-sha1", "-days", "3650", "-set_serial", "77", "-extfile", "ext", "-outform", "DER",
            "-out", str(HERE / "server-sha1.der"))
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "v1.key",
            "-subj", "/O=Example/CN=Root CA version 1", "-out", "v1.csr")
    openssl("x509", "-req", "-in", "v1.csr", "-signkey", "v1.key", "-days", "3650", "-set_serial", "78",
            "-outform", "DER", "-out", str(HERE / "root-v1.der"))
    v1 = serialization.load_pem_private_key((tmp / "v1.key").read_bytes(), None)
    v1_name = x509.load_der_x509_certificate((HERE / "root-v1.der").read_bytes()).subject
    make("below-v1", "agent.example", Issued(v1_name, v1), **SERVER)
