"""What a report was computed with: Python, platform, packages, and the version of this code."""

from __future__ import annotations

import platform
import subprocess
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

from scorpius_lab import __version__

_GIT_SECONDS = 5.0


@cache
def code_version() -> str:
    """The package version, and in a git checkout its commit: `0.1.0+g1a2b3c4d5e6f`, `.dirty` if files were changed."""
    commit, dirty = _git()
    return __version__ + (f"+g{commit[:12]}" if commit else "") + (".dirty" if commit and dirty else "")


@cache
def described() -> dict[str, Any]:
    """The content of environment.json: no paths, no user or host names."""
    commit, dirty = _git()
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "code_version": code_version(),
        "git_commit": commit,
        "git_dirty": dirty if commit else None,
        "packages": packages(),
    }


def packages() -> dict[str, str]:
    """Installed distributions and their versions, sorted by name."""
    found = {item.name.lower(): item.version for item in metadata.distributions() if item.name}
    return dict(sorted(found.items()))


@cache
def _git() -> tuple[str, bool]:
    """Commit and dirtiness of the checkout this code runs from; nothing where it is installed or git is absent."""
    root = Path(str(files("scorpius_lab"))).parent
    if not (root / ".git").exists():
        return "", False
    commit = _run_git(root, "rev-parse", "HEAD")
    return commit, bool(
        commit and _run_git(root, "status", "--porcelain", "--untracked-files=no", "--", "scorpius_lab")
    )


def _run_git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],  # noqa: S607 (the user's git)
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
