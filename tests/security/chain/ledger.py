"""Blocks written for tests: transactions whose logs are those that real contracts would leave, as nodes report them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
SWAP_V2 = "0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"
SYNC = "0x1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1"
SWAP_V3 = "0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"
MINT_V3 = "0x7a53080ba414158be7ec69b987b5fb7d07dee101fe85488f0853ae16239d0bde"
BURN_V3 = "0x0c396cd989a39f4459b5fa1aed6a9a8dcdbc45908acfd67e028cd568da98982c"
DEPOSIT = "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
ZERO = "0x" + "0" * 40


def address(name: str) -> str:
    """An address that belongs to a name."""
    return "0x" + hashlib.sha256(name.encode()).hexdigest()[:40]


def digest(name: str) -> str:
    """A hash that belongs to a name."""
    return "0x" + hashlib.sha256(name.encode()).hexdigest()


def word(number: int) -> str:
    """A number as one word of call data or logs."""
    return format(number % 2**256, "064x")


def topic(account: str) -> str:
    """An address as a topic."""
    return "0x" + account[2:].rjust(64, "0")


@dataclass
class Pool:
    """A pool with two tokens; `version` 2 or 3 says how it logs."""

    address: str
    token0: str
    token1: str
    version: int = 2

    @classmethod
    def of(cls, name: str, one: str, other: str, version: int = 2) -> Pool:
        """A pool known by a name, its tokens in the order of their addresses."""
        low, high = sorted((one, other))
        return cls(address(name), low, high, version)

    def other(self, token: str) -> str:
        """The token on the other side."""
        return self.token1 if token == self.token0 else self.token0


@dataclass
class Transaction:
    """A transaction and the logs it leaves."""

    sender: str
    target: str
    succeeded: bool = True
    gas_used: int = 100_000
    gas_price: int = 10**9
    logs: list[dict[str, Any]] = field(default_factory=list)
    name: str = ""

    def log(self, contract: str, topics: list[str], data: str) -> Transaction:
        """Any log."""
        self.logs.append({"address": contract, "topics": topics, "data": "0x" + data})
        return self

    def transfer(self, token: str, sender: str, receiver: str, amount: int) -> Transaction:
        """An ERC-20 transfer."""
        return self.log(token, [TRANSFER, topic(sender), topic(receiver)], word(amount))

    def swap(
        self,
        pool: Pool,
        token_in: str,
        amount_in: int,
        amount_out: int,
        *,
        payer: str | None = None,
        recipient: str | None = None,
        caller: str | None = None,
        got: int | None = None,
    ) -> Transaction:
        """A swap as the pool's version logs it, with its two transfers.

        `got` is what arrives where a token takes a fee on its transfer out of the pool.
        """
        payer = payer or self.sender
        recipient = recipient or payer
        caller = caller or self.target
        token_out = pool.other(token_in)
        first = token_in == pool.token0
        inward = lambda: self.transfer(token_in, payer, pool.address, amount_in)  # noqa: E731

        def outward() -> None:
            self.transfer(token_out, pool.address, recipient, amount_out if got is None else got)
            if got is not None:
                self.transfer(token_out, pool.address, address("fee collector"), amount_out - got)

        if pool.version == 2:
            inward()
            outward()
            ins, outs = ((amount_in, 0), (0, amount_out)) if first else ((0, amount_in), (amount_out, 0))
            data = word(ins[0]) + word(ins[1]) + word(outs[0]) + word(outs[1])
            return self.log(pool.address, [SWAP_V2, topic(caller), topic(recipient)], data)
        outward()
        inward()
        amounts = (amount_in, -amount_out) if first else (-amount_out, amount_in)
        data = word(amounts[0]) + word(amounts[1]) + word(2**96) + word(10**18) + word(0)
        return self.log(pool.address, [SWAP_V3, topic(caller), topic(recipient)], data)

    def position(
        self, pool: Pool, what: str, owner: str, amounts: tuple[int, int], liquidity: int = 10**18
    ) -> Transaction:
        """A v3 position made (`mint`) or ended (`burn`)."""
        ticks = [topic(owner), "0x" + word(-60), "0x" + word(60)]
        if what == "mint":
            return self.log(
                pool.address,
                [MINT_V3, *ticks],
                word(int(owner, 16)) + word(liquidity) + word(amounts[0]) + word(amounts[1]),
            )
        return self.log(pool.address, [BURN_V3, *ticks], word(liquidity) + word(amounts[0]) + word(amounts[1]))


@dataclass
class Block:
    """A block of transactions, written as a node writes it."""

    number: int
    transactions: list[Transaction]
    parent: str | None = None
    salt: str = ""

    @property
    def hash(self) -> str:
        """Belongs to height and salt."""
        return digest(f"block {self.number} {self.salt}")

    def names(self) -> list[str]:
        """The hashes of its transactions."""
        return [
            transaction.name or digest(f"{self.hash} {index}") for index, transaction in enumerate(self.transactions)
        ]

    def header(self) -> dict[str, Any]:
        """`eth_getBlockByNumber` with transactions."""
        return {
            "number": hex(self.number),
            "hash": self.hash,
            "parentHash": self.parent or digest(f"block {self.number - 1} "),
            "timestamp": hex(1_700_000_000 + 12 * self.number),
            "miner": address("producer"),
            "baseFeePerGas": hex(10**9),
            "transactions": [
                {
                    "blockHash": self.hash,
                    "blockNumber": hex(self.number),
                    "hash": name,
                    "transactionIndex": hex(index),
                    "from": transaction.sender,
                    "to": transaction.target,
                    "value": "0x0",
                    "input": "0x12345678",
                    "gasPrice": hex(transaction.gas_price),
                }
                for index, (name, transaction) in enumerate(zip(self.names(), self.transactions, strict=True))
            ],
        }

    def receipts(self) -> list[dict[str, Any]]:
        """`eth_getBlockReceipts`."""
        receipts, number = [], 0
        for index, (name, transaction) in enumerate(zip(self.names(), self.transactions, strict=True)):
            logs = []
            for log in transaction.logs if transaction.succeeded else ():
                place = {
                    "blockNumber": hex(self.number),
                    "blockHash": self.hash,
                    "transactionHash": name,
                    "transactionIndex": hex(index),
                    "logIndex": hex(number),
                    "removed": False,
                }
                logs.append({**log, **place})
                number += 1
            receipts.append(
                {
                    "blockHash": self.hash,
                    "blockNumber": hex(self.number),
                    "transactionHash": name,
                    "transactionIndex": hex(index),
                    "from": transaction.sender,
                    "to": transaction.target,
                    "status": hex(transaction.succeeded),
                    "gasUsed": hex(transaction.gas_used),
                    "cumulativeGasUsed": hex(transaction.gas_used * (index + 1)),
                    "effectiveGasPrice": hex(transaction.gas_price),
                    "logs": logs,
                }
            )
        return receipts


def write(folder: Path, blocks: Iterable[Block]) -> Path:
    """Blocks as a folder of files, one block and one list of receipts each."""
    folder.mkdir(parents=True, exist_ok=True)
    for block in blocks:
        stem = f"{block.number}{block.salt}"
        (folder / f"{stem}-block.json").write_text(json.dumps({"jsonrpc": "2.0", "id": 1, "result": block.header()}))
        (folder / f"{stem}-receipts.json").write_text(json.dumps(block.receipts()))
    return folder
