"""What a transaction does, in one sentence, with what is dangerous about it; before it is sent.

Nothing is looked up: names, decimals, labels, whom one pays and what the time is are given by the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import lru_cache

from scorpius_lab.security.chain.abi import AbiError, decode, selector, types_of
from scorpius_lab.security.chain.guard.calls import PROTOCOLS
from scorpius_lab.security.chain.guard.calls.deed import FOREVER, UNLIMITED, CallContext, Deed, Read, Verb
from scorpius_lab.security.chain.guard.calls.tokens import COIN
from scorpius_lab.security.chain.guard.calls.uniswap_v3 import MULTICALLS
from scorpius_lab.security.chain.guard.signed import SignedTransaction, read_signed

_PREFIX, _SUFFIX = 3, 4  # hex digits a look-alike shares, see threats/address_poisoning
_MOST_DEEP = 4


@dataclass(frozen=True, slots=True)
class Token:
    """How people write a token's amounts."""

    symbol: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around a transaction: tokens by address, labels by address, accounts one deals with, the time."""

    tokens: Mapping[str, Token] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    counterparties: Collection[str] = ()
    without_code: Collection[str] = ()  # accounts known to be no contracts
    coin: Token = Token("ETH", 18)
    now: int | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """Something dangerous: a short name to match, how bad, and what it means here."""

    id: str
    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class TransactionReport:
    """What a transaction does and what is dangerous about it."""

    transaction: SignedTransaction
    function: str | None
    sentence: str
    deeds: tuple[Deed, ...]
    flags: tuple[Flag, ...]

    def as_dict(self) -> dict[str, object]:
        """The report as JSON; amounts as decimal text."""
        sent = self.transaction
        return {
            "hash": sent.hash,
            "sender": sent.sender,
            "to": sent.to,
            "chain_id": sent.chain_id,
            "nonce": sent.nonce,
            "value": str(sent.value),
            "most_gas_cost": str(sent.gas * sent.gas_price),
            "function": self.function,
            "sentence": self.sentence,
            "flags": [asdict(flag) for flag in self.flags],
            "deeds": [_plain(deed) for deed in self.deeds],
        }


def explain(raw: bytes | str, around: Surroundings | None = None) -> TransactionReport:
    """Read a raw signed transaction and say what it does. Raises NoTransaction."""
    known = around or Surroundings()
    sent = read_signed(raw)
    function, deeds = _read_call(sent)
    flags = tuple(_flags(sent, function, deeds, known))
    return TransactionReport(sent, function, _sentence(sent, function, deeds, known), deeds, flags)


# -- the call


@lru_cache(maxsize=1)
def _functions() -> dict[str, tuple[str, Read]]:
    return {
        selector(signature): (signature, read)
        for protocol in PROTOCOLS
        for signature, read in protocol.functions.items()
    }


@lru_cache(maxsize=1)
def _multicalls() -> dict[str, tuple[str, int]]:
    return {selector(signature): (signature, place) for signature, place in MULTICALLS.items()}


def _read_call(sent: SignedTransaction) -> tuple[str | None, tuple[Deed, ...]]:
    if sent.to is None or not sent.data:
        return None, ()
    context = CallContext(sent.sender, sent.to, sent.value)
    return _call(sent.data, context, 0)


def _call(data: bytes, context: CallContext, depth: int) -> tuple[str | None, tuple[Deed, ...]]:
    code = "0x" + data[:4].hex()
    try:
        if code in _multicalls() and depth < _MOST_DEEP:
            signature, place = _multicalls()[code]
            listed = decode(types_of(signature), data[4:])[place]
            inner = [_call(one, context, depth + 1)[1] for one in listed if isinstance(one, bytes)]  # type: ignore[attr-defined]
            return signature, tuple(deed for deeds in inner for deed in deeds)
        if code in _functions():
            signature, read = _functions()[code]
            return signature, tuple(read(decode(types_of(signature), data[4:]), context))
    except (AbiError, IndexError, ValueError):
        return None, ()
    return None, ()


# -- what is dangerous


def _flags(
    sent: SignedTransaction, function: str | None, deeds: Sequence[Deed], around: Surroundings
) -> Iterable[Flag]:
    if sent.data and function is None:
        yield Flag(
            "unknown-function", "medium", "The function that is called is not known here: what it does is not known."
        )
    for deed in deeds:
        yield from _deed_flags(sent, deed, around)
    for account in dict.fromkeys(_accounts(sent, deeds)):
        label = around.labels.get(account)
        if label:
            yield Flag("labelled-address", "critical", f"{account} is on a list: {label}.")
        real = _imitated(account, around.counterparties)
        if real:
            yield Flag(
                "poisoned-recipient", "critical", f"{account} looks like {real}, whom you deal with, and is another."
            )


def _deed_flags(sent: SignedTransaction, deed: Deed, around: Surroundings) -> Iterable[Flag]:
    if deed.verb in (Verb.APPROVE, Verb.PERMIT, Verb.APPROVE_ALL) and deed.amount:
        yield from _approval_flags(deed, around)
    if deed.verb is Verb.TRANSFER_FROM and deed.owner not in (None, sent.sender):
        yield Flag("takes-from-another", "high", f"It moves tokens of {deed.owner}, who is not the sender.")
    if deed.verb is Verb.SWEEP and deed.receiver not in (None, sent.sender, sent.to):
        yield Flag("sweep-to-stranger", "high", f"What is left over goes to {deed.receiver}.")
    if deed.verb is Verb.SWAP:
        if deed.least == 0:
            yield Flag(
                "no-slippage-limit", "high", "It takes any amount out, even nothing: whoever sees it can take the rest."
            )
        if deed.receiver not in (None, sent.sender, sent.to):
            yield Flag(
                "recipient-is-not-sender", "medium", f"What comes out goes to {deed.receiver}, not to the sender."
            )
    if deed.deadline is not None and deed.verb in (Verb.SWAP, Verb.ADD_LIQUIDITY, Verb.REMOVE_LIQUIDITY):
        if deed.deadline >= FOREVER:
            yield Flag("no-deadline", "low", "It has no deadline: it may be carried out when the price is another.")
        elif around.now is not None and deed.deadline < around.now:
            yield Flag("deadline-past", "medium", "Its deadline is past: it will fail.")


def _approval_flags(deed: Deed, around: Surroundings) -> Iterable[Flag]:
    if deed.verb is Verb.APPROVE_ALL:
        yield Flag(
            "approval-for-all", "high", f"{deed.spender} may take every token of this collection, now and later."
        )
    elif (deed.amount or 0) >= UNLIMITED:
        yield Flag("unlimited-approval", "high", f"{deed.spender} may take all of the token, now and later.")
    if deed.spender in around.without_code:
        yield Flag("approval-to-account", "critical", f"{deed.spender} is no contract: only a thief asks for that.")


def _accounts(sent: SignedTransaction, deeds: Iterable[Deed]) -> Iterable[str]:
    named = [sent.to, *(account for deed in deeds for account in (deed.receiver, deed.spender))]
    return [account for account in named if account is not None and account != sent.sender]


def _imitated(account: str, counterparties: Iterable[str]) -> str | None:
    """The counterparty an account looks like without being it."""
    for real in counterparties:
        lowered = real.lower()
        same = account[2 : 2 + _PREFIX] == lowered[2 : 2 + _PREFIX] and account[-_SUFFIX:] == lowered[-_SUFFIX:]
        if same and account != lowered:
            return real
    return None


# -- in words


def _sentence(sent: SignedTransaction, function: str | None, deeds: Sequence[Deed], around: Surroundings) -> str:
    coin = _amount(sent.value, COIN, around)
    if sent.to is None:
        return f"Creates a contract from {len(sent.data)} bytes of code" + (
            f" and gives it {coin}." if sent.value else "."
        )
    if not sent.data:
        return f"Sends {coin} to {_who(sent.to, around)}."
    if not deeds:
        paid = f" with {coin}" if sent.value else ""
        name = f"the function {function}" if function else f"an unknown function (0x{sent.data[:4].hex()})"
        return f"Calls {name} of {_who(sent.to, around)}{paid}."
    said = "; then ".join(_words(deed, around) for deed in deeds)
    return f"{said[0].upper()}{said[1:]}."


def _words(deed: Deed, around: Surroundings) -> str:  # noqa: C901, PLR0911 (one a verb)
    to = f" to {_who(deed.receiver, around)}" if deed.receiver else ""
    match deed.verb:
        case Verb.SWAP if deed.amount is not None:
            got = _amount(deed.least, deed.token_out, around)
            return f"swaps {_amount(deed.amount, deed.token_in, around)} for at least {got}{to}"
        case Verb.SWAP:
            most = _amount(deed.most, deed.token_in, around)
            return f"swaps at most {most} for {_amount(deed.least, deed.token_out, around)}{to}"
        case Verb.TRANSFER:
            return f"sends {_amount(deed.amount, deed.token, around)}{to}"
        case Verb.TRANSFER_FROM:
            return f"moves {_amount(deed.amount, deed.token, around)} of {_who(deed.owner, around)}{to}"
        case Verb.APPROVE | Verb.PERMIT:
            much = "all" if (deed.amount or 0) >= UNLIMITED else _amount(deed.amount, deed.token, around)
            of = f" of {_name(deed.token, around)}" if (deed.amount or 0) >= UNLIMITED else ""
            return f"lets {_who(deed.spender, around)} take {much}{of}"
        case Verb.APPROVE_ALL:
            may = "lets" if deed.amount else "no longer lets"
            return f"{may} {_who(deed.spender, around)} take everything of {_name(deed.token, around)}"
        case Verb.ADD_LIQUIDITY:
            return f"adds liquidity in {_name(deed.token_in, around)} and {_name(deed.token_out, around)}{to}"
        case Verb.REMOVE_LIQUIDITY:
            return f"takes liquidity out of {_name(deed.token_in, around)} and {_name(deed.token_out, around)}{to}"
        case Verb.WRAP | Verb.UNWRAP:
            amount = deed.amount if deed.amount is not None else deed.least
            return f"{deed.verb}s {_amount(amount, COIN, around)}{to}"
        case Verb.SWEEP:
            return f"hands what is left of {_name(deed.token, around)}{to}"
        case _:
            return "does something that is not known here"


def _amount(amount: int | None, token: str | None, around: Surroundings) -> str:
    known = around.coin if token == COIN else around.tokens.get(token or "")
    if amount is None:
        return f"some {_name(token, around)}"
    if known is None:
        return f"{amount:,} raw units of {_name(token, around)}"
    return f"{(Decimal(amount) / 10**known.decimals).normalize():,f} {known.symbol}"


def _name(token: str | None, around: Surroundings) -> str:
    if token is None:
        return "an unknown token"
    known = around.coin if token == COIN else around.tokens.get(token)
    return known.symbol if known else f"the token {token}"


def _who(account: str | None, around: Surroundings) -> str:
    if account is None:
        return "somebody"
    label = around.labels.get(account)
    return f"{account} ({label})" if label else account


def _plain(deed: Deed) -> dict[str, object]:
    told = {name: value for name, value in asdict(deed).items() if value not in (None, ())}
    return {name: str(value) if name in ("amount", "least", "most") else value for name, value in told.items()}
