"""The TLS profile in the terms of each implementation: a cipher and a group are one row each.

Our programs, the peers, the scanners and the relay all take it from here.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Cipher:
    """What a suite has besides the algorithm of the certificate."""

    name: str
    openssl: str
    gnutls: str
    # The code points of the suites, by the algorithm of the certificate.
    ecdsa: int
    rsa: int
    # What sealing adds to a record: the tag, and with GCM the explicit nonce (RFC 5288 section 3, RFC 7905).
    overhead: int


CIPHERS = [
    Cipher("AES_128_GCM_SHA256", "AES128-GCM-SHA256", "AES-128-GCM", 0xC02B, 0xC02F, 24),
    Cipher("AES_256_GCM_SHA384", "AES256-GCM-SHA384", "AES-256-GCM", 0xC02C, 0xC030, 24),
    Cipher("CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305", "CHACHA20-POLY1305", 0xCCA9, 0xCCA8, 16),
]


@dataclasses.dataclass(frozen=True)
class Suite:
    """A cipher with the algorithm of the certificate, ECDSA or RSA."""

    authentication: str
    cipher: Cipher

    def __str__(self):
        return self.name

    @property
    def name(self):
        return f"TLS_ECDHE_{self.authentication}_WITH_{self.cipher.name}"

    @property
    def openssl(self):
        return f"ECDHE-{self.authentication}-{self.cipher.openssl}"

    @property
    def code(self):
        return self.cipher.rsa if self.authentication == "RSA" else self.cipher.ecdsa


SUITES = [Suite(authentication, cipher) for authentication in ("ECDSA", "RSA") for cipher in CIPHERS]


@dataclasses.dataclass(frozen=True)
class Group:
    name: str
    code: int
    openssl: str
    # What s_client prints for the server's key.
    temp_key: str

    def __str__(self):
        return self.name

    @property
    def gnutls(self):
        return self.name.upper()


X25519 = Group("x25519", 0x001D, "X25519", "X25519, 253 bits")
SECP256R1 = Group("secp256r1", 0x0017, "prime256v1", "ECDH, prime256v1, 256 bits")
SECP384R1 = Group("secp384r1", 0x0018, "secp384r1", "ECDH, secp384r1, 384 bits")
GROUPS = [X25519, SECP256R1, SECP384R1]
