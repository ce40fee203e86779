"""Lists of known addresses."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from scorpius_lab.errors import FormatError
from scorpius_lab.security.chain.exposure import read_labels
from tests.security.chain.ledger import address


def test_csv_plain_text_and_gzip(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"address,list,as_of\n{address('a').upper().replace('0X', '0x')},SDN,2024-09-27\n")
    (tmp_path / "b.txt").write_text(f"{address('b')}\n# a comment\n{address('c')}\n")
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(f"banned_address,wallet_tag\n{address('d')},Scam 1\n".encode()))
    labels = read_labels(sorted(tmp_path.iterdir()), as_of="2025-01-01")
    assert labels.addresses == [address(name) for name in "abcd"]
    assert labels.frame["as_of"].to_list() == ["2024-09-27", "2025-01-01", "2025-01-01", "2025-01-01"]
    assert labels.frame["label"].to_list()[-1] == "Scam 1"


def test_what_is_no_address_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"address\n{address('a')}\n0x12\n")
    labels = read_labels([tmp_path / "a.csv"])
    assert len(labels.addresses) == 1
    assert "no address" in labels.rejected[0].reason


@pytest.mark.parametrize("content", [b"", b"name,age\nx,1\n", b"\x1f\x8b broken", b'a\rb\x00,\r\n"', bytes(range(256))])
def test_files_without_an_address(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.csv") as raised:
        read_labels([tmp_path / "a.csv"])
    assert raised.value.exit_code == 2


@pytest.mark.shared_data
def test_public_lists(shared_data: Path) -> None:
    folder = shared_data / "chain" / "labels"
    ofac = read_labels([folder / "ofac_eth_addresses.csv"])
    assert ofac.frame.height == 152
    assert set(ofac.frame["as_of"]) == {"2024-09-27"}
    forta = read_labels(sorted(folder.glob("forta_*")))
    assert forta.frame.height > 14_000
