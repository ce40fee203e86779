"""Calls of a JSON-RPC endpoint in batches, through whatever a node does on a bad day. JSON-RPC 2.0 over HTTP.

The address of an endpoint often holds a key: it is never in an error, a log or a representation.
"""

from __future__ import annotations

import logging
import re
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from scorpius_lab.core.runs import RunContext
from scorpius_lab.errors import MissingExtra, ScorpiusError, UsageError

if TYPE_CHECKING:
    import httpx

Call = tuple[str, Sequence[object]]

MOST_BYTES = 256 * 2**20
_LATER_CODES = {-32005, -32016, 429, -32603}  # too many requests, by the nodes' own codes; an internal error
_NOT_UNDERSTOOD = {-32600, -32602}
_MISSING = {-32601, -32004}  # no such method
_LATER_STATUS = {408, 425, 429, 500, 502, 503, 504}
_SLOW_STATUS = {408, 504}
_LARGE_STATUS = 413
_SLICE = 0.25  # seconds between two looks at whether to stop
_GROW_AFTER = 16  # requests that went well before more is asked for at once
_TIMES_SLOWER = 10  # a whole answer may take so many times what a single read may
_MOST_TEXT = 200
_ANY_CASE = re.IGNORECASE
_TOO_LARGE = re.compile(r"(batch|response).*(too|large|exceed|limit|size|support|allow|more than)", _ANY_CASE)
_TOO_OFTEN = re.compile(r"\brate\b|per second|too many requests", _ANY_CASE)
_LATER = re.compile(r"\blimit|time.?out|internal error|busy|not found|unknown block", _ANY_CASE)
_NO_METHOD = re.compile(
    r"method.*(not found|not exist|not available|not supported)|(unknown|unsupported) method", _ANY_CASE
)
_ADDRESS = re.compile(r"\w+://\S+")


class EndpointError(ScorpiusError):
    """The endpoint does not give what was asked for, after all attempts."""


class MethodMissing(EndpointError):
    """The node does not know a method."""


class Again(Exception):
    """It may be answered another time, after so many seconds at least."""

    def __init__(self, text: str, seconds: float = 0.0) -> None:
        """`text` says what went wrong."""
        super().__init__(text)
        self.seconds = seconds


class _TooMuch(Exception):
    """The node wants less in one request; `always` unless it only was too slow."""

    def __init__(self, *, always: bool) -> None:
        """`always`: the node says so itself."""
        super().__init__()
        self.always = always


@dataclass(frozen=True, slots=True)
class Patience:
    """How much to ask at once, and how long to keep asking. Calls a request, requests at a time, attempts, seconds."""

    batch: int = 20
    concurrent: int = 4
    attempts: int = 6
    first_wait: float = 0.5
    longest_wait: float = 30.0
    longest_asked: float = 300.0  # what a node may ask to wait (Retry-After) before it counts as not answering
    timeout: float = 30.0
    deepest_reorg: int = 64

    def __post_init__(self) -> None:
        """Raises UsageError for what makes no sense."""
        if min(self.batch, self.concurrent, self.attempts, self.deepest_reorg) < 1 or self.timeout <= 0:
            raise UsageError("batch, concurrent, attempts, deepest_reorg and timeout are above nought")


