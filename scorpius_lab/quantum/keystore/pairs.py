"""Whether the two halves of a key that came from elsewhere belong together."""

from __future__ import annotations

import hmac
from typing import Final

from scorpius_lab.errors import InvalidKey, InvalidSignature
from scorpius_lab.quantum.algorithms import algorithm
from scorpius_lab.quantum.keys import PrivateKey, PublicKey
from scorpius_lab.quantum.primitives import decapsulate, encapsulate, public_from_private, sign, verify

_MESSAGE: Final = b"scorpius pairwise consistency"


def proven_public_key(private: PrivateKey) -> PublicKey:
    """The public half, after what it encapsulates or verifies was found to fit the private half.

    The pairwise consistency test of FIPS 140-3 implementation guidance 10.3.A, for keys of the expanded form above all:
    they carry their public half with them. Raises InvalidKey.
    """
    public = PublicKey(private.algorithm, public_from_private(private.algorithm, private))
    if not _belong_together(public, private):
        raise InvalidKey(f"the {private.algorithm} key is damaged: its private and public halves do not fit")
    return public


def _belong_together(public: PublicKey, private: PrivateKey) -> bool:
    if algorithm(private.algorithm).kind == "kem":
        sent = encapsulate(public.algorithm, public)
        received = decapsulate(private.algorithm, private, sent.ciphertext)
        return hmac.compare_digest(sent.shared_secret, received)
    try:
        verify(public.algorithm, public, _MESSAGE, sign(private.algorithm, private, _MESSAGE))
    except InvalidSignature:
        return False
    return True
