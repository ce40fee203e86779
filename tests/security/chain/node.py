"""A node for tests: a real server on this machine that plays a small chain, and whatever trouble a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.security.chain.ledger import WETH, Block, Pool, Transaction, address

TOKEN = address("token")
POOL = Pool.of("pool", WETH, TOKEN)
BOT, BOSS, ALICE = address("bot"), address("boss"), address("alice")


def chain(count: int, salts: dict[int, str] | None = None) -> dict[int, Block]:
    """Blocks 1 to `count`, each the child of the one before; from a salted one on they are others."""
    blocks: dict[int, Block] = {}
    salt = ""
    for number in range(1, count + 1):
        salt = (salts or {}).get(number, salt)
        parent = blocks[number - 1].hash if number > 1 else None
        deeds = [
            Transaction(BOSS, BOT).swap(POOL, WETH, 100, 1000, payer=BOT),
            Transaction(ALICE, address("router")).swap(POOL, WETH, 50, 400, payer=ALICE),
            Transaction(BOSS, BOT).swap(POOL, TOKEN, 1000, 110, payer=BOT),
        ]
        blocks[number] = Block(number, deeds if number % 3 == 0 else [], parent=parent, salt=salt)
    return blocks


@dataclass
class Node:
    """What the server answers, and what it has been asked."""

    blocks: dict[int, Block]
    trouble: Callable[[Node, Any, BaseHTTPRequestHandler], bool] = lambda *_: False
    chain_id: int = 1
    without: frozenset[str] = frozenset()
    requests: list[Any] = field(default_factory=list)

    def answer(self, call: dict[str, Any]) -> dict[str, Any]:
        method, parameters = call["method"], call["params"]
        if method in self.without:
            return {"id": call["id"], "error": {"code": -32601, "message": f"no {method}"}}
        return {"id": call["id"], "jsonrpc": "2.0", "result": self.result(method, parameters)}

    def result(self, method: str, parameters: list[Any]) -> Any:
        if method == "eth_chainId":
            return hex(self.chain_id)
        if method == "eth_blockNumber":
            return hex(max(self.blocks))
        if method == "eth_getTransactionReceipt":
            return next(r for b in self.blocks.values() for r in b.receipts() if r["transactionHash"] == parameters[0])
        block = self.blocks.get(int(parameters[0], 16))
        if block is None:
            return None
        return block.receipts() if method == "eth_getBlockReceipts" else block.header()


@contextmanager
def served(node: Node) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            node.requests.append(asked)
            if node.trouble(node, asked, self):
                return
            answers = [node.answer(one) for one in asked] if isinstance(asked, list) else node.answer(asked)
            self.reply(json.dumps(answers[::-1] if isinstance(answers, list) else answers).encode())

        def reply(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v3/SECRETKEY"
    finally:
        server.shutdown()
        server.server_close()
