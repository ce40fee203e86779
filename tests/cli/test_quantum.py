"""`scorpius quantum`: files encrypted, signed and re-wrapped, keysets, and simulated links, as a user types it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scorpius_lab import init_lab, open_lab, quantum
from scorpius_lab.cli.app import app
from scorpius_lab.core.runs import utc_now

SECRET = "7d" * 32


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a lab and a file in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCORPIUS_KEYSET_KEY", SECRET)
    monkeypatch.delenv("SCORPIUS_KEY_PASSPHRASE", raising=False)
    init_lab(tmp_path / "lab")
    (tmp_path / "a.txt").write_bytes(b"attack at dawn")
    return tmp_path


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["quantum", *arguments], input=stdin)


def data(*arguments: str, code: int = 0) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.stderr
    return json.loads(result.stdout)


def audited(place: Path) -> list[tuple[str, str]]:
    lines = (place / "lab" / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    return [(entry["action"], entry["subject"]) for entry in map(json.loads, lines)]


def test_algorithms_need_no_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = [row["name"] for row in data("algorithms")]
    assert {"X-Wing", "ML-KEM-512", "ML-DSA-87", "SLH-DSA-SHAKE-256s", "Ed25519+ML-DSA-65"} <= set(names)


def test_a_file_goes_to_a_keyset_and_back(place: Path) -> None:
    (row,) = data("keys", "generate", "backups")
    assert (row["algorithm"], row["primary"], row["state"]) == ("ML-KEM-768", True, "enabled")
    (done,) = data("encrypt", "a.txt", "--to-purpose", "backups", "--associated-data", "case 7")
    assert done["output"] == "a.txt.envelope"
    assert done["bytes_read"] == 14
    (place / "a.txt").unlink()
    (facts,) = data("inspect", "a.txt.envelope")
    assert (facts["algorithm"], facts["key_id"]) == ("ML-KEM-768", row["key_id"])
    refused = run("decrypt", "a.txt.envelope", "--associated-data", "case 8")
    assert (refused.exit_code, (place / "a.txt").exists()) == (1, False)
    assert run("decrypt", "a.txt.envelope", "--associated-data", "case 7").exit_code == 0
    assert (place / "a.txt").read_bytes() == b"attack at dawn"
    assert [action for action, _ in audited(place)][-2:] == ["quantum.encrypted", "quantum.decrypted"]


def test_key_files_serve_instead_of_keysets(place: Path) -> None:
    pair = quantum.generate_keypair("X-Wing")
    (place / "bob.pub.pem").write_bytes(quantum.export_public(pair.public))
    (place / "bob.pem").write_bytes(quantum.export_private(pair.private, passphrase="correct horse"))
    assert run("encrypt", "a.txt", "--to", "bob.pub.pem").exit_code == 0
    out = ("--output", "b.txt")
    shown = run("decrypt", "a.txt.envelope", "--key", "bob.pem", "--passphrase", "correct horse", *out)
    assert (shown.exit_code, "name it, as in secret:" in shown.stderr) == (2, True)
    os.environ["BOB"] = "correct horse"
    try:
        assert run("decrypt", "a.txt.envelope", "--key", "bob.pem", "--passphrase", "secret:BOB", *out).exit_code == 0
    finally:
        del os.environ["BOB"]
    assert (place / "b.txt").read_bytes() == b"attack at dawn"


def test_standard_input_and_output(place: Path) -> None:
    run("keys", "generate", "backups", "--algorithm", "X-Wing")
    sealed = run("encrypt", "-", "--output", "-", "--to-purpose", "backups", stdin=b"through a pipe").stdout_bytes
    assert run("decrypt", "-", "--output", "-", stdin=sealed).stdout_bytes == b"through a pipe"
    cut = run("decrypt", "-", "--output", "-", stdin=sealed[:-1])
    assert (cut.exit_code, cut.stdout_bytes) == (1, b"")
    assert run("encrypt", "-", "--to-purpose", "backups", stdin=b"x").exit_code == 2
    assert run("encrypt", "a.txt", "-o", "-", "--to-purpose", "backups", "--json").exit_code == 2


def test_rewrap_changes_who_reads_and_not_what(place: Path) -> None:
    run("keys", "generate", "old")
    run("keys", "generate", "new")
    run("encrypt", "a.txt", "--to-purpose", "old")
    before = (place / "a.txt.envelope").read_bytes()
    assert run("rewrap", "a.txt.envelope", "--to-purpose", "new", "--purpose", "old").exit_code == 0
    after = (place / "a.txt.envelope").read_bytes()
    assert after != before
    assert after[-30:] == before[-30:]
    assert run("decrypt", "a.txt.envelope", "--purpose", "old", "-o", "b.txt").exit_code == 1
    assert run("decrypt", "a.txt.envelope", "--purpose", "new", "-o", "b.txt").exit_code == 0


def test_a_signature_holds_for_its_file_only(place: Path) -> None:
    (row,) = data("keys", "generate", "release", "--signing", "--algorithm", "Ed25519+ML-DSA-65")
    assert run("sign", "a.txt", "--purpose", "release", "--context", "v1").exit_code == 0
    assert run("sign", "a.txt", "--purpose", "release").exit_code == 2  # never over an old one
    assert data("verify", "a.txt", "--purpose", "release", "--context", "v1")["key_id"] == row["key_id"]
    assert run("verify", "a.txt", "--purpose", "release", "--context", "v2").exit_code == 1
    assert run("keys", "export-public", "release", "-o", "release.pem").exit_code == 0
    assert data("verify", "a.txt", "a.txt.sig", "--key", "release.pem", "--context", "v1")["holds"] is True
    (place / "a.txt").write_bytes(b"attack at dusk")
    assert run("verify", "a.txt", "--purpose", "release", "--context", "v1").exit_code == 1
    assert run("verify", "a.txt").exit_code == 2


def test_old_signatures_hold_after_a_rotation_until_the_version_is_disabled(place: Path) -> None:
    run("keys", "generate", "release", "--signing")
    run("sign", "a.txt", "--purpose", "release")
    run("keys", "rotate", "release")
    assert data("verify", "a.txt", "--purpose", "release")["version"] == 1
    run("keys", "disable", "release", "1")
    refused = run("verify", "a.txt", "--purpose", "release")
    assert (refused.exit_code, "which is disabled" in refused.stderr) == (1, True)


def test_the_life_of_a_keyset(place: Path) -> None:
    assert run("keys", "list").exit_code == 0
    run("keys", "generate", "backups")
    versions = data("keys", "rotate", "backups", "--algorithm", "X-Wing")
    assert [(row["version"], row["primary"], row["algorithm"]) for row in versions] == [
        (1, False, "ML-KEM-768"),
        (2, True, "X-Wing"),
    ]
    assert data("keys", "disable", "backups", "1")[0]["state"] == "disabled"
    assert data("keys", "enable", "backups", "1")[0]["state"] == "enabled"
    assert run("keys", "destroy", "backups", "1").exit_code == 2
    assert data("keys", "destroy", "backups", "1", "--yes")[0]["state"] == "destroyed"
    assert run("keys", "destroy", "backups", "2", "--yes").exit_code == 1
    pem = run("keys", "export-public", "backups").stdout
    assert quantum.load_public(pem.encode()).algorithm == "X-Wing"
    assert run("keys", "rotate").exit_code == 2
    assert run("keys", "rotate", "backups", "--due").exit_code == 2


def test_a_key_made_elsewhere_is_imported(place: Path) -> None:
    pair = quantum.generate_keypair("ML-KEM-1024")
    (place / "their.pem").write_bytes(quantum.export_private(pair.private))
    (row,) = data("keys", "import", "vault", "their.pem")
    assert (row["algorithm"], row["origin"]) == ("ML-KEM-1024", "imported")
    assert row["key_id"] == quantum.key_id(pair.public).hex()
    (place / "their.pem").write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    damaged = run("keys", "import", "vault", "their.pem")
    assert (damaged.exit_code, "their.pem" in damaged.stderr) == (2, True)


def test_the_secret_comes_from_a_descriptor_too(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("keys", "generate", "backups")
    monkeypatch.delenv("SCORPIUS_KEYSET_KEY")
    none = run("keys", "list")
    assert (none.exit_code, "set SCORPIUS_KEYSET_KEY" in none.stderr) == (1, True)

    def descriptor(text: str) -> str:
        reading, writing = os.pipe()
        os.write(writing, text.encode())
        os.close(writing)
        return str(reading)

    assert data("keys", "list", "--kek-fd", descriptor(SECRET))[0]["purpose"] == "backups"
    wrong = run("keys", "list", "--kek-fd", descriptor("00" * 32))
    assert wrong.exit_code == 1
    assert SECRET not in wrong.stderr


def test_keys_are_judged_and_rotated_when_they_are_due(place: Path) -> None:
    assert {row["state"] for row in data("keys", "check")} == {"not_applicable"}
    run("keys", "generate", "backups", "--algorithm", "X-Wing")
    assert {row["state"] for row in data("keys", "check")} == {"pass"}
    late = open_lab(
        place / "lab", overrides={"quantum_config.allowed_algorithms": ["ML-KEM-1024", "ML-DSA-87", "AES-256-GCM"]}
    )
    object.__setattr__(late, "clock", lambda: utc_now() + timedelta(days=91))
    seen = late.quantum.check_keys()
    assert dict(seen.select("rule_id", "state").rows()) == {
        "quantum.keys.rotation": "fail",
        "quantum.keys.algorithm": "fail",
    }
    assert late.findings.list()["rule_id"].sort().to_list() == ["quantum.keys.algorithm", "quantum.keys.rotation"]
    allowed = open_lab(place / "lab")
    object.__setattr__(allowed, "clock", lambda: utc_now() + timedelta(days=92))
    assert set(allowed.quantum.rotate_due()["state"]) == {"pass"}
    assert allowed.quantum.keys.list().height == 2
    assert set(allowed.findings.list(state="fixed")["rule_id"]) == {"quantum.keys.algorithm", "quantum.keys.rotation"}


def test_a_store_that_cannot_be_opened_is_an_error_and_not_a_pass(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("keys", "generate", "backups")
    monkeypatch.setenv("SCORPIUS_KEYSET_KEY", "00" * 32)
    assert {row["state"] for row in data("keys", "check")} == {"error"}
    assert run("keys", "rotate", "--due").exit_code == 1


def test_an_algorithm_that_is_not_allowed_is_refused_everywhere(place: Path) -> None:
    run("keys", "generate", "backups")
    run("encrypt", "a.txt", "--to-purpose", "backups")
    strict = open_lab(
        place / "lab", overrides={"quantum_config.allowed_algorithms": ["X-Wing", "ML-DSA-65", "AES-256-GCM"]}
    ).quantum
    for refused in (
        lambda: strict.decrypt("a.txt.envelope", output="b.txt"),
        lambda: strict.encrypt("a.txt", purposes=["backups"], output="c.envelope"),
        lambda: strict.keys.generate("more", "ML-KEM-768"),
    ):
        with pytest.raises(quantum.SuiteNotAllowed):
            refused()
    assert sorted(path.name for path in place.glob("[bc].*")) == []


def test_a_link_is_simulated_and_says_so(place: Path) -> None:
    done = data("qkd", "--source", "single", "--pulses", "400000", "--length", "5", "--dark-counts", "0")
    assert "simulation" in done["notice"]
    assert done["keys_equal"] is True
    assert done["key_bits"] > 0
    attacked = data("qkd", "--source", "single", "--pulses", "400000", "--eve", "intercept-resend", code=1)
    assert attacked["key_bits"] == 0
    assert "above the bound" in attacked["aborted"]
    huge = data("qkd", "--pulses", "10000000000000", "--counts-only")
    assert huge["engine"] == "aggregated"
    assert huge["key_bits"] > 10**6
    assert run("qkd", "--eve", "nobody-knows").exit_code == 2
    assert run("qkd", "--strength", "2").exit_code == 2


def test_what_is_measured_is_on_record(place: Path) -> None:
    seen = data("bench", "--budget", "0.2")
    assert any(row["rule_id"].startswith("benchmark.kem.") for row in seen)
    assert not any(row["rule_id"].startswith("benchmark.store.") for row in seen)
