"""Recipients: public keys a file key is wrapped for, and the private key that unwraps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag

from scorpius_lab.errors import EnvelopeError, InvalidCiphertext, InvalidKey, NotARecipient, UsageError
from scorpius_lab.quantum.algorithms import algorithm
from scorpius_lab.quantum.envelope.header import MAX_RECIPIENTS, Header, Stanza, stanza_prefix
from scorpius_lab.quantum.envelope.key_schedule import wrapping_key
from scorpius_lab.quantum.envelope.suites import KEM_CODES, Suite
from scorpius_lab.quantum.keys import KeyPair, PrivateKey, PublicKey, key_id
from scorpius_lab.quantum.primitives import decapsulate, encapsulate, public_from_private

Recipient = bytes | bytearray | memoryview | PublicKey
OpeningKey = bytes | bytearray | memoryview | PrivateKey | KeyPair

# One message for every way authentication fails, so that it does not tell which check a changed envelope got past.
NOT_AUTHENTIC: Final = (
    "the envelope does not open: it was changed, damaged or cut short, or the associated data is not that of its making"
)
# Each wrapping key encrypts one message in its life, so the nonce may be constant (RFC 5116 section 2.1).
_ZERO_NONCE: Final = bytes(12)
_KEM_BY_PUBLIC_LENGTH: Final = {algorithm(name).public_key_bytes: name for name in KEM_CODES}
_RAW: Final = (bytes, bytearray, memoryview)
_known_id: Final = lru_cache(maxsize=1024)(key_id)  # the same recipients are written to again and again
_NOT_A_LIST: Final = (*_RAW, str)


def recipient_keys(recipients: Sequence[Recipient]) -> dict[bytes, PublicKey]:
    """The distinct public keys of 1 to 1000 recipients by their key ids; one given twice counts once.

    Raises InvalidKey for a key of no KEM an envelope can use; UsageError if it is not a list, empty or too long.
    """
    if isinstance(recipients, _NOT_A_LIST) or not isinstance(recipients, Sequence):
        raise UsageError("the recipients are a list of public keys; write [key] for a single one")
    if not 1 <= len(recipients) <= MAX_RECIPIENTS:
        raise UsageError(f"an envelope has 1 to {MAX_RECIPIENTS} recipients, but {len(recipients)} were given")
    found = {}
    for position, recipient in enumerate(recipients, 1):
        key = _public_key(recipient, position)
        found[_known_id(key)] = key
    return found


def wrap_for(
    public_keys: Mapping[bytes, PublicKey], file_key: bytes, *, suite: Suite, salt: bytes, fixed: bytes
) -> list[Stanza]:
    """The file key wrapped for each public key, given by key id.

    Raises InvalidKey for a public key whose value is out of range.
    """
    return [
        _wrap(identity, key, file_key, suite=suite, salt=salt, fixed=fixed) for identity, key in public_keys.items()
    ]


def opening_keys(private_key: OpeningKey | Sequence[OpeningKey]) -> list[OpeningKey]:
    """The keys to try, at least one. Raises UsageError for none, InvalidKey for what cannot be a KEM's private key."""
    single = isinstance(private_key, (*_RAW, PrivateKey, KeyPair))
    if not single and (isinstance(private_key, str) or not isinstance(private_key, Sequence)):
        raise InvalidKey("a private key is raw bytes, a PrivateKey or a KeyPair, or a list of these")
    keys: list[OpeningKey] = [private_key] if single else list(private_key)  # type: ignore[list-item, arg-type]
    if not keys:
        raise UsageError("no private key was given; an envelope is opened with one of its recipients' keys")
    for key in keys:
        _require_kem_key(key)
    return keys


