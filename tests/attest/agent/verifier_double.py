# SPDX-License-Identifier: Apache-2.0
"""A verifier for the agent's tests: small, independent of Bulkhead's own code, strict about every byte it gets, and able to
misbehave. What it finds wrong goes to `complaints`."""
import base64
import datetime
import hashlib
import hmac
import http.server
import ipaddress
import json
import os
import ssl
import struct
import threading

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from credential import make_credential, name_of, read_ecc_public

PCRS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 21, 22]
TOKEN = "join-token-1"
CURVES = {3: (ec.SECP256R1(), hashes.SHA256()), 4: (ec.SECP384R1(), hashes.SHA384())}


def b64(data):
    return base64.b64encode(data).decode()


class Authority:
    """A private CA. `life` is that of agents' certificates, in days from now."""

    def __init__(self, name):
        self.life = (-1, 365)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key.public_key(), x509.BasicConstraints(True, None))

    def _sign(self, subject, key, *extensions, life=(-1, 365)):
        now = datetime.datetime.utcnow()
        builder = x509.CertificateBuilder(self.name, subject, key, x509.random_serial_number(),
                                          *(now + datetime.timedelta(days=days) for days in life))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def server(self, folder, address="127.0.0.1"):
        """Key and certificate of a server, as one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("verifier.test")])
        certificate = self._sign(x509.Name([]), key.public_key(), names)
        file = folder / f"server-{id(key)}.pem"
        file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()) + pem(certificate))
        return file

    def client(self, request, host):
        subject = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "agent"),
                             x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        return self._sign(subject, request.public_key(), life=self.life)


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def der_digest(thing):
    return hashlib.sha256(thing.public_bytes(serialization.Encoding.DER)).digest()


class Verifier:
    """Listens on 127.0.0.1 from start() to stop(); `port` stays the same. Attributes may be changed at any time:

    approved         the operator's decision
    next_in_s        pause between rounds
    on_request(path) may return (status, body[, headers]) to be sent instead of the protocol's answer, or "cut"
    change(path, answer) may return another answer
    """

    def __init__(self, folder):
        self.folder = folder
        self.authority = Authority("verifier")
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(pem(self.authority.certificate))
        self.server_file = self.authority.server(folder)
        self.port = 0
        self.approved = False
        self.next_in_s = 0.1
        self.on_request = lambda path: None
        self.change = lambda path, answer: answer
        self.requests, self.complaints, self.rounds = [], [], []
        self.hosts, self.logs, self.challenges = {}, {}, {}
        self.server = None

    def start(self):
        if self.server is not None:
            return self
        verifier = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_request(self):
                verifier.answer(self)

            do_GET = do_POST = handle_request

            def log_message(self, *arguments):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.server_file)
        context.load_verify_locations(self.ca_file)
        context.verify_mode = ssl.CERT_OPTIONAL
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler, bind_and_activate=False)
        self.server.allow_reuse_address = True
        self.server.daemon_threads = True
        self.server.server_bind()
        self.server.server_activate()
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    # ---- requests ---------------------------------------------------------------------------------------------------

    def answer(self, handler):
        if self.server is None:
            handler.close_connection = True
            return
        path = handler.path
        self.requests.append(path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        other = self.on_request(path)
        if other == "cut":
            handler.close_connection = True
            return
        if other is None:
            try:
                other = 200, json.dumps(self.change(path, self.route(handler, path, body and json.loads(body))))
            except (AssertionError, KeyError, ValueError, InvalidSignature) as wrong:
                self.complaints.append(f"{path}: {type(wrong).__name__} {wrong}")
                other = 400, json.dumps({"error": {"code": "ATT-999", "text": "wrong", "found": str(wrong)}})
        status, text, *headers = other
        data = text.encode()
        handler.send_response(status)
        for name, value in headers[0].items() if headers else ():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def route(self, handler, path, body):
        parts = path.strip("/").split("/")
        if parts == ["v1", "enroll"]:
            return self.enroll(body)
        if parts[:2] == ["v1", "enroll"]:
            host = self.hosts[parts[2]]
            if parts[3:] == ["activate"]:
                return self.activate(host, body)
            assert handler.headers["Authorization"] == "Bearer " + host["ticket"], "ticket"
            return self.poll(host)
        host = self.hosts[parts[2]]
        shown = handler.connection.getpeercert(binary_form=True)
        assert shown and hashlib.sha256(shown).digest() == host["channel"], "client certificate"
        return self.challenge(host, body) if parts[3] == "challenges" else self.evidence(host, body)

    def enroll(self, body):
        assert set(body) == {"asset", "token", "ek_public", "ek_certificates", "ak_public", "csr"}, sorted(body)
        assert body["token"] == TOKEN, "token"
        host = os.urandom(16).hex()
        request = x509.load_pem_x509_csr(body["csr"].encode())
        assert request.is_signature_valid
        ek, ak = (base64.b64decode(body[name], validate=True) for name in ("ek_public", "ak_public"))
        certificates = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in body["ek_certificates"]]
        secret = os.urandom(32)
        blob, seed = make_credential(ek, name_of(ak), secret)
        self.hosts[host] = {"id": host, "request": request, "channel": der_digest(request), "ak": ak, "ek": ek,
                            "certificates": certificates, "secret": secret, "nonce": os.urandom(32), "asset": body["asset"]}
        return {"host": host, "credential_blob": b64(blob), "secret": b64(seed), "nonce": b64(self.hosts[host]["nonce"]),
                "pcrs": {"sha256": PCRS, "sha384": PCRS}}

    def activate(self, host, body):
        message = b"bulkhead-activate" + host["id"].encode() + host["nonce"]
        proof = hmac.digest(host["secret"], message, "sha256")
        assert base64.b64decode(body["proof"], validate=True) == proof, "proof"
        self.check(host, host["nonce"], body["evidence"], 0)
        host["ticket"] = os.urandom(16).hex()
        return {"state": "pending", "ticket": host["ticket"], "poll_in_s": 0.1}

    def poll(self, host):
        if not self.approved:
            return {"state": "pending", "poll_in_s": 0.1}
        certificate = self.authority.client(host["request"], host["id"])
        host["channel"] = der_digest(certificate)
        return {"state": "approved", "certificate": pem(certificate).decode(),
                "ca": pem(self.authority.certificate).decode()}

    def challenge(self, host, body):
        assert set(body) == {"boot", "log_length"}
        known = self.logs.get(body["boot"], b"")
        assert body["log_length"] >= len(known), "log_length"
        name, nonce = os.urandom(8).hex(), os.urandom(32)
        self.challenges[name] = (host["id"], nonce, len(known))
        return {"challenge": name, "nonce": b64(nonce), "pcrs": {"sha256": PCRS, "sha384": PCRS}, "log_offset": len(known),
                "expires_in_s": 30}

    def evidence(self, host, body):
        owner, nonce, offset = self.challenges.pop(body["challenge"])
        assert owner == host["id"], "somebody else's challenge"
        self.check(host, nonce, body["evidence"], offset)
        self.rounds.append(body["evidence"])
        return {"verdict": "affirming", "state": "trusted", "reasons": [], "next_in_s": self.next_in_s, "token": "e30"}

    # ---- evidence ---------------------------------------------------------------------------------------------------

    def check(self, host, nonce, evidence, offset):
        """Every byte that the protocol promises."""
        assert set(evidence) == {"boot", "attest", "signature", "pcrs", "log_offset", "log"}, sorted(evidence)
        attest, signature, part = (base64.b64decode(evidence[name], validate=True) for name in ("attest", "signature", "log"))
        check_signature(host["ak"], attest, signature)
        boot = evidence["boot"]
        binding = hashlib.sha256(b"bulkhead-quote-1" + nonce + host["id"].encode() + boot.encode() + host["channel"]).digest()
        check_attest(host["ak"], attest, binding, evidence["pcrs"])
        assert evidence["log_offset"] == offset, "log_offset"
        log = self.logs.get(boot, b"")[:offset] + part
        check_log(log, boot, evidence["pcrs"])
        self.logs[boot] = log


def check_signature(ak, attest, signature):
    curve, point = read_ecc_public(ak)
    group, digest = CURVES[curve]
    scheme, hash_algorithm, size = struct.unpack_from(">HHH", signature)
    r = signature[6:6 + size]
    s_size, = struct.unpack_from(">H", signature, 6 + size)
    s = signature[8 + size:]
    assert (scheme, hash_algorithm) == (0x18, {3: 0xB, 4: 0xC}[curve]) and len(s) == s_size, "TPMT_SIGNATURE"
    key = ec.EllipticCurvePublicNumbers(*point, group).public_key()
    der = utils.encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    key.verify(der, attest, ec.ECDSA(digest))


def check_attest(ak, attest, binding, pcrs):
    """TPMS_ATTEST of TPM2_Quote (TPM 2.0 Library part 2, 10.12.12), to its last byte."""
    assert attest[:6] == bytes.fromhex("ff5443478018"), "magic and type"
    at = 6
    signer_size, = struct.unpack_from(">H", attest, at)
    at += 2 + signer_size
    extra_size, = struct.unpack_from(">H", attest, at)
    assert attest[at + 2:at + 2 + extra_size] == binding, "extraData"
    at += 2 + extra_size + 17 + 8
    bitmap = sum(1 << pcr for pcr in PCRS).to_bytes(3, "little")
    selection = struct.pack(">IHB3sHB3s", 2, 0xB, 3, bitmap, 0xC, 3, bitmap)
    assert attest[at:at + len(selection)] == selection, "selection"
    at += len(selection)
    digest = hashlib.new("sha384" if read_ecc_public(ak)[0] == 4 else "sha256")
    for bank in ("sha256", "sha384"):
        assert list(map(int, pcrs[bank])) == PCRS, "registers"
        for pcr in PCRS:
            digest.update(bytes.fromhex(pcrs[bank][str(pcr)]))
    assert attest[at:] == struct.pack(">H", digest.digest_size) + digest.digest(), "pcrDigest"


def check_log(log, boot, pcrs):
    """The log is whole and replays to the registers of run time; register 22 begins with a reset, once it begins."""
    head, = struct.unpack_from("<I", log, 28)
    at = 32 + head
    values = {(pcr, bank): bytes([start] * size) for pcr, start in ((12, 0), (22, 255))
              for bank, size in (("sha256", 32), ("sha384", 48))}
    named = begun = False
    while at < len(log):
        pcr, _, count = struct.unpack_from("<III", log, at)
        at += 12
        digests = {}
        for _ in range(count):
            bank = {0xB: "sha256", 0xC: "sha384"}[struct.unpack_from("<H", log, at)[0]]
            size = hashlib.new(bank).digest_size
            digests[bank] = log[at + 2:at + 2 + size]
            at += 2 + size
        size, = struct.unpack_from("<I", log, at)
        data = log[at + 4:at + 4 + size]
        at += 4 + size
        named = named or (pcr == 12 and boot.encode() in data)
        for bank, digest in digests.items() if pcr in (12, 22) else ():
            assert hashlib.new(bank, data).digest() == digest, f"a record of PCR {pcr} was sent before it was whole"
            before = values[pcr, bank] if pcr == 12 or begun else bytes(len(digest))
            values[pcr, bank] = hashlib.new(bank, before + digest).digest()
        begun = begun or pcr == 22
    assert at == len(log) and named, "log"
    for (pcr, bank), value in values.items():
        assert pcrs[bank][str(pcr)] == value.hex(), f"PCR {pcr} of {bank} does not follow from the log"
