"""sshd_config: first value wins, Include in place, Match apart."""

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.errors import FormatError
from scorpius_lab.formats.sshd_config import parse_sshd_config, split_line

MAIN = "/etc/ssh/sshd_config"


def parsed(files):
    if isinstance(files, str):
        files = {MAIN: files}

    def names(folder):
        return tuple(path[len(folder) + 1 :] for path in files if fnmatch.fnmatch(path, f"{folder}/*"))

    return parse_sshd_config(files.get, names)


@pytest.mark.parametrize(
    ("line", "pair"),
    [
        ("Port 22", ("port", "22")),
        ("  PermitRootLogin=no", ("permitrootlogin", "no")),
        ("Banner = /etc/issue", ("banner", "/etc/issue")),
        ('Banner "/a b"', ("banner", "/a b")),
        ("Port\t22 # why", ("port", "22")),
        ("# Port 22", ("", "")),
        ("", ("", "")),
    ],
)
def test_lines(line, pair):
    assert split_line(line) == pair


def test_the_first_value_wins():
    assert parsed("PermitRootLogin no\npermitrootlogin yes\n").value("PermitRootLogin", "x") == "no"
    assert parsed("").value("PermitRootLogin", "prohibit-password") == "prohibit-password"
    assert parse_sshd_config(lambda _: None, lambda _: ()) is None


def test_an_include_counts_where_it_stands():
    drop_ins = {
        "/etc/ssh/sshd_config.d/20-b.conf": "PermitRootLogin yes\n",
        "/etc/ssh/sshd_config.d/10-a.conf": "PermitRootLogin no\n",
        "/etc/ssh/sshd_config.d/ignored.txt": "PermitRootLogin maybe\n",
    }
    first = parsed({MAIN: "Include sshd_config.d/*.conf\nPermitRootLogin forced-commands-only\n", **drop_ins})
    last = parsed({MAIN: "PermitRootLogin forced-commands-only\nInclude /etc/ssh/sshd_config.d/*.conf\n", **drop_ins})
    assert first.value("PermitRootLogin", "") == "no"
    assert first.settings["permitrootlogin"].place == "/etc/ssh/sshd_config.d/10-a.conf:1"
    assert last.value("PermitRootLogin", "") == "forced-commands-only"


def test_match_blocks_stand_apart_and_end_with_their_file():
    config = parsed(
        {
            MAIN: "Include /etc/ssh/a.conf\nX11Forwarding no\nMatch User ann\n X11Forwarding yes\nMatch all\nBanner none\n",
            "/etc/ssh/a.conf": "Match Group admins\n PermitRootLogin yes\n",
        }
    )
    assert config.values("X11Forwarding", "no") == (("no", f"{MAIN}:2"), ("yes", f"{MAIN}:4 (Match User ann)"))
    assert config.values("PermitRootLogin", "no")[1][0] == "yes"
    assert config.value("Banner", "") == "none"


def test_repeated_keywords_are_all_kept():
    config = parsed("Port 22\nPort 2222\n")
    assert [one.value for one in config.repeated["port"]] == ["22", "2222"]


@pytest.mark.parametrize("text", ["Match\n", "PermitRootLogin\n", f"Include {MAIN}\n"])
def test_what_sshd_would_refuse_is_refused_with_its_place(text):
    with pytest.raises(FormatError, match="/etc/ssh/sshd_config"):
        parsed(text)


@given(st.text())
def test_any_text_parses_or_is_a_format_error(text):
    try:
        parsed({MAIN: text})
    except FormatError:
        return
