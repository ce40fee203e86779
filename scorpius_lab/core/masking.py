"""Keep secrets out of what is shown: by the name they are kept under, and inside web addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit, urlunsplit

MASK = "********"

_SECRET_WORDS = frozenset({"password", "passwd", "passphrase", "pass", "pwd", "secret", "token", "credential"}) | {
    "credentials",
    "apikey",
    "authorization",
    "cookie",
    "dsn",
}
_IN_TEXT = re.compile(r"(?i)\b(password|passwd|pwd|secret|token|api_?key)(\s*=\s*)('[^']*'|\"[^\"]*\"|[^\s;&]+)")


def is_secret_name(name: str) -> bool:
    """True if a value under this name is a secret: `api_key`, `smtp.password`; not `key_rotation_interval`."""
    words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name.rsplit(".", 1)[-1]).lower())
    return bool(words) and (words[-1] in ("key", "keyfile") or not _SECRET_WORDS.isdisjoint(words))


def masked(name: str, value: object) -> object:
    """The value as it may be shown: masked whole under a secret's name, else with secrets inside texts masked."""
    if value is None or isinstance(value, bool):
        return value
    if is_secret_name(name):
        return MASK
    if hasattr(value, "get_secret_value"):
        return MASK
    if isinstance(value, Mapping):
        return {key: masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(name, item) for item in value]
    return masked_text(value) if isinstance(value, str) else value


def masked_text(text: str) -> str:
    """The text with `password=…` and the secret parts of a web address masked."""
    if "://" in text:
        text = _masked_address(text)
    return _IN_TEXT.sub(rf"\1\2{MASK}", text)


def _masked_address(address: str) -> str:
    try:
        parts = urlsplit(address)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return re.sub(r"//[^/@\s]*@", f"//{MASK}@", address)
    place = parts.netloc
    if "@" in place:
        place = f"{MASK}@{place.rpartition('@')[2]}"
    query = "&".join(f"{key}={MASK if is_secret_name(key) else value}" for key, value in pairs)
    return urlunsplit((parts.scheme, place, parts.path, query, parts.fragment))


def origin_of_address(address: str) -> str:
    """Scheme and host only: the path of a webhook is itself a secret."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}/…" if parts.scheme and host else MASK
