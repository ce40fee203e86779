"""Text to HTML, safely: everything a component is given passes through `esc` or `inline`."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from scorpius_lab.errors import UsageError
from scorpius_lab.reporting.theme import SEVERITIES, SEVERITY_LABEL, STATE_LABEL, STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

# Control characters would break the page, and characters that turn the direction of text can disguise a log line:
# both are shown, not obeyed.
_SHOWN: dict[int, str] = {c: f"\\x{c:02x}" for c in (*range(0x20), *range(0x7F, 0xA0)) if chr(c) not in "\t\n\r"}
_SHOWN |= {c: f"[U+{c:04X}]" for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_SHOWN |= dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\N{REPLACEMENT CHARACTER}")

_LEAST_PLAIN = 1e-6
DASH = "\N{EN DASH}"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
# After a separator, before the longer part of a dotted name, and inside of a long word such as an address.
_PARTS = re.compile(r"(?<=\w[/\\_,(\[|])(?=\w)|(?<=\w\.)(?=\w{5})")
_LONG = re.compile(r"\w{20}(?=\w{8})")
_HEX64 = re.compile(r"[0-9a-f]{40,128}")
_SAFE_LINK = re.compile(r"#[\w.:-]+|https?://[^\s\"'<>]+|(?!/)[\w./@-]+")


def esc(value: object) -> str:
    """The value as text that shows as itself anywhere in HTML."""
    return html.escape(str(value).translate(_SHOWN), quote=True)


def breakable(value: object) -> str:
    """A path, name or signature as text that may go on in a new line after each of its parts."""
    text = _LONG.sub("\\g<0>\0", _PARTS.sub("\0", str(value).translate(_SHOWN)))
    return "<wbr>".join(esc(part) for part in text.split("\0"))


def inline(text: str) -> str:
    """A sentence of the author's: escaped, then `**bold**` and `` `code` `` become what they mean."""
    safe = esc(text)
    safe = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", safe)
    return re.sub(r"\*\*([^*\n]+)\*\*", r"<b>\1</b>", safe)


def paragraphs(texts: str | Iterable[str], css_class: str = "") -> str:
    """One `<p>` for each text."""
    mark = f' class="{css_class}"' if css_class else ""
    return "".join(f"<p{mark}>{inline(t)}</p>" for t in ([texts] if isinstance(texts, str) else texts) if t)


def checked_name(name: str) -> str:
    """The name of a block, if it may serve as an id. Raises UsageError otherwise."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"the block name {name!r} may hold letters, digits, '_', '.' and '-' only; rename the block")
    return name


def slug(text: str) -> str:
    """Text as an id: lower case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"


def glyph(name: str) -> str:
    """The sign of a state or severity, or `key`, `chain`, `ok`, `scorpius`."""
    return f'<svg class="glyph" aria-hidden="true" focusable="false"><use href="#g-{name}"/></svg>'


def known_state(value: object) -> str:
    """The state's word; a word that is no state is read as not evaluated, never as something better."""
    return str(value) if str(value) in STATES else "not_evaluated"


def known_severity(value: object) -> str:
    """The severity's word; a word that is none is read as info."""
    return str(value).lower() if str(value).lower() in SEVERITIES else "info"


def state(value: object, text: str | None = None, *, badge: bool = False) -> str:
    """Glyph and word of a state."""
    word = known_state(value)
    label = text if text is not None else (STATE_LABEL[word] if str(value) in STATES else str(value))
    return f'<span class="{"badge" if badge else "state"}" data-state="{word}">{glyph(word)}{esc(label)}</span>'


def severity(value: object, text: str | None = None, *, badge: bool = False) -> str:
    """Glyph and word of a severity."""
    word = known_severity(value)
    label = text if text is not None else SEVERITY_LABEL[word]
    return f'<span class="{"badge" if badge else "sev"}" data-severity="{word}">{glyph(word)}{esc(label)}</span>'


