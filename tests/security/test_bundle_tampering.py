"""Every way to change a signed bundle without the keys ends in `broken` and names the file."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from reporting.bundles import IDENTITY, STRANGER, make_bundle, trusting

from scorpius_lab.core.signing import ALGORITHMS
from scorpius_lab.reporting.bundle import key_file, sign_again, signature_file
from scorpius_lab.reporting.bundle_files import BundleFolder
from scorpius_lab.reporting.trusted import TrustedSigners
from scorpius_lab.reporting.verify import Status, Verification, verify_bundle

FILES = (
    "SHA256SUMS",
    "SHA256SUMS.ed25519.sig",
    "SHA256SUMS.ml-dsa-65.sig",
    "data.duckdb",
    "environment.json",
    "evidence/withheld.csv",
    "evidence/BLOB",
    "manifest.json",
    "report.html",
    "report.ipynb",
    "signer-ed25519.pem",
    "signer-ml-dsa-65.pem",
)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("original") / "bundle").folder


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> TrustedSigners:
    return trusting(tmp_path_factory.mktemp("trusted"))


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "bundle"))


def real_name(folder: Path, name: str) -> str:
    if not name.endswith("BLOB"):
        return name
    return next(f"evidence/{p.name}" for p in sorted((folder / "evidence").iterdir()) if p.suffix != ".csv")


def broken(result: Verification, says: str) -> None:
    assert result.status is Status.BROKEN
    assert result.exit_code == 1
    assert any(says in problem for problem in result.problems), result.problems
    assert result.proves == ()


def test_the_untouched_copy_is_good(folder: Path, trusted: TrustedSigners) -> None:
    assert verify_bundle(folder, trusted).status is Status.GOOD
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert names == {real_name(folder, name) for name in FILES}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
def test_one_flipped_bit_in_any_file_is_named(folder: Path, trusted: TrustedSigners, name: str, where: float) -> None:
    path = folder / real_name(folder, name)
    content = bytearray(path.read_bytes())
    content[int((len(content) - 1) * where)] ^= 1
    path.write_bytes(content)
    broken(verify_bundle(folder, trusted), real_name(folder, name))


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, trusted: TrustedSigners, name: str) -> None:
    missing = real_name(folder, name)
    (folder / missing).unlink()
    broken(verify_bundle(folder, trusted), f"{missing} is missing")


@pytest.mark.parametrize("name", FILES)
def test_a_renamed_file_is_named_twice(folder: Path, trusted: TrustedSigners, name: str) -> None:
    old = real_name(folder, name)
    (folder / old).rename(folder / f"{old}.old")
    result = verify_bundle(folder, trusted)
    broken(result, f"{old} is missing")
    broken(result, f"{old}.old is in the folder but not in SHA256SUMS")


@pytest.mark.parametrize(
    "name", ["extra.txt", "evidence/" + "0" * 64, "report.pdf", ".hidden", "ev il", "a\nb", "deep/er/x"]
)
def test_an_extra_file_is_named(folder: Path, trusted: TrustedSigners, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"x")
    result = verify_bundle(folder, trusted)
    broken(result, ascii(name)[1:-1])
    assert not any("\n" in problem for problem in result.problems)


def test_many_extra_files_are_counted_and_not_read(
    folder: Path, trusted: TrustedSigners, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(25):
        (folder / f"x{number:02}").touch()
    hashed: list[str] = []
    hash_file = BundleFolder.hash
    monkeypatch.setattr(BundleFolder, "hash", lambda self, name, p: hashed.append(name) or hash_file(self, name, p))
    result = verify_bundle(folder, trusted)
    broken(result, "x19 is in the folder but not in SHA256SUMS")
    broken(result, "and 5 more like x19")
    assert len(result.problems) == 21
    assert not any(name.startswith("x") for name in hashed)


@pytest.mark.parametrize("absent", ["SHA256SUMS", "manifest.json", "SHA256SUMS.ml-dsa-65.sig", "signer-ed25519.pem"])
def test_nothing_is_hashed_without_what_a_check_begins_with(
    folder: Path, trusted: TrustedSigners, monkeypatch: pytest.MonkeyPatch, absent: str
) -> None:
    (folder / absent).unlink()
    monkeypatch.setattr(BundleFolder, "hash", lambda *_: pytest.fail("a file was hashed"))
    broken(verify_bundle(folder, trusted), f"{absent} is missing")


def test_a_folder_that_is_no_bundle_is_not_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "holiday.jpg").touch()
    monkeypatch.setattr(BundleFolder, "open", lambda *_, **__: pytest.fail("the folder was walked"))
    broken(verify_bundle(tmp_path), "is no report bundle: it has neither SHA256SUMS nor manifest.json")


def test_a_walk_ends(folder: Path, trusted: TrustedSigners, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scorpius_lab.reporting.bundle_files.SPARE_ENTRIES", 5)
    for number in range(50):
        (folder / f"x{number:02}").touch()
    broken(verify_bundle(folder, trusted), "the folder holds far more than its SHA256SUMS names")


def test_an_empty_extra_folder_is_named(folder: Path, trusted: TrustedSigners) -> None:
    (folder / "attic").mkdir()
    broken(verify_bundle(folder, trusted), "attic is an empty folder")


# -- signatures and keys


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_stripped_half_is_named(folder: Path, trusted: TrustedSigners, algorithm) -> None:
    (folder / signature_file(algorithm)).write_bytes(b"")
    broken(verify_bundle(folder, trusted), f"the {algorithm.label} signature does not hold")


def test_swapped_halves_are_both_named(folder: Path, trusted: TrustedSigners) -> None:
    first, second = (folder / signature_file(a) for a in ALGORITHMS)
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    result = verify_bundle(folder, trusted)
    for algorithm in ALGORITHMS:
        broken(result, signature_file(algorithm))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_half_of_another_signer_is_named(folder: Path, trusted: TrustedSigners, algorithm) -> None:
    foreign = STRANGER.sign((folder / "SHA256SUMS").read_bytes())
    (folder / signature_file(algorithm)).write_bytes(foreign.half(algorithm))
    broken(verify_bundle(folder, trusted), signature_file(algorithm))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_substituted_key_with_its_own_half_is_named(folder: Path, trusted: TrustedSigners, algorithm) -> None:
    foreign = STRANGER.sign((folder / "SHA256SUMS").read_bytes())
    (folder / key_file(algorithm)).write_text(STRANGER.signer.pem(algorithm))
    (folder / signature_file(algorithm)).write_bytes(foreign.half(algorithm))
    result = verify_bundle(folder, trusted)
    broken(result, key_file(algorithm))
    assert result.signer_id != IDENTITY.signer.id


def test_both_keys_and_signatures_of_a_stranger_do_not_pass_as_known(folder: Path, trusted: TrustedSigners) -> None:
    foreign = STRANGER.sign((folder / "SHA256SUMS").read_bytes())
    for algorithm in ALGORITHMS:
        (folder / key_file(algorithm)).write_text(STRANGER.signer.pem(algorithm))
        (folder / signature_file(algorithm)).write_bytes(foreign.half(algorithm))
    broken(verify_bundle(folder, trusted), "signer-ed25519.pem was changed")
    sign_again(folder, STRANGER)
    assert verify_bundle(folder, trusted).exit_code == 4


def test_swapped_key_files_are_named(folder: Path, trusted: TrustedSigners) -> None:
    first, second = (folder / key_file(a) for a in ALGORITHMS)
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    broken(verify_bundle(folder, trusted), "signer-ed25519.pem or signer-ml-dsa-65.pem is not usable")


def test_a_key_with_other_line_ends_is_not_the_key(folder: Path, trusted: TrustedSigners) -> None:
    path = folder / key_file(ALGORITHMS[0])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    broken(verify_bundle(folder, trusted), "signer-ed25519.pem")


# -- names and links


@pytest.mark.parametrize("name", FILES)
def test_a_link_in_place_of_a_file_is_named(folder: Path, trusted: TrustedSigners, name: str) -> None:
    linked = real_name(folder, name)
    outside = folder.parent / "outside"
    (folder / linked).rename(outside)
    (folder / linked).symlink_to(outside)
    broken(verify_bundle(folder, trusted), f"{linked} is a symbolic link")


def test_a_linked_folder_is_not_followed(folder: Path, trusted: TrustedSigners) -> None:
    (folder / "evidence").rename(folder.parent / "elsewhere")
    (folder / "evidence").symlink_to(folder.parent / "elsewhere")
    broken(verify_bundle(folder, trusted), "evidence is a symbolic link")


def test_a_pipe_does_not_hang_the_check(folder: Path, trusted: TrustedSigners) -> None:
    (folder / "report.html").unlink()
    os.mkfifo(folder / "report.html")
    broken(verify_bundle(folder, trusted), "report.html is neither a file nor a folder")


Edit = Callable[[list[str]], list[str]]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda lines: [*lines, "0" * 64 + "  ../outside"], "names '../outside'"),
        (lambda lines: [*lines, "0" * 64 + "  /etc/passwd"], "names '/etc/passwd'"),
        (lambda lines: [*lines, "0" * 64 + "  evidence/../x"], "names 'evidence/../x'"),
        (lambda lines: [*lines, "0" * 64 + "  a\\b"], "which no bundle may hold"),
        (lambda lines: [*lines, "0" * 64 + "  \x1b[2J"], "which no bundle may hold"),
        (lambda lines: [*lines, lines[-1]], "twice"),
        (lambda lines: [*lines, "0" * 64 + "  SHA256SUMS"], "lies outside the sums"),
        (lambda lines: [*lines, "0" * 64 + "  anchor.json"], "lies outside the sums"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "is not in order"),
        (lambda lines: [line + "\r" for line in lines], "which no bundle may hold"),
        (lambda lines: [line.replace("  ", " *") for line in lines], "is not a hash, two spaces and a name"),
        (lambda lines: [line.upper() for line in lines], "is not a hash, two spaces and a name"),
        (lambda lines: [*lines, ""], "is not a hash, two spaces and a name"),
        (lambda lines: ["# a note", *lines], "is not a hash, two spaces and a name"),
        (lambda lines: ["\\" + lines[0], *lines[1:]], "is not a hash, two spaces and a name"),
        (lambda lines: lines[1:], "is not in SHA256SUMS"),
        (lambda _: [], "report.html is not in SHA256SUMS"),
    ],
)
@pytest.mark.parametrize("signed", [False, True])
def test_odd_sums_are_named_even_when_signed(
    folder: Path, trusted: TrustedSigners, edit: Edit, says: str, signed: bool
) -> None:
    (folder.parent / "outside").write_bytes(b"")
    path = folder / "SHA256SUMS"
    path.write_bytes("".join(f"{line}\n" for line in edit(path.read_text().splitlines())).encode())
    if signed:
        signature = IDENTITY.sign(path.read_bytes())
        for algorithm in ALGORITHMS:
            (folder / signature_file(algorithm)).write_bytes(signature.half(algorithm))
    result = verify_bundle(folder, trusted)
    broken(result, says)
    assert not any("\x1b" in problem for problem in result.problems)


def test_signed_sums_that_were_cut_short_are_named(folder: Path, trusted: TrustedSigners) -> None:
    path = folder / "SHA256SUMS"
    path.write_bytes(path.read_bytes()[:-1])
    signature = IDENTITY.sign(path.read_bytes())
    for algorithm in ALGORITHMS:
        (folder / signature_file(algorithm)).write_bytes(signature.half(algorithm))
    broken(verify_bundle(folder, trusted), "SHA256SUMS does not end with a line feed")


# -- size


def test_a_huge_file_is_checked_in_flat_memory(folder: Path) -> None:
    size = 1 << 30
    with (folder / "data.duckdb").open("r+b") as file:
        file.truncate(size)
    code = (
        "import resource, sys; from pathlib import Path; from scorpius_lab.reporting.verify import verify_bundle\n"
        "verify_bundle(Path(sys.argv[2])); before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "result = verify_bundle(Path(sys.argv[1])); after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert any('data.duckdb was changed' in p for p in result.problems), result.problems\n"
        "assert result.bytes_checked > 1 << 30; print(after - before)"
    )
    small = make_bundle(folder.parent / "small").folder
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(small)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * unit < 64 << 20
    assert resource.RUSAGE_SELF == 0


@pytest.mark.parametrize("name", ["report.ipynb", "manifest.json", "SHA256SUMS", "signer-ed25519.pem"])
def test_a_huge_file_that_should_be_small_is_refused(
    folder: Path, trusted: TrustedSigners, name: str, monkeypatch
) -> None:
    monkeypatch.setattr("scorpius_lab.reporting.bundle_files.LARGEST_READ", 1 << 20)
    with (folder / name).open("r+b") as file:
        file.truncate(2 << 20)
    broken(verify_bundle(folder, trusted), f"{name} is larger than such a file can be")
