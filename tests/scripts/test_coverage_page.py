"""What looks like a switch of security is proposed, and what nothing answers is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import coverage_page
from coverage_page import Answer, Proposal

from iacreview.engine.load import load_catalog, load_rules
from iacreview.suppress.names import aliases_of


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("Logging.AccessLogs", "logs"),
        ("encryption_at_rest", "at rest"),
        ("EncryptionConfiguration.KmsKeyArn", "key"),
        ("viewer_protocol_policy", "in transit"),
        ("PubliclyAccessible", "exposed"),
        ("MasterUserPassword", "secret"),
        ("AutoMinorVersionUpgrade", "updates"),
        ("LogGroupName", None),
        ("TransitGatewayId", None),
        ("DialogAction", None),
    ],
)
def test_proposals(path: str, category: str | None) -> None:
    found = {each.category for each in coverage_page.proposals({"AWS::New::Type": [path]})}
    assert found == ({category} if category else set())


def test_nothing_inside_a_proposal_is_one() -> None:
    found = coverage_page.proposals({"aws_new_type": ["logging", "logging.logs", "other.logs"]})
    assert [each.path for each in found if each.category == "logs"] == ["logging", "other.logs"]


def test_a_new_type_is_unanswered_until_there_is_a_rule_or_an_answer() -> None:
    known = coverage_page.judged(load_catalog(), load_rules())
    new = Proposal("logs", "AWS::New::Type", "Logging")
    ruled = Proposal("logs", "AWS::MSK::Cluster", "LoggingInfo")
    inside = Proposal("at rest", "aws_db_instance", "storage_encrypted")
    assert coverage_page.unanswered([new, ruled, inside], known, {}) == [new]
    assert not coverage_page.unanswered([new], known, {new: Answer("none", "it has none")})


def test_what_a_rule_asks_needs_no_answer() -> None:
    known = coverage_page.judged(load_catalog(), load_rules())
    ruled, new = Proposal("at rest", "aws_db_instance", "storage_encrypted"), Proposal("logs", "AWS::New::Type", "Log")
    assert coverage_page.needless(known, [ruled, new]) == [(ruled, "ENC001 SEC006")]
    assert not coverage_page.needless(known, coverage_page.answers())


def test_checks_of_other_tools_have_a_row_or_a_line() -> None:
    lines = {id for group in coverage_page.read("checks") for id in group["ids"]}
    known, rows = coverage_page.known_peers(), coverage_page.covered(load_rules())
    assert known <= lines | rows
    assert not [id for id in lines if id not in known]


def test_every_query_of_kics_is_listed_once_and_asks_what_there_is() -> None:
    words = {word.lower() for rule in load_rules() for word in (rule.code, *rule.aliases)}
    queries = coverage_page.queries()
    listed = [line.split()[1] for line in coverage_page._lines("kics")]
    asked = {id: aliases_of("kics", id) - {id} for id in queries}
    assert sorted(listed) == sorted(queries)
    assert not [id for id, found in asked.items() if not found <= words]
    assert not {id for id, found in asked.items() if found} & set(coverage_page.peers(load_rules()))


@pytest.mark.parametrize(
    ("id", "codes"),
    [
        ("RS6", {"enc001"}),
        ("RS10", set()),
        ("RS4", set()),
        ("RS11", {"log002"}),
        ("MS3", {"enc005"}),
        ("MS10", set()),
        ("COG7", {"iam016"}),
        ("N2", {"ops006"}),
        ("OS1", {"net004"}),
    ],
)
def test_ids_of_cdk_nag_ask_what_their_titles_say(id: str, codes: set[str]) -> None:
    found = f"AwsSolutions-{id}"
    assert aliases_of("cdk_nag", found) - {found.lower()} == codes


def test_what_one_language_lacks_has_a_reason() -> None:
    assert not [found[:2] for found in coverage_page.one_sided(load_catalog(), load_rules()) if not found[3]]
