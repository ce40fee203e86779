"""Real blocks: what is expected is found to the wei, and everything else that is found is defended here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from scorpius_lab.security.chain.attacks import Attack, Kind
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.detection import detect

pytestmark = pytest.mark.shared_data

WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"

# Transaction -> profit in wei of WETH. All of them: the circle of pools closes, the profit stays with the contract that
# was called (or its caller), and less gas and tips little or nothing is left, as it is when searchers compete.
DEFENDED = {
    "0x20877270ec1a2cbeba08a3ba003a7566e540ae9a3b5ee8ddf7b3491ead02ba37": 75317031585685456,
    "0x46286f2b703b744414bf1cb4f52434b01f1c4a9c80fc2c779c5747c611329abb": 157125793357081168,
    "0xdcbcdde335d54f2387a04125652a27814498a72394c1d868cc12443c60006537": 28487455089243564,
    # call data with rubbish before an address, which the wrapped coin ignores
    "0xd02b3e5286e7f474e59ba7f71c921812ac2f1bfd469feaa803d5ee66b1c9aa56": 14424120549537711,
    "0x634487aebaae724e6ffd0aa1aaea351885ff3ca23194542e50e3cee689582008": 16828644791834028,
    "0xc3afc473279cbc80c6df8d218843c06038b3b326179e47eb37178d07c27dfbdd": 15226635895954875,
    "0xe14476142ab38ae9db44a27b27abc55c65b13d229c71bb753deebdc79d02f531": 18199228041787892,
    "0xfcd1aac3a3945f37a565b5ecb038b28beeec41805340a788d530cec3f6fbcc4f": 8448090722862364,
    "0x240c29e3dc29471cf2eb3ea0e69188b4b2d09a16932c88dc23f43712b19e4fca": 8146631400338085,
    "0x79fa828c222c3b21c002c7939d8cd613e7476c90bba26622da6790ed05d59ba2": 11580527537675369,
    "0x438fb9e5a9fa80524661a9f8292fe238cf74e6397717ef277bbccb8e8c337558": 12242406306195653,
    "0x29fca501f654200b2fbf861e92cf0e0687c3cc455d2f95eadd22f0a91800baaf": 14359519375201242,
}
# The upstream tests count these and give no amounts.
COUNTED = {
    "0x22540e530a33a8f4cf4fd69a468323df349bdb1b1cb0efe9da6e59470506e7a1": 9952775606184015146,
    "0xe3fac192c7deb1c145fc25ef024f24f1cc724a773e3e402a1fbe1b5c1656426a": 304971173245779342,
    "0x1db6c452124aca58e79ebc0e73f8c285109534951168f5557fcef2b56ff7b25a": 22137247799616742,
    "0x9ec86eb0a3a3ae31e013591fb807d9c4e8ff7b384ce0d2c422c5ea1228326b6e": 18231262442915460,
}
# One front, one victim, one back of one contract with one sender in transactions 0, 1 and 2; the traded token comes out
# at nought and WETH in excess of the gas.
SECOND_SANDWICH = (
    "0x745b1949a06d9f638ec6913757b1a6ec7f3b855660d8acbd604f6f5438c719a3",
    "0x453869fd0a4b6c2db5d8dfd642fb6767fe2ded828a2d1ee35935b592e9103b39",
    "0x3a4f74e341c745c349e2e1440e1afdb889456e7d66080dd44f4e635daa330d58",
    53541741002585803,
)


@pytest.fixture
def expected(shared_data: Path) -> dict[str, dict[str, object]]:
    return json.loads((shared_data / "chain" / "blocks" / "expected.json").read_text())["blocks"]


@pytest.fixture
def chain(shared_data: Path, read: Callable[[Iterable[Path]], list[Chain]]) -> Chain:
    (chain,) = read([shared_data / "chain" / "blocks"])
    return chain


@pytest.fixture
def attacks(chain: Chain) -> list[Attack]:
    return detect(chain)


def test_every_expected_liquidation_and_no_other(attacks: list[Attack], expected: dict[str, dict]) -> None:
    found = {
        (
            str(attack.block),
            attack.transactions[0],
            attack.actor,
            attack.borrower,
            attack.debt.token,
            str(attack.debt.amount),
            attack.collateral.token,
            str(attack.collateral.amount),
        )
        for attack in attacks
        if attack.kind is Kind.LIQUIDATION
    }
    wanted = {
        (
            number,
            item["transaction_hash"],
            item["liquidator_user"],
            item["liquidated_user"],
            item["debt_token_address"],
            item["debt_purchase_amount"],
            item["received_token_address"],
            item["received_amount"],
        )
        for number, block in expected.items()
        for item in block.get("liquidations", [])
    }
    assert len(wanted) == 13
    assert found == wanted


def test_expected_sandwich_to_the_wei(attacks: list[Attack], expected: dict[str, dict]) -> None:
    (wanted,) = expected["12775690"]["sandwiches"]
    (found,) = [a for a in attacks if a.kind is Kind.SANDWICH and a.block == 12775690]
    assert found.actor == wanted["sandwicher_address"]
    assert found.fronts == (wanted["frontrun_swap"]["transaction_hash"],)
    assert found.backs == (wanted["backrun_swap"]["transaction_hash"],)
    assert list(found.victims) == [swap["transaction_hash"] for swap in wanted["sandwiched_swaps"]]
    assert [h.as_dict() for h in found.profit] == [
        {"token": wanted["profit_token_address"], "amount": wanted["profit_amount"]}
    ]


def test_no_sandwich_that_is_not_defended(attacks: list[Attack]) -> None:
    (other,) = [a for a in attacks if a.kind is Kind.SANDWICH and a.block != 12775690]
    front, victim, back, profit = SECOND_SANDWICH
    assert (other.fronts, other.victims, other.backs) == ((front,), (victim,), (back,))
    assert [(h.token, h.amount) for h in other.profit] == [(WETH, profit)]
    assert other.net is not None
    assert other.net > 0


def test_expected_arbitrages_and_no_other_that_is_not_defended(
    attacks: list[Attack], expected: dict[str, dict]
) -> None:
    flows = {
        flow["transaction_hash"]: int(flow["ether_flows"][0]) - int(flow["ether_flows"][1])
        for block in expected.values()
        for flow in block.get("token_flows", [])
    }
    found = {
        attack.transactions[0]: next(h.amount for h in attack.profit if h.token == WETH)
        for attack in attacks
        if attack.kind is Kind.ARBITRAGE
    }
    assert found == {**flows, **COUNTED, **DEFENDED}


def test_arbitrages_of_a_block_are_counted_without_the_reverted_one(
    attacks: list[Attack], expected: dict[str, dict]
) -> None:
    block = expected["12483198"]
    found = {a.transactions[0] for a in attacks if a.kind is Kind.ARBITRAGE and a.block == 12483198}
    assert len(found) == block["arbitrage_count"] - len(block["reverted_arbitrage_transactions"])
    assert not found & set(block["reverted_arbitrage_transactions"])


def test_nothing_is_reported_for_transactions_that_failed(attacks: list[Attack], chain: Chain) -> None:
    failed = set(chain.transactions.filter(~chain.transactions["succeeded"])["transaction_hash"])
    assert failed
    assert not failed & {name for attack in attacks for name in (*attack.transactions, *attack.victims)}


def test_defended_arbitrages_pay_little_more_than_gas_and_tips(attacks: list[Attack]) -> None:
    nets = [a.net for a in attacks if a.kind is Kind.ARBITRAGE and a.net is not None]
    assert len(nets) == 9
    assert all(net > 0 for net in nets)


def test_swaps_agree_with_the_count_of_upstream(chain: Chain, expected: dict[str, dict]) -> None:
    here = chain.events["swaps"]
    assert here.filter(here["block_number"] == 12775690).height == expected["12775690"]["swap_count_from_traces"]


def test_ethereum_etl_block(shared_data: Path, read: Callable[[Iterable[Path]], list[Chain]]) -> None:
    folder = shared_data / "chain" / "etl" / "17173049"
    (chain,) = read(sorted(folder.glob("*.jsonl")))
    wanted = json.loads((folder / "expected.json").read_text())
    (found,) = detect(chain)
    (sandwich,) = wanted["sandwiches"]
    assert (found.fronts, found.backs) == ((sandwich["front"],), (sandwich["back"],))
    assert list(found.pools) == sandwich["pools"]
    assert len(found.victims) == sandwich["victims"]
    assert [h.as_dict() for h in found.profit] == sandwich["profit"]
    assert found.gas_cost is not None
    assert 0 < found.net < found.gas_cost // 1000


def test_tokens_of_every_swap_are_known(chain: Chain) -> None:
    swaps = chain.events["swaps"]
    assert swaps.height > 330
    assert not swaps.select("token_in", "token_out", "amount_in", "amount_out").null_count().sum_horizontal().item()
