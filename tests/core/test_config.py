"""The configuration: layers, origins, masking, messages, reload."""

from __future__ import annotations

import pickle
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from scorpius_lab.core.config import Configuration, Origin, OriginKind, default_yaml, load_configuration
from scorpius_lab.core.configuration_sections import BUILT_IN, Section, SecurityConfig, setting
from scorpius_lab.core.configuration_template import default_text
from scorpius_lab.core.masking import MASK, is_secret_name, masked
from scorpius_lab.core.yaml_document import YamlProblem, parse_yaml
from scorpius_lab.errors import ConfigurationError


def load(tmp_path: Path, text: str, **more: Any) -> Configuration:
    file = tmp_path / "scorpius.yaml"
    file.write_text(text, encoding="utf-8")
    return load_configuration(file, **{"environ": {}, **more})


def refusal(tmp_path: Path, text: str, **more: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text, **more)
    return str(caught.value)


def test_defaults() -> None:
    configuration = load_configuration(environ={})
    assert configuration.quantum_config.security_level == 3
    assert configuration.security_config.enable_ai_detection is True
    assert configuration.store.encryption is False
    assert configuration.origin("quantum_config.security_level") == Origin(OriginKind.DEFAULT)


def test_each_layer_wins_over_the_one_below(tmp_path: Path) -> None:
    text = "quantum_config:\n  security_level: 1\n  default_algorithm: hash_based\nstore:\n  threads: 2\n"
    environ = {"SCORPIUS_QUANTUM_CONFIG__SECURITY_LEVEL": "5", "SCORPIUS_STORE__THREADS": "3"}
    configuration = load(tmp_path, text, environ=environ, overrides={"store": {"threads": 4}})
    assert configuration.quantum_config.default_algorithm == "hash_based"
    assert configuration.quantum_config.security_level == 5
    assert configuration.store.threads == 4
    kinds = {name: str(origin.kind) for name, origin in configuration.origins.items()}
    assert kinds == {
        "quantum_config.default_algorithm": "file",
        "quantum_config.security_level": "environment",
        "store.threads": "override",
    }
    assert configuration.origin("quantum_config.default_algorithm").place.endswith("scorpius.yaml:3")
    assert configuration.origin("quantum_config.security_level").place == "SCORPIUS_QUANTUM_CONFIG__SECURITY_LEVEL"


def test_the_process_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCORPIUS_REPORTING__JOBS", "7")
    assert load_configuration().reporting.jobs == 7


@pytest.mark.parametrize("overrides", [{"store.encryption": True}, {"store": {"encryption": True}}])
def test_overrides_nested_or_dotted(overrides: dict[str, object]) -> None:
    configuration = load_configuration(environ={}, overrides=overrides)
    assert configuration.store.encryption is True
    assert configuration.origin("store.encryption").kind is OriginKind.OVERRIDE


@pytest.mark.parametrize(
    ("variable", "text", "name", "expected"),
    [
        ("STORE__ENCRYPTION", "yes", "store.encryption", True),
        ("STORE__LOCK_TIMEOUT", "2.5", "store.lock_timeout", 2.5),
        ("STORE__THREADS", "", "store.threads", None),
        ("REPORTING__ORGANISATION", "007", "reporting.organisation", "007"),
        ("REPORTING__FORMATS", "html, pdf", "reporting.formats", ("html", "pdf")),
        ("REPORTING__FORMATS", '["pdf"]', "reporting.formats", ("pdf",)),
        ("MONITORING_CONFIG__ALERT_ENDPOINTS", "https://a/x", "monitoring_config.alert_endpoints", ("https://a/x",)),
        ("QUANTUM_CONFIG__KEY_ROTATION_INTERVAL", "30d", "quantum_config.key_rotation_interval", timedelta(days=30)),
        ("QUANTUM_CONFIG__KEY_ROTATION_INTERVAL", "86400", "quantum_config.key_rotation_interval", timedelta(days=1)),
    ],
)
def test_environment_text_is_read_as_the_field_needs(variable: str, text: str, name: str, expected: object) -> None:
    assert load_configuration(environ={f"SCORPIUS_{variable}": text}).value(name) == expected


def test_other_scorpius_variables_are_not_configuration() -> None:
    load_configuration(environ={"SCORPIUS_LAB": "/somewhere", "SCORPIUS_DEFER_DRAWING": "1"})


def test_an_unknown_variable_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match=r"SCORPIUS_STORE__ENCRPTION.*did you mean SCORPIUS_STORE__ENCRYPTION"):
        load_configuration(environ={"SCORPIUS_STORE__ENCRPTION": "true"})


