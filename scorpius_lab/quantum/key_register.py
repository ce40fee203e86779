"""The register of keysets, as a lab and its command line hold it: every method returns a row for each key version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.core.configuration_sections import QuantumConfig
from scorpius_lab.errors import UsageError
from scorpius_lab.quantum.algorithms import FAMILIES, Kind, resolve
from scorpius_lab.quantum.key_files import read_private_key
from scorpius_lab.quantum.key_formats import export_public
from scorpius_lab.quantum.keystore import KeyStore, Protection
from scorpius_lab.quantum.keystore.listing import versions_frame

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class KeyRegister:
    """`lab.quantum.keys`. `open_store` gives the key store, and asks for its secret only when it is needed."""

    open_store: Callable[[], KeyStore] = field(repr=False)
    settings: QuantumConfig

    @property
    def store(self) -> KeyStore:
        """The key store itself, for code that needs typed records and private keys."""
        return self.open_store()

    def list(self, purpose: str | None = None) -> pl.DataFrame:
        """Every version of every keyset, or of one, checked."""
        store = self.store
        return store.list() if purpose is None else versions_frame([store.keyset(purpose)])

    def generate(
        self, purpose: str, algorithm: str | None = None, *, security_level: int | None = None, kind: Kind = "kem"
    ) -> pl.DataFrame:
        """Start a keyset for one purpose. Raises KeyStoreError if there is one, SuiteNotAllowed, UsageError.

        `algorithm` is a name of the table or a family (`lattice_based`, `hash_based`) with a level; without one the
        configuration decides, and `kind` says whether the keys are to encrypt (`kem`) or to sign (`signature`).
        """
        return versions_frame([self.store.generate(purpose, self.resolve(algorithm, security_level, kind))])

    def rotate(self, purpose: str, algorithm: str | None = None) -> pl.DataFrame:
        """Make a new key the primary of a keyset; the old one stays enabled."""
        return versions_frame([self.store.rotate(purpose, algorithm)])

    def enable(self, purpose: str, version: int) -> pl.DataFrame:
        """Let a disabled version be used again."""
        return versions_frame([self.store.enable(purpose, version)])

    def disable(self, purpose: str, version: int) -> pl.DataFrame:
        """Keep a version but do not use it."""
        return versions_frame([self.store.disable(purpose, version)])

    def destroy(self, purpose: str, version: int) -> pl.DataFrame:
        """Remove a version's private key for good."""
        return versions_frame([self.store.destroy(purpose, version)])

    def export_public(self, purpose: str, path: Path | str | None = None, version: int | None = None) -> bytes:
        """The public key of the primary, or of a version, as PEM; written to a new file if a path is given.

        Raises UsageError if the file is there already or cannot be written.
        """
        pem = export_public(self.store.export_public(purpose, version))
        if path is not None:
            write_new(Path(path), pem)
        return pem

    def import_key(
        self, purpose: str, path: Path | str, *, passphrase: str | None = None, primary: bool = False
    ) -> pl.DataFrame:
        """Add the private key of a PKCS#8 file to a keyset, or start one with it."""
        private = read_private_key(Path(path), passphrase)
        return versions_frame([self.store.import_key(purpose, private, primary=primary)])

    def change_protection(self, protection: Protection) -> pl.DataFrame:
        """Lock every keyset with another secret; give that one from now on."""
        store = self.store
        store.change_protection(protection)
        return store.list()

    def accept_restored(self, purpose: str) -> pl.DataFrame:
        """Accept a keyset restored from a backup as the newest; recorded."""
        return versions_frame([self.store.accept_restored(purpose)])

    def resolve(self, algorithm: str | None = None, security_level: int | None = None, kind: Kind = "kem") -> str:
        """The parameter set meant by a name, by a family with a level, or by the configuration. Raises UsageError."""
        level = security_level or self.settings.security_level
        if algorithm is None:
            return resolve(self.settings.default_algorithm, level, kind).name
        return resolve(algorithm, level if algorithm in FAMILIES else security_level, kind).name


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet. Raises UsageError."""
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise UsageError(f"{path} is there already; name a new file") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror})") from None
