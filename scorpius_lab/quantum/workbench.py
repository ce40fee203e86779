"""What a lab and its command line do with the quantum engine: files in, files out, a frame that says what was done.

Who can open an envelope and who signs is said by key files in the standards' forms or by keysets of the lab's key
store. Everything done with a key is recorded in the audit log, by key id.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from scorpius_lab.core.audit import AuditSink
from scorpius_lab.core.configuration_sections import QuantumConfig
from scorpius_lab.core.runs import Clock, Progress, silent
from scorpius_lab.errors import InvalidSignature, KeyNotUsable, KeyStoreError, UsageError
from scorpius_lab.quantum.algorithms import algorithm, algorithms_frame
from scorpius_lab.quantum.envelope import Transfer, decrypt, encrypt, inspect_envelope, rewrap
from scorpius_lab.quantum.envelope.suites import KEM_CODES, SUITES
from scorpius_lab.quantum.key_files import opening_keys_of, read_private_key, read_public_key, recipients_of
from scorpius_lab.quantum.key_register import KeyRegister, write_new
from scorpius_lab.quantum.keys import PrivateKey, PublicKey, key_id
from scorpius_lab.quantum.keystore import KeyStore, Policy, Protection, protection_from_environment
from scorpius_lab.quantum.primitives import public_from_private, sign_file, verify_file

if TYPE_CHECKING:
    import polars as pl

ENVELOPE_SUFFIX: Final = ".envelope"
SIGNATURE_SUFFIX: Final = ".sig"
LARGEST_SIGNATURE: Final = 64 * 1024
Source = Path | str | BinaryIO
Target = Path | str | BinaryIO


class RecordedCall(Protocol):
    """What the lab gives back for a call of an engine function."""

    @property
    def run_id(self) -> str:
        """The run."""

    @property
    def summary(self) -> Mapping[str, object]:
        """What the function returned."""


@dataclass(frozen=True)
class QuantumWorkbench:
    """`lab.quantum`. `folder` holds the keysets; `protection` unlocks them (default: from the environment).

    `call` runs an engine function of the lab on record, `observations` lists what a run observed.
    """

    folder: Path
    settings: QuantumConfig
    audit: AuditSink = field(repr=False)
    clock: Clock = field(repr=False)
    call: Callable[..., RecordedCall] = field(repr=False)
    observations: Callable[[str], pl.DataFrame] = field(repr=False)
    protection: Callable[[], Protection] = field(default=protection_from_environment, repr=False)

    @cached_property
    def keys(self) -> KeyRegister:
        """The keysets of this lab."""
        return KeyRegister(self.open_store, self.settings)

    @cached_property
    def policy(self) -> Policy:
        """The algorithms the configuration allows. Raises UsageError for a name that is none."""
        return policy_of_settings(self.settings)

    def open_store(self) -> KeyStore:
        """The key store. Raises KeyStoreError if no secret for it is at hand."""
        return KeyStore(self.folder, self.protection(), clock=self.clock, audit=self.audit, policy=self.policy)

    def algorithms(self) -> pl.DataFrame:
        """Every parameter set there is; see `quantum.algorithms`."""
        return algorithms_frame()

    def inspect(self, envelope: Path | str) -> pl.DataFrame:
        """Who an envelope says it is for, a row for each recipient; not proved before it is decrypted."""
        import polars as pl

        facts = inspect_envelope(Path(envelope))
        common = {"version": facts.version, "suite": facts.suite, "chunk_bytes": facts.chunk_bytes}
        rows = [{**common, "algorithm": one.algorithm, "key_id": one.key_id.hex()} for one in facts.recipients]
        return pl.DataFrame(rows)

    def encrypt(
        self,
        data: Source,
        *,
        to: Sequence[Path | str] = (),
        purposes: Sequence[str] = (),
        output: Target | None = None,
        associated_data: bytes = b"",
        overwrite: bool = False,
        progress: Progress = silent,
    ) -> pl.DataFrame:
        """Encrypt a file or stream for public key files (`to`) and for the primaries of keysets (`purposes`).

        `output` is a path or stream; default the file's own path with `.envelope` added. Raises UsageError, InvalidKey,
        SuiteNotAllowed, KeyStoreError, EnvelopeError.
        """
        recipients = self._recipients(to, purposes)
        target = _target(data, output, lambda path: path.with_name(path.name + ENVELOPE_SUFFIX))
        done = encrypt(
            _input(data),
            recipients,
            associated_data=associated_data,
            output=target,
            overwrite=overwrite,
            progress=progress,
        )
        return self._done("quantum.encrypted", data, target, done, recipients)

    def decrypt(
        self,
        envelope: Source,
        *,
        keys: Sequence[Path | str] = (),
        purposes: Sequence[str] = (),
        passphrase: str | None = None,
        output: Target | None = None,
        associated_data: bytes = b"",
        overwrite: bool = False,
        progress: Progress = silent,
    ) -> pl.DataFrame:
        """Decrypt an envelope with private key files (`keys`) or keysets; with neither, with every keyset there is.

        `output` is a path or stream; default the path without `.envelope`. Raises as `quantum.decrypt` does.
        """
        opening = self._opening(keys, purposes, passphrase)
        target = _target(envelope, output, _without_suffix)
        done = decrypt(
            _input(envelope),
            opening,
            associated_data=associated_data,
            output=target,
            allowed=self.allowed_in_envelopes,
            overwrite=overwrite,
            progress=progress,
        )
        return self._done("quantum.decrypted", envelope, target, done)

    def rewrap(
        self,
        envelope: Path | str,
        *,
        to: Sequence[Path | str] = (),
        to_purposes: Sequence[str] = (),
        keys: Sequence[Path | str] = (),
        purposes: Sequence[str] = (),
        passphrase: str | None = None,
        output: Target | None = None,
    ) -> pl.DataFrame:
        """Give an envelope other recipients without touching its payload; in its own place if no `output` is named."""
        recipients = self._recipients(to, to_purposes)
        opening = self._opening(keys, purposes, passphrase)
        target = _target(envelope, output, lambda path: path)
        done = rewrap(
            _input(envelope),
            opening,
            recipients,
            output=target,
            allowed=self.allowed_in_envelopes,
            overwrite=output is None,
        )
        return self._done("quantum.rewrapped", envelope, target, done, recipients)

    def sign(
        self,
        file: Path | str,
        *,
        key: Path | str | None = None,
        purpose: str | None = None,
        passphrase: str | None = None,
        context: bytes = b"",
        output: Path | str | None = None,
    ) -> pl.DataFrame:
        """Sign a file with a private key file or the primary of a keyset; the signature goes to `<file>.sig`.

        Raises UsageError: not exactly one key, or the signature file exists; InvalidKey, KeyStoreError, KeyNotUsable.
        """
        private = self._signing_key(key, purpose, passphrase)
        path = Path(file)
        target = Path(output) if output else path.with_name(path.name + SIGNATURE_SUFFIX)
        write_new(target, sign_file(private.algorithm, private, path, context))
        public = PublicKey(private.algorithm, public_from_private(private.algorithm, private))
        row = {
            "file": str(path),
            "signature": str(target),
            "algorithm": private.algorithm,
            "key_id": key_id(public).hex(),
        }
        self.audit.record("quantum.signed", path.name, detail=row)
        return _frame(row)

    def verify(
        self,
        file: Path | str,
        signature: Path | str | None = None,
        *,
        key: Path | str | None = None,
        purpose: str | None = None,
        context: bytes = b"",
    ) -> pl.DataFrame:
        """Check a file's signature against a public key file or any version of a keyset, and say whose it is.

        Raises InvalidSignature if it does not hold, KeyNotUsable if it was made with a version that is disabled.
        """
        path = Path(file)
        content = _read(Path(signature) if signature else path.with_name(path.name + SIGNATURE_SUFFIX))
        candidates = self._verifying_keys(key, purpose)
        for public, version, state in candidates:
            self.policy.require(public.algorithm)
            if not _holds(public, path, content, context):
                continue
            if state == "disabled":
                raise KeyNotUsable(f"{path} was signed with version {version} of {purpose!r}, which is disabled")
            named = {"algorithm": public.algorithm, "key_id": key_id(public).hex(), "version": version}
            return _frame({"file": str(path), "holds": True, **named})
        raise InvalidSignature(f"the signature of {path} does not hold for {key or f'any version of {purpose!r}'}")

    def own_key(self, algorithm: str | None = None, security_level: int | None = None) -> PublicKey:
        """The lab's own key to encrypt messages to: the primary of `messages-<algorithm>`, made at the first call."""
        name = self.keys.resolve(algorithm, security_level)
        purpose = f"messages-{name.lower().replace('+', '-')}"
        store = self.open_store()
        if purpose not in store.purposes():
            with suppress(KeyStoreError):  # another process was first; what else is wrong shows in the next line
                store.generate(purpose, name)
        return store.primary(purpose).public

    def own_private_keys(self) -> list[PrivateKey]:
        """The enabled private keys of every encryption keyset. Raises KeyStoreError, UsageError if there is none."""
        return self._opening((), (), None)

    def check_keys(self) -> pl.DataFrame:
        """Judge the age and algorithm of every keyset, on record; a row for each rule and keyset."""
        return self.observations(self.call("quantum.check_keys").run_id)

    def rotate_due(self) -> pl.DataFrame:
        """Rotate the keysets that are due and judge them all, on record; a row for each rule and keyset."""
        return self.observations(self.call("quantum.rotate_keys").run_id)

    def simulate_qkd(self, *, progress: Progress = silent, **parameters: object) -> pl.DataFrame:
        """Simulate a QKD session, on record; one row of figures. Parameters: `component.SimulateParameters`."""
        return _frame(self.call("quantum.simulate_qkd", parameters, progress=progress).summary)

    @property
    def allowed_in_envelopes(self) -> Collection[str] | None:
        """The suites and KEMs that the configuration accepts; None for the default."""
        return envelope_policy(self.settings)

    # -- inside

    def _recipients(self, files: Sequence[Path | str], purposes: Sequence[str]) -> list[PublicKey]:
        found = recipients_of([Path(one) for one in files], purposes, self.open_store)
        for public in found:
            self.policy.require(public.algorithm)
        return found

    def _opening(
        self, files: Sequence[Path | str], purposes: Sequence[str], passphrase: str | None
    ) -> list[PrivateKey]:
        return opening_keys_of([Path(one) for one in files], purposes, self.open_store, passphrase)

    def _signing_key(self, key: Path | str | None, purpose: str | None, passphrase: str | None) -> PrivateKey:
        _require_one(key, purpose)
        private = (
            self.open_store().private_key(str(purpose)) if key is None else read_private_key(Path(key), passphrase)
        )
        self.policy.require(private.algorithm)
        return private

    def _verifying_keys(self, key: Path | str | None, purpose: str | None) -> list[tuple[PublicKey, int | None, str]]:
        _require_one(key, purpose)
        if key is not None:
            return [(read_public_key(Path(key)), None, "")]
        versions = self.open_store().keyset(str(purpose)).versions
        return [(one.public, one.number, one.state.value) for one in reversed(versions)]

    def _done(
        self, action: str, data: Source, target: Target, done: Transfer, recipients: Sequence[PublicKey] = ()
    ) -> pl.DataFrame:
        row = {"input": _label(data), "output": _label(target), **asdict(done)}
        named = [{"algorithm": one.algorithm, "key_id": key_id(one).hex()} for one in recipients]
        self.audit.record(action, _label(data), detail={**row, "recipients": named})
        return _frame({**row, "recipients": [f"{one['algorithm']} {one['key_id']}" for one in named]})


