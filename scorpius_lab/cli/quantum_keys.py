"""`scorpius quantum keys`: the lab's own keysets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scorpius_lab.cli.output import print_json, show
from scorpius_lab.cli.session import JsonOption, LabOption, session, the_lab, verb
from scorpius_lab.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.quantum.workbench import QuantumWorkbench

group = typer.Typer(
    no_args_is_help=True,
    help="Keysets of the lab: one per purpose, with versions and one primary. They are locked with the key in "
    "SCORPIUS_KEYSET_KEY (64 hex digits) or --kek-fd, or the passphrase in SCORPIUS_KEY_PASSPHRASE.",
)

_COLUMNS = {
    "purpose": "purpose",
    "version": "version",
    "primary": "primary",
    "state": "state",
    "algorithm": "algorithm",
    "key_id": "key",
    "origin": "origin",
    "activated_at": "primary since",
    "rotated_at": "rotated",
}

PurposeArgument = Annotated[str, typer.Argument(metavar="PURPOSE", help="What the keys are for, such as backups.")]
VersionArgument = Annotated[int, typer.Argument(metavar="VERSION", help="The number of a version.")]
AlgorithmOption = Annotated[
    str | None,
    typer.Option("--algorithm", metavar="NAME", help="A parameter set, lattice_based or hash_based."),
]
KekOption = Annotated[
    int | None,
    typer.Option("--kek-fd", metavar="N", help="Read the key-encryption key from this file descriptor."),
]
PassphraseOption = Annotated[
    str | None,
    typer.Option("--passphrase", metavar="secret:NAME", help="Of the private key file, by name: secret:VARIABLE."),
]


@group.callback()
def keys() -> None:
    """Keysets of the lab."""


@verb(group, "list")
def list_(
    purpose: Annotated[str | None, typer.Argument(metavar="[PURPOSE]")] = None,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """List every version of every keyset, after all were checked."""
    del lab, as_json
    _show(the_workbench(kek_fd).keys.list(purpose))


@verb(group, "generate")
def generate(
    *,
    purpose: PurposeArgument,
    algorithm: AlgorithmOption = None,
    level: Annotated[int | None, typer.Option("--level", help="NIST level of a family: 1, 3 or 5.")] = None,
    signing: Annotated[bool, typer.Option("--signing", help="Keys to sign with instead of to encrypt.")] = False,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start a keyset. Without an algorithm the configuration decides."""
    del lab, as_json
    register = the_workbench(kek_fd).keys
    _show(register.generate(purpose, algorithm, security_level=level, kind="signature" if signing else "kem"))


@verb(group, "rotate")
def rotate(
    *,
    purpose: Annotated[str | None, typer.Argument(metavar="[PURPOSE]")] = None,
    due: Annotated[bool, typer.Option("--due", help="Rotate every keyset older than the configured interval.")] = False,
    algorithm: AlgorithmOption = None,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new key the primary of a keyset; the old one still decrypts."""
    del lab, as_json
    if due is (purpose is not None):
        raise UsageError("name one keyset, or give --due for all whose primary is older than the configured interval")
    workbench = the_workbench(kek_fd)
    if purpose is not None:
        _show(workbench.keys.rotate(purpose, algorithm))
        return
    if kek_fd is not None:
        raise UsageError("--due runs on record and takes its secret from the environment; set SCORPIUS_KEYSET_KEY")
    show(workbench.rotate_due(), {"state": "state", "title": "what", "asset": "keyset", "reason": "reason"}, empty="")


@verb(group, "enable")
def enable(
    purpose: PurposeArgument,
    version: VersionArgument,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a disabled version be used again."""
    del lab, as_json
    _show(the_workbench(kek_fd).keys.enable(purpose, version))


@verb(group, "disable")
def disable(
    purpose: PurposeArgument,
    version: VersionArgument,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a version but do not use it."""
    del lab, as_json
    _show(the_workbench(kek_fd).keys.disable(purpose, version))


@verb(group, "destroy")
def destroy(
    *,
    purpose: PurposeArgument,
    version: VersionArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do it: what was encrypted to it alone is lost for ever.")] = False,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a version's private key for good."""
    del lab, as_json
    if not yes:
        raise UsageError(
            f"what was encrypted to version {version} of {purpose} alone can never be read again; give --yes to do it"
        )
    _show(the_workbench(kek_fd).keys.destroy(purpose, version))


@verb(group, "export-public")
def export_public(
    *,
    purpose: PurposeArgument,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: print it.")] = None,
    version: Annotated[int | None, typer.Option("--version", help="Default: the primary.")] = None,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a public key as PEM, for whoever shall encrypt to it or check its signatures."""
    del lab, as_json
    pem = the_workbench(kek_fd).keys.export_public(purpose, output, version).decode("ascii")
    if session().as_json:
        print_json({"purpose": purpose, "file": output, "public_key": pem})
    elif output is None:
        typer.echo(pem, nl=False)


@verb(group, "import")
def import_(
    *,
    purpose: PurposeArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A private key, PKCS#8, PEM or DER.")],
    primary: Annotated[bool, typer.Option("--primary", help="Use it from now on.")] = False,
    passphrase: PassphraseOption = None,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a private key made elsewhere to a keyset, or start one with it."""
    del lab, as_json
    imported = the_workbench(kek_fd).keys.import_key(
        purpose, file, passphrase=passphrase_of(passphrase), primary=primary
    )
    _show(imported)


@verb(group, "check")
def check(lab: LabOption = None, as_json: JsonOption = False) -> None:
    """Judge age and algorithm of every keyset, on record."""
    del lab, as_json
    seen = the_lab().quantum.check_keys()
    show(seen, {"state": "state", "title": "what", "asset": "keyset", "reason": "reason"}, empty="")


@verb(group, "accept-restored")
def accept_restored(
    purpose: PurposeArgument,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accept a keyset restored from a backup, which is otherwise refused as older than one already seen."""
    del lab, as_json
    _show(the_workbench(kek_fd).keys.accept_restored(purpose))


def the_workbench(kek_fd: int | None) -> QuantumWorkbench:
    """The lab's quantum workbench, its key store unlocked by the descriptor if one is given."""
    workbench = the_lab().quantum
    if kek_fd is None:
        return workbench
    from scorpius_lab.quantum.keystore import protection_from_descriptor

    protection = protection_from_descriptor(kek_fd)
    return replace(workbench, protection=lambda: protection)


def passphrase_of(reference: str | None) -> str | None:
    """The passphrase named by `secret:NAME`. Raises UsageError for one that is written out."""
    if reference is None:
        return None
    from scorpius_lab.core.secrets import is_reference, resolve

    if not is_reference(reference):
        raise UsageError("a passphrase on the command line is seen by others; name it, as in secret:KEY_PASSPHRASE")
    return resolve(reference).get_secret_value()


def _show(versions: pl.DataFrame) -> None:
    show(versions, _COLUMNS, empty="there is no keyset yet; make one with `scorpius quantum keys generate PURPOSE`")
