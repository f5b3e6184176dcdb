"""Public keys in DER, read without a cryptography package: how many bits an RSA key has, what an Ed25519 key is."""

from __future__ import annotations

ED25519_PREFIX = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of RFC 8410, before the 32 bytes
_RSA_ENCRYPTION = bytes.fromhex("06092a864886f70d010101")  # the object identifier 1.2.840.113549.1.1.1

_SEQUENCE, _INTEGER, _BIT_STRING = 0x30, 0x02, 0x03


class NotDer(Exception):
    """The bytes are not what DER allows there."""


def raw_ed25519(spki: bytes) -> bytes | None:
    """The 32 bytes of an Ed25519 key in SubjectPublicKeyInfo form (RFC 8410), None for anything else."""
    bare = spki[len(ED25519_PREFIX) :]
    return bare if spki.startswith(ED25519_PREFIX) and len(bare) == 32 else None


def rsa_bits(key: bytes) -> int | None:
    """The size in bits of an RSA key in DER, None if it is none.

    RFC 6376 section 3.6.1 asks for RSAPublicKey (PKCS#1); everybody publishes SubjectPublicKeyInfo. Both are read.
    """
    try:
        return _modulus_bits(key)
    except NotDer:
        return None


def _modulus_bits(key: bytes) -> int:
    body, rest = _element(key, _SEQUENCE)
    if rest:
        raise NotDer
    if body[:1] == bytes([_SEQUENCE]):
        algorithm, bits = _element(body, _SEQUENCE)
        if not algorithm.startswith(_RSA_ENCRYPTION):
            raise NotDer
        string, rest = _element(bits, _BIT_STRING)
        if rest or string[:1] != b"\x00":
            raise NotDer
        return _modulus_bits(string[1:])
    modulus, exponent = _element(body, _INTEGER)
    _element(exponent, _INTEGER)
    return int.from_bytes(modulus, "big").bit_length()


def _element(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The contents of the element that `data` starts with, and what follows it."""
    if len(data) < 2 or data[0] != tag:
        raise NotDer
    length, start = data[1], 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or len(data) < 2 + size:
            raise NotDer
        length, start = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
    if len(data) < start + length:
        raise NotDer
    return data[start : start + length], data[start + length :]
