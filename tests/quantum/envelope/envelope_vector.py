"""Make the test vector of docs/formats/envelope.md: `python tests/quantum/envelope/envelope_vector.py > vector.json`.

Seeds, file key and salt are fixed patterns. The libraries offer no encapsulation from given randomness, so with a path
to an earlier vector its encapsulations are taken over, and the output is the same byte for byte.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import textwrap
from pathlib import Path

from scorpius_lab import quantum
from scorpius_lab.quantum.envelope import header, key_schedule, payload
from scorpius_lab.quantum.envelope.ends import MemorySource, StreamSink
from scorpius_lab.quantum.envelope.suites import suite_named

FILE_KEY = bytes(range(0x40, 0x60))
SALT = bytes(range(0x80, 0xA0))
SEEDS = {"X-Wing": bytes(range(32)), "ML-KEM-768": bytes(range(64))}
ASSOCIATED_DATA = b"an example"
CHUNK_BYTES = 1024
PLAINTEXT = bytes(i % 251 for i in range(1030))


def vector(encapsulations: dict[str, bytes]) -> dict[str, object]:
    """The vector as it stands in the document, long values in lines of 100 digits."""
    suite, digest = suite_named("AES-256-GCM"), hashlib.sha512(ASSOCIATED_DATA).digest()
    schedule = key_schedule.KeySchedule.of(FILE_KEY, SALT)
    parameters = header.encode_parameters(suite, CHUNK_BYTES, SALT)
    commitment = schedule.commitment(parameters, digest)
    fixed = parameters + commitment
    stanzas, recipients = [], []
    for kem, seed in SEEDS.items():
        public = quantum.PublicKey(kem, quantum.public_from_private(kem, seed))
        identity, encapsulation = quantum.key_id(public), encapsulations[kem]
        secret = quantum.decapsulate(kem, seed, encapsulation)
        wrapping_key = key_schedule.wrapping_key(
            secret,
            salt=SALT,
            fixed=fixed,
            prefix=header.stanza_prefix(kem, identity),
            public_key=public.data,
            encapsulation=encapsulation,
        )
        wrapped = suite.aead(wrapping_key).encrypt(bytes(12), FILE_KEY, None)
        stanzas.append(header.Stanza(kem, identity, encapsulation, wrapped))
        recipients.append(
            {
                "KEM": kem,
                "private key": seed.hex(),
                "key id": identity.hex(),
                "shared secret": secret.hex(),
                "wrapping key": wrapping_key.hex(),
                "wrapped file key": wrapped.hex(),
            }
        )
    authenticated = header.encode_authenticated(fixed, stanzas)
    mac = schedule.header_mac(authenticated)
    key, nonce_prefix = schedule.payload(fixed, digest)
    output = io.BytesIO(authenticated + mac)
    output.seek(0, io.SEEK_END)
    cipher = payload.PayloadCipher.of(suite, schedule, digest, fixed, CHUNK_BYTES)
    payload.seal(MemorySource(PLAINTEXT), StreamSink(output), cipher, lambda *_: None)
    return {
        "associated data": ASSOCIATED_DATA.hex(),
        "file key": FILE_KEY.hex(),
        "salt": SALT.hex(),
        "commitment": commitment.hex(),
        "payload key": key.hex(),
        "nonce prefix": nonce_prefix.hex(),
        "header MAC": mac.hex(),
        "recipients": recipients,
        "envelope": textwrap.wrap(output.getvalue().hex(), 100),
    }


def encapsulations_in(envelope: bytes) -> dict[str, bytes]:
    """The encapsulations of an earlier vector."""
    parsed = header.read_header(MemorySource(envelope))
    return {stanza.kem: stanza.encapsulation for stanza in parsed.stanzas}


def fresh_encapsulations() -> dict[str, bytes]:
    return {
        kem: quantum.encapsulate(kem, quantum.public_from_private(kem, seed)).ciphertext for kem, seed in SEEDS.items()
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        earlier = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
        known = encapsulations_in(bytes.fromhex("".join(earlier["envelope"])))
    else:
        known = fresh_encapsulations()
    sys.stdout.write(json.dumps(vector(known), indent=1) + "\n")
