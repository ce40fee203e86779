"""Words that fit the number, and what checks leave out on purpose."""

import pytest

from scorpius_lab.analytics.compliance.checks import account_home_modes, audit_journal, file_world_writable
from scorpius_lab.analytics.compliance.evaluation import evaluate
from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import all_of, counted

HOME = FakeFile(mode=0o755, uid=7, kind="folder")


@pytest.mark.parametrize(
    ("number", "count", "all_words"), [(1, "1 file", "The only file is"), (3, "3 files", "All 3 files are")]
)
def test_words_fit_the_number(number: int, count: str, all_words: str) -> None:
    assert (counted(number, "file"), all_of(number, "file")) == (count, all_words)


@pytest.mark.parametrize(("defs", "uid", "state"), [("", 999, "not_applicable"), ("", 1000, "fail"),
                                                    ("UID_MIN 500\n", 600, "fail"), ("", 0, "fail")])  # fmt: skip
def test_folders_of_system_accounts_are_no_homes(defs: str, uid: int, state: str) -> None:
    files = {"/etc/passwd": f"sys:x:{uid}:7::/var/sys:/bin/sh\n", "/etc/login.defs": defs, "/var/sys": HOME}
    assert evaluate(account_home_modes.CHECK, FakeHost(files)).verdict.state == state


@pytest.mark.parametrize(("path", "uid", "state"), [("/tmp/a", 1000, "pass"), ("/tmp/a", 0, "fail"),
                                                    ("/srv/a", 1000, "fail")])  # fmt: skip
def test_what_users_keep_open_in_a_sticky_folder_is_theirs(path: str, uid: int, state: str) -> None:
    files = {"/tmp": FakeFile(mode=0o1777, kind="folder"), path: FakeFile(mode=0o666, uid=uid)}
    assert evaluate(file_world_writable.CHECK, FakeHost(files)).verdict.state == state


def test_the_remedy_fits_a_host_without_a_collector() -> None:
    found = evaluate(audit_journal.CHECK, FakeHost({"/proc/1/comm": "bash\n"})).verdict
    assert (found.state, "install or enable one" in audit_journal.RULE.remedy) == ("fail", True)
