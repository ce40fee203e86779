from __future__ import annotations

from pathlib import Path

import pytest

from scorpius_lab.core.secrets import is_reference, looks_secret, resolve, without_secrets
from scorpius_lab.errors import UsageError


def test_a_secret_is_read_from_the_environment_and_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANNER_TOKEN", "hunter2-planted")
    secret = resolve("secret:SCANNER_TOKEN")
    assert secret.get_secret_value() == "hunter2-planted"
    assert "hunter2" not in f"{secret} {secret!r}"
    assert resolve("SCANNER_TOKEN") == secret


def test_a_secret_is_read_from_the_file_named_beside_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    monkeypatch.setenv("SCANNER_TOKEN_FILE", str(tmp_path / "token"))
    assert resolve("secret:SCANNER_TOKEN").get_secret_value() == "from-a-file"


@pytest.mark.parametrize("name", ["", "secret:", "has space", "secret:../../etc/passwd", "secret:secret:A"])
def test_a_name_that_is_none_is_refused_without_being_echoed(name: str) -> None:
    assert not is_reference(name)
    with pytest.raises(UsageError, match="named by letters") as error:
        resolve(name)
    assert "etc" not in str(error.value)


def test_a_missing_secret_or_file_says_what_to_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="set the variable NOT_THERE_AT_ALL"):
        resolve("NOT_THERE_AT_ALL")
    monkeypatch.setenv("GONE_FILE", str(tmp_path / "gone"))
    with pytest.raises(UsageError, match="GONE_FILE cannot be read"):
        resolve("GONE")


@pytest.mark.parametrize(
    "name",
    [
        "API_TOKEN",
        "DB_PASSWORD",
        "AWS_SECRET_ACCESS_KEY",
        "SCORPIUS_KEY_PASSPHRASE",
        "OPENAI_API_KEY",
        "SIGNING_KEY",
        "X_DSN",
    ],
)
def test_usual_names_of_secrets_are_known(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize("name", ["PATH", "HOME", "LANG", "KEYBOARD", "MONKEY", "PYTHONPATH", "SCORPIUS_DEFER_DRAWING"])
def test_ordinary_names_are_let_through(name: str) -> None:
    assert not looks_secret(name)


def test_only_the_secrets_asked_for_remain() -> None:
    environment = {"PATH": "/bin", "A_TOKEN": "x", "B_TOKEN": "y", "B_TOKEN_FILE": "/f"}
    assert without_secrets(environment) == {"PATH": "/bin"}
    assert without_secrets(environment, frozenset({"B_TOKEN"})) == {
        "PATH": "/bin",
        "B_TOKEN": "y",
        "B_TOKEN_FILE": "/f",
    }
