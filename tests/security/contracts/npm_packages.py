"""Well-known contract packages from npm: code with hardly a bug in it, to count false alarms on and to break.

They lie in the folder `CONTRACT_PACKAGES` names (packed `.tgz` or unpacked), else in the cache, where `fetch` puts them.
Nothing is fetched while tests run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scorpius-tests" / "contracts"
NPM_SECONDS = 120


class PackageMissing(Exception):
    """The package is not here, and why it could not be fetched."""


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned npm package; `sources` is the folder in it that holds the contracts."""

    name: str
    version: str
    sources: str = "."

    @property
    def spec(self) -> str:
        """What npm calls it."""
        return f"{self.name}@{self.version}"

    @property
    def slug(self) -> str:
        """The name `npm pack` gives its file, without `.tgz`."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}"


OPENZEPPELIN = Package("@openzeppelin/contracts", "5.7.0")
OPENZEPPELIN_UPGRADEABLE = Package("@openzeppelin/contracts-upgradeable", "5.7.0")
UNISWAP_V2_CORE = Package("@uniswap/v2-core", "1.0.1", "contracts")
UNISWAP_V2_PERIPHERY = Package("@uniswap/v2-periphery", "1.1.0-beta.0", "contracts")
UNISWAP_V3_CORE = Package("@uniswap/v3-core", "1.0.1", "contracts")
UNISWAP_V3_PERIPHERY = Package("@uniswap/v3-periphery", "1.4.4", "contracts")
PACKAGES = {
    "openzeppelin": OPENZEPPELIN,
    "openzeppelin-upgradeable": OPENZEPPELIN_UPGRADEABLE,
    "v2-core": UNISWAP_V2_CORE,
    "v2-periphery": UNISWAP_V2_PERIPHERY,
    "v3-core": UNISWAP_V3_CORE,
    "v3-periphery": UNISWAP_V3_PERIPHERY,
}


def packages_folder() -> Path:
    """Where the packages lie."""
    return Path(os.environ.get("CONTRACT_PACKAGES") or CACHE / "npm")


def package_folder(package: Package, *, fetch: bool = False) -> Path:
    """The unpacked package. Raises PackageMissing, with the reason, if it is not here and cannot be fetched."""
    folder = packages_folder()
    unpacked = folder / package.slug / "package"
    if unpacked.is_dir():
        return unpacked
    packed = folder / f"{package.slug}.tgz"
    if not packed.is_file():
        if not fetch:
            raise PackageMissing(f"{package.spec} is not in {folder}; run python -m tests.performance.contracts fetch")
        _pack(package, folder)
    _unpack(packed, unpacked.parent)
    return unpacked


def _pack(package: Package, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise PackageMissing(f"{package.spec} is not in {folder} and npm is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", package.spec, "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=NPM_SECONDS)
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise PackageMissing(f"npm could not pack {package.spec}: {last}") from error
    except subprocess.TimeoutExpired as error:
        raise PackageMissing(f"npm did not pack {package.spec} within {NPM_SECONDS} s") from error


def _unpack(packed: Path, target: Path) -> None:
    """Unpack beside the target and rename, so that another process never meets half a package."""
    with tempfile.TemporaryDirectory(dir=packed.parent) as name:
        with tarfile.open(packed) as archive:
            archive.extractall(name, filter="data")
        if not target.exists():
            Path(name, "package").rename(_made(target) / "package")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
