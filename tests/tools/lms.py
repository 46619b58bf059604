# SPDX-License-Identifier: Apache-2.0
"""LMS verification after RFC 8554 (LMS_SHA256_M32_H10 with LMOTS_SHA256_N32_W8), independent of the code under test."""
import hashlib

CHAINS, STEPS, HEIGHT, HASH = 34, 255, 10, 32
D_PBLC, D_MESG, D_LEAF, D_INTR = b"\x80\x80", b"\x81\x81", b"\x82\x82", b"\x83\x83"


def _hash(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def verify(public, message, signature):
    """Algorithm 6a: the root that the signature leads to is the public key's."""
    identifier, root = public[8:24], public[24:56]
    leaf, ots, path = signature[:4], signature[4:1128], signature[1132:]
    if public[:8] != b"\0\0\0\6\0\0\0\4" or ots[:4] != b"\0\0\0\4" or signature[1128:1132] != b"\0\0\0\6":
        return False
    digits = _hash(identifier, leaf, D_MESG, ots[4:36], message)
    digits += sum(STEPS - digit for digit in digits).to_bytes(2, "big")
    ends = b""
    for chain in range(CHAINS):
        value = ots[36 + chain * HASH:36 + (chain + 1) * HASH]
        for step in range(digits[chain], STEPS):
            value = _hash(identifier, leaf, chain.to_bytes(2, "big"), bytes([step]), value)
        ends += value
    number = (1 << HEIGHT) + int.from_bytes(leaf, "big")
    node = _hash(identifier, number.to_bytes(4, "big"), D_LEAF, _hash(identifier, leaf, D_PBLC, ends))
    for level in range(HEIGHT):
        sibling = path[level * HASH:(level + 1) * HASH]
        pair = (sibling, node) if number & 1 else (node, sibling)
        number //= 2
        node = _hash(identifier, number.to_bytes(4, "big"), D_INTR, *pair)
    return node == root
