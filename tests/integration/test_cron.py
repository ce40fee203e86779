"""Cron expressions against a brute-force oracle that walks every minute."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab.errors import ScheduleError
from scorpius_lab.integration.schedule.cron import at_time, parse_cron

DAY_NAMES = ["SUN", "Mon", "tue", "wed", "thu", "fri", "sat"]
MONTH_NAMES = ["jan", "FEB", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


@dataclass(frozen=True)
class Field:
    """A field as text, with the values it means worked out apart from the parser."""

    text: str
    values: frozenset[int]


@st.composite
def fields(draw: st.DrawFn, low: int, high: int, names: list[str] | None = None) -> Field:
    parts, values = [], set()
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["star", "star/step", "value", "range", "range/step", "value/step"]))
        a = draw(st.integers(low, high))
        b = draw(st.integers(a, high))
        step = draw(st.integers(1, 20))
        a_text = names[a - low] if names and draw(st.booleans()) else f"{a}"
        b_text = names[b - low] if names and draw(st.booleans()) else f"{b:02d}"
        text, found = {
            "star": ("*", range(low, high + 1)),
            "star/step": (f"*/{step}", range(low, high + 1, step)),
            "value": (a_text, [a]),
            "range": (f"{a_text}-{b_text}", range(a, b + 1)),
            "range/step": (f"{a_text}-{b_text}/{step}", range(a, b + 1, step)),
            "value/step": (f"{a}/{step}", range(a, high + 1, step)),
        }[kind]
        parts.append(text)
        values |= set(found)
    return Field(",".join(parts), frozenset(values))


moments = st.datetimes(datetime(1999, 1, 1), datetime(2030, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))  # noqa: DTZ001


@settings(deadline=None, max_examples=150)
@given(
    st.tuples(fields(0, 59), fields(0, 23), fields(1, 31), fields(1, 12, MONTH_NAMES), fields(0, 6, DAY_NAMES)), moments
)
def test_the_next_time_is_the_first_minute_that_matches(
    parts: tuple[Field, Field, Field, Field, Field], moment: datetime
) -> None:
    minute, hour, day, month, weekday = parts
    # `7` after `/` reaches Sunday again, which the oracle's 0 to 6 does not have.
    weekday_values = weekday.values | ({0} if _reaches_seven(weekday.text) else set())
    try:
        cron = parse_cron(" ".join(part.text for part in parts))
    except ScheduleError as error:
        assert "never comes" in str(error)  # noqa: PT017 (both ways out are right)
        return

    def allowed(at: datetime) -> bool:
        by_day, by_weekday = at.day in day.values, (at.weekday() + 1) % 7 in weekday_values
        restricted = day.text[0] != "*" and weekday.text[0] != "*"
        return (
            at.minute in minute.values
            and at.hour in hour.values
            and at.month in month.values
            and (by_day or by_weekday if restricted else by_day and by_weekday)
        )

    at = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    horizon = at + timedelta(days=45)
    while at < horizon and not allowed(at):
        at += (
            timedelta(minutes=1)
            if allowed_day(at, month, day, weekday_values)
            else timedelta(days=1) - timedelta(hours=at.hour, minutes=at.minute)
        )
    found = cron.next_after(moment)
    assert found is not None
    if at < horizon:
        assert found == at
    else:
        assert found >= horizon


def allowed_day(at: datetime, month: Field, day: Field, weekdays: frozenset[int] | set[int]) -> bool:
    """Whether a day is worth walking minute by minute: generous, only to keep the oracle quick."""
    return at.month in month.values and (at.day in day.values or (at.weekday() + 1) % 7 in weekdays)


def _reaches_seven(text: str) -> bool:
    for part in text.split(","):
        span, slash, step = part.partition("/")
        if slash and span.isdigit() and 7 in range(int(span), 8, int(step)):
            return True
    return False


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("0 6 * * *", "2026-11-22T06:00", "2026-11-23T06:00"),
        ("0 6 * * *", "2026-11-22T05:59", "2026-11-22T06:00"),
        ("*/15 * * * *", "2026-11-22T23:50", "2026-11-23T00:00"),
        ("0 0 29 2 *", "2025-01-01T00:00", "2028-02-29T00:00"),
        ("0 0 29 2 *", "2096-03-01T00:00", "2104-02-29T00:00"),
        ("0 0 1 * mon", "2026-11-22T00:00", "2026-11-23T00:00"),
        ("30 4 1,15 * 5", "2026-11-22T00:00", "2026-11-27T04:30"),
        ("0 0 * * 7", "2026-11-21T00:00", "2026-11-22T00:00"),
        ("0 0 * * sat-sun", "2026-11-23T00:00", "2026-11-28T00:00"),
        ("0 0 * * fri-7", "2026-11-29T00:00", "2026-12-04T00:00"),
        ("@weekly", "2026-11-22T00:00", "2026-11-29T00:00"),
        ("@monthly", "2026-11-22T00:00", "2026-12-01T00:00"),
        ("0 22 * jan-mar,dec mon-fri", "2026-11-22T00:00", "2026-12-01T22:00"),
    ],
)
def test_known_times(text: str, after: str, expected: str) -> None:
    found = parse_cron(text).next_after(datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0 6 * *", "4 fields"),
        ("", "0 fields"),
        ("60 * * * *", "'60'.*minute"),
        ("0 24 * * *", "hour"),
        ("0 0 0 * *", "day of month"),
        ("0 0 * 13 *", "month"),
        ("0 0 * * 8", "day of week"),
        ("*/0 * * * *", "minute"),
        ("5-1 * * * *", "minute"),
        ("0 0 * * mon-", "day of week"),
        ("0 0 31 2 *", "never comes"),
        ("0 0 30 feb *", "never comes"),
        ("1,,2 * * * *", "minute"),
        ("-1 * * * *", "minute"),
        ("٣ * * * *", "minute"),
        ("0 0 * * *; rm -rf /", "fields"),
    ],
)
def test_wrong_expressions_name_the_field(text: str, words: str) -> None:
    with pytest.raises(ScheduleError, match=words):
        parse_cron(text)


@given(st.text(max_size=30) | st.text(alphabet="0123456789*/,- @monjasuft", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        moment = parse_cron(text).next_after(datetime(2026, 1, 1, tzinfo=UTC))
    except ScheduleError:
        return
    assert moment is not None


@pytest.mark.parametrize(("text", "cron"), [("06:00", "0 6 * * *"), ("6:05", "5 6 * * *"), ("23:59", "59 23 * * *")])
def test_times_of_day(text: str, cron: str) -> None:
    assert at_time(text) == cron


@pytest.mark.parametrize("text", ["24:00", "6", "06:60", "6:5", "noon", "06:00:00", "-1:00"])
def test_what_is_not_a_time_of_day(text: str) -> None:
    with pytest.raises(ScheduleError, match="06:00"):
        at_time(text)


def test_due_times_are_counted_and_bounded() -> None:
    cron = parse_cron("*/10 * * * *")
    begin = datetime(2026, 11, 22, tzinfo=UTC)
    assert len(cron.due(begin, begin + timedelta(hours=1))) == 6
    assert len(cron.due(begin, begin + timedelta(days=365), at_most=5)) == 5


CALENDARS = {
    "0 6 * * *": ["*-*-* 06:00:00 UTC"],
    "*/20 * * * *": ["*-*-* *:00,20,40:00 UTC"],
    "30 2 * * mon-wed": ["Mon,Tue,Wed *-*-* 02:30:00 UTC"],
    "0 0 1 1,7 *": ["*-01,07-01 00:00:00 UTC"],
    "0 0 13 * fri": ["*-*-13 00:00:00 UTC", "Fri *-*-* 00:00:00 UTC"],
}


@pytest.mark.parametrize(("text", "expected"), CALENDARS.items())
def test_systemd_calendars(text: str, expected: list[str]) -> None:
    assert parse_cron(text).on_calendar() == expected


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("text", [*CALENDARS, "7,37 */5 1-15/7 feb-nov/3 *", "59 23 31 * *", "0 12 29 2 *"])
def test_systemd_runs_at_the_same_times(text: str) -> None:
    base = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    cron = parse_cron(text)
    theirs: set[datetime] = set()
    for calendar in cron.on_calendar():
        command = [
            "systemd-analyze",
            "calendar",
            f"--base-time={base:%Y-%m-%d %H:%M:%S} UTC",
            "--iterations=6",
            calendar,
        ]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env={**os.environ, "TZ": "UTC", "LC_ALL": "C"}
        )
        found = re.findall(r"(?:Next elapse|Iter\. #\d+): \w+ (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", done.stdout)
        assert found, done.stdout
        theirs |= {datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in found}
    ours = []
    moment: datetime | None = base
    for _ in range(6):
        assert moment is not None
        moment = cron.next_after(moment)
        ours.append(moment)
    assert ours == sorted(theirs)[:6]