def test_a_wrong_value_in_the_environment_names_the_variable() -> None:
    with pytest.raises(ConfigurationError, match=r"SCORPIUS_QUANTUM_CONFIG__SECURITY_LEVEL.*'4'.*1, 3 or 5"):
        load_configuration(environ={"SCORPIUS_QUANTUM_CONFIG__SECURITY_LEVEL": "4"})


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            "quantum_config:\n  security_levl: 3\n",
            2,
            ["'quantum_config.security_levl'", "did you mean 'security_level'"],
        ),
        ("quantum_confg:\n  security_level: 3\n", 1, ["'quantum_confg'", "did you mean 'quantum_config'"]),
        ("# note\nsecurity_level: 3\n", 2, ["did you mean 'quantum_config.security_level'"]),
        ("store:\n  encryption: true\n  threads: 1\n  encryption: false\n", 4, ["given twice", "line 2"]),
        ("store:\n  threads: four\n", 2, ["store.threads", "'four'", "expected a valid integer"]),
        ("reporting:\n  formats:\n    - html\n    - docx\n", 4, ["docx", "'html', 'pdf' or 'ipynb'"]),
        ("quantum_config:\n  key_rotation_interval: soon\n", 2, ["90d, 12h"]),
        ("monitoring_config:\n  alert_endpoints:\n    - https://ok\n    - ftp://x\n", 4, ["begins with https://"]),
        ("store: 5\n", 1, ["group"]),
        ("- a\n", 1, ["the file must be a group"]),
        ("store:\n  file: &x a\n  blobs: *x\n", 3, ["alias"]),
        ("store:\n  file: !!python/name:os.system a\n", 2, ["tag"]),
        ("store:\n  file: 'a\n", 3, ["not valid YAML"]),
        ("store:\n---\nstore:\n", 3, ["second document"]),
        ("store:\n\tfile: a\n", 2, ["not valid YAML"]),
    ],
)
def test_a_bad_file_is_refused_with_file_and_line(tmp_path: Path, text: str, line: int, words: list[str]) -> None:
    message = refusal(tmp_path, text)
    assert f"scorpius.yaml:{line}: " in message
    for word in words:
        assert word in message


def test_all_wrong_values_are_told_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, "store:\n  threads: x\n  lock_timeout: -1\nreporting:\n  jobs: 0\n")
    assert sorted(line.split(": ")[0].rsplit(":", 1)[1] for line in message.splitlines()) == ["2", "3", "5"]


def test_files_that_are_not_text_or_not_there(tmp_path: Path) -> None:
    bad = tmp_path / "scorpius.yaml"
    bad.write_bytes(b"store:\n  file: \xff\xfe\n")
    with pytest.raises(ConfigurationError, match=r"scorpius.yaml:2: is not UTF-8"):
        load_configuration(bad, environ={})
    with pytest.raises(ConfigurationError, match="no such configuration file"):
        load_configuration(tmp_path / "other.yaml", environ={})


def test_deep_nesting_ends_in_an_error(tmp_path: Path) -> None:
    assert "nested too deeply" in refusal(tmp_path, "store: " + "[" * 5000 + "]" * 5000)


@given(st.text(max_size=200) | st.text(alphabet="store: \n[]{}&*!'\"#-|>?%@,", max_size=60))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        parse_yaml(text, "scorpius.yaml")
    except YamlProblem as error:
        message = str(error)
    else:
        message = "scorpius.yaml: read"
    assert message.startswith("scorpius.yaml:")


def test_sections_do_not_change(tmp_path: Path) -> None:
    configuration = load_configuration(environ={})
    with pytest.raises(ValueError, match="frozen"):
        configuration.store.threads = 3  # type: ignore[misc]


class Chain(Section):
    """Nodes to ask."""

    class Node(Section):
        """One node."""

        url: str = setting("https://node", "Address.", reloads=True)
        api_key: str | None = setting(None, "Key of the node.", reloads=False)
        passphrase: SecretStr = setting(SecretStr(""), "Its passphrase.", reloads=False)

    node: Node = Node()
    retries: int = setting(2, "Tries.", reloads=True)


def test_a_component_brings_its_own_section(tmp_path: Path) -> None:
    environ = {"SCORPIUS_CHAIN__NODE__API_KEY": "hunter2"}
    configuration = load(tmp_path, "chain:\n  retries: 5\n", environ=environ, sections=[("chain", Chain)])
    assert (configuration.chain.retries, configuration.chain.node.api_key) == (5, "hunter2")
    with pytest.raises(AttributeError, match="no section 'chian'; did you mean 'chain'"):
        configuration.chian  # noqa: B018


def test_a_component_may_extend_a_built_in_section_but_not_replace_it() -> None:
    class Wider(SecurityConfig):
        budget: int = setting(3, "Seconds.", reloads=True)

    class Other(BaseModel):
        budget: int = 3

    wider = load_configuration(environ={}, sections=[("security_config", Wider)])
    assert wider.security_config.budget == 3  # type: ignore[attr-defined]
    with pytest.raises(ConfigurationError, match="two components"):
        load_configuration(environ={}, sections=[("security_config", Other)])


def test_a_required_setting_says_how_to_give_it() -> None:
    class Needs(Section):
        url: str

    with pytest.raises(ConfigurationError, match=r"needs\.url: a value is required.*SCORPIUS_NEEDS__URL"):
        load_configuration(environ={}, sections=[("needs", Needs)])


