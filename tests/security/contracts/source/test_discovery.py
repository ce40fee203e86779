"""Which files are found, in which order, and what is left out with a reason."""

from __future__ import annotations

import os
import pathlib
import tracemalloc
from pathlib import Path

import pytest
from security.contracts.source.folders import write

from scorpius_lab.errors import UsageError
from scorpius_lab.security.contracts.source.discovery import Skipped, discover


def found(*paths: Path, root: Path, exclude: tuple[str, ...] = ()) -> list[str]:
    return [file.relative_to(root).as_posix() for file in discover(paths, exclude)]


def left_out(path: Path, exclude: tuple[str, ...] = ()) -> dict[str, str]:
    skipped: list[Skipped] = []
    list(discover([path], exclude, skipped=skipped.append))
    return {one.path.relative_to(path).as_posix(): one.reason for one in skipped}


@pytest.fixture
def foundry(tmp_path: Path) -> Path:
    return write(
        tmp_path.resolve() / "app",
        dict.fromkeys(
            (
                "src/A.sol", "src/cache/Store.sol", "src/out/O.sol", "src/A.t.sol", "src/mocks/M.sol", "src/lib/L.sol",
                "test/A.sol", "script/Deploy.s.sol", "script/Other.sol", "lib/dep/src/D.sol", "out/A.sol/A.json",
                "out/O.sol", "cache/C.sol", "dependencies/soldeer/S.sol", "node_modules/p/P.sol", ".hidden/H.sol",
                "src/._A.sol", "Root.sol", "soldeer.lock", "README.md", "src/B.vy", "src/C.yul",
            ),
            "contract A {}",
        )
        | {"foundry.toml": "[profile.default]\n"},
    )  # fmt: skip


def test_a_foundry_project_without_what_is_not_its_own(foundry: Path) -> None:
    assert found(foundry, root=foundry) == [
        "Root.sol",
        "src/A.sol",
        "src/B.vy",
        "src/C.yul",
        "src/cache/Store.sol",
        "src/lib/L.sol",
        "src/out/O.sol",
    ]


def test_what_is_left_out_is_said(foundry: Path) -> None:
    tests = "tests, scripts or mocks; name the folder to scan it"
    assert left_out(foundry) == {
        "lib": "dependencies",
        "dependencies": "dependencies",
        "node_modules": "dependencies",
        "out": "build output",
        "cache": "build output",
        "test": tests,
        "script": tests,
        "src/mocks": tests,
        "src/A.t.sol": "a test or script",
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("lib/dep", ["lib/dep/src/D.sol"]),
        ("lib", ["lib/dep/src/D.sol"]),
        ("test", ["test/A.sol"]),
        ("script", ["script/Deploy.s.sol", "script/Other.sol"]),
        ("node_modules/p", ["node_modules/p/P.sol"]),
        ("node_modules", ["node_modules/p/P.sol"]),
        (".hidden", [".hidden/H.sol"]),
        ("src/mocks", ["src/mocks/M.sol"]),
        ("src/A.t.sol", ["src/A.t.sol"]),
        ("README.md", ["README.md"]),
        ("src", ["src/A.sol", "src/B.vy", "src/C.yul", "src/cache/Store.sol", "src/lib/L.sol", "src/out/O.sol"]),
    ],
)
def test_what_is_given_itself_is_scanned(foundry: Path, given: str, expected: list[str]) -> None:
    assert found(foundry / given, root=foundry) == expected


def test_names_mean_nothing_outside_a_project(tmp_path: Path) -> None:
    names = ["A.t.sol", "artifacts/A.sol", "cache/A.sol", "lib/A.sol", "mocks/A.sol", "out/A.sol", "test/A.sol"]
    write(tmp_path, dict.fromkeys([*names, "node_modules/p/P.sol"], "contract A {}"))
    assert found(tmp_path, root=tmp_path) == names


def test_a_published_package_is_scanned_whole(tmp_path: Path) -> None:
    write(
        tmp_path,
        dict.fromkeys(["contracts/A.sol", "lib/L.sol", "mocks/M.sol", "test/T.sol", "artifacts/x.sol"], "contract A {}")
        | {"package.json": '{"name": "@org/p"}'},
    )
    assert found(tmp_path, root=tmp_path) == ["contracts/A.sol", "lib/L.sol", "mocks/M.sol", "test/T.sol"]


def test_a_hardhat_project(tmp_path: Path) -> None:
    names = ["contracts/A.sol", "contracts/mocks/M.sol", "test/T.sol", "artifacts/x.sol", "typechain-types/t.sol"]
    write(
        tmp_path, dict.fromkeys([*names, "lib/L.sol"], "contract A {}") | {"hardhat.config.ts": "", "package.json": "{"}
    )
    assert found(tmp_path, root=tmp_path) == ["contracts/A.sol", "lib/L.sol"]


def test_a_truffle_project(tmp_path: Path) -> None:
    names = ["contracts/A.sol", "build/B.sol", "installed_contracts/p/contracts/P.sol", "test/T.sol"]
    write(tmp_path, dict.fromkeys(names, "contract A {}") | {"truffle.js": ""})
    assert found(tmp_path, root=tmp_path) == ["contracts/A.sol"]


def test_a_project_inside_a_folder_has_its_own_rules_and_a_package_inside_a_project_has_the_project_s(
    tmp_path: Path,
) -> None:
    names = ["apps/one/src/A.sol", "apps/one/lib/d/D.sol", "apps/two/lib/L.sol", "apps/one/src/mocks/M.sol"]
    write(tmp_path, dict.fromkeys(names, "contract A {}"))
    write(tmp_path, {"apps/one/foundry.toml": "", "apps/one/src/package.json": "{}"})
    assert found(tmp_path, root=tmp_path) == ["apps/one/src/A.sol", "apps/two/lib/L.sol"]


