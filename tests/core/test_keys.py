"""Key files: what is on disk, who may read it, and what a wrong passphrase or a damaged file says."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab.core import keys
from scorpius_lab.core.signing import SigningIdentity
from scorpius_lab.core.wrapping import (
    ScryptCost,
    WrappedKey,
    key_from_hex,
    unwrap_key,
    unwrap_with_passphrase,
    wrap_key,
    wrap_with_passphrase,
)
from scorpius_lab.errors import KeyStoreError

CHEAP = ScryptCost(n=2**4, r=1, p=1)
SECRET = "correct horse"
STORE_KEY = "5f" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def create(folder: Path, answers) -> None:
    answers.put(keys.load_or_create_signing_identity(folder).signer.id)


def test_an_identity_is_made_once_and_kept_private(folder: Path) -> None:
    first = keys.load_or_create_signing_identity(folder)
    again = keys.load_or_create_signing_identity(folder)
    assert first.signer == again.signer == keys.load_signer(folder)
    assert mode(folder) == 0o700
    assert {mode(p) for p in folder.iterdir()} == {0o600}
    assert sorted(p.name for p in folder.iterdir()) == ["signing.pem", "signing.pub.pem"]


def test_processes_that_start_together_get_one_identity(folder: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    answers = spawn.Queue()
    processes = [spawn.Process(target=create, args=(folder, answers)) for _ in range(4)]
    for process in processes:
        process.start()
    ids = {answers.get(timeout=60) for _ in processes}
    for process in processes:
        process.join()
    assert len(ids) == 1


def test_a_passphrase_encrypts_the_file_and_is_needed_again(folder: Path) -> None:
    first = keys.load_or_create_signing_identity(folder, lambda: SECRET)
    text = (folder / "signing.pem").read_text()
    assert text.count("-----BEGIN ENCRYPTED PRIVATE KEY-----") == 2
    assert (
        keys.load_or_create_signing_identity(folder, environ={"SCORPIUS_KEY_PASSPHRASE": SECRET}).signer == first.signer
    )
    for wrong in ("wrong guess", None):
        with pytest.raises(KeyStoreError) as raised:
            keys.load_or_create_signing_identity(folder, wrong, environ={})
        assert "wrong guess" not in str(raised.value)
        assert SECRET not in str(raised.value)


def test_stock_openssl_opens_the_encrypted_file(folder: Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs the openssl program")
    keys.load_or_create_signing_identity(folder, SECRET)
    command = [program, "pkey", "-in", str(folder / "signing.pem"), "-noout", "-passin"]
    assert subprocess.run([*command, f"pass:{SECRET}"], capture_output=True, check=False).returncode == 0
    assert subprocess.run([*command, "pass:wrong"], capture_output=True, check=False).returncode != 0


def test_describe_says_how_each_key_is_protected(folder: Path) -> None:
    assert keys.describe(folder) == ()
    identity = keys.load_or_create_signing_identity(folder)
    keys.load_or_create_data_key(folder, environ={"SCORPIUS_STORE_KEY": STORE_KEY})
    signing, data = keys.describe(folder)
    assert signing.identifier == identity.signer.id
    assert "not encrypted" in signing.protection
    assert "SCORPIUS_STORE_KEY" in data.protection
    assert signing.mode == data.mode == "0600"
    encrypted = folder.parent / "encrypted"
    keys.load_or_create_signing_identity(encrypted, SECRET)
    assert keys.describe(encrypted)[0].protection == "encrypted with a passphrase"


@pytest.mark.parametrize("bits", [0o644, 0o640, 0o606, 0o620])
def test_a_key_file_open_to_others_is_refused(folder: Path, bits: int) -> None:
    keys.load_or_create_signing_identity(folder)
    (folder / "signing.pem").chmod(bits)
    with pytest.raises(KeyStoreError, match="chmod 600"):
        keys.load_or_create_signing_identity(folder)


def test_a_key_folder_open_to_others_or_linked_is_refused(folder: Path) -> None:
    keys.load_or_create_signing_identity(folder)
    folder.chmod(0o755)
    with pytest.raises(KeyStoreError, match="chmod 700"):
        keys.load_or_create_signing_identity(folder)
    folder.chmod(0o700)
    link = folder.parent / "link"
    link.symlink_to(folder)
    with pytest.raises(KeyStoreError, match="symbolic link"):
        keys.load_or_create_signing_identity(link)


def test_a_linked_missing_or_special_key_file_is_refused(folder: Path) -> None:
    keys.load_or_create_signing_identity(folder)
    (folder / "signing.pem").rename(folder / "real.pem")
    with pytest.raises(KeyStoreError, match="does not exist"):
        SigningIdentity.load(folder / "signing.pem")
    (folder / "signing.pem").symlink_to("real.pem")
    with pytest.raises(KeyStoreError, match="cannot be opened"):
        keys.load_or_create_signing_identity(folder)
    (folder / "signing.pem").unlink()
    (folder / "signing.pem").mkdir()
    with pytest.raises(KeyStoreError):
        keys.load_or_create_signing_identity(folder)


def test_saving_never_overwrites_a_key(folder: Path) -> None:
    identity = SigningIdentity.generate()
    identity.save(folder / "mine.pem", SECRET)
    assert SigningIdentity.load(folder / "mine.pem", SECRET).signer == identity.signer
    with pytest.raises(KeyStoreError, match="never overwritten"):
        SigningIdentity.generate().save(folder / "mine.pem")
    assert SigningIdentity.load(folder / "mine.pem", SECRET).signer == identity.signer


def test_a_key_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyStoreError, match="cannot be made"):
        keys.load_or_create_signing_identity(tmp_path / "file" / "keys")


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_key_file_is_a_clear_error(tmp_path_factory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("damaged") / "keys"
    keys.write_signing_identity(SigningIdentity.from_seeds(bytes(32), bytes(32)), folder / "signing.pem", None)
    path = folder / "signing.pem"
    content = path.read_bytes()
    cut = data.draw(st.integers(0, len(content) - 1))
    damaged = data.draw(st.sampled_from([content[:cut], content[:cut] + b"\xff" + content[cut + 1 :], b"\0" * cut]))
    keys.write_private_file(path, damaged)
    with pytest.raises(KeyStoreError) as raised:
        keys.load_or_create_signing_identity(folder)
    assert content.split(b"\n")[1].decode() not in str(raised.value)


# -- wrapping and the data key


@given(key=st.binary(min_size=16, max_size=64), kek=st.binary(min_size=32, max_size=32))
@settings(max_examples=50, deadline=None)
def test_a_wrapped_key_comes_back(key: bytes, kek: bytes) -> None:
    wrapped = WrappedKey.from_json(wrap_key(key, kek, purpose="test").to_json().encode(), "file")
    assert unwrap_key(wrapped, kek, purpose="test") == key
    with pytest.raises(KeyStoreError, match="asked for as"):
        unwrap_key(wrapped, kek, purpose="another")
    with pytest.raises(KeyStoreError, match="wrong"):
        unwrap_key(wrapped, bytes(32) if kek != bytes(32) else b"\1" * 32, purpose="test")


@pytest.mark.parametrize("field", ["key_id", "nonce", "ciphertext", "salt", "n", "purpose"])
def test_every_field_of_a_wrapped_key_is_authenticated(field: str) -> None:
    wrapped = wrap_with_passphrase(b"k" * 32, SECRET, purpose="test", cost=CHEAP)
    value = json.loads(wrapped.to_json())
    place = value["scrypt"] if field in value["scrypt"] else value
    if field == "n":
        place["n"] = 32
    elif field == "purpose":
        place["purpose"] = "tesT"
    else:
        place[field] = ("00" if place[field][:2] != "00" else "01") + place[field][2:]
    changed = WrappedKey.from_json(json.dumps(value).encode(), "file")
    with pytest.raises(KeyStoreError):
        unwrap_with_passphrase(changed, SECRET, purpose=value["purpose"])


def test_wrapped_with_a_passphrase_needs_that_passphrase() -> None:
    wrapped = wrap_with_passphrase(b"k" * 32, SECRET, purpose="test", cost=CHEAP)
    assert unwrap_with_passphrase(wrapped, SECRET, purpose="test") == b"k" * 32
    with pytest.raises(KeyStoreError) as raised:
        unwrap_with_passphrase(wrapped, "guess", purpose="test")
    assert "guess" not in str(raised.value)
    with pytest.raises(KeyStoreError, match="empty"):
        wrap_with_passphrase(b"k" * 32, "", purpose="test", cost=CHEAP)
    with pytest.raises(KeyStoreError, match="not protected by a passphrase"):
        unwrap_with_passphrase(wrap_key(b"k" * 32, bytes(32), purpose="test"), SECRET, purpose="test")


@given(st.one_of(st.binary(max_size=200), st.text(max_size=50).map(str.encode)))
@settings(max_examples=50)
def test_garbage_is_not_a_wrapped_key(content: bytes) -> None:
    with pytest.raises(KeyStoreError, match="store-key"):
        WrappedKey.from_json(content, "store-key.json")


def test_a_wrapped_key_cannot_ask_for_all_memory() -> None:
    value = json.loads(wrap_with_passphrase(b"k" * 32, SECRET, purpose="test", cost=CHEAP).to_json())
    value["scrypt"]["n"] = 2**40
    with pytest.raises(KeyStoreError, match="damaged"):
        WrappedKey.from_json(json.dumps(value).encode(), "file")
    value["scrypt"]["n"] = 1000  # not a power of two
    with pytest.raises(KeyStoreError, match="not possible"):
        unwrap_with_passphrase(WrappedKey.from_json(json.dumps(value).encode(), "file"), SECRET, purpose="test")


@pytest.mark.parametrize("text", ["", "5f", "zz" * 32, "5f" * 33])
def test_a_store_key_of_another_form_is_refused_without_echo(text: str) -> None:
    with pytest.raises(KeyStoreError, match="64 hex digits") as raised:
        key_from_hex(text, "SCORPIUS_STORE_KEY")
    assert not text or text not in str(raised.value).removeprefix("SCORPIUS_STORE_KEY")


@pytest.mark.parametrize("environ", [{"SCORPIUS_STORE_KEY": STORE_KEY}, {"SCORPIUS_KEY_PASSPHRASE": SECRET}])
def test_the_data_key_is_made_once_and_not_kept_in_the_clear(folder: Path, environ: dict[str, str]) -> None:
    key = keys.load_or_create_data_key(folder, environ=environ, cost=CHEAP)
    assert len(key) == 32
    assert keys.load_or_create_data_key(folder, environ=environ) == key
    assert key.hex() not in (folder / "store-key.json").read_text()
    assert mode(folder / "store-key.json") == 0o600


def test_without_the_right_key_the_data_key_stays_closed(folder: Path) -> None:
    with pytest.raises(KeyStoreError, match="SCORPIUS_STORE_KEY to 64 hex digits"):
        keys.load_or_create_data_key(folder, environ={})
    keys.load_or_create_data_key(folder, environ={"SCORPIUS_STORE_KEY": STORE_KEY})
    wrong = "aa" * 32
    with pytest.raises(KeyStoreError) as raised:
        keys.load_or_create_data_key(folder, environ={"SCORPIUS_STORE_KEY": wrong})
    assert wrong not in str(raised.value)
    with pytest.raises(KeyStoreError, match="needs the key in SCORPIUS_STORE_KEY"):
        keys.load_or_create_data_key(folder, environ={"SCORPIUS_KEY_PASSPHRASE": SECRET})


def test_the_data_key_moves_to_another_protection_unchanged(folder: Path) -> None:
    old, new = {"SCORPIUS_STORE_KEY": STORE_KEY}, {"SCORPIUS_KEY_PASSPHRASE": SECRET}
    key = keys.load_or_create_data_key(folder, environ=old)
    keys.rewrap_data_key(folder, environ=old, new_environ=new, cost=CHEAP)
    assert keys.load_or_create_data_key(folder, environ=new) == key
    with pytest.raises(KeyStoreError):
        keys.load_or_create_data_key(folder, environ=old)
