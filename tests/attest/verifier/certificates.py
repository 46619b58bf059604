# SPDX-License-Identifier: Apache-2.0
"""EK certificates as TPM makers issue them: root, intermediate, and a leaf whose subject is in a critical SAN."""
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TCG_EK = x509.ObjectIdentifier("2.23.133.8.1")
SERVER_AUTH = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")


def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def build(subject, issuer, key, signer, days=3650):
    now = datetime.datetime.utcnow()
    return x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key) \
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=2)) \
        .not_valid_after(now + datetime.timedelta(days=days)), signer


class Maker:
    """A TPM maker's two authorities."""

    def __init__(self):
        self.root_key, self.middle_key = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP384R1())
        self.root = self.authority("Maker root", self.root_key, "Maker root", self.root_key)
        self.middle = self.authority("Maker TPM CA", self.middle_key, "Maker root", self.root_key)

    @staticmethod
    def authority(subject, key, issuer, signer):
        builder, _ = build(name(subject), name(issuer), key.public_key(), signer)
        return builder.add_extension(x509.BasicConstraints(True, None), True) \
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True) \
            .sign(signer, hashes.SHA384())

    def trust(self, folder):
        """Puts the root into a verifier's ek-ca."""
        (folder / "maker-root.pem").write_bytes(self.root.public_bytes(serialization.Encoding.PEM))

    def certify(self, x, y, purpose=TCG_EK, days=3650):
        """A leaf and its intermediate, as DER, for a point on P-256."""
        key = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()).public_key()
        builder, _ = build(x509.Name([]), name("Maker TPM CA"), key, self.middle_key, days)
        directory = x509.Name([x509.NameAttribute(x509.ObjectIdentifier(oid), text) for oid, text in
                               (("2.23.133.2.1", "id:00001014"), ("2.23.133.2.2", "sim"), ("2.23.133.2.3", "id:20191023"))])
        leaf = builder.add_extension(x509.SubjectAlternativeName([x509.DirectoryName(directory)]), True) \
            .add_extension(x509.BasicConstraints(False, None), True) \
            .add_extension(x509.KeyUsage(False, False, False, False, True, False, False, False, False), True) \
            .add_extension(x509.ExtendedKeyUsage([purpose]), False).sign(self.middle_key, hashes.SHA384())
        return [part.public_bytes(serialization.Encoding.DER) for part in (leaf, self.middle)]
