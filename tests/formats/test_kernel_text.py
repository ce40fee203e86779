"""The kernel's own tables."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.errors import FormatError
from scorpius_lab.formats.kernel_text import decode_address, parse_mounts, parse_sockets, parse_sysctl

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


@pytest.mark.parametrize(
    ("digits", "address"),
    [
        ("0100007F", "127.0.0.1"),
        ("00000000", "0.0.0.0"),  # noqa: S104
        ("0" * 24 + "01000000", "::1"),
        ("0000000000000000FFFF00000100007F", "::ffff:127.0.0.1"),
    ],
)
def test_addresses(digits, address):
    assert ipaddress.ip_address(decode_address(digits)) == ipaddress.ip_address(address)


@given(st.ip_addresses())
def test_addresses_come_back(address):
    words = [address.packed[i : i + 4][::-1] for i in range(0, len(address.packed), 4)]
    assert ipaddress.ip_address(decode_address(b"".join(words).hex().upper())) == address


def test_only_listening_sockets_count_and_loopback_is_not_reachable():
    rows = [
        "   0: 0100007F:1538 00000000:0000 0A 0:0 0:0 0 105 0 1 1",
        "   1: 00000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 2 1",
        "   2: 0100007F:0016 0100007F:9000 01 0:0 0:0 0 0 0 3 1",
    ]
    found = parse_sockets(HEADER + "\n".join(rows) + "\n", "tcp")
    assert [(s.port, s.uid, s.reachable) for s in found] == [(5432, 105, False), (22, 0, True)]
    mapped = "   0: 0000000000000000FFFF00000100007F:0050 0:0 0A 0:0 0:0 0 0 0 1 1\n"
    assert not parse_sockets(HEADER + mapped, "tcp6")[0].reachable


def test_mounts_unescape_and_keep_order():
    table = parse_mounts("/dev/sda1 / ext4 rw,relatime 0 0\n/dev/sdb1 /media/my\\040stick vfat rw 0 0\n")
    assert [(m.target, sorted(m.options)) for m in table] == [("/", ["relatime", "rw"]), ("/media/my stick", ["rw"])]


def test_sysctl():
    assert parse_sysctl("# a=1\n;b=2\nnet/ipv4/x = 1\n-c.d=2\nnonsense\n") == {"net.ipv4.x": "1", "c.d": "2"}


def refusal(parse, text) -> str:
    try:
        parse(text)
    except FormatError as problem:
        return str(problem)
    return "/proc/ is fine"


@given(st.text(), st.text())
def test_any_text_parses_or_is_a_format_error(first, second):
    text = f"{first}\n{second}"
    assert "/proc/" in refusal(parse_mounts, text)
    assert "/proc/" in refusal(lambda sockets: parse_sockets(HEADER + sockets, "tcp"), text)
    assert "/proc/" in refusal(lambda sockets: parse_sockets(sockets, "udp"), text)
    parse_sysctl(first)