def unwrap_file_key(header: Header, keys: Sequence[OpeningKey]) -> bytes:
    """The file key by the first of `keys` that is a recipient's.

    Raises NotARecipient if none is; EnvelopeError if that recipient's entry was changed.
    """
    stanzas = {stanza.order: stanza for stanza in header.stanzas}
    kems = {stanza.kem for stanza in header.stanzas}
    for private, public in _pairs(keys, kems):
        stanza = stanzas.get(stanza_prefix(public.algorithm, _known_id(public)))
        if stanza is not None:
            return _unwrap(header, stanza, private, public)
    raise NotARecipient("none of the keys given belongs to a recipient of this envelope")


def _wrap(identity: bytes, key: PublicKey, file_key: bytes, *, suite: Suite, salt: bytes, fixed: bytes) -> Stanza:
    capsule = encapsulate(key.algorithm, key.data)
    secret = wrapping_key(
        capsule.shared_secret,
        salt=salt,
        fixed=fixed,
        prefix=stanza_prefix(key.algorithm, identity),
        public_key=key.data,
        encapsulation=capsule.ciphertext,
    )
    wrapped = suite.aead(secret).encrypt(_ZERO_NONCE, file_key, None)
    return Stanza(key.algorithm, identity, capsule.ciphertext, wrapped)


def _unwrap(header: Header, stanza: Stanza, private: bytes, public: PublicKey) -> bytes:
    try:
        secret = wrapping_key(
            decapsulate(stanza.kem, private, stanza.encapsulation),
            salt=header.salt,
            fixed=header.fixed,
            prefix=stanza.order,
            public_key=public.data,
            encapsulation=stanza.encapsulation,
        )
        return header.suite.aead(secret).decrypt(_ZERO_NONCE, stanza.wrapped_key, None)
    except (InvalidCiphertext, InvalidTag):
        raise EnvelopeError(NOT_AUTHENTIC) from None


def _public_key(recipient: object, position: int) -> PublicKey:
    if isinstance(recipient, PublicKey):
        if recipient.algorithm not in KEM_CODES:
            raise InvalidKey(f"recipient {position} is a {recipient.algorithm} key, which cannot receive an envelope")
        return recipient
    if not isinstance(recipient, _RAW):
        raise InvalidKey(
            f"recipient {position} must be a public key as bytes or PublicKey, not {type(recipient).__name__}"
        )
    name = _KEM_BY_PUBLIC_LENGTH.get(_length(recipient))
    if name is None:
        lengths = ", ".join(f"{size} ({kem})" for size, kem in sorted(_KEM_BY_PUBLIC_LENGTH.items()))
        raise InvalidKey(f"recipient {position} has {_length(recipient)} bytes; public keys have {lengths}")
    return PublicKey(name, bytes(recipient))


def _pairs(keys: Sequence[OpeningKey], kems: set[str]) -> Iterator[tuple[bytes, PublicKey]]:
    """Each key with its public half, for each KEM of the envelope it can be a key of."""
    for key in keys:
        if isinstance(key, KeyPair):
            if key.algorithm in kems:
                yield key.private_key, key.public
            continue
        data = key.data if isinstance(key, PrivateKey) else bytes(key)
        names = {key.algorithm} if isinstance(key, PrivateKey) else set(_kems_of_private_length(len(data)))
        for name in sorted(names & kems):
            yield data, PublicKey(name, public_from_private(name, data))


def _require_kem_key(key: object) -> None:
    if isinstance(key, PrivateKey | KeyPair):
        if key.algorithm not in KEM_CODES:
            raise InvalidKey(f"a {key.algorithm} key does not open envelopes; give a KEM's private key")
        return
    if not isinstance(key, _RAW):
        raise InvalidKey(f"a private key is raw bytes, a PrivateKey or a KeyPair, not {type(key).__name__}")
    if not _kems_of_private_length(_length(key)):
        raise InvalidKey(f"no KEM has private keys of {_length(key)} bytes; give the raw key in its seed form")


def _kems_of_private_length(length: int) -> list[str]:
    return [name for name in KEM_CODES if algorithm(name).private_key_bytes == length]


def _length(key: bytes | bytearray | memoryview) -> int:
    try:
        return memoryview(key).nbytes
    except ValueError:
        raise InvalidKey("the memory given as a key was released already") from None
