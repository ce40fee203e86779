"""Every error a user can meet.

Each message is one clear sentence with what is wrong, where, and what to do about it. `exit_code` is what
the command line returns when the error reaches it: 1 found or failed, 2 wrong use, 3 nothing could be
evaluated, 4 unknown signer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class ScorpiusError(Exception):
    """Root of all errors this package raises on purpose."""

    exit_code = 1


class UsageError(ScorpiusError):
    """The call itself is wrong: an unknown name, a missing argument, a value out of range."""

    exit_code = 2


class ConfigurationError(UsageError):
    """A configuration file, environment variable or override is not valid; names file and line."""


class MissingExtra(UsageError):
    """A feature needs packages that are not installed; names the extra to install."""


class MissingProgram(UsageError):
    """A feature needs a program of the operating system that is not installed; says how to get it."""


class Cancelled(ScorpiusError):
    """The user stopped a run."""


class DeadlineExceeded(ScorpiusError):
    """A run did not finish before its deadline."""


class NothingEvaluated(ScorpiusError):
    """Every rule ended without a judgement, so there is no result to speak of."""

    exit_code = 3


# -- store


class StoreError(ScorpiusError):
    """The lab's store cannot do what was asked."""


class StoreMissing(StoreError):
    """There is no lab at this path."""

    exit_code = 2


class StoreLocked(StoreError):
    """A section could not be had in time; names the process that holds it."""


class StoreDamaged(StoreError):
    """The store's file is not readable as a DuckDB database."""


class StoreForeign(StoreError):
    """The file is a DuckDB database but not a scorpius_lab store."""


class StoreTooNew(StoreError):
    """The store was written by a newer version of this package."""


class StoreReadOnly(StoreError):
    """The store or its folder cannot be written."""


class StoreFull(StoreError):
    """No space is left where the store lies; what was committed before is intact."""


class StoreKeyError(StoreError):
    """An encrypted store was opened without its key or with the wrong one."""


class MigrationError(StoreError):
    """A released migration was edited or is missing."""


class RecordError(UsageError):
    """A record or frame handed to the store lacks a column or holds a value that is not allowed."""


class QueryError(UsageError):
    """A query of the user's does not run; carries the database's own words."""


# -- evidence and findings


class EvidenceError(ScorpiusError):
    """A piece of evidence is missing or does not have the content its hash promises."""


class FindingNotFound(UsageError):
    """No finding has this id or fingerprint."""


class InvalidTransition(UsageError):
    """A finding cannot go from its present state to the one asked for."""


# -- keys and signatures


class KeyStoreError(ScorpiusError):
    """A key file is missing, damaged, or cannot be unlocked with the passphrase given."""


class InvalidSignature(ScorpiusError):
    """A signature does not hold for this content and key."""


class InvalidKey(UsageError):
    """A key has the wrong length, type, form or algorithm, or a value outside its range; never echoes the key."""


class InvalidCiphertext(InvalidKey):
    """A ciphertext cannot belong to this key: it has the wrong length or type."""


class KeysetRolledBack(KeyStoreError):
    """A keyset file is older than one this machine has already seen."""


class KeyNotUsable(KeyStoreError):
    """A key version is disabled or destroyed, so it does not do what was asked of it."""


class EnvelopeError(ScorpiusError):
    """An envelope is damaged, cut short, changed, or not an envelope; nothing of its content was handed out."""


class NotARecipient(EnvelopeError):
    """None of the keys given opens this envelope."""


class SuiteNotAllowed(EnvelopeError):
    """The envelope or key uses an algorithm that the policy in force does not allow."""


class SimulationError(UsageError):
    """A simulation's parameters contradict each other or lie outside the model's range."""


class AuditError(ScorpiusError):
    """The audit log cannot be written or read, so what it should have recorded is not done."""


# -- reading files


class FormatError(ScorpiusError):
    """An input file is not what it should be; names file and place."""


class BaselineUnusable(UsageError):
    """What was given to compare with is not the result of an earlier scan."""


# -- reports


class ReportError(ScorpiusError):
    """A report could not be made."""


class ParameterError(UsageError):
    """A report or engine parameter is unknown or has the wrong type or value; no kernel was started."""


class NotebookFailed(ReportError):
    """A cell of the notebook raised; the partial bundle is kept and marked failed.

    `partial` is where the unfinished notebook or bundle lies; `bundles` are all those of the same call.
    """

    def __init__(self, message: str, *, partial: Path | None = None, bundles: Sequence[object] = ()) -> None:
        """Say what failed and where what there is of it was kept."""
        super().__init__(message)
        self.partial = partial
        self.bundles = tuple(bundles)


class BundleError(ReportError):
    """A folder is not a report bundle, or its content does not hold."""


class UnknownSigner(ReportError):
    """A bundle is intact but signed by a key that is not in the trusted signers file."""

    exit_code = 4


# -- pipelines and schedules


class PipelineError(UsageError):
    """A pipeline file is not valid; names file and line."""


class StepFailed(ScorpiusError):
    """A pipeline's step failed; what was finished before is kept and will not run again."""


class AlreadyRunning(ScorpiusError):
    """The same pipeline or schedule entry is running now; names the process."""


class ScheduleError(UsageError):
    """A schedule entry is not valid or unknown."""
