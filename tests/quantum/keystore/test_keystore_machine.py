"""Any order of operations on a key store, against a model that holds the keys in a dictionary."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from keystore_shop import DAY, Shop, passphrase

from scorpius_lab.errors import KeyNotUsable, KeysetRolledBack, KeyStoreError
from scorpius_lab.quantum import primitives
from scorpius_lab.quantum.keys import PrivateKey
from scorpius_lab.quantum.keystore import VersionState

NAMES = ["X-Wing", "ML-KEM-768", "P-384+ML-KEM-1024"]
PICK = st.integers(0, 10**6)


class KeyStoreMachine(RuleBasedStateMachine):
    """One keyset; the model is `keys` and `states` by number, the number of the primary, and the counter."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop(Path(tempfile.mkdtemp(prefix="keystore-machine-")))
        self.store = self.shop.open()
        self.secrets = 0
        self.keys: dict[int, PrivateKey] = {}
        self.states: dict[int, VersionState] = {}
        self.primary = self.counter = 0
        self.older: list[bytes] = []

    def teardown(self) -> None:
        shutil.rmtree(self.shop.home)

    def grown(self, *, primary: bool) -> None:
        number = len(self.keys) + 1
        self.keys[number] = self.store.private_key("files", number)
        self.states[number] = VersionState.ENABLED
        self.counter += 1
        if primary:
            self.primary = number

    def remember(self) -> None:
        self.older.append(self.shop.keyset_path().read_bytes())

    @initialize(name=st.sampled_from(NAMES))
    def generate(self, name: str) -> None:
        self.store.generate("files", name)
        self.grown(primary=True)

    @rule(name=st.none() | st.sampled_from(NAMES))
    def rotate(self, name: str | None) -> None:
        self.remember()
        self.store.rotate("files", name)
        self.grown(primary=True)

    @rule(days=st.integers(0, 2))
    def rotate_when_due(self, days: int) -> None:
        self.shop.clock.turn(days * DAY)
        self.remember()
        if self.store.rotate_due(DAY):
            assert days
            self.grown(primary=True)
        else:
            self.older.pop()

    @rule(primary=st.booleans(), name=st.sampled_from(NAMES))
    def take_in(self, primary: bool, name: str) -> None:
        pair = primitives.generate_keypair(name)
        self.remember()
        self.store.import_key("files", pair.private, primary=primary)
        self.grown(primary=primary)
        assert self.keys[len(self.keys)] == pair.private

    @rule(pick=PICK)
    def take_in_again(self, pick: int) -> None:
        number = pick % len(self.keys) + 1
        with pytest.raises(KeyStoreError, match=f"already as version {number} "):
            self.store.import_key("files", self.keys[number])

    @rule(pick=PICK, state=st.sampled_from(VersionState))
    def change_state(self, pick: int, state: VersionState) -> None:
        number = pick % len(self.keys) + 1
        before = self.states[number]
        change = {"enabled": self.store.enable, "disabled": self.store.disable, "destroyed": self.store.destroy}[state]
        if before is not state and before is VersionState.DESTROYED:
            with pytest.raises(KeyNotUsable):
                change("files", number)
            return
        if before is not state and number == self.primary:
            with pytest.raises(KeyStoreError, match="rotate it first"):
                change("files", number)
            return
        content = self.shop.keyset_path().read_bytes()
        change("files", number)
        if before is not state:
            self.older.append(content)
            self.counter += 1
            self.states[number] = state

    @rule()
    def change_passphrase(self) -> None:
        self.older.clear()  # they are under the passphrase before
        self.secrets += 1
        self.store.change_protection(passphrase(f"secret {self.secrets}"))
        self.counter += 1

    @rule()
    def open_again(self) -> None:
        secret = passphrase(f"secret {self.secrets}") if self.secrets else passphrase()
        self.store = self.shop.open(secret)

    @precondition(lambda self: self.older)
    @rule(pick=PICK)
    def put_an_older_keyset_back(self, pick: int) -> None:
        newest = self.shop.keyset_path().read_bytes()
        self.shop.keyset_path().write_bytes(self.older[pick % len(self.older)])
        with pytest.raises(KeysetRolledBack):
            self.store.private_keys("files")
        with pytest.raises(KeysetRolledBack):
            self.store.rotate("files")
        self.shop.keyset_path().write_bytes(newest)

    @rule(primary=st.booleans())
    def die_before_the_anchor(self, primary: bool) -> None:
        anchor = self.shop.anchor_path().read_bytes()
        self.take_in(primary, "X-Wing")
        self.shop.anchor_path().write_bytes(anchor)

    @rule()
    def lose_the_anchor(self) -> None:
        self.remember()
        self.shop.anchor_path().unlink()
        with pytest.raises(KeysetRolledBack):
            self.store.keyset("files")
        self.store.accept_restored("files")
        self.counter += 1

    @invariant()
    def model_and_store_agree(self) -> None:
        if not self.keys:
            return
        keyset = self.store.keyset("files")
        assert {version.number: version.state for version in keyset.versions} == self.states
        assert (keyset.primary, keyset.counter, keyset.last_number) == (self.primary, self.counter, len(self.keys))
        enabled = sorted((n for n, state in self.states.items() if state is VersionState.ENABLED), reverse=True)
        assert self.store.private_keys("files") == tuple(self.keys[number] for number in enabled)
        assert keyset.algorithm == keyset.version().algorithm
        assert [v.number for v in keyset.versions if v.activated_at and not v.rotated_at] == [self.primary]


def test_any_order_of_operations_agrees_with_the_model() -> None:
    run_state_machine_as_test(
        KeyStoreMachine,
        settings=settings(
            max_examples=10,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.full
def test_many_long_orders_of_operations_agree_with_the_model() -> None:
    run_state_machine_as_test(
        KeyStoreMachine,
        settings=settings(
            max_examples=80, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
