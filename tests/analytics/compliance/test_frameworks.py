"""Requirements as data: counts as published, ids that exist, own words where a check speaks."""

import csv

import pytest

from scorpius_lab.analytics.compliance.checks import CHECKS
from scorpius_lab.analytics.compliance.frameworks import FRAMEWORKS, all_frameworks, expand, load_framework, requirement
from scorpius_lab.errors import UsageError

PUBLISHED = {
    "soc2": ("soc2_tsc_2017.csv", ("criterion",), 61),
    "iso27001": ("iso27001_2022.csv", ("annex_a_control", "clause"), 123),
    "pci_dss": ("pci_dss_4.0.1.csv", ("item", "sub_item"), 250),
    "hipaa": ("hipaa_security_rule.csv", ("standard", "implementation_specification"), 63),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_counts(name):
    assert len(load_framework(name).counted) == PUBLISHED[name][2]


@pytest.mark.shared_data
@pytest.mark.parametrize("name", PUBLISHED)
def test_ids_equal_the_published_ones(name, shared_data):
    file, kinds, _ = PUBLISHED[name]
    with (shared_data / "compliance" / "frameworks" / file).open() as lines:
        published = {row["id"] for row in csv.DictReader(lines) if row["kind"] in kinds}
    assert {one.id for one in load_framework(name).counted} == published


@pytest.mark.shared_data
def test_gdpr_lists_all_articles(shared_data):
    with (shared_data / "compliance" / "frameworks" / "gdpr_articles.csv").open() as lines:
        published = {row["id"].removeprefix("Article ") for row in csv.DictReader(lines) if row["kind"] == "article"}
    assert {one.id for one in load_framework("gdpr").requirements} == published


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.rule.id)
def test_every_check_names_known_requirements_of_all_five(check):
    found = [requirement(key) for key in check.rule.requirements]
    assert {one.framework for one in found} == set(FRAMEWORKS)
    assert all(one.title and one.counted for one in found)
    assert len({one.key for one in found}) == len(found)


def test_runs_of_numbers():
    assert list(expand("A.8.1-3 8.2 P1.1 9.5.1.2.1")) == ["A.8.1", "A.8.2", "A.8.3", "8.2", "P1.1", "9.5.1.2.1"]
    assert list(expand("5-6 164.308(a)(2)")) == ["5", "6", "164.308(a)(2)"]


def test_unknown_names_are_refused():
    with pytest.raises(UsageError, match="there is no framework"):
        load_framework("../soc2")
    with pytest.raises(UsageError, match="has no requirement"):
        requirement("soc2:CC6.9")


def test_titles_are_short_and_differ():
    for framework in all_frameworks():
        titles = [one.title for one in framework.requirements if one.title]
        assert max(map(len, titles)) < 80
