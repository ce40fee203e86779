"""Quantum engine: post-quantum encryption, signatures and keys, and the simulation of quantum key distribution.

Recipes that need no choice come first (`encrypt`, `decrypt`, `generate_keypair`); primitives (`encapsulate`, `sign` …)
are sharper and named by their standards. `algorithms_frame()` shows every parameter set there is.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

_HOME: Final = {
    "ALGORITHMS": "scorpius_lab.quantum.algorithms",
    "Algorithm": "scorpius_lab.quantum.algorithms",
    "algorithm": "scorpius_lab.quantum.algorithms",
    "algorithms_frame": "scorpius_lab.quantum.algorithms",
    "resolve": "scorpius_lab.quantum.algorithms",
    "KeyPair": "scorpius_lab.quantum.keys",
    "PrivateKey": "scorpius_lab.quantum.keys",
    "PublicKey": "scorpius_lab.quantum.keys",
    "key_id": "scorpius_lab.quantum.keys",
    "Encapsulation": "scorpius_lab.quantum.kem.record",
    "decapsulate": "scorpius_lab.quantum.primitives",
    "encapsulate": "scorpius_lab.quantum.primitives",
    "generate_keypair": "scorpius_lab.quantum.primitives",
    "public_from_private": "scorpius_lab.quantum.primitives",
    "sign": "scorpius_lab.quantum.primitives",
    "sign_file": "scorpius_lab.quantum.primitives",
    "verify": "scorpius_lab.quantum.primitives",
    "verify_file": "scorpius_lab.quantum.primitives",
    "export_private": "scorpius_lab.quantum.key_formats",
    "export_public": "scorpius_lab.quantum.key_formats",
    "load_private": "scorpius_lab.quantum.key_formats",
    "load_public": "scorpius_lab.quantum.key_formats",
    "CertificateRequest": "scorpius_lab.quantum.certificates",
    "certificate_request": "scorpius_lab.quantum.certificates",
    "issue_certificate": "scorpius_lab.quantum.certificates",
    "self_signed_certificate": "scorpius_lab.quantum.certificates",
    "verify_request": "scorpius_lab.quantum.certificates",
    "EnvelopeFacts": "scorpius_lab.quantum.envelope",
    "RecipientFacts": "scorpius_lab.quantum.envelope",
    "Transfer": "scorpius_lab.quantum.envelope",
    "decrypt": "scorpius_lab.quantum.envelope",
    "encrypt": "scorpius_lab.quantum.envelope",
    "inspect_envelope": "scorpius_lab.quantum.envelope",
    "rewrap": "scorpius_lab.quantum.envelope",
    "EnvelopeError": "scorpius_lab.errors",
    "NotARecipient": "scorpius_lab.errors",
    "InvalidCiphertext": "scorpius_lab.errors",
    "InvalidKey": "scorpius_lab.errors",
    "InvalidSignature": "scorpius_lab.errors",
    "KeyEncryptionKey": "scorpius_lab.quantum.keystore",
    "KeyStore": "scorpius_lab.quantum.keystore",
    "KeyVersion": "scorpius_lab.quantum.keystore",
    "Keyset": "scorpius_lab.quantum.keystore",
    "PassphraseProtection": "scorpius_lab.quantum.keystore",
    "Policy": "scorpius_lab.quantum.keystore",
    "protection_from_descriptor": "scorpius_lab.quantum.keystore",
    "protection_from_environment": "scorpius_lab.quantum.keystore",
    "KeyNotUsable": "scorpius_lab.errors",
    "KeyStoreError": "scorpius_lab.errors",
    "KeysetRolledBack": "scorpius_lab.errors",
    "SuiteNotAllowed": "scorpius_lab.errors",
}
__all__ = sorted(_HOME)  # noqa: PLE0605 (a list of text, made from the one table)


def __getattr__(name: str) -> object:
    """Load a public name where it is first used, and keep it."""
    if name == "qkd":
        return import_module("scorpius_lab.quantum.qkd")
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(home), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
