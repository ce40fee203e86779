"""Finding and masking secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.formats.secrets import find_secrets, mask_secrets

# Written in two parts, so that no scanner takes this file for a leak.
PLANTED = [
    ("private key", "-----BEGIN RSA " + "PRIVATE KEY-----"),
    ("AWS access key", "id = AKIA" + "Q7WJX4M2KD8ZPL5T"),
    ("GitHub token", "ghp_" + "a1B2c3D4e5" * 4),
    ("GitLab token", "glpat-" + "a1B2c3D4e5F6g7H8i9J0"),
    ("Slack token", "xoxb-" + "123456789012-abcdefABCDEF"),
    ("Google API key", "AIza" + "Sy0123456789abcdefghijABCDEFGHIJ_-x"),
    ("Stripe key", "sk_live_" + "0123456789abcdefABCDEF"),
    ("JSON web token", "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NSJ9.abcdefghijklmnop"),
    ("password hash", "$6$" + "saltsalt$Zr1qXw8Kp9LmN3vB5tYh"),
    ("URL with password", "postgres://app:s3cr3t" + "word@db.example/x"),
    ("assigned secret", "db_password = 'h4rdT0Gue55" + "Now'"),  # scorpius: allow-secret
]


@pytest.mark.parametrize(("kind", "line"), PLANTED)
def test_each_kind_is_found_and_masked(kind, line):
    hits = list(find_secrets(line))
    assert kind in [hit.kind for hit in hits]
    for hit in hits:
        secret = line[hit.start : hit.end]
        assert secret not in hit.masked
        assert secret not in mask_secrets(line)


@pytest.mark.parametrize(
    "line",
    [
        "password = os.environ['PASSWORD']",
        "password: changeme1234",
        "secret = ml_kem.Keys512.new",
        "token_count = 123456789",
        '"/etc/passwd": "root:x:0:0::/root:/bin/sh"',
        "https://user@host.example/path",
        "the password policy of 2024 says much",
        "commit 0123456789abcdef0123456789abcdef01234567",
    ],
)
def test_what_is_no_secret_is_not_reported(line):
    assert list(find_secrets(line)) == []


def test_whole_key_blocks_go():
    block = "a\n-----BEGIN EC " + "PRIVATE KEY-----\nBODY\nBODY\n-----END EC " + "PRIVATE KEY-----\nb\n"
    assert mask_secrets(block) == "a\n<ec private key removed>\nb\n"
    assert "BODY" not in mask_secrets(block[: block.index("-----END")])


@given(st.text())
def test_masking_any_text_terminates_and_is_stable_where_there_is_nothing(text):
    masked = mask_secrets(text)
    if not any(list(find_secrets(line)) for line in text.splitlines()) and "assword" not in text.lower():
        assert masked == text or "<" in masked
