"""What counts as a secret in history, what is allowed, and how much it weighs."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from histories import key_lines, patch

from scorpius_lab.analytics.compliance.checks import git_secrets
from scorpius_lab.analytics.compliance.evaluation import evaluate
from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.verdict import Verdict

AWS = "AKIA" + "Q7WJX4M2KD8ZPL5T"
MARK = "  # scorpius: " + "allow-secret"


def verdict(log: str, **commands: str) -> Verdict:
    blobs = {
        "git -C /r " + " ".join(_harmless()) + f" cat-file blob HEAD:{path}": text for path, text in commands.items()
    }
    host = FakeHost(commands={"git": log, **blobs}, environment={"repository": "/r"})
    return evaluate(git_secrets.CHECK, host, repository="/r").verdict


def _harmless() -> tuple[str, ...]:
    from scorpius_lab.analytics.compliance.history import _HARMLESS

    return _HARMLESS


def test_a_plain_key_weighs_as_the_rule_and_no_finding_weighs_more() -> None:
    found = verdict(patch("k", *key_lines()) + "\n" + patch("a.py", f"id = {AWS}", "password = 'h4rdT0Gue55" + "Now'"))
    assert found.state == "fail"
    ranks = [(one.severity or git_secrets.RULE.severity).rank for one in found.offenders]
    assert len(ranks) == 3
    assert max(ranks) == git_secrets.RULE.severity.rank


def test_an_encrypted_key_is_low_and_never_a_full_fail() -> None:
    locked = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    found = verdict(patch("k.pem", *locked.decode().splitlines()))
    assert (found.state, [one.severity for one in found.offenders]) == ("partial", ["low"])


def test_a_header_without_a_key_is_no_secret() -> None:
    assert verdict(patch("t.py", 'assert "-----BEGIN PRIVATE KEY-----" in text')).state == "pass"


def test_a_marked_value_is_allowed_wherever_it_stands_and_is_counted() -> None:
    before, after = patch("old.py", f"id = {AWS}"), patch("t.py", f"id = {AWS}{MARK}")
    found = verdict(after + "\n" + before)
    assert (found.state, found.detail["allowed"]) == ("pass", 2)
    assert "2 places are marked as allowed" in found.reason


def test_a_mark_allows_no_other_value() -> None:
    found = verdict(patch("t.py", f"id = {AWS}{MARK}", "id = AKIA" + "ZZWJX4M2KD8ZPL5T"))
    assert (found.state, found.detail["allowed"]) == ("fail", 1)


def test_a_secret_that_only_history_holds_still_counts_and_is_called_so() -> None:
    gone, there = verdict(patch("a.py", f"id = {AWS}"), **{"a.py": "id = 1"}), verdict(patch("a.py", f"id = {AWS}"))
    assert gone.state == there.state == "fail"
    assert gone.offenders[0].detail["in_head"] is False
    assert "HEAD no longer has it" in gone.offenders[0].message
    assert "only in history" in gone.reason
    assert there.offenders[0].detail["in_head"] is True
