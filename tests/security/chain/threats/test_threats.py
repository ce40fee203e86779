"""Threats by their shapes: each found where it is, and silent where one condition is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scorpius_lab.lab import init_lab
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.threats import (
    THREATS,
    approval_phishing,
    flash_loan_attack,
    honeypot,
    mixer,
    rug_pull,
    wash_trading,
)
from tests.security.chain.ledger import SYNC, WETH, ZERO, Block, Pool, Transaction, address, topic, word, write

if TYPE_CHECKING:
    import polars as pl

TOKEN = address("token")
POOL = Pool.of("pool", WETH, TOKEN)
ALICE, BOB, THIEF, DRAIN, MAKER, ROUTER = (address(n) for n in ("alice", "bob", "thief", "drain", "maker", "router"))
APPROVAL = "0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"
BURN_V2 = "0xdccd412f0b1252819cb1fd330b93224ca42612892bb3f4f789976e6d81936496"
MINT_V2 = "0x4c209b5fc8ad50758f13e2e1088ba56a560dff690a1c6fef26394f4c03821c4f"
FLASH = "0x0d7d75e01ab95780d3cd1c8ec0dd6c2ce19e3a20427eec8bf53283b6fb8e95f0"

Make = Callable[[Iterable[Block]], Chain]


def approve(owner: str, spender: str) -> Transaction:
    return Transaction(owner, TOKEN).log(TOKEN, [APPROVAL, topic(owner), topic(spender)], word(2**256 - 1))


def frames(chain: Chain, *names: str) -> list[pl.DataFrame]:
    return [chain.transactions if name == "transactions" else chain.events[name] for name in names]


def phished(chain: Chain, known: Iterable[str] = ()) -> pl.DataFrame:
    return approval_phishing.detect(*frames(chain, "approvals", "transfers", "transactions"), known)


def test_approved_and_robbed(chain_of_blocks: Make) -> None:
    taking = Transaction(THIEF, DRAIN).transfer(TOKEN, ALICE, THIEF, 500)
    block = Block(1, [approve(ALICE, DRAIN), taking])
    (found,) = phished(chain_of_blocks([block])).to_dicts()
    assert (found["address"], found["counterparty"]) == (ALICE, DRAIN)
    assert found["transactions"] == [block.names()[1]]


@pytest.mark.parametrize(
    "transactions",
    [
        pytest.param([approve(ALICE, DRAIN), Transaction(ALICE, DRAIN).transfer(TOKEN, ALICE, BOB, 5)], id="own trade"),
        pytest.param(
            [
                approve(ALICE, DRAIN),
                Transaction(THIEF, DRAIN).transfer(TOKEN, ALICE, BOB, 5).transfer(WETH, BOB, ALICE, 3),
            ],
            id="an order filled: paid back",
        ),
        pytest.param([approve(ALICE, BOB), Transaction(THIEF, DRAIN).transfer(TOKEN, ALICE, THIEF, 5)], id="another"),
        pytest.param(
            [
                *(approve(address(f"user {n}"), DRAIN) for n in range(5)),
                approve(ALICE, DRAIN),
                Transaction(THIEF, DRAIN).transfer(TOKEN, ALICE, THIEF, 5),
            ],
            id="a service that many approved",
        ),
    ],
)
def test_no_phishing(chain_of_blocks: Make, transactions: list[Transaction]) -> None:
    assert phished(chain_of_blocks([Block(1, transactions)])).is_empty()


def test_a_listed_spender_needs_not_be_new(chain_of_blocks: Make) -> None:
    many = [approve(address(f"user {n}"), DRAIN) for n in range(5)]
    taking = Transaction(THIEF, DRAIN).transfer(TOKEN, ALICE, THIEF, 5)
    chain = chain_of_blocks([Block(1, [*many, approve(ALICE, DRAIN), taking])])
    assert phished(chain, [DRAIN]).height == 1


def provide(who: str, amounts: tuple[int, int]) -> Transaction:
    return Transaction(who, ROUTER).log(POOL.address, [MINT_V2, topic(ROUTER)], word(amounts[0]) + word(amounts[1]))


def burn(who: str, gone: int, left: int) -> Transaction:
    removal = Transaction(who, ROUTER).log(POOL.address, [SYNC], word(left) + word(left))
    return removal.log(POOL.address, [BURN_V2, topic(ROUTER), topic(who)], word(gone) + word(gone))


def pulled(chain: Chain) -> pl.DataFrame:
    return rug_pull.detect(*frames(chain, "reserves", "liquidity", "transfers", "swaps", "transactions"))


def test_pool_drained_by_its_provider(chain_of_blocks: Make) -> None:
    (found,) = pulled(chain_of_blocks([Block(1, [provide(MAKER, (900, 900)), burn(MAKER, 900, 100)])])).to_dicts()
    assert (found["address"], found["counterparty"], found["severity"]) == (POOL.address, MAKER, "critical")


def test_a_small_withdrawal_is_no_rug_pull(chain_of_blocks: Make) -> None:
    assert pulled(chain_of_blocks([Block(1, [provide(MAKER, (900, 900)), burn(MAKER, 300, 700)])])).is_empty()


def test_minted_and_dumped(chain_of_blocks: Make) -> None:
    buy = Transaction(ALICE, ROUTER).swap(POOL, WETH, 10, 100, payer=ALICE)
    mint = Transaction(MAKER, TOKEN).transfer(TOKEN, ZERO, MAKER, 10**6)
    dump = Transaction(MAKER, ROUTER).swap(POOL, TOKEN, 10**6, 50, payer=MAKER)
    (found,) = pulled(chain_of_blocks([Block(1, [buy, mint, dump])])).to_dicts()
    assert (found["address"], found["counterparty"]) == (TOKEN, MAKER)
    assert pulled(chain_of_blocks([Block(1, [buy, dump])])).is_empty()


def market(sellers: int) -> list[Block]:
    buys = [Transaction(w := address(f"buyer {n}"), ROUTER).swap(POOL, WETH, 10, 90, payer=w) for n in range(30)]
    sells = [Transaction(w := address(f"buyer {n}"), ROUTER).swap(POOL, TOKEN, 80, 9, payer=w) for n in range(sellers)]
    maker = Transaction(MAKER, ROUTER).swap(POOL, TOKEN, 500, 90, payer=MAKER)
    return [Block(1, buys), Block(1000, [*sells, maker])]


def test_bought_by_many_and_sold_by_nobody(chain_of_blocks: Make) -> None:
    def caught(sellers: int) -> list[str]:
        chain = chain_of_blocks(market(sellers))
        return honeypot.detect(*frames(chain, "swaps", "transactions"))["address"].to_list()

    assert caught(1) == [TOKEN]
    assert caught(12) == []


def test_a_new_token_is_no_honeypot_yet(chain_of_blocks: Make) -> None:
    blocks = market(0)
    blocks[1].number = 20
    chain = chain_of_blocks(blocks)
    assert honeypot.detect(*frames(chain, "swaps", "transactions")).is_empty()


def loan(vault_loses: int) -> Transaction:
    lender, vault = address("lender"), address("vault")
    deed = Transaction(THIEF, DRAIN).transfer(TOKEN, lender, DRAIN, 10_000)
    deed.log(lender, [FLASH, topic(DRAIN), topic(TOKEN)], word(10_000) + word(0))
    if vault_loses:
        deed.transfer(TOKEN, vault, DRAIN, vault_loses)
    return deed.transfer(TOKEN, DRAIN, lender, 10_000)


def test_flash_loan_with_a_loser(chain_of_blocks: Make) -> None:
    def hit(loses: int) -> pl.DataFrame:
        return flash_loan_attack.detect(*frames(chain_of_blocks([Block(1, [loan(loses)])]), "flash_loans", "transfers", "transactions"))  # fmt: skip

    (found,) = hit(9_000).to_dicts()
    assert found["address"] == address("vault")
    assert hit(0).is_empty()
    assert hit(3).is_empty()


def test_money_through_a_mixer(chain_of_blocks: Make) -> None:
    pot = address("pot")
    moves = [
        Transaction(ALICE, TOKEN).transfer(TOKEN, ALICE, pot, 100),
        Transaction(BOB, TOKEN).transfer(TOKEN, pot, BOB, 100),
    ]
    chain = chain_of_blocks([Block(1, moves)])
    found = mixer.detect(*frames(chain, "transfers", "transactions"), [pot])
    assert set(found["address"]) == {ALICE, BOB}
    assert mixer.detect(*frames(chain, "transfers", "transactions"), [address("other")]).is_empty()


def test_to_and_fro(chain_of_blocks: Make) -> None:
    def rounds(count: int) -> pl.DataFrame:
        moves = [
            Transaction(ALICE, TOKEN).transfer(TOKEN, *pair, 77)
            for _ in range(count)
            for pair in ((ALICE, BOB), (BOB, ALICE))
        ]
        return wash_trading.detect(*frames(chain_of_blocks([Block(1, moves)]), "transfers", "transactions"))

    assert rounds(3).height == 1
    assert rounds(2).is_empty()


def test_every_threat_says_what_it_is_and_what_to_do() -> None:
    assert len({threat.id for threat in THREATS}) == len(THREATS)
    assert all(threat.what and threat.respond and threat.source for threat in THREATS)


def test_a_contract_that_approves_what_it_pays_at_once_is_no_victim(chain_of_blocks: Make) -> None:
    both = approve(ALICE, DRAIN).transfer(TOKEN, ALICE, BOB, 5)
    both.sender, both.target = THIEF, DRAIN
    assert phished(chain_of_blocks([Block(1, [both])])).is_empty()


@pytest.mark.shared_data
def test_nothing_in_the_shared_blocks(tmp_path: Path, shared_data: Path) -> None:
    """Fifteen blocks of ordinary trade: no approval abused, no pool emptied, nothing to and fro."""
    lab = init_lab(tmp_path / "lab")
    lab.call("chain.ingest", {"paths": [str(shared_data / "chain" / "blocks")]})
    assert lab.call("chain.threats", {}).summary["threats"] == {}


def test_threats_become_findings(tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    taking = Transaction(THIEF, DRAIN).transfer(TOKEN, ALICE, THIEF, 500)
    blocks = write(tmp_path / "blocks", [Block(1, [approve(ALICE, DRAIN), taking])])
    lab.call("chain.ingest", {"paths": [str(blocks)]})
    for _ in range(2):
        assert lab.call("chain.threats", {}).summary["threats"] == {"approval-phishing": 1}
    (finding,) = lab.sql("SELECT rule_id, severity, message FROM current_findings").to_dicts()
    assert finding["rule_id"] == "chain.threat.approval-phishing"