def test_rows_mask_secrets() -> None:
    environ = {
        "SCORPIUS_CHAIN__NODE__API_KEY": "hunter2",
        "SCORPIUS_CHAIN__NODE__PASSPHRASE": "hunter2",
        "SCORPIUS_CHAIN__NODE__URL": "https://me:hunter2@node.example/v1?token=hunter2&page=2",  # scorpius: allow-secret
        "SCORPIUS_STORE__CATALOGUE": "postgres:host=db password=hunter2",
        "SCORPIUS_MONITORING_CONFIG__ALERT_ENDPOINTS": "https://chat.example/services/hunter2",
    }
    rows = {row.name: row for row in load_configuration(environ=environ, sections=[("chain", Chain)]).rows()}
    assert "hunter2" not in repr(rows)
    assert rows["chain.node.url"].value == f"https://{MASK}@node.example/v1?token={MASK}&page=2"
    assert rows["store.catalogue"].value == f"postgres:host=db password={MASK}"
    assert rows["quantum_config.key_rotation_interval"].value == "90d"
    assert (rows["store.encryption"].reloads, rows["store.lock_timeout"].reloads) == (False, True)


def test_a_wrong_secret_is_not_echoed() -> None:
    class Keyed(Section):
        token: int = setting(0, "Number.", reloads=True)

    with pytest.raises(ConfigurationError) as caught:
        load_configuration(environ={"SCORPIUS_KEYED__TOKEN": "hunter2"}, sections=[("keyed", Keyed)])
    assert "hunter2" not in str(caught.value)


def test_a_wrong_webhook_is_not_echoed() -> None:
    with pytest.raises(ConfigurationError, match="web address") as caught:
        load_configuration(environ={"SCORPIUS_MONITORING_CONFIG__ALERT_ENDPOINTS": "htps://chat.example/hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["api_key", "smtp.password", "apiToken", "client_secret", "passphrase", "dsn"])
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)
    assert masked(name, "x") == MASK


@pytest.mark.parametrize("name", ["key_rotation_interval", "keys", "tokenizer", "passes", "monkey", ""])
def test_names_that_only_look_like_it(name: str) -> None:
    assert not is_secret_name(name)


def test_reload_applies_only_what_reloads(tmp_path: Path) -> None:
    before = load(tmp_path, "store:\n  encryption: false\n  lock_timeout: 5\n")
    after = load(tmp_path, "store:\n  encryption: true\n  lock_timeout: 9\n")
    running = after.reloaded(before)
    assert (running.store.encryption, running.store.lock_timeout) == (False, 9)
    assert after.held_back(before) == ("store.encryption",)


def test_the_template_is_the_defaults_and_every_line_can_be_switched_on(tmp_path: Path) -> None:
    text = default_yaml()
    defaults = load_configuration(environ={})
    assert load(tmp_path, text).sections == defaults.sections
    lines = [
        line.replace("# ", "", 1) if line.startswith("  # ") and ": " in line and line[4].islower() else line
        for line in text.splitlines()
    ]
    configuration = load(tmp_path, "\n".join(lines))
    assert configuration.sections == defaults.sections
    assert len(configuration.origins) == sum(len(model.model_fields) for _, model in BUILT_IN)


def test_the_template_with_values_set_reads_back(tmp_path: Path) -> None:
    values = {"store.encryption": True, "store.backend": "ducklake", "quantum_config.key_rotation_interval": "30d"}
    configuration = load(tmp_path, default_yaml(values=values))
    assert (configuration.store.encryption, configuration.store.backend) == (True, "ducklake")
    assert configuration.quantum_config.key_rotation_interval == timedelta(days=30)
    assert set(configuration.origins) == set(values)
    with pytest.raises(ConfigurationError, match="did you mean 'encryption'"):
        default_yaml(values={"store.encrypt": True})


def test_every_setting_says_what_it_is_and_whether_it_reloads() -> None:
    for row in load_configuration(environ={}).rows():
        assert row.description.endswith("."), row.name
    for _, model in BUILT_IN:
        for name, field in model.model_fields.items():
            assert isinstance(field.json_schema_extra, dict), name
            assert isinstance(field.json_schema_extra["reloads"], bool)


def test_a_configuration_travels_to_worker_processes() -> None:
    configuration = load_configuration(environ={"SCORPIUS_STORE__THREADS": "2"})
    assert pickle.loads(pickle.dumps(configuration)) == configuration  # noqa: S301


def test_the_manual_has_every_setting() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    for section, model in BUILT_IN:
        assert f"\n## {section}\n" in manual
        for name, field in model.model_fields.items():
            extra = field.json_schema_extra
            reloads = "yes" if isinstance(extra, dict) and extra["reloads"] else "no"
            row = f"| `{name}` | `{default_text(model, name)}` | {field.description} | {reloads} |"
            assert row in manual, f"docs/configuration.md lacks the row {row}"
