"""What the quantum engine hands to the lab: its keys judged and rotated, and QKD links simulated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scorpius_lab.core.components import Component, EngineFunction, NoParameters, Recorder
from scorpius_lab.core.observations import Observation, State
from scorpius_lab.core.rules import Rule
from scorpius_lab.core.runs import Scope
from scorpius_lab.errors import KeyStoreError
from scorpius_lab.quantum.key_rules import RULES, finding_of, judge, keyset_asset
from scorpius_lab.quantum.qkd.summary import SimulateParameters, session_parameters, summary

KEYSET_FOLDER = "quantum"


def check_keys(recorder: Recorder, _: NoParameters) -> Mapping[str, object]:
    """Judge every keyset of the lab; findings for what fails, and for what no longer does they are closed.

    A store that cannot be opened is *error*, a lab without keysets *not applicable*.
    """
    from scorpius_lab.quantum.keystore import KeyStore, protection_from_environment
    from scorpius_lab.quantum.workbench import policy_of_settings

    settings = recorder.configuration.quantum_config
    folder = keyset_folder(recorder)
    if not folder.is_dir():
        return _store(recorder, [_nothing(rule, State.NOT_APPLICABLE, "the lab has no keyset") for rule in RULES])
    try:
        store = KeyStore(folder, protection_from_environment(), clock=recorder.now, audit=recorder.audit)
        keysets = [store.keyset(purpose) for purpose in store.purposes()]
    except KeyStoreError as error:
        return _store(recorder, [_nothing(rule, State.ERROR, str(error)) for rule in RULES])
    policy, now = policy_of_settings(settings), recorder.now()
    seen = [one for keyset in keysets for one in judge(keyset, policy, settings.key_rotation_interval, now)]
    return _store(recorder, seen)


def rotate_keys(recorder: Recorder, _: NoParameters) -> Mapping[str, object]:
    """Rotate every keyset whose primary is older than the configured interval, then judge them all.

    Raises KeyStoreError if the store cannot be opened or a rotation failed; the others are rotated all the same.
    """
    from scorpius_lab.quantum.keystore import KeyStore, protection_from_environment
    from scorpius_lab.quantum.workbench import policy_of_settings

    settings = recorder.configuration.quantum_config
    folder = keyset_folder(recorder)
    rotated: tuple[str, ...] = ()
    if folder.is_dir():
        store = KeyStore(
            folder,
            protection_from_environment(),
            clock=recorder.now,
            audit=recorder.audit,
            policy=policy_of_settings(settings),
        )
        rotated = tuple(keyset.purpose for keyset in store.rotate_due(settings.key_rotation_interval))
    return {**check_keys(recorder, NoParameters()), "rotated": list(rotated)}


def simulate_qkd(recorder: Recorder, parameters: SimulateParameters) -> Mapping[str, object]:
    """One BB84 session over a simulated link, down to the length of the key. Raises SimulationError."""
    from scorpius_lab.quantum.qkd.session import simulate, simulate_counts

    session = session_parameters(parameters)
    if parameters.counts_only:
        return summary(simulate_counts(session, parameters.seed))

    def tell(sent: int) -> None:
        recorder.context.check("the simulation")
        recorder.context.progress(sent, parameters.pulses, "sending pulses")

    return summary(simulate(session, parameters.seed, progress=tell))


def keyset_folder(recorder: Recorder) -> Path:
    """Where the lab's keysets lie."""
    return recorder.lab_folder / Path(recorder.configuration.store.keys) / KEYSET_FOLDER


def _nothing(rule: Rule, state: State, reason: str) -> Observation:
    return Observation(rule, keyset_asset("(the lab's key store)"), state, reason)


def _store(recorder: Recorder, seen: list[Observation]) -> Mapping[str, object]:
    judged = [one for one in seen if one.state.judged]
    failed = [one for one in seen if one.state is State.FAIL]
    recorder.add_observations(seen)
    recorder.add_findings([finding_of(one) for one in failed])
    recorder.set_scope(Scope(tuple(rule.id for rule in RULES), tuple({one.asset.id for one in judged})))
    return {"observations": len(seen), "judged": len(judged), "failed": len(failed)}


COMPONENT = Component(
    name="quantum",
    functions=(
        EngineFunction(
            name="quantum.check_keys",
            version="1",
            summary="Judge the age and the algorithm of the lab's own keys",
            call=check_keys,
            observes_world=True,
        ),
        EngineFunction(
            name="quantum.rotate_keys",
            version="1",
            summary="Rotate the keys that are older than the configured interval, and judge them all",
            call=rotate_keys,
            observes_world=True,
        ),
        EngineFunction(
            name="quantum.simulate_qkd",
            version="1",
            summary="Simulate a BB84 session over a link with loss, noise and an eavesdropper",
            call=simulate_qkd,
            parameters=SimulateParameters,
        ),
    ),
    rules=lambda: RULES,
)
