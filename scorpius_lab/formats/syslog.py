"""Syslog lines: the traditional form (RFC 3164), its ISO 8601 variant, and RFC 5424.

RFC 3164 times carry neither year nor zone. The year is the latest one that does not put the line after the moment
the file was last written (one day of grace for clocks); the zone is the one handed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from scorpius_lab.errors import FormatError

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS = {name: number for number, name in enumerate(_NAMES, start=1)}
GRACE = timedelta(days=1)
LEAP_CYCLE = 9  # years to go back at most until a 29 February exists (1896 to 1904)

_BSD = re.compile(
    r"(?:<(?P<pri>\d{1,3})>)?(?P<month>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2})(?: (?P<year>\d{4}))? "
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))? (?P<host>\S+) ?(?P<rest>.*)",
    re.DOTALL,
)
_ISO = re.compile(
    r"(?:<(?P<pri>\d{1,3})>)?(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?) "
    r"(?P<host>\S+) ?(?P<rest>.*)",
    re.DOTALL,
)
_RFC5424 = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<time>\S+) (?P<host>\S+) (?P<program>\S+) (?P<pid>\S+) (?P<msgid>\S+) (?P<rest>.*)",
    re.DOTALL,
)
_TAG = re.compile(r"(?P<program>[^\s:\[]{1,128})(?:\[(?P<pid>\d{1,10})\])?: ?(?P<message>.*)", re.DOTALL)
_ELEMENT = re.compile(r'\[(?P<id>[^\s=\]"]{1,64})(?P<params>(?: [^\s=\]"]{1,64}="(?:[^"\\\]]|\\.)*")*)\]')
_PARAM = re.compile(r'([^\s=\]"]{1,64})="((?:[^"\\\]]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class SyslogLine:
    """What a syslog line says. `time` is aware and UTC; `data` holds RFC 5424 structured data as `id.name`."""

    time: datetime
    host: str
    program: str
    pid: int | None
    message: str
    priority: int | None = None
    data: tuple[tuple[str, str], ...] = ()


def parse_syslog(text: str, *, reference: datetime, zone: tzinfo = UTC) -> SyslogLine:
    """One line as a record.

    `reference` is when the file was last written (aware); `zone` applies to times that carry none. Raises FormatError
    with what is wrong.
    """
    if match := _BSD.match(text):
        return _with_tag(match, _bsd_time(match, reference, zone))
    if match := _ISO.match(text):
        return _with_tag(match, parse_time(match["time"], zone))
    if match := _RFC5424.match(text):
        return _structured(match, reference, zone)
    raise FormatError("the line does not begin with a syslog time and host")


def parse_time(text: str, zone: tzinfo = UTC) -> datetime:
    """An ISO 8601 time as an aware UTC time; more digits than microseconds are cut. Raises FormatError."""
    try:
        moment = datetime.fromisoformat(text.strip().replace(",", "."))
    except ValueError:
        raise FormatError(f"{text[:40]!r} is not a time") from None
    return to_utc(moment, zone)


def to_utc(moment: datetime, zone: tzinfo = UTC) -> datetime:
    """The moment in UTC; `zone` applies if it carries none. Raises FormatError at the ends of the calendar."""
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        raise FormatError(f"the time {moment.isoformat()} lies outside the calendar") from None


def _bsd_time(match: re.Match[str], reference: datetime, zone: tzinfo) -> datetime:
    month = MONTHS.get(match["month"])
    if month is None:
        raise FormatError(f"{match['month']!r} is not a month")
    micro = int((match["fraction"] or "0")[:6].ljust(6, "0")) if match["fraction"] else 0
    clock = (int(match["hour"]), int(match["minute"]), min(int(match["second"]), 59), micro)
    if match["year"]:
        return to_utc(_date(int(match["year"]), month, int(match["day"]), clock), zone)
    latest = reference + GRACE
    for year in range(latest.year + 1, latest.year - LEAP_CYCLE, -1):
        try:
            moment = to_utc(datetime(year, month, int(match["day"]), *clock), zone)  # noqa: DTZ001 (zone follows)
        except (ValueError, FormatError):
            continue
        if moment <= latest:
            return moment
    raise FormatError(f"{match['month']} {match['day']} {':'.join(f'{p:02}' for p in clock[:3])} is not a time")


def _date(year: int, month: int, day: int, clock: tuple[int, int, int, int]) -> datetime:
    try:
        return datetime(year, month, day, *clock)  # noqa: DTZ001 (the caller adds the zone)
    except ValueError as error:
        raise FormatError(f"not a time: {error}") from None


def _priority(text: str | None) -> int | None:
    return int(text) if text else None


def _with_tag(match: re.Match[str], moment: datetime) -> SyslogLine:
    rest = match["rest"]
    tag = _TAG.match(rest)
    if tag is None:
        return SyslogLine(moment, match["host"], "", None, rest, _priority(match["pri"]))
    pid = int(tag["pid"]) if tag["pid"] else None
    return SyslogLine(moment, match["host"], tag["program"], pid, tag["message"], _priority(match["pri"]))


def _structured(match: re.Match[str], reference: datetime, zone: tzinfo) -> SyslogLine:
    moment = reference if match["time"] == "-" else parse_time(match["time"], zone)
    rest, data = match["rest"], []
    if rest.startswith("["):
        while element := _ELEMENT.match(rest):
            data += [(f"{element['id']}.{n}", re.sub(r"\\(.)", r"\1", v)) for n, v in _PARAM.findall(element["params"])]
            rest = rest[element.end() :]
    elif rest.startswith("-"):
        rest = rest[1:]
    pid = int(match["pid"]) if match["pid"].isdigit() else None
    program = "" if match["program"] == "-" else match["program"]
    host = "" if match["host"] == "-" else match["host"]
    message = rest.removeprefix(" ").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    return SyslogLine(moment, host, program, pid, message, int(match["pri"]), tuple(data))
