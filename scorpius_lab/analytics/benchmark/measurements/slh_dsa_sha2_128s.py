"""SLH-DSA-SHA2-128s, the small set, as implemented by `pqcrypto`."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.families import SignatureParts, signature


def parts() -> SignatureParts:
    """One key pair and what can be done with it."""
    from pqcrypto import InvalidSignatureError
    from pqcrypto.sign import slh_dsa_sha2_128s as scheme

    public, secret = scheme.keygen()

    def verify(signed: bytes, message: bytes) -> bool:
        try:
            scheme.verify(public, message, signed)
        except InvalidSignatureError:
            return False
        return True

    return SignatureParts(
        generate=scheme.keygen,
        sign=lambda message: bytes(scheme.sign(secret, message)),
        verify=verify,
        public_bytes=len(public),
    )


MEASUREMENT = signature(
    "slh-dsa-sha2-128s",
    "SLH-DSA-SHA2-128s",
    library="pqcrypto",
    standard="FIPS 205",
    parts=parts,
    note="The library holds the interpreter's lock while it works: other threads wait for the whole time shown.",
)