def policy_of_settings(settings: QuantumConfig) -> Policy:
    """The policy of `allowed_algorithms`; the default one if that is empty. Raises UsageError: an unknown name."""
    names = set(settings.allowed_algorithms) - {suite.name for suite in SUITES}
    if not settings.allowed_algorithms:
        return Policy()
    rows = [algorithm(name) for name in names]
    return Policy(
        encryption=frozenset(row.name for row in rows if row.kind == "kem"),
        signature=frozenset(row.name for row in rows if row.kind == "signature"),
    )


def envelope_policy(settings: QuantumConfig) -> Collection[str] | None:
    """The suites and KEMs that `allowed_algorithms` lets an envelope use; every suite if it names none."""
    if not settings.allowed_algorithms:
        return None
    suites = {suite.name for suite in SUITES}
    kems = policy_of_settings(settings).allowed_names("kem") & KEM_CODES.keys()
    return kems | ((suites & set(settings.allowed_algorithms)) or suites)


def _require_one(key: object, purpose: object) -> None:
    if (key is None) == (purpose is None):
        raise UsageError("name one key: a key file, or the purpose of a keyset")


def _holds(public: PublicKey, path: Path, signature: bytes, context: bytes) -> bool:
    try:
        verify_file(public.algorithm, public, path, signature, context)
    except InvalidSignature:
        return False
    return True


def _input(data: Source) -> Path | BinaryIO:
    return Path(data) if isinstance(data, str | Path) else data


def _target(data: Source, output: Target | None, beside: Callable[[Path], Path]) -> Path | BinaryIO:
    if output is not None:
        return _input(output)
    if not isinstance(data, str | Path):
        raise UsageError("a stream has no place of its own; name where the result goes")
    return beside(Path(data))


def _without_suffix(path: Path) -> Path:
    if path.suffix != ENVELOPE_SUFFIX:
        raise UsageError(f"{path.name} does not end in {ENVELOPE_SUFFIX}; name where the result goes")
    return path.with_suffix("")


def _label(place: Source) -> str:
    return str(place) if isinstance(place, str | Path) else "a stream"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_SIGNATURE)
    except OSError as error:
        raise UsageError(f"the signature {path} cannot be read: {error.strerror}") from None


def _frame(row: Mapping[str, object]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame([row])
