"""Imports lead where compilers and build tools would lead them, and never out of where they may go."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from security.contracts.source.folders import source, write

from scorpius_lab.security.contracts.source.imports import Resolver, report_base

SOL = "contract A {}"


def resolved(root: Path, imported: str, importer: str, given: Path | None = None) -> str | None:
    found = Resolver([given or root], root).resolve(imported, source(root, importer))
    return found.label if found else None


def project(root: Path, *names: str, **files: str) -> Path:
    return write(root, dict.fromkeys(names, SOL) | {name.replace("__", "."): text for name, text in files.items()})


def test_relative_imports(tmp_path: Path) -> None:
    project(tmp_path, "a/A.sol", "a/B.sol", "C.sol", "a/d/D.sol")
    assert resolved(tmp_path, "./B.sol", "a/A.sol") == "a/B.sol"
    assert resolved(tmp_path, "../C.sol", "a/A.sol") == "C.sol"
    assert resolved(tmp_path, "./d/../d/./D.sol", "a/A.sol") == "a/d/D.sol"
    assert resolved(tmp_path, "./C.sol", "a/A.sol") is None


def test_a_source_is_the_same_however_it_is_imported(tmp_path: Path) -> None:
    project(tmp_path, "src/A.sol", "src/B.sol", foundry__toml="")
    resolver = Resolver([tmp_path])
    one = resolver.resolve("./B.sol", source(tmp_path, "src/A.sol"))
    other = resolver.resolve("src/B.sol", source(tmp_path, "src/A.sol"))
    assert one is other
    assert one is resolver.load(tmp_path / "src" / "B.sol")
    assert one is not None
    assert (one.text, one.label) == (SOL, "src/B.sol")


def test_foundry_remappings_and_libraries(tmp_path: Path) -> None:
    project(
        tmp_path,
        "src/A.sol",
        "lib/oz/contracts/token/E.sol",
        "lib/solmate/src/tokens/S.sol",
        "lib/solmate/lib/ds-test/src/test.sol",
        "lib/old/contracts/X.sol",
        "dependencies/soldeer-1.0/S.sol",
        foundry__toml='[profile.default]\nremappings = ["@oz/=lib/oz/contracts/", "lib/old:@oz/=lib/old/contracts/"]\n'
        "[dependencies]\nsoldeer = '1.0'\n",
    )
    assert resolved(tmp_path, "@oz/token/E.sol", "src/A.sol") == "lib/oz/contracts/token/E.sol"
    assert resolved(tmp_path, "solmate/tokens/S.sol", "src/A.sol") == "lib/solmate/src/tokens/S.sol"
    assert resolved(tmp_path, "solmate/src/tokens/S.sol", "src/A.sol") == "lib/solmate/src/tokens/S.sol"
    assert resolved(tmp_path, "ds-test/test.sol", "src/A.sol") == "lib/solmate/lib/ds-test/src/test.sol"
    assert resolved(tmp_path, "soldeer-1.0/S.sol", "src/A.sol") == "dependencies/soldeer-1.0/S.sol"
    assert resolved(tmp_path, "@oz/X.sol", "src/A.sol") is None  # that context is another's
    assert resolved(tmp_path, "@oz/X.sol", "lib/old/contracts/X.sol") == "lib/old/contracts/X.sol"
    assert resolved(tmp_path, "@oz/token/E.sol", "src/A.sol", tmp_path / "src") == "lib/oz/contracts/token/E.sol"


def test_a_library_uses_its_own_remappings_and_falls_back_on_those_around_it(tmp_path: Path) -> None:
    project(
        tmp_path,
        "lib/a/src/A.sol",
        "lib/a/lib/b/src/B.sol",
        "lib/b/src/B.sol",
        "lib/c/src/C.sol",
        **{"foundry__toml": "", "lib/a/foundry__toml": '[profile.default]\nremappings = ["b/=lib/b/src/"]'},
    )
    assert resolved(tmp_path, "b/B.sol", "lib/a/src/A.sol") == "lib/a/lib/b/src/B.sol"
    assert resolved(tmp_path, "c/C.sol", "lib/a/src/A.sol") == "lib/c/src/C.sol"


def test_node_modules_upwards(tmp_path: Path) -> None:
    project(
        tmp_path,
        "packages/app/contracts/A.sol",
        "node_modules/@org/p/P.sol",
        "node_modules/@org/p/node_modules/q/Q.sol",
        "node_modules/q/Q.sol",
        **{"packages/app/hardhat__config__js": "", "package__json": "{}"},
    )
    app = tmp_path / "packages" / "app"
    assert resolved(tmp_path, "@org/p/P.sol", "packages/app/contracts/A.sol", app) == "node_modules/@org/p/P.sol"
    assert resolved(tmp_path, "q/Q.sol", "packages/app/contracts/A.sol", app) == "node_modules/q/Q.sol"
    assert resolved(tmp_path, "q/Q.sol", "node_modules/@org/p/P.sol", app) == "node_modules/@org/p/node_modules/q/Q.sol"


def test_links_of_package_managers(tmp_path: Path) -> None:
    store = "node_modules/.pnpm/p@1/node_modules"
    project(tmp_path, "contracts/A.sol", f"{store}/p/P.sol", f"{store}/q/Q.sol", "packages/w/W.sol", package__json="{}")
    (tmp_path / "node_modules" / "p").symlink_to(".pnpm/p@1/node_modules/p")
    (tmp_path / "node_modules" / "w").symlink_to("../packages/w")
    assert resolved(tmp_path, "p/P.sol", "contracts/A.sol") == f"{store}/p/P.sol"
    assert resolved(tmp_path, "q/Q.sol", f"{store}/p/P.sol") == f"{store}/q/Q.sol"
    assert resolved(tmp_path, "w/W.sol", "contracts/A.sol") == "packages/w/W.sol"


def test_a_package_that_imports_itself(tmp_path: Path) -> None:
    project(tmp_path, "token/E.sol", "utils/U.sol", package__json='{"name": "@openzeppelin/contracts"}')
    assert resolved(tmp_path, "@openzeppelin/contracts/utils/U.sol", "token/E.sol") == "utils/U.sol"


def test_paths_from_the_root_or_the_sources_or_beside_the_importer(tmp_path: Path) -> None:
    project(
        tmp_path,
        "contracts/A.sol",
        "contracts/x/B.sol",
        "contracts/x/C.sol",
        "installed_contracts/pkg/contracts/P.sol",
        truffle__js="",
    )
    assert resolved(tmp_path, "contracts/x/B.sol", "contracts/A.sol") == "contracts/x/B.sol"
    assert resolved(tmp_path, "x/B.sol", "contracts/x/C.sol") == "contracts/x/B.sol"
    assert resolved(tmp_path, "B.sol", "contracts/x/C.sol") == "contracts/x/B.sol"
    assert resolved(tmp_path, "pkg/P.sol", "contracts/A.sol") == "installed_contracts/pkg/contracts/P.sol"
    assert resolved(tmp_path, "truffle/Assert.sol", "contracts/A.sol") is None


@pytest.mark.parametrize(
    "imported",
    [
        "http://example.org/A.sol",
        "https://example.org/A.sol",
        "ipfs://Qm/A.sol",
        "C:/A.sol",
        "",
        ".",
        "./",
        "..",
        "/",
        "\0.sol",
        "./" + "a" * 300 + ".sol",
        "../" * 5000 + "A.sol",
        "./folder.sol",
        "./loop.sol",
        "./notes.txt",
        "./pipe",
    ],
)
def test_what_leads_nowhere_is_missing(tmp_path: Path, imported: str) -> None:
    project(tmp_path, "A.sol", notes__txt="x")
    (tmp_path / "folder.sol").mkdir()
    (tmp_path / "loop.sol").symlink_to("loop.sol")
    assert resolved(tmp_path, imported, "A.sol") is None


def test_nothing_outside_is_read(tmp_path: Path) -> None:
    project(
        tmp_path,
        "secret.sol",
        "in/A.sol",
        "in/src/A.sol",
        **{"in/foundry__toml": '[profile.default]\nremappings = ["x/=../"]'},
    )
    inside = tmp_path / "in"
    (inside / "link.sol").symlink_to(tmp_path / "secret.sol")
    (inside / "up").symlink_to(tmp_path)
    write(tmp_path, {"in/key.pem": "KEY"})
    (inside / "key.sol").symlink_to("key.pem")
    for imported in ("../secret.sol", "x/secret.sol", "./link.sol", "up/secret.sol", "./up/secret.sol", "./key.sol"):
        assert resolved(inside, imported, "A.sol") is None, imported
    assert resolved(inside, str(tmp_path / "secret.sol"), "A.sol") is None
    assert resolved(inside, "x/in/A.sol", "src/A.sol") == "A.sol"  # out and in again
    assert resolved(tmp_path, "../secret.sol", "in/A.sol") == "secret.sol"  # inside what is given


def test_a_repository_is_within_reach(tmp_path: Path) -> None:
    project(tmp_path, "interfaces/I.sol", "contracts/A.sol")
    assert resolved(tmp_path, "../interfaces/I.sol", "contracts/A.sol", tmp_path / "contracts") is None
    (tmp_path / ".git").mkdir()
    assert resolved(tmp_path, "../interfaces/I.sol", "contracts/A.sol", tmp_path / "contracts") == "interfaces/I.sol"


def test_imports_in_a_circle_resolve(tmp_path: Path) -> None:
    project(tmp_path, "A.sol", "B.sol")
    resolver = Resolver([tmp_path])
    a = source(tmp_path, "A.sol")
    b = resolver.resolve("./B.sol", a)
    assert b is not None
    again = resolver.resolve("./A.sol", b)
    assert again is not None
    assert (b.label, again.label) == ("B.sol", "A.sol")


def test_the_cache_is_bounded_and_what_fell_out_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, {f"{n}.sol": "x" * 100 for n in range(10)})
    resolver = Resolver([tmp_path], cache_bytes=250)
    first = resolver.load(tmp_path / "0.sol")
    assert resolver.load(tmp_path / "0.sol") is first
    for n in range(1, 10):
        resolver.load(tmp_path / f"{n}.sol")
    again = resolver.load(tmp_path / "0.sol")
    assert again == first
    assert again is not first


def test_paths_are_reported_the_same_whatever_part_is_scanned(tmp_path: Path) -> None:
    project(tmp_path, "app/src/x/A.sol", "app/src/B.sol", "other/O.sol", **{"app/foundry__toml": ""})
    app = tmp_path / "app"
    assert {report_base([app / part]) for part in (".", "src", "src/x", "src/x/A.sol")} == {app}
    assert report_base([app / "src", app / "src" / "B.sol"]) == app
    assert report_base([tmp_path / "other"]) == tmp_path / "other"
    assert report_base([tmp_path / "other" / "O.sol"]) == tmp_path / "other"
    assert report_base([app, tmp_path / "other"]) == tmp_path
    (tmp_path / ".git").mkdir()
    assert report_base([app / "src"]) == tmp_path


PARTS = st.sampled_from(
    ["..", ".", "a", "b", "node_modules", "lib", "A.sol", "up", "", "out", "\udc80", "\0", "~", "*"]
)
IMPORTS = st.one_of(st.lists(PARTS, max_size=8).map("/".join), st.text(max_size=30))


@given(
    st.lists(st.tuples(st.text(alphabet="ab/.:=@", max_size=8), st.lists(PARTS, max_size=4)), max_size=4),
    st.lists(IMPORTS, max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_no_import_leads_out_or_fails(remappings: list[tuple[str, list[str]]], imports: list[str]) -> None:
    with TemporaryDirectory() as folder:
        top = Path(folder).resolve()
        project(top, "A.sol", "out/A.sol", "in/A.sol", "in/a/A.sol", "in/lib/b/src/A.sol", "in/node_modules/a/A.sol")
        lines = "\n".join(f"{left}={'/'.join(target)}" for left, target in remappings)
        write(top, {"in/remappings.txt": lines.encode("utf-8", "surrogateescape")})
        (top / "in" / "up").symlink_to(top)
        resolver = Resolver([top / "in"])
        for importer in ("A.sol", "a/A.sol", "lib/b/src/A.sol", "node_modules/a/A.sol"):
            for imported in imports:
                found = resolver.resolve(imported, source(top / "in", importer))
                assert found is None or (found.file is not None and found.file.is_relative_to(top / "in"))
