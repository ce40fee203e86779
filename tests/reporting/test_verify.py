"""Verification: what a good bundle gives, and that whatever lies in a folder gets a verdict, never a traceback."""

from __future__ import annotations

import json
import multiprocessing
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reporting.bundles import AS_OF, IDENTITY, STRANGER, facts, make_bundle, trusting

from scorpius_lab.core.signing import ALGORITHMS
from scorpius_lab.errors import BundleError, FormatError, UnknownSigner, UsageError
from scorpius_lab.reporting.bundle import sign_again, signature_file, sums_text
from scorpius_lab.reporting.bundle_files import Problems, parse_sums
from scorpius_lab.reporting.manifest import FileEntry, ReportState
from scorpius_lab.reporting.trusted import (
    TrustedSigners,
    add_trusted_signer,
    list_trusted_signers,
    remove_trusted_signer,
)
from scorpius_lab.reporting.verify import Status, verify_bundle


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("original") / "bundle").folder


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> TrustedSigners:
    return trusting(tmp_path_factory.mktemp("trusted"))


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "bundle"))


def seal(folder: Path) -> None:
    """Sign SHA256SUMS as it is now: what a dishonest holder of the keys could do."""
    signature = IDENTITY.sign((folder / "SHA256SUMS").read_bytes())
    for algorithm in ALGORITHMS:
        (folder / signature_file(algorithm)).write_bytes(signature.half(algorithm))


def replace_and_seal(folder: Path, name: str, content: bytes) -> None:
    """Change a file, its hash in the sums and the signatures, but not the manifest."""
    import hashlib

    (folder / name).write_bytes(content)
    lines = [line for line in (folder / "SHA256SUMS").read_text().splitlines() if line[66:] != name]
    lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}")
    (folder / "SHA256SUMS").write_text("".join(f"{line}\n" for line in sorted(lines, key=lambda x: x[66:])))
    seal(folder)


def test_a_good_bundle_of_a_known_signer(original: Path, trusted: TrustedSigners) -> None:
    result = verify_bundle(original, trusted)
    assert result.problems == ()
    assert (result.status, result.exit_code, result.good) == (Status.GOOD, 0, True)
    assert result.signer_id == IDENTITY.signer.id
    assert result.files_checked == 9
    assert result.bytes_checked > (original / "data.duckdb").stat().st_size
    assert result.signer_statement == f"trusted signer Audit lead {IDENTITY.signer.short_id}, unproven time"
    assert result.proves
    assert any("sources told the truth" in sentence for sentence in result.does_not_prove)
    result.require_good()


def test_a_good_bundle_of_nobody_known(original: Path, tmp_path: Path) -> None:
    for known in (None, TrustedSigners(), trusting(tmp_path, STRANGER)):
        result = verify_bundle(original, known)
        assert (result.status, result.exit_code) == (Status.UNKNOWN_SIGNER, 4)
        assert "self-asserted signer" in result.signer_statement
        assert "not in the trusted signers file, unproven time" in result.signer_statement
        with pytest.raises(UnknownSigner):
            result.require_good()


def test_a_labs_own_key_vouches_for_nobody_else(original: Path, tmp_path: Path) -> None:
    result = verify_bundle(original, trusting(tmp_path, origin="self"))
    assert result.good
    assert result.self_asserted
    assert result.signer_statement == f"self-asserted signer {IDENTITY.signer.short_id}, unproven time"


def test_the_bundle_of_a_failed_report_verifies_too(tmp_path: Path, trusted: TrustedSigners) -> None:
    bundle = make_bundle(tmp_path / "b", manifest_fields=facts(state=ReportState.FAILED, error="cell 3 raised"))
    result = verify_bundle(bundle.folder, trusted)
    assert result.good
    assert result.manifest is not None
    assert result.manifest.state == "failed"


def test_what_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        verify_bundle(tmp_path / "nothing")
    result = verify_bundle(tmp_path)
    assert result.status is Status.BROKEN
    assert result.signer_id is None
    with pytest.raises(BundleError):
        result.require_good()


def test_signing_again_makes_a_good_bundle_of_changed_files(folder: Path, trusted: TrustedSigners) -> None:
    (folder / "report.html").write_text("another page")
    assert verify_bundle(folder, trusted).status is Status.BROKEN
    sign_again(folder, IDENTITY)
    assert verify_bundle(folder, trusted).problems == ()
    sign_again(folder, STRANGER)
    assert verify_bundle(folder, trusted).status is Status.UNKNOWN_SIGNER


