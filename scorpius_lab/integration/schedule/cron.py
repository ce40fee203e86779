"""Cron expressions of five fields, in UTC: minute, hour, day of month, month, day of week.

Lists, ranges, steps, names (`mon`, `jan`) and `@daily` and its like are read as in crontab(5). When both day fields
are restricted a day matches if either does; a field that begins with `*` is not a restriction.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scorpius_lab.errors import ScheduleError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
# 29 February on a given weekday comes at the latest after 40 years (around a century that is not a leap year).
_LOOK_AHEAD_DAYS = 41 * 366


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    first_name: int = 0


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS, 1),
    _Field("day of week", 0, 7, _DAYS, 0),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed expression: the values each field allows (Sunday is 0), and whether a day field is a restriction."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    any_day: bool
    any_weekday: bool

    def matches_day(self, moment: datetime) -> bool:
        """True if the expression allows this date."""
        if moment.month not in self.months:
            return False
        by_day = moment.day in self.days
        by_weekday = moment.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return by_day and by_weekday
        return by_day or by_weekday

    def next_after(self, moment: datetime) -> datetime | None:
        """The first time strictly after this one, to the minute in UTC; None if there is none in 40 years."""
        start = moment.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        day = start.replace(hour=0, minute=0)
        for _ in range(_LOOK_AHEAD_DAYS):
            if self.matches_day(day):
                found = self._in_day(day, start)
                if found is not None:
                    return found
            day += timedelta(days=1)
        return None

    def _in_day(self, day: datetime, start: datetime) -> datetime | None:
        first = (start.hour, start.minute) if day.date() == start.date() else (0, 0)
        for hour in self.hours[bisect_left(self.hours, first[0]) :]:
            least = first[1] if hour == first[0] else 0
            position = bisect_left(self.minutes, least)
            if position < len(self.minutes):
                return day.replace(hour=hour, minute=self.minutes[position])
        return None

    def due(self, after: datetime, until: datetime, at_most: int = 1000) -> list[datetime]:
        """Times after the first moment and up to the second, at most so many."""
        times: list[datetime] = []
        moment = self.next_after(after)
        while moment is not None and moment <= until and len(times) < at_most:
            times.append(moment)
            moment = self.next_after(moment)
        return times

    def on_calendar(self) -> list[str]:
        """The systemd `OnCalendar=` values that together mean the same; two when either day field may match."""
        clock = f"{_listed(self.hours, 24)}:{_listed(self.minutes, 60)}:00 UTC"
        months = _listed(self.months, 12)
        days = _listed(self.days, 31)
        weekdays = "" if len(self.weekdays) == len(_DAYS) else _weekdays(self.weekdays)
        if self.any_day or self.any_weekday:
            return [f"{weekdays}*-{months}-{days} {clock}"]
        return [f"*-{months}-{days} {clock}", f"{weekdays}*-{months}-* {clock}"]


def _listed(values: tuple[int, ...], full: int) -> str:
    return "*" if len(values) == full else ",".join(f"{value:02d}" for value in values)


def _weekdays(values: tuple[int, ...]) -> str:
    return ",".join(_DAYS[value].capitalize() for value in values) + " "


def parse_cron(text: str) -> Cron:
    """Read an expression. Raises ScheduleError that names the field, and for one that never comes (31 February)."""
    words = _MACROS.get(text.strip().lower(), text).split()
    if len(words) != len(_FIELDS):
        raise ScheduleError(
            f"the cron expression {text!r} has {len(words)} fields; give five: minute hour day-of-month month "
            "day-of-week, for example '0 6 * * mon-fri'"
        )
    sets = [_values(word, field, text) for word, field in zip(words, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = (tuple(sorted(values)) for values in sets)
    weekdays = tuple(sorted({value % 7 for value in weekdays}))
    cron = Cron(
        text=" ".join(words),
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=weekdays,
        any_day=words[2].startswith("*"),
        any_weekday=words[4].startswith("*"),
    )
    if cron.next_after(datetime(2000, 1, 1, tzinfo=UTC)) is None:
        raise ScheduleError(f"the cron expression {text!r} names a date that never comes")
    return cron


def at_time(text: str) -> str:
    """The cron expression for every day at `HH:MM` UTC. Raises ScheduleError."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip(), re.ASCII)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:  # noqa: PLR2004 (a clock)
        raise ScheduleError(f"{text!r} is not a time of day; give hours and minutes in UTC, for example 06:00")
    return f"{int(match[2])} {int(match[1])} * * *"


def _values(word: str, field: _Field, text: str) -> set[int]:
    values: set[int] = set()
    for part in word.split(","):
        span, slash, step_text = part.partition("/")
        step = 1
        if slash:
            if not re.fullmatch(r"[0-9]{1,3}", step_text) or int(step_text) == 0:
                raise _wrong(part, field, text)
            step = int(step_text)
        values.update(_span(span, field, text, open_ended=bool(slash))[::step])
    return values


def _span(span: str, field: _Field, text: str, *, open_ended: bool) -> range:
    if span == "*":
        high = 6 if field.names is _DAYS else field.high  # 7 is Sunday again
        return range(field.low, high + 1)
    first, dash, last = span.partition("-")
    low = _value(first, field, text)
    if not dash:
        return range(low, (field.high if open_ended else low) + 1)
    high = _value(last, field, text)
    if high < low and field.names is _DAYS and high == 0:
        high = 7  # sat-sun
    if high < low:
        raise _wrong(span, field, text)
    return range(low, high + 1)


def _value(word: str, field: _Field, text: str) -> int:
    if word.lower() in field.names:
        return field.names.index(word.lower()) + field.first_name
    if not re.fullmatch(r"[0-9]{1,2}", word) or not field.low <= int(word) <= field.high:
        raise _wrong(word, field, text)
    return int(word)


def _wrong(part: str, field: _Field, text: str) -> ScheduleError:
    names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
    return ScheduleError(
        f"{part!r} in the cron expression {text!r} is not a {field.name}; it goes from {field.low} to {field.high}"
        f"{names}, in lists (1,5), ranges (1-5) and steps (*/5)"
    )
