"""Whether an answer comes from a scanner of a vendor we pinned: JWS RS256 with its chain in `x5c` (RFC 7515)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import jwt
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from appliance.clock import Clock, to_datetime

MAX_CHAIN = 5
MIN_KEY_BITS = 2048


class Untrusted(ValueError):
    """The token is not signed by a device of a pinned vendor; the text says what failed, no data."""


class DeviceTrust:
    """The pinned vendor roots (PEM, one or more) and the clock by which certificates are judged."""

    def __init__(self, roots_pem: bytes, clock: Clock) -> None:
        self._roots = tuple(x509.load_pem_x509_certificates(roots_pem)) if roots_pem.strip() else ()
        self._clock = clock

    def payload(self, token: object) -> dict[str, Any]:
        """The payload of a token whose signature, chain and certificate dates hold; raises Untrusted."""
        if not isinstance(token, str) or token.count(".") != 2:
            raise Untrusted("answer is not signed")
        try:
            header = jwt.get_unverified_header(token)
            chain = _certificates(header.get("x5c"))
            self._check(chain)
            key = chain[0].public_key()
            if not isinstance(key, RSAPublicKey) or key.key_size < MIN_KEY_BITS:
                raise Untrusted("device key is not RSA of 2048 bits")
            options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
            return dict(jwt.decode(token, key, algorithms=["RS256"], options=options))
        except jwt.PyJWTError as error:
            raise Untrusted(f"signature: {type(error).__name__}") from error

    def _check(self, chain: Sequence[x509.Certificate]) -> None:
        now = to_datetime(self._clock())
        links = list(chain)
        root = next((one for one in self._roots if _issued(links[-1], one) or links[-1] == one), None)
        if root is None:
            raise Untrusted("chain does not end at a pinned root")
        if links[-1] != root:
            links.append(root)
        for one, issuer in pairwise(links):
            if not _issued(one, issuer) or not _may_issue(issuer):
                raise Untrusted("a certificate was not issued by the next")
        for one in links:
            if not one.not_valid_before_utc <= now <= one.not_valid_after_utc:
                raise Untrusted("a certificate is not valid today")


def _certificates(x5c: object) -> list[x509.Certificate]:
    if not isinstance(x5c, list) or not 1 <= len(x5c) <= MAX_CHAIN or not all(isinstance(one, str) for one in x5c):
        raise Untrusted("no certificate chain")
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(one, validate=True)) for one in x5c]
    except (binascii.Error, ValueError) as error:
        raise Untrusted("certificate unreadable") from error


def _issued(one: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def moment(text: object) -> datetime:
    """An ISO 8601 time as an aware datetime; services that name no zone mean UTC. Raises Untrusted."""
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Untrusted("time stamp unreadable") from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)
