"""passwd, shadow, group and login.defs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.errors import FormatError
from scorpius_lab.formats.accounts import (
    hash_scheme,
    parse_group,
    parse_login_defs,
    parse_passwd,
    parse_shadow,
    redacted_shadow,
)


@pytest.mark.parametrize(
    ("field", "scheme"),
    [
        ("", "empty"),
        ("*", "locked"),
        ("!", "locked"),
        ("!!", "locked"),
        ("$y$j9T$salt$hash", "yescrypt"),
        ("!$6$salt$hash", "sha512crypt"),
        ("$2b$12$abcdefghijklmnopqrstuv", "bcrypt"),
        ("$1$salt$hash", "md5crypt"),
        ("rqXexS6ZhobKA", "descrypt"),
        ("hello", "unknown"),
    ],
)
def test_schemes(field, scheme):
    assert hash_scheme(field) == scheme


def test_shadow_knows_locked_from_open():
    entries = parse_shadow("a:$6$s$h:1:0:90:7:::\nb:!$6$s$h:1:0::7:::\nc::1:0:90:7:::\nd:*:1:0:90:7:::\n")
    assert [entry.has_password for entry in entries] == [True, False, False, False]
    assert [entry.maximum_days for entry in entries] == [90, None, 90, 90]
    assert "$6$" not in repr(entries)


def test_passwd_skips_comments_and_nis_lines_and_names_the_broken_line():
    assert [one.name for one in parse_passwd("# x\n+::::::\nann:x:1000:1000:Ann:/home/ann:\n")] == ["ann"]
    assert parse_passwd("ann:x:1:1::/:\n")[0].interactive
    with pytest.raises(FormatError, match=r"/etc/passwd:2 has 2 fields"):
        parse_passwd("root:x:0:0::/:/bin/sh\nbroken:x\n")
    with pytest.raises(FormatError, match=r"/etc/passwd:1 holds 'x'"):
        parse_passwd("root:x:x:0::/:/bin/sh\n")


def test_group_members():
    assert parse_group("sudo:x:27:ann,,bob\n")[0].members == ("ann", "bob")


def test_login_defs():
    assert parse_login_defs("# A 1\nUMASK\t027 # why\nPASS_MAX_DAYS 5\nPASS_MAX_DAYS 6\nEMPTY\n") == {
        "UMASK": "027",
        "PASS_MAX_DAYS": "6",
        "EMPTY": "",
    }


SECRET = st.text(st.characters(min_codepoint=48, max_codepoint=122, exclude_characters=":;<=>?@[\\]^_`"), min_size=12)


@given(SECRET, st.sampled_from(["", "!", "$6$", "$y$", "!$1$"]))
def test_a_redacted_shadow_never_holds_the_hash(secret, prefix):
    assert secret not in redacted_shadow(f"account:{prefix}{secret}:1:0:99999:7:::\n")
    assert secret not in redacted_shadow(f"{secret}\n")


def refusal(parse, text) -> str:
    try:
        parse(text)
    except FormatError as problem:
        return str(problem)
    return "/etc/ is fine"


@given(st.text())
def test_any_text_parses_or_is_a_format_error(text):
    for parse in (parse_passwd, parse_shadow, parse_group):
        assert "/etc/" in refusal(parse, text)
    parse_login_defs(text)
    redacted_shadow(text)
