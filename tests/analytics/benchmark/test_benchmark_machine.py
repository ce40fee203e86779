"""Facts about the machine, from files that may be missing or odd."""

from __future__ import annotations

from pathlib import Path

from scorpius_lab.analytics.benchmark.machine import Load, host, load, processor, versions


def test_the_processor_is_read_from_cpuinfo() -> None:
    assert processor(["processor\t: 0", "model name\t: AMD EPYC 7763", "model name\t: other"]) == "AMD EPYC 7763"


def test_without_cpuinfo_the_platform_answers() -> None:
    assert processor([])
    assert host(Path("/nonexistent")).attributes["processor"]


def test_busy_means_more_work_than_cores() -> None:
    assert Load(2.1, 2).busy
    assert not Load(2.0, 2).busy
    assert not Load(None, 2).busy
    assert load().cores >= 1


def test_a_package_that_is_not_there_is_said_so() -> None:
    found = versions(["cryptography", "no-such-package-anywhere"])
    assert found["cryptography"][0].isdigit()
    assert found["no-such-package-anywhere"] == "not installed"