# -- what only somebody with the keys could write must still agree with itself


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: m["results"][0].update(sha256="0" * 64), "another result 'findings'"),
        (lambda m: m["results"].pop(), "does not state"),
        (
            lambda m: m["results"].append({**m["results"][0], "name": "ghost"}),
            "'ghost' that report.ipynb does not show",
        ),
        (lambda m: m["results"].append(m["results"][0]), "lists a result twice"),
        (lambda m: m["notebook"].update(sha256="0" * 64), "another hash for report.ipynb"),
        (lambda m: m["notebook"].update(source_sha256="0" * 64), "the source of report.ipynb"),
        (lambda m: m["signer"].update(id="0" * 64), "another signer"),
        (lambda m: m.update(verify_commands=["rm -rf ."]), "other verify commands"),
        (lambda m: m["files"][0].update(size=1), "another size or hash for data.duckdb"),
        (lambda m: m["files"].pop(0), "does not list data.duckdb"),
        (lambda m: m["files"].append({"name": "../x", "size": 0, "sha256": "0" * 64}), "which is not in the bundle"),
        (lambda m: m["files"].append(m["files"][0]), "lists a file twice"),
        (lambda m: m["evidence"].pop(), "manifest.json"),
        (lambda m: m["evidence"][0].update(withheld=not m["evidence"][0]["withheld"]), "evidence"),
        (
            lambda m: m["evidence"].append({"sha256": "0" * 64, "media_type": "", "size": 0, "withheld": False}),
            "is missing",
        ),
        (lambda m: m.update(format_version=2), "newer"),
        (lambda m: m.update(surprise=1), "surprise"),
        (lambda m: m.pop("as_of"), "as_of"),
    ],
)
def test_a_manifest_that_disagrees_is_named(folder: Path, trusted: TrustedSigners, change, says: str) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    content = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
    replace_and_seal(folder, "manifest.json", content)
    result = verify_bundle(folder, trusted)
    assert result.status is Status.BROKEN
    assert any(says in problem for problem in result.problems), result.problems


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("manifest.json", b"[" * 100_000, "manifest.json"),
        ("manifest.json", b'{"a": 1', "not JSON"),
        ("manifest.json", b"\xff\xfe", "manifest.json"),
        ("report.ipynb", b"[" * 100_000, "not a readable notebook"),
        ("report.ipynb", b"null", "not a readable notebook"),
        ("report.ipynb", b'{"cells": [{"outputs": 3}]}', "not a readable notebook"),
        ("report.ipynb", b'{"cells": [{"source": "\\ud800"}]}', "not a readable notebook"),
        ("report.ipynb", b'{"cells": [{"execution_count": ' + b"9" * 5000 + b"}]}", "not a readable notebook"),
        ("evidence/withheld.csv", b'"', "not a readable table"),
        ("evidence/withheld.csv", b"\xff", "not a readable table"),
        ("evidence/withheld.csv", b"sha256,reason\n", "does not have the columns"),
        ("evidence/withheld.csv", b"", "does not have the columns"),
        ("evidence/withheld.csv", b"sha256,size,media_type,classification,reason,holder\n", "was kept back"),
    ],
)
def test_malformed_content_is_a_reason(
    folder: Path, trusted: TrustedSigners, name: str, content: bytes, says: str
) -> None:
    replace_and_seal(folder, name, content)
    result = verify_bundle(folder, trusted)
    assert result.status is Status.BROKEN
    assert any(says in problem for problem in result.problems), result.problems


def test_evidence_under_another_name_is_named(folder: Path, trusted: TrustedSigners) -> None:
    blob = next(p for p in (folder / "evidence").iterdir() if p.suffix != ".csv")
    replace_and_seal(folder, f"evidence/{blob.name}", b"another content")
    problems = verify_bundle(folder, trusted).problems
    assert f"evidence/{blob.name} does not have the content its name promises" in problems


# -- anchor.json


def test_an_anchor_of_these_sums_is_accepted_and_proves_no_time(folder: Path, trusted: TrustedSigners) -> None:
    import hashlib

    sums = hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()
    (folder / "anchor.json").write_text(json.dumps({"format": "scorpius anchor 1", "sums_sha256": sums}))
    result = verify_bundle(folder, trusted)
    assert result.good
    assert result.time_statement == "unproven time"


@pytest.mark.parametrize(
    "content",
    [
        '{"format": "scorpius anchor 1", "sums_sha256": "' + "0" * 64 + '"}',
        '{"format": "scorpius anchor 2", "sums_sha256": "' + "0" * 64 + '"}',
        '{"format": "scorpius anchor 1", "sums_sha256": "' + "0" * 64 + '", "time": "2020-01-01"}',
        "",
        "[]",
        "[" * 10_000,
    ],
)
def test_an_anchor_that_cannot_be_judged_is_a_problem(folder: Path, trusted: TrustedSigners, content: str) -> None:
    (folder / "anchor.json").write_text(content)
    result = verify_bundle(folder, trusted)
    assert result.status is Status.BROKEN
    assert all("anchor.json" in problem for problem in result.problems)