def test_settings_cannot_hide_the_sources(tmp_path: Path) -> None:
    settings = '[profile.default]\nsrc = "code/main"\ntest = "code"\nout = "code/main"\nlibs = ["code", ".", ".."]\n'
    write(tmp_path, {"foundry.toml": settings, "code/main/A.sol": "contract A {}"})
    assert found(tmp_path, root=tmp_path) == ["code/main/A.sol"]


def test_every_file_comes_once_however_often_it_is_given(foundry: Path) -> None:
    files = found(foundry, foundry / "src", foundry / "src" / "A.sol", foundry / "lib" / "dep", foundry, root=foundry)
    assert sorted(files) == sorted(
        [*found(foundry, root=foundry), "lib/dep/src/D.sol"],
    )
    assert len(files) == len(set(files))


def test_exclusion_by_name_and_by_path(foundry: Path) -> None:
    assert found(foundry / "src", root=foundry, exclude=("cache", "*.vy")) == [
        "src/A.sol",
        "src/C.yul",
        "src/lib/L.sol",
        "src/out/O.sol",
    ]
    assert found(foundry, root=foundry, exclude=("src/*/*",)) == ["Root.sol", "src/A.sol", "src/B.vy", "src/C.yul"]
    assert left_out(foundry / "src", ("cache",))["cache"] == "excluded"


def test_links_neither_loop_nor_lead_out(tmp_path: Path) -> None:
    write(tmp_path, {"outside/O.sol": "contract O {}", "in/A.sol": "contract A {}", "in/deep/B.sol": "contract B {}"})
    root = tmp_path / "in"
    (root / "deep" / "loop").symlink_to(root)
    (root / "self").symlink_to("self")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "Link.sol").symlink_to(tmp_path / "outside" / "O.sol")
    (root / "Again.sol").symlink_to(root / "A.sol")
    (root / "dangling.sol").symlink_to("absent")
    assert found(root, root=root) == ["A.sol", "deep/B.sol"]
    assert set(left_out(root)) == {"deep/loop", "out", "Link.sol", "Again.sol", "dangling.sol"}


def test_links_that_lead_to_no_file_are_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"A.sol": "contract A {}", "shut/B.sol": "contract B {}"})
    links = {"gone.sol": "absent", "under.sol": "A.sol/x", "loop.sol": "loop.sol", "shut.sol": "shut/B.sol"}
    for name, target in {**links, "old.sol": "absent", "fine.sol": "A.sol", "notes": "absent"}.items():
        (tmp_path / name).symlink_to(target)
    stat = Path.stat

    def refuse(path: Path, **options: bool) -> os.stat_result:
        if path.name == "shut.sol":
            raise PermissionError(13, "Permission denied")
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", refuse)
    skipped: list[Skipped] = []
    assert list(discover([tmp_path], ["old*"], skipped=skipped.append)) == [
        tmp_path / "A.sol",
        tmp_path / "shut" / "B.sol",
    ]
    assert {one.path.name: one.reason for one in skipped if one.is_problem} == {
        "gone.sol": "a symbolic link that leads to nothing",
        "under.sol": "a symbolic link that leads to nothing",
        "loop.sol": "a symbolic link that leads back to itself",
        "shut.sol": "a symbolic link that cannot be followed: Permission denied",
    }


def test_a_link_that_is_given_is_followed(tmp_path: Path) -> None:
    write(tmp_path, {"store/p/A.sol": "contract A {}"})
    (tmp_path / "p").symlink_to("store/p")
    assert found(tmp_path / "p", root=tmp_path) == ["store/p/A.sol"]


def test_a_folder_that_cannot_be_read_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a/A.sol": "contract A {}", "b/B.sol": "contract B {}"})
    scandir = os.scandir

    def refuse(path: str | Path) -> os.ScandirIterator[str]:  # type: ignore[name-defined]
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    skipped: list[Skipped] = []
    files = list(discover([tmp_path], skipped=skipped.append))
    assert files == [tmp_path / "b" / "B.sol"]
    assert skipped == [Skipped(tmp_path / "a", "the folder cannot be read: Permission denied", is_problem=True)]


@pytest.mark.parametrize("name", ["absent", "a\0b", "a" * 5000])
def test_a_path_that_does_not_exist_is_refused_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be scanned"):
        discover([tmp_path / name])


def test_a_path_longer_than_the_system_allows_does_not_end_the_walk(tmp_path: Path) -> None:
    write(tmp_path, {"z.sol": "contract Z {}"})
    deep = tmp_path / "a"
    deep.mkdir()
    here = Path.cwd()
    try:
        os.chdir(deep)
        for _ in range(20):
            os.mkdir("b" * 250)  # noqa: PTH102
            os.chdir("b" * 250)
    finally:
        os.chdir(here)
    skipped: list[Skipped] = []
    assert list(discover([tmp_path], skipped=skipped.append)) == [tmp_path / "z.sol"]
    assert [one.is_problem for one in skipped] == [True]


def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    for folder in range(20):
        write(tmp_path, {f"{folder:02}/{number:04}.sol": "" for number in range(200)})
    # Python's table of interned names grows by megabytes at once, whoever filled it: pathlib's part of it is left out
    tracemalloc.start()
    sizes = []
    for number, _path in enumerate(discover([tmp_path])):
        if number in {1000, 3999}:
            held = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, pathlib.__file__)])
            sizes.append(sum(one.size for one in held.statistics("filename")))
    tracemalloc.stop()
    assert len(sizes) == 2
    assert sizes[1] - sizes[0] < 60_000  # 20 bytes a file if all were kept, let alone their paths
