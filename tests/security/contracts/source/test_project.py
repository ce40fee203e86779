"""Projects are recognised by what lies in a folder; their settings are read and never executed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from security.contracts.source.folders import write

from scorpius_lab.security.contracts.source.documents import (
    LARGEST_SETTINGS,
    parse_json,
    parse_toml,
    read_json,
    string,
    strings,
    table,
)
from scorpius_lab.security.contracts.source.project import (
    Kind,
    enclosing_projects,
    project_remappings,
    read_project,
)
from scorpius_lab.security.contracts.source.remappings import Remapping


@pytest.mark.parametrize(
    ("marker", "kind"),
    [
        ("foundry.toml", Kind.FOUNDRY),
        ("remappings.txt", Kind.FOUNDRY),
        ("hardhat.config.js", Kind.HARDHAT),
        ("hardhat.config.ts", Kind.HARDHAT),
        ("hardhat.config.cjs", Kind.HARDHAT),
        ("truffle-config.js", Kind.TRUFFLE),
        ("truffle.js", Kind.TRUFFLE),
        ("package.json", Kind.NPM),
    ],
)
def test_kinds(tmp_path: Path, marker: str, kind: Kind) -> None:
    assert read_project(tmp_path) is None
    write(tmp_path, {marker: ""})
    project = read_project(tmp_path)
    assert project is not None
    assert project.kinds == {kind}
    assert project.is_developed == (kind is not Kind.NPM)


def test_one_folder_may_be_several_projects(tmp_path: Path) -> None:
    write(tmp_path, {"foundry.toml": "", "hardhat.config.js": "", "package.json": '{"name": "@org/p"}'})
    project = read_project(tmp_path)
    assert project is not None
    assert project.kinds == {Kind.FOUNDRY, Kind.HARDHAT, Kind.NPM}
    assert project.package == "@org/p"
    assert project.sources == (tmp_path / "src", tmp_path / "contracts")


def test_folders_come_from_the_settings(tmp_path: Path) -> None:
    settings = """
    [profile.default]
    src = "code"
    test = "checks"
    out = "build"
    libs = ["vendor", "node_modules"]
    remappings = ["a/=b/"]
    [profile.ci]
    src = "other"
    [dependencies]
    forge-std = "1.9"
    """
    write(tmp_path, {"foundry.toml": settings})
    project = read_project(tmp_path)
    assert project is not None
    assert project.sources == (tmp_path / "code",)
    assert {tmp_path / "checks", tmp_path / "script", tmp_path / "code" / "mocks"} <= set(project.tests)
    assert project.dependencies == tuple(tmp_path / name for name in ("node_modules", "vendor", "dependencies"))
    assert {tmp_path / "build", tmp_path / "cache"} <= set(project.output)
    assert project_remappings(project) == (Remapping("a/", "b/"),)


def test_javascript_is_searched_for_a_plain_folder_and_never_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    text = f"require('fs').writeFileSync('{ran}', ''); module.exports = {{ paths: {{ sources: './code' }} }}"
    write(tmp_path, {"hardhat.config.js": text})
    project = read_project(tmp_path)
    assert project is not None
    assert project.sources == (tmp_path / "code",)
    assert not ran.exists()
    write(tmp_path, {"hardhat.config.js": "module.exports = {paths: {sources: where()}}"})
    again = read_project(tmp_path)
    assert again is not None
    assert again.sources == (tmp_path / "contracts",)


@pytest.mark.parametrize(
    "settings",
    [
        "[profile.default\nsrc=",
        b"\xff\xfe\0",
        "a = " + "[" * 100_000,
        "profile = 1",
        "[profile]\ndefault = []",
        '[profile.default]\nsrc = 1\ntest = []\nlibs = {}\nremappings = "x"\nout = ["a"]',
        '[profile.default]\nsrc = "a\\u0000b"\nlibs = ["\\u0000", 1]\nout = "' + "a" * 5000 + '"',
        "#" + "x" * LARGEST_SETTINGS,
    ],
)
def test_settings_that_make_no_sense_leave_the_defaults(tmp_path: Path, settings: str | bytes) -> None:
    write(tmp_path, {"foundry.toml": settings, "package.json": "[" * 100_000, "lib/d/src/D.sol": ""})
    project = read_project(tmp_path)
    assert project is not None
    assert project.kinds == {Kind.FOUNDRY, Kind.NPM}
    assert project.package == ""
    project_remappings(project)


def test_settings_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    write(tmp_path, {"foundry.toml": "[profile.default\n"})
    project = read_project(tmp_path)
    assert project is not None
    assert project.problem == "foundry.toml cannot be read; Foundry's defaults are used"
    assert project.sources == (tmp_path / "src",)


def test_libraries_bring_their_name_and_their_remappings(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "foundry.toml": '[profile.default]\nremappings = ["own/=lib/a/own/"]\n',
            "remappings.txt": "# comment\n\nctx:listed/=lib/b/\n",
            "lib/a/src/A.sol": "",
            "lib/a/remappings.txt": "@a/=src/\nout=/abs/\n",
            "lib/a/lib/nested/contracts/N.sol": "",
            "lib/b/foundry.toml": '[profile.default]\nsrc = "code"\n',
            "lib/b/code/B.sol": "",
        },
    )
    project = read_project(tmp_path)
    assert project is not None
    remappings = project_remappings(project)
    assert remappings[-2:] == (Remapping("own/", "lib/a/own/"), Remapping("listed/", "lib/b/", "ctx"))
    brought = [r for r in remappings if not r.context]
    assert {
        Remapping("a/", "lib/a/src/"),
        Remapping("@a/", "lib/a/src/"),
        Remapping("out", "/abs/"),
        Remapping("b/", "lib/b/code/"),
        Remapping("nested/", "lib/a/lib/nested/contracts/"),
    } <= set(brought)
    assert brought.index(Remapping("a/", "lib/a/src/")) > brought.index(Remapping("a/", "lib/a/"))  # preferred


def test_libraries_that_hold_themselves_end(tmp_path: Path) -> None:
    write(tmp_path, {"foundry.toml": "", "lib/a/src/A.sol": ""})
    (tmp_path / "lib" / "a" / "lib").symlink_to(tmp_path / "lib")
    project = read_project(tmp_path)
    assert project is not None
    assert len(project_remappings(project)) < 50


def test_projects_around_a_folder_end_with_the_repository(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"package.json": "{}", "repo/package.json": "{}", "repo/app/foundry.toml": "", "repo/app/src/A.sol": ""},
    )
    folder = tmp_path / "repo" / "app" / "src"
    assert [p.root for p in enclosing_projects(folder)][:3] == [tmp_path / "repo" / "app", tmp_path / "repo", tmp_path]
    (tmp_path / "repo" / ".git").mkdir()
    assert [p.root for p in enclosing_projects(folder)] == [tmp_path / "repo" / "app", tmp_path / "repo"]
    write(tmp_path, {"repo/app/.git": "gitdir: ../.git/modules/app"})  # a submodule
    assert [p.root for p in enclosing_projects(folder)] == [tmp_path / "repo" / "app", tmp_path / "repo"]


def test_the_home_folder_is_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"package.json": "{}", "x/A.sol": ""})
    monkeypatch.setenv("HOME", str(tmp_path))
    assert list(enclosing_projects(tmp_path / "x")) == []


def test_documents_are_never_trusted(tmp_path: Path) -> None:
    write(
        tmp_path, {"a.json": '{"a": {"b": "c", "d": ["e", 1]}}', "big.json": "[1]" + " " * 100, "half.json": '{"a": '}
    )
    document = read_json(tmp_path / "a.json")
    assert string(document, "a", "b") == "c"
    assert (string(document, "a"), string(document, "x", "y"), string([], "a")) == ("", "", "")
    assert strings(table(document, "a").get("d")) == ("e",)
    assert strings("x") == ("x",)
    assert read_json(tmp_path / "big.json", 50) is None
    assert read_json(tmp_path / "half.json") is None
    assert read_json(tmp_path / "absent.json") is None
    assert read_json(tmp_path) is None
    assert parse_json("[" * 100_000) is None
    assert parse_json("1" * 10_000) is None
    assert parse_toml("a = " + "[" * 100_000) is None


@given(st.text(max_size=60))
def test_any_settings_are_read(text: str) -> None:
    parse_toml(text)
    parse_json(text)
