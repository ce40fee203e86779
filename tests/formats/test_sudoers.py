"""sudoers: grants, tags, includes, continuations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.errors import FormatError
from scorpius_lab.formats.sudoers import parse_sudoers


def parsed(files):
    if isinstance(files, str):
        files = {"/etc/sudoers": files}

    def names(folder):
        return tuple(path.rpartition("/")[2] for path in files if path.rpartition("/")[0] == folder)

    return parse_sudoers(files.get, names)


def grants(text):
    return [(g.who, g.runas, g.commands, g.without_password) for g in parsed(text).grants]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("root ALL=(ALL:ALL) ALL", [("root", "ALL:ALL", "ALL", False)]),
        ("%wheel ALL=(ALL) NOPASSWD: ALL", [("%wheel", "ALL", "ALL", True)]),
        ("ann host=/bin/ls", [("ann", "root", "/bin/ls", False)]),
        ("ann ALL=NOPASSWD:SETENV: /bin/a, /bin/b", [("ann", "root", "/bin/a, /bin/b", True)]),
        (
            "ann ALL=(root) NOPASSWD: /bin/a, PASSWD: /bin/b",
            [("ann", "root", "/bin/a", True), ("ann", "root", "/bin/b", False)],
        ),
        ("#1000 ALL=ALL # why", [("#1000", "root", "ALL", False)]),
        ("ann ALL = \\\n  ALL\n", [("ann", "root", "ALL", False)]),
        ("Cmnd_Alias X = /bin/a\nUser_Alias U = ann\n# root ALL=ALL\n", []),
    ],
)
def test_grants(text, wanted):
    assert grants(text) == wanted


def test_includes_skip_what_sudo_skips():
    policy = parsed(
        {
            "/etc/sudoers": "@includedir sudoers.d\n#include /etc/more\n",
            "/etc/sudoers.d/good": "ann ALL=ALL\n",
            "/etc/sudoers.d/old.bak": "bob ALL=ALL\n",
            "/etc/sudoers.d/x~": "cyd ALL=ALL\n",
            "/etc/more": "dan ALL=ALL\n",
        }
    )
    assert [(g.who, g.place) for g in policy.grants] == [("ann", "/etc/sudoers.d/good:1"), ("dan", "/etc/more:1")]
    assert policy.grants[0].everything


def test_defaults_and_absence():
    assert parsed("Defaults !authenticate\n").defaults == ("Defaults !authenticate",)
    assert parse_sudoers(lambda _: None, lambda _: ()) is None


@pytest.mark.parametrize("text", ["nonsense\n", "= ALL\n", "@include /etc/sudoers\n"])
def test_nonsense_is_refused_with_its_place(text):
    with pytest.raises(FormatError, match="/etc/sudoers"):
        parsed(text)


@given(st.text())
def test_any_text_parses_or_is_a_format_error(text):
    try:
        parsed({"/etc/sudoers": text})
    except FormatError:
        return
