# SPDX-License-Identifier: Apache-2.0
"""TPM2_MakeCredential in software (TPM 2.0 Library part 1, 24 and annexes B.10.3, C.6.4), for the agent's tests."""
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HASHES = {0xB: "sha256", 0xC: "sha384"}
GROUPS = {3: ec.SECP256R1(), 4: ec.SECP384R1()}


def tpm2b(data):
    return struct.pack(">H", len(data)) + data


def name_of(public):
    """The name of the key in a TPM2B_PUBLIC."""
    algorithm, = struct.unpack_from(">H", public, 4)
    return struct.pack(">H", algorithm) + hashlib.new(HASHES[algorithm], public[2:]).digest()


def skip_to_parameters(public):
    """Type, name algorithm, symmetric bits, and the rest from the scheme on."""
    kind, algorithm, _, policy_size = struct.unpack_from(">HHIH", public, 2)
    at = 12 + policy_size
    symmetric, = struct.unpack_from(">H", public, at)
    at += 2
    bits = 0
    if symmetric != 0x10:
        bits, = struct.unpack_from(">H", public, at)
        at += 4
    return kind, algorithm, bits, public[at:]


def read_ecc_public(public):
    """Curve and point of a TPM2B_PUBLIC."""
    kind, _, _, rest = skip_to_parameters(public)
    assert kind == 0x23, "not an ECC key"
    at = 4 if struct.unpack_from(">H", rest)[0] != 0x10 else 2
    curve, kdf, size = struct.unpack_from(">HHH", rest, at)
    assert kdf == 0x10
    x = rest[at + 6:at + 6 + size]
    y = rest[at + 8 + size:]
    return curve, (int.from_bytes(x, "big"), int.from_bytes(y, "big"))


def kdf_a(name, key, label, context, bits):
    """Counter mode KDF (part 1, 11.4.10.2)."""
    result, counter = b"", 1
    while 8 * len(result) < bits:
        message = struct.pack(">I", counter) + label + b"\0" + context + struct.pack(">I", bits)
        result += hmac.digest(key, message, name)
        counter += 1
    return result[:bits // 8]


def kdf_e(name, z, label, party_u, party_v, bits):
    """One round is enough for a seed as long as the hash (part 1, 11.4.10.3)."""
    return hashlib.new(name, struct.pack(">I", 1) + z + label + b"\0" + party_u + party_v).digest()[:bits // 8]


def seed_by_ecc(public, name):
    curve, (x, y) = read_ecc_public(public)
    group = GROUPS[curve]
    ours = ec.generate_private_key(group)
    theirs = ec.EllipticCurvePublicNumbers(x, y, group).public_key()
    size = group.key_size // 8
    numbers = ours.public_key().public_numbers()
    our_x, our_y = numbers.x.to_bytes(size, "big"), numbers.y.to_bytes(size, "big")
    z = ours.exchange(ec.ECDH(), theirs)
    bits = 8 * hashlib.new(name).digest_size
    return kdf_e(name, z, b"IDENTITY", our_x, x.to_bytes(size, "big"), bits), tpm2b(our_x) + tpm2b(our_y)


def seed_by_rsa(rest, name):
    _, _, exponent, size = struct.unpack_from(">HHIH", rest)
    modulus = int.from_bytes(rest[10:10 + size], "big")
    seed = os.urandom(hashlib.new(name).digest_size)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), b"IDENTITY\0")
    return seed, rsa.RSAPublicNumbers(exponent or 65537, modulus).public_key().encrypt(seed, oaep)


def make_credential(public, name, secret):
    """TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET."""
    kind, algorithm, bits, rest = skip_to_parameters(public)
    hash_name = HASHES[algorithm]
    seed, encrypted = seed_by_ecc(public, hash_name) if kind == 0x23 else seed_by_rsa(rest, hash_name)
    key = kdf_a(hash_name, seed, b"STORAGE", name, bits)
    cipher = Cipher(algorithms.AES(key), modes.CFB(bytes(16))).encryptor()
    inner = cipher.update(tpm2b(secret)) + cipher.finalize()
    mac_key = kdf_a(hash_name, seed, b"INTEGRITY", b"", 8 * hashlib.new(hash_name).digest_size)
    return tpm2b(tpm2b(hmac.digest(mac_key, inner + name, hash_name)) + inner), tpm2b(encrypted)

