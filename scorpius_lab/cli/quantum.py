"""`scorpius quantum`: encrypt, sign, keys, simulated QKD links."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from scorpius_lab.cli import quantum_keys
from scorpius_lab.cli.output import print_json, progress, records, show, show_record
from scorpius_lab.cli.quantum_keys import KekOption, PassphraseOption, passphrase_of, the_workbench
from scorpius_lab.cli.session import JsonOption, LabOption, say, session, the_lab, verb
from scorpius_lab.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

group = typer.Typer(no_args_is_help=True, help="Post-quantum encryption, signatures and keys; simulated QKD.")
group.add_typer(quantum_keys.group, name="keys")

STREAM = Path("-")
MEASURED = ("kem", "signature", "encryption")

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A file; - is standard input.")]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where the result goes; - is standard output.")
]
ToOption = Annotated[
    list[Path] | None, typer.Option("--to", metavar="FILE", help="A recipient's public key, PEM or DER; repeated.")
]
ToPurposeOption = Annotated[
    list[str] | None, typer.Option("--to-purpose", metavar="NAME", help="A recipient's keyset in this lab; repeated.")
]
KeysOption = Annotated[
    list[Path] | None, typer.Option("--key", metavar="FILE", help="A private key, PKCS#8; repeated.")
]
PurposesOption = Annotated[
    list[str] | None,
    typer.Option("--purpose", metavar="NAME", help="A keyset in this lab; repeated. Default: all of them."),
]
KeyOption = Annotated[Path | None, typer.Option("--key", metavar="FILE", help="The key's file, PEM or DER.")]
PurposeOption = Annotated[str | None, typer.Option("--purpose", metavar="NAME", help="A keyset in this lab.")]
AssociatedOption = Annotated[
    str, typer.Option("--associated-data", metavar="TEXT", help="Bound to the envelope, not put into it.")
]
ContextOption = Annotated[
    str, typer.Option("--context", metavar="TEXT", help="Keeps one use of a key apart from another; 0 to 255 bytes.")
]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace the output if it exists.")]

_ALGORITHMS = {
    "name": "name",
    "family": "family",
    "level": "level",
    "public_key_bytes": "public key",
    "ciphertext_bytes": "ciphertext",
    "signature_bytes": "signature",
    "standard": "standard",
    "library": "library",
    "status": "status",
}
_FIGURES = {"state": "state", "title": "what", "value": "measured", "unit": "unit", "reason": "reason"}


@group.callback()
def quantum() -> None:
    """Post-quantum encryption, signatures and keys; simulated QKD."""


@verb(group, "algorithms")
def algorithms(as_json: JsonOption = False) -> None:
    """List every parameter set: family, NIST level, sizes in bytes, standard, library, status; needs no lab."""
    del as_json
    from scorpius_lab.quantum.algorithms import algorithms_frame

    show(algorithms_frame(), _ALGORITHMS, empty="")


@verb(group, "encrypt")
def encrypt(
    *,
    file: FileArgument,
    to: ToOption = None,
    to_purpose: ToPurposeOption = None,
    output: OutputOption = None,
    associated_data: AssociatedOption = "",
    overwrite: OverwriteOption = False,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Encrypt a file of any size for one or several recipients. The envelope goes to FILE.envelope."""
    del lab, as_json
    with progress() as tell:
        done = the_workbench(kek_fd).encrypt(
            _source(file),
            to=to or (),
            purposes=to_purpose or (),
            output=_target(output),
            associated_data=associated_data.encode(),
            overwrite=overwrite,
            progress=tell,
        )
    _tell(done, output)


