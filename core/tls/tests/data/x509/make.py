"""Makes the certificates and revocation lists in this folder, which core/tls/tests/x509/chains.rs and
revocation.rs verify. Needs the package `cryptography` and the command `openssl`. Validity is 2025 to 2035
unless the name says otherwise; the tests pass the time themselves. `make.py revocation` only makes
what x509_revocation.rs needs."""

import datetime
import ipaddress
import pathlib
import subprocess
import sys
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = pathlib.Path(__file__).parent
EKU = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}
USAGES = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
          "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
SAN = [
    x509.DNSName("agent.example"), x509.DNSName("*.apps.example"),
    x509.IPAddress(ipaddress.ip_address("10.1.2.3")),
]
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


def make(file, common_name, issuer=None, key=None, ca=None, path_len=None, usage=(), eku=(), san=(),
         year=2025, until=2035, hash=hashes.SHA256(), pss=False, ids=True, more=(), signer=None,
         serial=None):
    """Writes `file`.der and returns its subject as an issuer. Without an issuer it is self-signed."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = name(common_name)
    by = issuer or Issued(subject, key)
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(by.name).public_key(key.public_key())
               .serial_number(serial or next(serials)).not_valid_before(datetime.datetime(year, 1, 1))
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
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), False
        )
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

# Revocation lists, written byte for byte, because the library does not make the wrong ones.
def tlv(tag, *content):
    content = b"".join(content)
    size = len(content)
    length = [size] if size < 0x80 else [0x81, size] if size < 0x100 else [0x82, size >> 8, size & 0xFF]
    return bytes([tag, *length]) + content


def sequence(*content):
    return tlv(0x30, *content)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def utc(year):
    return tlv(0x17, f"{year % 100:02}0101000000Z".encode())


def extension(oid, value, critical=False):
    return sequence(tlv(0x06, oid), b"\x01\x01\xff" * critical, tlv(0x04, value))


def uri(text):
    return tlv(0x86, text.encode())


ID_CE = b"\x55\x1d"
ECDSA_SHA1, ECDSA_SHA256 = b"\x2a\x86\x48\xce\x3d\x04\x01", b"\x2a\x86\x48\xce\x3d\x04\x03\x02"
NUMBER = extension(ID_CE + b"\x14", integer(1))
UNKNOWN = extension(b"\x2a\x03\x04", b"\x05\x00", critical=True)


def entry(serial, *extensions):
    serial = serial if isinstance(serial, bytes) else integer(serial)
    return sequence(serial, utc(2026), sequence(*extensions) if extensions else b"")


def point(*fields):
    return extension(ID_CE + b"\x1c", sequence(*fields), critical=True)


def crl(file, issuer, *entries, year=2027, until=2028, extensions=(NUMBER,), version=integer(1), signer=None,
        sha1=False, inner=None):
    """Writes `file`.crl. `entries` are serial numbers, or entries already encoded."""
    entries = [e if isinstance(e, bytes) else entry(e) for e in entries]
    rsa_key = isinstance(issuer.key, rsa.RSAPrivateKey)
    algorithm = (sequence(tlv(0x06, b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), b"\x05\x00") if rsa_key
                 else sequence(tlv(0x06, ECDSA_SHA1 if sha1 else ECDSA_SHA256)))
    tbs = sequence(version, inner or algorithm, issuer.name.public_bytes(), utc(year),
                   utc(until) if until else b"",
                   sequence(*entries) if entries else b"",
                   tlv(0xA0, sequence(*extensions)) if extensions else b"")
    key = signer or issuer.key
    signature = (key.sign(tbs, padding.PKCS1v15(), hashes.SHA256()) if rsa_key
                 else key.sign(tbs, ec.ECDSA(hashes.SHA1() if sha1 else hashes.SHA256())))
    (HERE / f"{file}.crl").write_bytes(sequence(tbs, algorithm, tlv(0x03, b"\0", signature)))


def distributed(*points):
    return [(x509.CRLDistributionPoints([x509.DistributionPoint(**point) for point in points]), False)]


def make_revocation():
    root = make("rev-root", "Revoking Root CA", serial=0x31, **CA)
    sub = make("rev-sub", "Revoking CA", root, serial=0x32, **CA)
    other = Issued(sub.name, ec.generate_private_key(ec.SECP256R1()))
    leaf, high = 0x0A1B, 0x8000000000000041
    make("rev-leaf", "agent.example", sub, serial=leaf, **SERVER)
    make("rev-leaf-high", "agent.example", sub, serial=high, **SERVER)
    make("rev-leaf-by-root", "agent.example", root, serial=leaf, **SERVER)
    one, two = (x509.UniformResourceIdentifier(f"http://crl.example/{n}.crl") for n in (1, 2))
    make("rev-leaf-point-1", "agent.example", sub, serial=0x51, **SERVER, more=distributed(
        {"full_name": [one, two], "relative_name": None, "reasons": None, "crl_issuer": None}))
    make("rev-leaf-point-2", "agent.example", sub, serial=0x52, **SERVER, more=distributed(
        {"full_name": [two], "relative_name": None, "reasons": None, "crl_issuer": None}))
    make("rev-leaf-point-of-other", "agent.example", sub, serial=0x53, **SERVER, more=distributed(
        {"full_name": [one], "relative_name": None, "reasons": None, "crl_issuer": [x509.DirectoryName(root.name)]}))
    make("rev-leaf-point-relative", "agent.example", sub, serial=0x54, **SERVER, more=distributed(
        {"full_name": None, "reasons": None, "crl_issuer": None, "relative_name": x509.RelativeDistinguishedName(
            [x509.NameAttribute(NameOID.COMMON_NAME, "1")])}))
    no_list = make(
        "rev-sub-no-crl-sign", "CA without lists", root, serial=0x33, **{**CA, "usage": ("key_cert_sign",)}
    )
    make("rev-below-no-crl-sign", "agent.example", no_list, serial=leaf, **SERVER)
    any_use = make("rev-sub-any-usage", "CA for any use", root, serial=0x34, ca=True)
    make("rev-below-any-usage", "agent.example", any_use, serial=leaf, **SERVER)
    # The same name and key as rev-sub, certified another time, and without the right to sign lists.
    make("rev-sub-again", "Revoking CA", root, key=sub.key, serial=0x35, **CA)
    make("rev-sub-again-no-crl-sign", "Revoking CA", root, key=sub.key, serial=0x36,
         **{**CA, "usage": ("key_cert_sign",)})
    rsa_root = make(
        "rev-root-rsa", "Revoking Root CA RSA", key=rsa.generate_private_key(65537, 2048), **CA, serial=0x37
    )
    make("rev-leaf-rsa", "agent.example", rsa_root, serial=leaf, **SERVER)
    itself = make("rev-self", "self.example", ca=False, san=SAN, serial=0x38)
    no_sign = make("rev-self-no-crl-sign", "self.example", serial=0x39, **SERVER)

    crl("root", root, 0x99)
    crl("root-empty", root)
    crl("root-sub", root, 0x32)
    crl("root-leaf", root, leaf)
    crl("sub", sub, 0x01, 0x0A1C, 0x0A1BFF, high + 1)
    crl("sub-leaf", sub, 0x01, leaf, 0x02)
    crl("sub-high", sub, high)
    crl("sub-leading-zeros", sub, entry(tlv(0x02, b"\0\0\0", leaf.to_bytes(2, "big"))))
    crl("sub-high-without-zero", sub, entry(tlv(0x02, high.to_bytes(8, "big"))))
    crl("sub-reason", sub, entry(leaf, extension(ID_CE + b"\x15", b"\x0a\x01\x01")))
    crl("sub-version-1", sub, 0x01, version=b"", extensions=())
    crl("sub-version-1-leaf", sub, leaf, version=b"", extensions=())
    crl("sub-version-1-extensions", sub, leaf, version=b"")
    crl("sub-version-3", sub, leaf, version=integer(2))
    crl("sub-old", sub, 0x01, year=2026, until=2027)
    crl("sub-old-leaf", sub, leaf, year=2026, until=2027)
    crl("sub-early", sub, 0x01, year=2028, until=2029)
    crl("sub-early-leaf", sub, leaf, year=2028, until=2029)
    crl("sub-endless", sub, 0x01, until=None)
    crl("sub-other-key", sub, 0x01, signer=other.key)
    crl("sub-other-key-leaf", sub, leaf, signer=other.key)
    crl("sub-sha1", sub, 0x01, sha1=True)
    crl("sub-mismatch", sub, leaf, inner=sequence(tlv(0x06, ECDSA_SHA1)))
    crl("sub-critical", sub, 0x01, extensions=(NUMBER, UNKNOWN))
    crl("sub-critical-leaf", sub, leaf, extensions=(NUMBER, UNKNOWN))
    crl("sub-entry-critical", sub, entry(0x01, UNKNOWN))
    crl("sub-entry-critical-leaf", sub, entry(leaf, UNKNOWN))
    crl("sub-entry-critical-before", sub, entry(0x01, UNKNOWN), leaf)
    crl("sub-entry-malformed", sub, entry(0x01), tlv(0x30, integer(2)))
    crl("sub-delta", sub, leaf, extensions=(NUMBER, extension(ID_CE + b"\x1b", integer(1), critical=True)))
    indirect = extension(ID_CE + b"\x1d", sequence(tlv(0xA4, root.name.public_bytes())), critical=True)
    crl("sub-indirect", sub, entry(leaf, indirect), extensions=(NUMBER, point(b"\x84\x01\xff")))
    for file, field in {"users": b"\x81\x01\xff", "authorities": b"\x82\x01\xff", "attributes": b"\x85\x01\xff",
                        "some-reasons": b"\x83\x02\x06\x40"}.items():
        crl(f"sub-{file}", sub, 0x01, extensions=(NUMBER, point(field)))
        crl(f"sub-{file}-leaf", sub, leaf, extensions=(NUMBER, point(field)))
    crl("root-authorities", root, 0x99, extensions=(NUMBER, point(b"\x82\x01\xff")))
    crl("root-authorities-sub", root, 0x32, extensions=(NUMBER, point(b"\x82\x01\xff")))
    crl("root-users", root, 0x99, extensions=(NUMBER, point(b"\x81\x01\xff")))
    crl("root-users-sub", root, 0x32, extensions=(NUMBER, point(b"\x81\x01\xff")))
    named = point(tlv(0xA0, tlv(0xA0, uri("http://crl.example/0.crl"), uri("http://crl.example/1.crl"))))
    crl("sub-point-1", sub, 0x01, extensions=(NUMBER, named))
    crl("sub-point-1-all", sub, leaf, 0x51, 0x52, 0x53, extensions=(NUMBER, named))
    common_name = sequence(tlv(0x06, b"\x55\x04\x03"), tlv(0x0C, b"1"))
    crl("sub-point-relative", sub, 0x01, extensions=(NUMBER, point(tlv(0xA0, tlv(0xA1, common_name)))))
    crl("sub-point-twice", sub, leaf, extensions=(NUMBER, named, named))
    crl("no-crl-sign", no_list, 0x01)
    crl("no-crl-sign-leaf", no_list, leaf)
    crl("any-usage", any_use, 0x01)
    crl("any-usage-leaf", any_use, leaf)
    crl("rsa", rsa_root, 0x01)
    crl("rsa-leaf", rsa_root, leaf)
    crl("self", itself, 0x01)
    crl("self-itself", itself, 0x38)
    crl("self-no-crl-sign", no_sign, 0x39)


make_revocation()
if sys.argv[1:] == ["revocation"]:
    sys.exit()

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
make(
    "constrained-common-name", "agent.test", constrained, **{**SERVER, "san": [x509.DNSName("agent.example")]}
)
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
p384 = make(
    "root-p384", "Root CA P-384", key=ec.generate_private_key(ec.SECP384R1()), hash=hashes.SHA384(), **CA
)
make(
    "server-p384", "agent.example", p384, key=ec.generate_private_key(ec.SECP384R1()), hash=hashes.SHA384(),
    **SERVER
)
make("server-p384-sha256", "agent.example", p384, **SERVER)
rsa_root = make("root-rsa", "Root CA RSA", key=rsa.generate_private_key(65537, 4096), **CA)
rsa_sub = make(
    "sub-rsa", "Issuing CA RSA", rsa_root, key=rsa.generate_private_key(65537, 3072), hash=hashes.SHA384(),
    **CA
)
make("server-rsa", "agent.example", rsa_sub, key=rsa.generate_private_key(65537, 2048), **SERVER)
make(
    "server-rsa-pss", "agent.example", rsa_root, key=rsa.generate_private_key(65537, 2048), pss=True, **SERVER
)
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
