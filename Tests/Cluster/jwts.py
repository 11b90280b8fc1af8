"""Tokens made by hand over PyPI's `cryptography`, so that they can be wrong in every way one can think of."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, count: int | None = None) -> str:
    return b64(value.to_bytes(count or (value.bit_length() + 7) // 8, "big"))


def pem(key) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Key:
    """A key of one algorithm: signs, and shows what a verifier needs."""

    def __init__(self, algorithm: str, kid: str, seed: bytes | None = None):
        self.algorithm, self.kid = algorithm, kid
        if algorithm == "HS256":
            self.secret = seed or hashlib.sha256(f"secret of {kid} {time.time()}".encode()).digest()
        else:
            self.private = {
                "RS256": lambda: rsa.generate_private_key(65537, 2048),
                "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
                "EdDSA": ed25519.Ed25519PrivateKey.generate,
            }[algorithm]()

    @property
    def pem(self) -> bytes:
        return pem(self.private)

    @property
    def jwk(self) -> dict:
        if self.algorithm == "HS256":
            return {"kty": "oct", "kid": self.kid, "k": b64(self.secret)}
        if self.algorithm == "EdDSA":
            raw = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            return {"kty": "OKP", "kid": self.kid, "crv": "Ed25519", "x": b64(raw)}
        public = self.private.public_key().public_numbers()
        if self.algorithm == "RS256":
            return {"kty": "RSA", "kid": self.kid, "alg": "RS256", "n": number(public.n), "e": number(public.e)}
        return {"kty": "EC", "kid": self.kid, "crv": "P-256", "x": number(public.x, 32), "y": number(public.y, 32)}

    def sign(self, message: bytes) -> bytes:
        if self.algorithm == "HS256":
            return hmac.new(self.secret, message, hashlib.sha256).digest()
        if self.algorithm == "RS256":
            return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        if self.algorithm == "EdDSA":
            return self.private.sign(message)
        r, s = utils.decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def head(self, **changes) -> dict:
        header = {"alg": self.algorithm, "typ": "JWT", "kid": self.kid, **changes}
        return {name: value for name, value in header.items() if value is not ...}

    def token(self, claims: dict, **header) -> str:
        return self.raw(json.dumps(self.head(**header)), json.dumps(claims))

    def raw(self, header: str | bytes, payload: str | bytes, signature: bytes | None = None) -> str:
        """A token of any header and payload, signed by this key unless a signature is given."""
        header, payload = (part.encode() if isinstance(part, str) else part for part in (header, payload))
        message = f"{b64(header)}.{b64(payload)}"
        return f"{message}.{b64(self.sign(message.encode()) if signature is None else signature)}"


def key_set(*keys: Key) -> str:
    return json.dumps({"keys": [key.jwk for key in keys]})
