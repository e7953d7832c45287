"""Makes rsa-sizes.txt: a line for each size of modulus and exponent around the limits of the profile, with
the signatures of "sample" by PKCS #1 v1.5 and by PSS, both with SHA-256. Needs the package `cryptography`."""

import pathlib
import secrets
from math import gcd

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CASES = [
    ("refuse", 2040, 65537),
    ("refuse", 2047, 65537),
    ("accept", 2048, 3),
    ("accept", 2048, 65537),
    ("accept", 2048, 65539),
    ("accept", 2048, 2**33 - 1),
    ("refuse", 2048, 2**33 + 1),
    ("accept", 2049, 65537),
    ("accept", 2056, 65537),
    ("accept", 3071, 65537),
    ("accept", 3072, 65537),
    ("accept", 3073, 3),
    ("accept", 4095, 65537),
    ("accept", 4096, 65537),
    ("refuse", 4097, 65537),
]


def is_prime(n):
    if any(n % p == 0 for p in (3, 5, 7, 11, 13, 17, 19, 23)):
        return False
    s = (n - 1 & -(n - 1)).bit_length() - 1
    for _ in range(20):
        x = pow(secrets.randbelow(n - 3) + 2, n - 1 >> s, n)
        if x not in (1, n - 1) and all((x := x * x % n) != n - 1 for _ in range(s - 1)):
            return False
    return True


def prime(bits, e):
    while True:
        n = secrets.randbits(bits) | 1 << bits - 1 | 1
        if gcd(e, n - 1) == 1 and is_prime(n):
            return n


def key(bits, e):
    while True:
        p, q = prime((bits + 1) // 2, e), prime(bits // 2, e)
        if (p * q).bit_length() == bits:
            break
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)


lines = [
    "# verdict, bits of the modulus, exponent, modulus, PKCS #1 signature, PSS signature; see rsa-sizes.py"
]
for verdict, bits, e in CASES:
    numbers = key(bits, e)
    private = numbers.private_key(unsafe_skip_rsa_key_validation=e > 2**32)
    pkcs1 = private.sign(b"sample", padding.PKCS1v15(), hashes.SHA256())
    pss = private.sign(b"sample", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    modulus = numbers.public_numbers.n.to_bytes((bits + 7) // 8)
    lines.append(f"{verdict} {bits} {e} {modulus.hex()} {pkcs1.hex()} {pss.hex()}")
pathlib.Path(__file__).with_suffix(".txt").write_text("\n".join(lines) + "\n")