@verb(group, "decrypt")
def decrypt(
    *,
    file: FileArgument,
    key: KeysOption = None,
    purpose: PurposesOption = None,
    output: OutputOption = None,
    associated_data: AssociatedOption = "",
    overwrite: OverwriteOption = False,
    passphrase: PassphraseOption = None,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decrypt an envelope. The result goes to FILE without .envelope, whole or not at all.

    On standard output each part comes after it was verified; only exit code 0 says that nothing is missing.
    """
    del lab, as_json
    with progress() as tell:
        done = the_workbench(kek_fd).decrypt(
            _source(file),
            keys=key or (),
            purposes=purpose or (),
            passphrase=passphrase_of(passphrase),
            output=_target(output),
            associated_data=associated_data.encode(),
            overwrite=overwrite,
            progress=tell,
        )
    _tell(done, output)


@verb(group, "rewrap")
def rewrap(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An envelope.")],
    to: ToOption = None,
    to_purpose: ToPurposeOption = None,
    key: KeysOption = None,
    purpose: PurposesOption = None,
    output: OutputOption = None,
    passphrase: PassphraseOption = None,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an envelope other recipients, in its place or in another file; the payload's bytes stay.

    It revokes nothing: who could open the old envelope can open a copy of it.
    """
    del lab, as_json
    done = the_workbench(kek_fd).rewrap(
        file,
        to=to or (),
        to_purposes=to_purpose or (),
        keys=key or (),
        purposes=purpose or (),
        passphrase=passphrase_of(passphrase),
        output=_target(output),
    )
    _tell(done, output)


@verb(group, "inspect")
def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An envelope.")],
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who an envelope says it is for; needs no key, and proves nothing."""
    del lab, as_json
    columns = {"algorithm": "recipient", "key_id": "key", "suite": "suite", "version": "version"}
    show(the_workbench(None).inspect(file), columns, empty="")


@verb(group, "sign")
def sign(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of any size.")],
    key: KeyOption = None,
    purpose: PurposeOption = None,
    context: ContextOption = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default FILE.sig.")] = None,
    passphrase: PassphraseOption = None,
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign a file with a private key file or a keyset's primary. The signature goes to FILE.sig."""
    del lab, as_json
    done = the_workbench(kek_fd).sign(
        file,
        key=key,
        purpose=purpose,
        passphrase=passphrase_of(passphrase),
        context=context.encode(),
        output=output,
    )
    show_record(done.row(0, named=True))


@verb(group, "verify")
def verify(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file that was signed.")],
    signature: Annotated[
        Path | None, typer.Argument(metavar="[SIGNATURE]", help="Its signature; default FILE.sig.")
    ] = None,
    key: KeyOption = None,
    purpose: PurposeOption = None,
    context: ContextOption = "",
    kek_fd: KekOption = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a signature against a public key file, or any version of a keyset. Exits 1 if it does not hold."""
    del lab, as_json
    done = the_workbench(kek_fd).verify(file, signature, key=key, purpose=purpose, context=context.encode())
    show_record(done.row(0, named=True))


@verb(group, "bench")
def bench(
    budget: Annotated[float, typer.Option("--budget", metavar="SECONDS", help="Time to measure for.")] = 30.0,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure every parameter set on this machine, on record, beside classical ones."""
    del lab, as_json
    with progress() as tell:
        seen = the_lab().benchmark(progress=tell, budget_seconds=budget, only=MEASURED)
    show(seen, _FIGURES, empty="nothing was measured")


@verb(group, "qkd")
def qkd(
    *,
    source: Annotated[
        str, typer.Option("--source", help="decoy (weak coherent pulses) or single (photons).")
    ] = "decoy",
    fixed: Annotated[
        bool, typer.Option("--fixed", help="Decoys of 0.48, 0.05 and 0 photons instead of the best for this link.")
    ] = False,
    length_km: Annotated[float, typer.Option("--length", metavar="KM", help="Fibre.")] = 20.0,
    attenuation: Annotated[float, typer.Option("--attenuation", metavar="DB", help="dB per km.")] = 0.2,
    efficiency: Annotated[float, typer.Option("--efficiency", help="Of Bob's detectors, optics included.")] = 0.1,
    dark_counts: Annotated[float, typer.Option("--dark-counts", help="For one detector in one gate.")] = 1e-6,
    misalignment: Annotated[float, typer.Option("--misalignment", help="Probability of the wrong detector.")] = 0.01,
    pulses: Annotated[int, typer.Option("--pulses", help="Pulses sent.")] = 10_000_000,
    eavesdropper: Annotated[
        str,
        typer.Option("--eve", help="none, intercept-resend, photon-number-splitting or beam-splitting."),
    ] = "none",
    strength: Annotated[float, typer.Option("--strength", help="Part of the pulses Eve attacks.")] = 1.0,
    counts_only: Annotated[bool, typer.Option("--counts-only", help="Draw counts, not pulses: up to 1e15.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same result.")] = 0,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Simulate a BB84 session down to the length of its key. It is a simulation, not a security product.

    Exits 1 when the session ends without a key.
    """
    del lab, as_json
    given = {
        "source": source,
        "tune": not fixed,
        "length_km": length_km,
        "attenuation": attenuation,
        "efficiency": efficiency,
        "dark_counts": dark_counts,
        "misalignment": misalignment,
        "pulses": pulses,
        "eavesdropper": eavesdropper,
        "strength": strength,
        "counts_only": counts_only,
        "seed": seed,
    }
    with progress() as tell:
        done = the_lab().quantum.simulate_qkd(progress=tell, **given)
    show_record(done.row(0, named=True))
    if done["aborted"].item() is not None:
        raise typer.Exit(1)


def _source(file: Path) -> Path | BinaryIO:
    return sys.stdin.buffer if file == STREAM else file


def _target(output: Path | None) -> Path | BinaryIO | None:
    if output != STREAM:
        return output
    if session().as_json:
        raise UsageError("--json needs standard output for itself; name a file with --output")
    return sys.stdout.buffer


def _tell(done: pl.DataFrame, output: Path | None) -> None:
    """The row of what was done; on standard error when the data itself went to standard output."""
    if session().as_json:
        print_json(records(done))
    elif output == STREAM:
        say(f"{done['bytes_written'].item():,} bytes written")
    else:
        show_record(done.row(0, named=True))
