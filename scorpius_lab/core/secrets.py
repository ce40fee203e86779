"""Secrets by name: a parameter or a setting carries `secret:NAME`, and the value is looked up where it is used.

A secret given as a value would be written into the notebook, its metadata and the snapshot; a name can be.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from scorpius_lab.errors import UsageError

PREFIX = "secret:"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SUSPECT = re.compile(
    r"(?i)(secret|token|passw|passphrase|credential|private|api_?key|access_?key|encryption_?key|_key$|_pwd$|_dsn$)"
)


def is_reference(text: str) -> bool:
    """True for `secret:NAME` where NAME could be an environment variable."""
    return text.startswith(PREFIX) and _NAME.fullmatch(text.removeprefix(PREFIX)) is not None


def resolve(name: str) -> SecretStr:
    """The secret called `name` (`NAME` or `secret:NAME`), whose text never shows when it is printed.

    Looked up in the environment variable NAME, or in the file whose path is in NAME_FILE (its last line break is
    dropped). Raises UsageError, without the value, if there is no such secret or the file cannot be read.
    """
    bare = name.removeprefix(PREFIX)
    if not _NAME.fullmatch(bare):
        raise UsageError("a secret is named by letters, digits and underscores, as in secret:SCANNER_TOKEN")
    if bare in os.environ:
        return SecretStr(os.environ[bare])
    path = os.environ.get(f"{bare}_FILE")
    if path is None:
        raise UsageError(f"there is no secret {bare}: set the variable {bare}, or {bare}_FILE to the path of a file")
    try:
        return SecretStr(Path(path).read_text(encoding="utf-8").removesuffix("\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the file named by {bare}_FILE cannot be read: {type(error).__name__}") from error


def looks_secret(name: str) -> bool:
    """True if an environment variable of this name usually holds a secret."""
    return _SUSPECT.search(name) is not None


def without_secrets(environment: Mapping[str, str], keep: frozenset[str] = frozenset()) -> dict[str, str]:
    """The environment less everything that looks like a secret, save the secrets named in `keep`."""
    kept = keep | {f"{name}_FILE" for name in keep}
    return {name: value for name, value in environment.items() if name in kept or not looks_secret(name)}
