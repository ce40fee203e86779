"""Windows event log files (EVTX), parsed by the `evtx` package."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scorpius_lab.errors import FormatError, MissingExtra
from scorpius_lab.security.threats.events import Event, Reject
from scorpius_lab.security.threats.readers.reader import Reader, Source
from scorpius_lab.security.threats.windows import windows_event

MAGIC = b"ElfFile\0"
MAX_ERRORS_IN_A_ROW = 1_000  # a parser that only fails is stopped


def suits(path: Path, head: bytes) -> bool:
    """By its first bytes or its name."""
    return head.startswith(MAGIC) or path.suffix.lower() == ".evtx"


def read(source: Source) -> Iterator[Event | Reject]:
    """One event for each record; a damaged chunk or record is a reject, what follows is still read.

    Raises MissingExtra if `evtx` is not installed.
    """
    try:
        from evtx import PyEvtxParser
    except ImportError:
        raise MissingExtra("EVTX files need the evtx package; install scorpius-lab[threats]") from None
    source.path.open("rb").close()  # what cannot be opened at all is the caller's to say
    try:
        parser = PyEvtxParser(str(source.path), number_of_threads=1)
    except (RuntimeError, ValueError, OSError) as error:
        yield Reject(0, f"not a readable EVTX file: {error}")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield from _records(parser.records_json(), source)


def _records(records: Any, source: Source) -> Iterator[Event | Reject]:
    number, failed = 0, 0
    while not source.stop():
        number += 1
        try:
            record = next(records)
        except StopIteration:
            return
        except (RuntimeError, ValueError, OSError) as error:
            failed += 1
            yield Reject(number, f"the record is damaged: {error}")
            if failed >= MAX_ERRORS_IN_A_ROW:
                yield Reject(number, f"reading stopped after {failed:,} damaged records in a row")
                return
            continue
        failed = 0
        yield _event(record, number)


def _event(record: dict[str, Any], number: int) -> Event | Reject:
    try:
        return windows_event(json.loads(record["data"]), int(record.get("event_record_id", number)))
    except (FormatError, ValueError, RecursionError) as error:
        return Reject(number, f"the record is not an event: {error}", str(record.get("data", ""))[:200])


READER = Reader("evtx", "Windows event log (EVTX)", suits, read)