# -- fuzzing


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_any_damage_to_any_file_is_found_without_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, original: Path, trusted: TrustedSigners, data: st.DataObject
) -> None:
    folder = Path(shutil.copytree(original, tmp_path_factory.mktemp("fuzz") / "bundle"))
    try:
        files = sorted(p for p in folder.rglob("*") if p.is_file())
        path = data.draw(st.sampled_from(files), label="file")
        content = path.read_bytes()
        place = data.draw(st.integers(0, max(len(content) - 1, 0)), label="place")
        kind = data.draw(st.sampled_from(["flip", "cut", "garbage", "insert", "empty"]), label="kind")
        changed = {
            "flip": content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :],
            "cut": content[:place],
            "garbage": data.draw(st.binary(max_size=300)),
            "insert": content[:place] + b"\n" + content[place:],
            "empty": b"",
        }[kind]
        if changed == content:
            return
        path.write_bytes(changed)
        result = verify_bundle(folder, trusted)
        assert result.status is Status.BROKEN
        assert any(path.name in problem or "SHA256SUMS" in problem for problem in result.problems)
    finally:
        shutil.rmtree(folder.parent)


@given(name=st.sampled_from(["manifest.json", "report.ipynb", "evidence/withheld.csv"]), data=st.data())
@settings(max_examples=80, deadline=None)
def test_signed_garbage_has_a_verdict_too(
    tmp_path_factory: pytest.TempPathFactory, original: Path, trusted: TrustedSigners, name: str, data: st.DataObject
) -> None:
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["cells", "outputs", "data", "metadata", "source", "tags", "files"]), inner
            )
        ),
        max_leaves=10,
    )
    garbage = data.draw(st.binary(max_size=100) | values.map(lambda value: json.dumps(value).encode()))
    folder = Path(shutil.copytree(original, tmp_path_factory.mktemp("fuzz") / "bundle"))
    try:
        replace_and_seal(folder, name, garbage)
        assert verify_bundle(folder, trusted).status is Status.BROKEN
    finally:
        shutil.rmtree(folder.parent)


SUM_LINES = st.lists(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["0" * 64, "f" * 64, "0" * 63, "A" * 64]),
        st.sampled_from(["  ", "  ", "  ", " *", " "]),
        st.sampled_from(["a", "b", "c/d", "../a", "anchor.json", "a b", ""]),
    ),
    max_size=4,
)


@given(lines=SUM_LINES, end=st.sampled_from(["\n", "", "\r\n", "\n\n"]))
@settings(max_examples=300)
def test_sums_are_read_in_one_form_only(lines: list[str], end: str) -> None:
    content = ("\n".join(lines) + end).encode()
    problems = Problems()
    sums = parse_sums(content, problems)
    if not problems.sentences:
        entries = [FileEntry(name=name, size=0, sha256=value) for name, value in sums.items()]
        assert sums_text(entries) == content


# -- the trusted signers file


def test_signers_are_added_listed_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "trusted_signers.json"
    assert list_trusted_signers(path).entries == ()
    own = add_trusted_signer(path, IDENTITY.signer, "This lab", origin="self", at=AS_OF)
    add_trusted_signer(path, STRANGER.signer, "Größe", origin="imported", at=AS_OF)
    assert add_trusted_signer(path, IDENTITY.signer, "Again", origin="imported", at=AS_OF) == own
    assert [e.name for e in list_trusted_signers(path).entries] == ["This lab", "Größe"]
    assert TrustedSigners.load(path).find(IDENTITY.signer.id) == own
    assert own.added_at == "2026-03-01T06:00:00.000000Z"
    for few in ("", IDENTITY.signer.id[:4], "0" * 64):
        with pytest.raises(UsageError):
            remove_trusted_signer(path, few)
    assert remove_trusted_signer(path, IDENTITY.signer.short_id) == own
    assert [e.name for e in list_trusted_signers(path).entries] == ["Größe"]


def add(path: Path, seed: int) -> None:
    from scorpius_lab.core.signing import SigningIdentity

    identity = SigningIdentity.from_seeds(bytes([seed]) * 32, bytes(32))
    add_trusted_signer(path, identity.signer, str(seed), origin="imported", at=AS_OF)


def test_signers_added_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "trusted_signers.json"
    fork = multiprocessing.get_context("fork")
    processes = [fork.Process(target=add, args=(path, seed)) for seed in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert len(list_trusted_signers(path).entries) == 6


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "{}",
        lambda _: "",
        lambda _: "[" * 50_000,
        lambda entries: json.dumps([{**entries[0], "signer_id": "0" * 64}]),
        lambda entries: json.dumps([{**entries[0], "origin": "heaven"}]),
        lambda entries: json.dumps([{**entries[0], "ed25519": entries[0]["ml_dsa_65"]}]),
        lambda entries: json.dumps([{**entries[0], "more": 1}]),
    ],
)
def test_a_damaged_trusted_file_is_a_clear_error(original: Path, tmp_path: Path, spoil) -> None:
    trusting(tmp_path)
    path = tmp_path / "trusted_signers.json"
    path.write_text(spoil(json.loads(path.read_text())))
    with pytest.raises(FormatError, match="trusted"):
        verify_bundle(original, path)


def test_a_missing_trusted_file_is_not_taken_for_an_empty_one(original: Path, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot be read"):
        verify_bundle(original, tmp_path / "nothing.json")