@dataclass
class Rpc:
    """An address that is called. Raises UsageError for what is no http or https address, MissingExtra without httpx.

    Waits with `sleep` if it is given (tests); else so that cancelling and deadlines of the context are noticed.
    """

    url: str = field(repr=False)
    patience: Patience = field(default_factory=Patience)
    context: RunContext = field(default_factory=RunContext, repr=False)
    sleep: Callable[[float], None] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Open nothing yet but the client."""
        parts = _parts(self.url)
        self.name = f"{parts.scheme}://{parts.hostname}"
        self._client = _client(self.url, self.patience)
        self._secrets = _secrets(self.url, parts)
        self._size = self._most = self.patience.batch
        self._well = 0
        self._chance = self.context.random()
        self._stopped = threading.Event()
        self._unhide = weakref.finalize(self, _hidden_in_logs(self._secrets))

    def close(self) -> None:
        """Close the connections; whoever waits stops waiting."""
        self._stopped.set()
        self._client.close()
        self._unhide()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def call(self, method: str, *parameters: object) -> Any:
        """The result of one method. Raises EndpointError."""
        return self.batch([(method, parameters)])[0]

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results of several calls, in their order. A batch that is too large is cut. Raises EndpointError."""
        results: list[Any] = []
        while len(results) < len(calls):
            part = calls[len(results) : len(results) + self._size]
            try:
                results += self.patiently(partial(self._once, part))
            except _TooMuch as refused:
                if len(part) == 1:
                    raise EndpointError(f"{self.name} refuses even one call of {part[0][0]} as too large") from None
                self._shrink(len(part) // 2, always=refused.always)
        return results

    def patiently(self, work: Callable[[], Any]) -> Any:
        """What `work` returns, tried anew with growing waits as often as it raises Again. Raises EndpointError."""
        wait, problem = self.patience.first_wait, ""
        for attempt in range(self.patience.attempts):
            self._check()
            try:
                return work()
            except Again as again:
                problem = str(again)
                if again.seconds > self.patience.longest_asked:
                    raise EndpointError(f"{self.name} asks to wait {again.seconds:.0f} s; go on later") from None
                if attempt + 1 < self.patience.attempts:
                    self.pause(max(again.seconds, wait * (0.5 + self._chance.random())))
                wait = min(2 * wait, self.patience.longest_wait)
        raise EndpointError(f"{self.name} did not answer after {self.patience.attempts} attempts: {problem}")

    def pause(self, seconds: float) -> None:
        """Wait. Raises Cancelled or DeadlineExceeded as soon as the context says so."""
        if self.sleep is not None:
            self.sleep(seconds)
            return
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._check()
            self._stopped.wait(min(left, _SLICE))

    def clean(self, text: object) -> str:
        """A node's own words on one line, without anything of the address."""
        found = " ".join(str(text).split())
        for secret in self._secrets:
            found = found.replace(secret, "…")
        return _ADDRESS.sub("…", found)[:_MOST_TEXT]

    # -- one request

    def _once(self, calls: Sequence[Call]) -> list[Any]:
        import httpx

        asked = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(parameters)}
            for number, (method, parameters) in enumerate(calls)
        ]
        timeout = self.context.remaining(self.patience.timeout) or _SLICE
        try:
            with self._client.stream(
                "POST", self.url, json=asked if len(asked) > 1 else asked[0], timeout=timeout
            ) as response:
                self._accept(response, calls)
                content = self._content(response, len(calls))
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise _slow(len(calls), type(error).__name__) from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise Again(type(error).__name__) from None
        results = self._results(_decoded(content), calls)
        self._grow()
        return results

    def _accept(self, response: httpx.Response, calls: Sequence[Call]) -> None:
        status = response.status_code
        if status == _LARGE_STATUS:
            raise _TooMuch(always=True)
        if status in _SLOW_STATUS:
            raise _slow(len(calls), f"status {status}")
        if status in _LATER_STATUS:
            raise Again(f"status {status}", self._retry_after(response))
        if status != 200:
            raise EndpointError(f"{self.name} answers with status {status}")

    def _content(self, response: httpx.Response, calls: int) -> bytes:
        """The whole answer, unless it is too large or trickles. Raises _TooMuch or Again."""
        content = bytearray()
        end = time.monotonic() + _TIMES_SLOWER * self.patience.timeout
        for chunk in response.iter_bytes():
            self._check()
            content += chunk
            if len(content) > MOST_BYTES:
                raise _TooMuch(always=False)
            if time.monotonic() > end:
                raise _slow(calls, "an answer that does not end")
        return bytes(content)

    def _results(self, answered: Any, calls: Sequence[Call]) -> list[Any]:
        """Answers by their ids, as they come in any order."""
        listed = answered if isinstance(answered, list) else [answered]
        found = {one["id"]: one for one in listed if isinstance(one, dict) and isinstance(one.get("id"), int)}
        if isinstance(answered, dict) and answered.get("error") and (len(calls) > 1 or 0 not in found):
            raise self._problem(answered["error"], calls[0][0], whole_batch=len(calls) > 1)
        results = []
        for number, (method, _) in enumerate(calls):
            one = found.get(number)
            if one is not None and one.get("error") is not None:
                raise self._problem(one["error"], method, whole_batch=False)
            if one is None or "result" not in one:
                raise Again(f"no answer to call {number + 1} of {len(calls)} ({method})")
            results.append(one["result"])
        return results

    def _problem(self, error: Any, method: str, *, whole_batch: bool) -> Exception:
        if not isinstance(error, dict):
            return Again(self.clean(error))
        code = error["code"] if isinstance(error.get("code"), int) else None
        text = self.clean(error.get("message", error))
        if code in _MISSING or _NO_METHOD.search(text):
            return MethodMissing(f"{self.name} has no method {method}: {text}")
        if _TOO_OFTEN.search(text):
            return Again(text)
        if _TOO_LARGE.search(text) or (whole_batch and code in _NOT_UNDERSTOOD):
            return _TooMuch(always=True)
        if whole_batch or code in _LATER_CODES or _LATER.search(text):
            return Again(text)
        return EndpointError(f"{self.name} refuses {method}: {text}")

    def _retry_after(self, response: httpx.Response) -> float:
        """Seconds the node asks to wait, given as such or as a moment (RFC 9110, 10.2.3)."""
        value = response.headers.get("retry-after", "")
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", value):
            return float(value)
        try:
            return max(0.0, (parsedate_to_datetime(value) - self.context.clock()).total_seconds())
        except (TypeError, ValueError, OverflowError):
            return 0.0

    # -- how much at once

    def _shrink(self, size: int, *, always: bool) -> None:
        self._size, self._well = max(1, size), 0
        if always:
            self._most = min(self._most, self._size)

    def _grow(self) -> None:
        self._well += 1
        if self._well >= _GROW_AFTER and self._size < self._most:
            self._size, self._well = min(self._most, 2 * self._size), 0

    def _check(self) -> None:
        self.context.check("fetching blocks")
        if self._stopped.is_set():
            raise EndpointError(f"the connection to {self.name} was closed")


