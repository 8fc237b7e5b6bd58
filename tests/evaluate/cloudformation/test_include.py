"""AWS::Include of files in the tree."""

from __future__ import annotations

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.model.graph import edges
from iacreview.options import Options
from iacreview.pipeline import check, graphs
from tests.trees import MemoryTree

TEMPLATE = """\
Parameters:
  On: {Type: String, Default: "false"}
Resources:
  Volume:
    Type: AWS::EC2::Volume
    Properties:
      AvailabilityZone: a
      Fn::Transform:
        Name: %s
        Parameters: {Location: %s}
"""


def run(location: str, included: str, name: str = "AWS::Include") -> Report:
    files = {"stacks/t.yaml": TEMPLATE % (name, location), "stacks/parts/volume.yaml": included}
    rules = [rule for rule in load_rules() if rule.code == "ENC001"]
    return check(MemoryTree(files), (), Options(rules, load_catalog()))


@pytest.mark.parametrize("included", ["Encrypted: false\n", "Encrypted: !Ref On\n", '{"Encrypted": false}\n'])
def test_what_is_included_is_judged_where_it_is_written(included: str) -> None:
    report = run("parts/volume.yaml", included)
    (finding,) = report.findings
    assert finding.span.path == "stacks/parts/volume.yaml"
    assert report.files == 2


def test_what_is_good_is_no_finding() -> None:
    assert run("./parts/volume.yaml", "Encrypted: true\n").findings == ()


@pytest.mark.parametrize("location", ["s3://bucket/x.yaml", "parts/none.yaml", "../../x.yaml", "!Sub 's3://${On}/x'"])
def test_what_is_not_in_the_tree_is_undecided(location: str) -> None:
    report = run(location, "Encrypted: false\n")
    assert report.findings == ()
    assert [(each.rule, each.resource.address) for each in report.undecided] == [
        ("ENC001", "Volume"),
        ("SYN002", "Volume"),
    ]


def test_other_macros_are_undecided() -> None:
    report = run("parts/volume.yaml", "Encrypted: false\n", name="Company::Macro")
    assert (report.findings, len(report.undecided)) == ((), 2)


def test_what_may_be_put_in_the_place_of_a_good_value_is_undecided() -> None:
    text = TEMPLATE.replace("AvailabilityZone: a", "Encrypted: true") % ("AWS::Include", "s3://bucket/x.yaml")
    report = check(MemoryTree({"t.yaml": text}), (), Options(load_rules(), load_catalog()))
    assert [each.reason for each in report.undecided] == ["what a macro makes of Volume is known at deployment"]


def test_a_file_that_includes_itself_is_a_finding() -> None:
    loop = "Fn::Transform:\n  Name: AWS::Include\n  Parameters: {Location: parts/volume.yaml}\nSize: 1\n"
    (finding,) = run("parts/volume.yaml", loop).findings
    assert (finding.rule, finding.message) == ("SYN001", "stacks/parts/volume.yaml includes itself")


def test_a_file_that_cannot_be_read_is_a_finding() -> None:
    assert "SYN001" in {each.rule for each in run("parts/volume.yaml", "Encrypted: [\n").findings}


BUCKET = "Type: AWS::EC2::Volume\n  Properties: {AvailabilityZone: a, Encrypted: !Ref On}\n"
SNIPPET = f"Volume:\n  {BUCKET}"


@pytest.mark.parametrize(
    ("template", "included"),
    [
        ("Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: parts.yaml}}\n", SNIPPET),
        (
            "Transform: {Name: AWS::Include, Parameters: {Location: parts.yaml}}\nResources:\n  Q: {Type: AWS::SQS::Queue}\n",
            "Resources:\n  " + SNIPPET.replace("\n", "\n  "),
        ),
    ],
    ids=["resources", "top"],
)
def test_resources_of_a_file(template: str, included: str) -> None:
    """They are known to the template, and see its parameters."""
    more = "  Attachment: {Type: X::Y::Z, Properties: {VolumeId: !GetAtt Volume.VolumeId}}\n"
    text = 'Parameters: {On: {Type: String, Default: "false"}}\n' + template + more
    files = {"t.yaml": text, "parts.yaml": included}
    rules = [rule for rule in load_rules() if rule.code == "ENC001"]
    report = check(MemoryTree(files), (), Options(rules, load_catalog()))
    (finding,) = report.findings
    assert finding.resource is not None
    assert (finding.resource.address, finding.span.path) == ("Volume", "parts.yaml")
    assert included[finding.span.start : finding.span.end] == "!Ref On"
    (graph,) = graphs(MemoryTree(files), (), load_catalog())
    assert [(edge.source, edge.target) for edge in edges(graph) if edge.target == "Volume"] == [
        ("Attachment", "Volume")
    ]


def test_what_else_a_file_adds_is_left_open() -> None:
    text = "Transform: {Name: AWS::Include, Parameters: {Location: p.yaml}}\nResources:\n  Q: {Type: AWS::SQS::Queue}\n"
    files = {"t.yaml": text, "p.yaml": "Mappings: {M: {a: {b: c}}}\n"}
    report = check(MemoryTree(files), (), Options([], load_catalog()))
    assert [(each.rule, each.resource.address) for each in report.undecided] == [("SYN002", "AWS::Include")]