def digest(value: str) -> str:
    """A hash: shortened on screen by style, whole in the markup, in the copy and on paper."""
    return f'<code class="hash">{esc(value)}</code>'


def link(text: str, target: str | None) -> str:
    """A link inside the page, to a file of the bundle, or to a reference; other targets give the text alone."""
    if not target or not _SAFE_LINK.fullmatch(target) or ".." in target:
        return esc(text)
    outside = ' rel="noreferrer noopener"' if target.startswith("http") else ""
    return f'<a href="{esc(target)}"{outside}>{esc(text)}</a>'


def number(value: float, digits: int = 4) -> str:
    """A number as people read it: grouped thousands, at most `digits` significant digits, no trailing zeros."""
    if isinstance(value, int):
        return f"{value:,}"
    if value != value:  # NaN  # noqa: PLR0124
        return DASH
    if abs(value) >= 1000:  # noqa: PLR2004
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    if "e" in text and abs(value) >= _LEAST_PLAIN:
        text = f"{value:.9f}".rstrip("0")
    return text.replace("-", "\N{MINUS SIGN}", 1) if text.startswith("-") else text


def percent(fraction: float | None) -> str:
    """A fraction as per cent. Rounding never makes it look complete or empty: 0.997 is 99 %, 0.003 is < 1 %."""
    if fraction is None or fraction != fraction:  # noqa: PLR0124
        return DASH
    if 0 < fraction < 1 / 100:
        return "< 1 %"
    shown = round(100 * fraction)
    return f"{min(shown, 99) if fraction < 1 else shown} %"


def moment(value: datetime, *, seconds: bool | None = None) -> str:
    """An aware time in UTC, to the minute unless there are seconds."""
    utc = value.astimezone(UTC) if value.tzinfo else value
    show = utc.second != 0 if seconds is None else seconds
    return utc.strftime("%Y-%m-%d %H:%M:%S" if show else "%Y-%m-%d %H:%M") + (" UTC" if value.tzinfo else "")


def plain(value: object) -> str:
    """Any value of a frame as text for a cell (not escaped)."""
    if value is None:
        return DASH
    for kinds, text in _PLAIN:
        if isinstance(value, kinds):
            return text(value)
    return str(value)


def span(value: timedelta) -> str:
    """A length of time with one or two units."""
    seconds = value.total_seconds()
    for size, unit, below, lower in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            return f"{whole:.0f} {unit}" + (f" {rest // below:.0f} {lower}" if rest >= below else "")
    return f"{number(seconds)} s"


# The first kind that fits: a truth value is also an integer, a time is also a date.
_PLAIN: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (bool, lambda v: "yes" if v else "no"),
    ((int, float), number),
    (datetime, moment),
    (date, date.isoformat),
    (timedelta, span),
    (Mapping, lambda v: ", ".join(f"{k}: {plain(x)}" for k, x in v.items())),
    ((list, tuple), lambda v: ", ".join(plain(x) for x in v) or DASH),
)


def cell(value: object) -> str:
    """Any value of a frame as the HTML of a cell; a long hexadecimal text is a hash."""
    if isinstance(value, str) and _HEX64.fullmatch(value):
        return digest(value)
    if isinstance(value, list | tuple) and value and all(isinstance(v, str) and _HEX64.fullmatch(v) for v in value):
        return "<br>".join(digest(str(v)) for v in value)
    return esc(plain(value))


def is_number(dtype: pl.DataType) -> bool:
    """True for columns that stand to the right."""
    return dtype.is_numeric()


def require_columns(frame: pl.DataFrame, names: Sequence[str], where: str) -> None:
    """Raise UsageError if the frame lacks a column."""
    missing = [n for n in names if n not in frame.columns]
    if missing:
        has = ", ".join(frame.columns) or "none"
        raise UsageError(f"{where} needs the columns {', '.join(missing)}; the frame has {has}")