def _slow(calls: int, text: str) -> Exception:
    return _TooMuch(always=False) if calls > 1 else Again(text)


def _decoded(content: bytes) -> Any:
    import msgspec

    try:
        return msgspec.json.decode(content)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise Again("an answer that is no JSON or is cut off") from None


def _client(url: str, patience: Patience) -> httpx.Client:
    try:
        import httpx
    except ImportError:
        raise MissingExtra("asking a node needs httpx; install scorpius-lab[chain]") from None
    try:
        httpx.URL(url)
    except (httpx.InvalidURL, ValueError):  # whose text would name the address
        raise UsageError(_NO_ADDRESS) from None
    try:
        return httpx.Client(timeout=patience.timeout, follow_redirects=False)
    except (ValueError, ImportError):
        raise UsageError("the proxy that the environment names cannot be used; unset or mend HTTPS_PROXY") from None


_NO_ADDRESS = "an endpoint is an http or https address"


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        raise UsageError(_NO_ADDRESS) from None
    if not usable:
        raise UsageError(_NO_ADDRESS)
    return parts


def _secrets(url: str, parts: SplitResult) -> tuple[str, ...]:
    """What may be secret in an address, longest first: all but scheme, host and short words of the path."""
    words = [word for word in parts.path.split("/") if len(word) > 4]
    words += [value for _, value in parse_qsl(parts.query)] + [parts.query, parts.fragment]
    words += [parts.username or "", parts.password or ""]
    found = {url, *words, *(unquote(word) for word in words)}
    return tuple(sorted((word for word in found if len(word) > 2), key=len, reverse=True))


def _hidden_in_logs(secrets: Sequence[str]) -> Callable[[], None]:
    """Keep what httpx logs of these addresses (every request, with all of it) out of all logs, until called."""
    logger = logging.getLogger("httpx")

    def harmless(record: logging.LogRecord) -> bool:
        text = record.getMessage()
        return not any(secret in text for secret in secrets)

    logger.addFilter(harmless)
    return lambda: logger.removeFilter(harmless)
