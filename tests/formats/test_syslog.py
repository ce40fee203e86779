"""Syslog lines of three forms, and the year that the oldest form leaves out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.errors import FormatError
from scorpius_lab.formats.syslog import GRACE, parse_syslog

FIRST, LAST = datetime(2001, 1, 1), datetime(2090, 1, 1)  # noqa: DTZ001 (hypothesis wants naive bounds)
REFERENCE = datetime(2026, 1, 2, 8, 0, tzinfo=UTC)


def test_traditional_line() -> None:
    line = parse_syslog("<38>Jan  1 23:59:58 web-1 sshd[42]: Accepted password for a: b", reference=REFERENCE)
    assert (line.time, line.host, line.program, line.pid) == (
        datetime(2026, 1, 1, 23, 59, 58, tzinfo=UTC),
        "web-1",
        "sshd",
        42,
    )
    assert line.message == "Accepted password for a: b"
    assert line.priority == 38


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("Jan  2 07:00:00 h p: m", 2026),
        ("Dec 31 23:00:00 h p: m", 2025),
        ("Jan  3 07:00:00 h p: m", 2026),
        ("Jan  4 00:00:00 h p: m", 2025),
        ("Feb 29 00:00:00 h p: m", 2024),
    ],
)
def test_year_is_the_latest_possible(text: str, year: int) -> None:
    assert parse_syslog(text, reference=REFERENCE).time.year == year


@given(st.datetimes(FIRST, LAST), st.timedeltas(timedelta(0), timedelta(days=360)))
def test_year_comes_back(written: datetime, age: timedelta) -> None:
    moment = (written - age).replace(microsecond=0)
    text = f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S} h p: m"
    found = parse_syslog(text, reference=written.replace(tzinfo=UTC)).time
    assert found == moment.replace(tzinfo=UTC)
    assert found <= written.replace(tzinfo=UTC) + GRACE


def test_zone_applies_to_lines_without_one() -> None:
    line = parse_syslog(
        "Jul  1 12:00:00 h p: m", reference=datetime(2026, 8, 1, tzinfo=UTC), zone=ZoneInfo("Europe/Berlin")
    )
    assert line.time == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)


def test_iso_line() -> None:
    line = parse_syslog(
        "2026-10-18T03:12:07.123456789+02:00 h sudo: x", reference=REFERENCE, zone=timezone(timedelta(hours=9))
    )
    assert line.time == datetime(2026, 10, 18, 1, 12, 7, 123456, tzinfo=UTC)
    assert (line.program, line.pid, line.message) == ("sudo", None, "x")


def test_rfc5424_line() -> None:
    # RFC 5424, section 6.5, example 3, with an escaped quote
    text = (
        "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 "
        r'[exampleSDID@32473 iut="3" eventSource="Appli\"cation" eventID="1011"] An application event log entry'
    )
    line = parse_syslog(text, reference=REFERENCE)
    assert line.time == datetime(2003, 10, 11, 22, 14, 15, 3000, tzinfo=UTC)
    assert line.host == "mymachine.example.com"
    assert dict(line.data) == {
        "exampleSDID@32473.iut": "3",
        "exampleSDID@32473.eventSource": 'Appli"cation',
        "exampleSDID@32473.eventID": "1011",
    }
    assert line.message == "An application event log entry"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "Foo 12 10:00:00 h p: m",
        "Jan 32 10:00:00 h p: m",
        "Jan 12 25:00:00 h p: m",
        "2026-13-01T00:00:00Z h p: m",
        "<1>1 yesterday h p - - m",
    ],
)
def test_what_is_no_line_says_so(text: str) -> None:
    with pytest.raises(FormatError):
        parse_syslog(text, reference=REFERENCE)


@given(st.text(max_size=200))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        assert parse_syslog(text, reference=REFERENCE).time.tzinfo is not None
    except FormatError:
        return
