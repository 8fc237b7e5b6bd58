"""SAM templates as they are deployed, each value at its place in the source."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.evaluate.cloudformation import sam_translation
from iacreview.evaluate.cloudformation.sam_translation import TranslationError, translated
from iacreview.model.finding import Finding, Report
from iacreview.model.source import Source
from iacreview.options import Options
from iacreview.parse.data.document import parse_document
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode
from iacreview.pipeline import check, graphs
from iacreview.suppress.policy import SuppressionPolicy
from tests.trees import MemoryTree

pytest.importorskip("samtranslator", reason="aws-sam-translator is not installed")

SHOP = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Env: {Type: String}
  Password: {Type: String, NoEcho: true, Default: correct-horse-battery}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Globals:
  Function:
    Runtime: python3.13
    CodeUri: ./src
    Environment:
      Variables:
        DB_PASSWORD: hunter2-hunter2
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Condition: IsProd
    Properties:
      Handler: orders.handler
      ReservedConcurrentExecutions: 5
      Policies:
        - S3CrudPolicy:
            BucketName: "*"
        - AdministratorAccess
        - Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: "*"
              Resource: "*"
      Events:
        List:
          Type: Api
          Properties: {Path: /orders, Method: get}
        Web:
          Type: HttpApi
          Properties: {Path: /web, Method: get}
  Image:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile, DockerContext: .}
    Properties:
      Handler: x.y
      Role: !Sub "arn:aws:iam::${AWS::AccountId}:role/${Password}"
  Store:
    Type: AWS::Serverless::Api
    Properties:
      StageName: !Ref Env
      DefinitionUri: ./openapi.yaml
      TracingEnabled: true
      AccessLogSetting: {DestinationArn: !GetAtt Logs.Arn, Format: $context.requestId}
  Items:
    Type: AWS::Serverless::SimpleTable
    Properties:
      SSESpecification: {SSEEnabled: false}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: flow.asl.json
      Policies:
        - DynamoDBReadPolicy: {TableName: !Ref Items}
    Connectors:
      Write:
        Properties:
          Destination: {Id: Items}
          Permissions: [Write]
  Logs:
    Type: AWS::Logs::LogGroup
    DependsOn: Orders
Outputs:
  Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com"}
  Stage: {Value: !Ref Store.Stage}
"""


def root_of(text: str) -> MapNode:
    root, problems = parse_document(Source("t.yaml", text))
    assert isinstance(root, MapNode)
    assert problems == []
    return root


def run(text: str, *codes: str, path: str = "t.yaml", policy: SuppressionPolicy | None = None) -> Report:
    rules = [rule for rule in load_rules() if not codes or rule.code in codes]
    return check(MemoryTree({path: text}), (), Options(rules, load_catalog(), profile="strict", suppression=policy))


def place(finding: Finding) -> tuple[str, str, int]:
    assert finding.resource is not None
    return finding.rule, finding.resource.address, finding.span.first.line


def line_of(text: str) -> int:
    (number,) = (number for number, line in enumerate(SHOP.splitlines(), 1) if text in line)
    return number


def plain(node: DataNode) -> Any:
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {name: plain(child) for name, (_, child) in node.entries.items()}


def long_form(node: DataNode) -> Any:
    """A template as the translator takes it, without our nodes."""
    data = plain(node)
    if node.tag is None:
        if isinstance(node, ListNode):
            return [long_form(item) for item in node.items]
        return (
            {name: long_form(child) for name, (_, child) in node.entries.items()} if isinstance(node, MapNode) else data
        )
    name = node.tag[1:]
    if isinstance(node, ListNode):
        data = [long_form(item) for item in node.items]
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": data.split(".", 1) if name == "GetAtt" else data}


def test_the_result_is_the_translators() -> None:
    """Its own, for the same template as plain data that was packaged."""
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    template = long_form(root_of(SHOP))
    for place, name in (
        (template["Globals"]["Function"], "CodeUri"),
        *((template["Resources"][each]["Properties"], "DefinitionUri") for each in ("Store", "Flow")),
    ):
        place[name] = f"{sam_translation.BUCKET}{place[name]}"
    del template["Parameters"]["Password"]["Default"]
    expected = Translator(None, Parser(), boto_session=SimpleNamespace(region_name="us-east-1")).translate(template, {})
    for resource in expected["Resources"].values():
        if resource["Type"] == "AWS::ApiGateway::Deployment":
            # The stage that comes with it is nobody's.
            del resource["Properties"]["StageName"]
    found = translated(root_of(SHOP))
    assert found.refused == ()
    resources = plain(found.root.entries["Resources"][1])
    assert resources == json.loads(json.dumps(expected["Resources"]))
    assert plain(found.root.entries["Outputs"][1]) == expected["Outputs"]


def test_findings_stand_where_it_is_written() -> None:
    found = {place(each) for each in run(SHOP, "IAM001", "IAM010", "SEC004", "LOG001", "ENC004").findings}
    assert {
        ("IAM001", "Orders", line_of('Action: "*"')),
        ("IAM010", "Orders", line_of("- AdministratorAccess")),
        ("SEC004", "Orders", line_of("DB_PASSWORD")),
        ("SEC004", "Image", line_of("DB_PASSWORD")),
        ("ENC004", "Items", line_of("SSEEnabled")),
        # Nobody wrote the implicit APIs: they are there for the function's events.
        ("LOG001", "ServerlessRestApiProdStage", line_of("  Orders:")),
        ("LOG001", "ServerlessHttpApiApiGatewayDefaultStage", line_of("  Orders:")),
    } <= found
    assert ("LOG001", "StoreStage") not in {each[:2] for each in found}


def test_findings_name_the_condition_and_what_a_resource_is_made_for() -> None:
    (finding,) = run(SHOP, "IAM010").findings
    assert "(when IsProd is true)" in finding.message
    assert [each.message for each in finding.related] == ["made by SAM for Orders"]


def test_json_gives_the_same_findings_at_its_own_places() -> None:
    text = json.dumps(long_form(root_of(SHOP)), indent=1)
    found, expected = run(text, path="t.json").findings, run(SHOP).findings
    assert sorted((each.rule, each.message, each.fingerprint) for each in found) == sorted(
        (each.rule, each.message, each.fingerprint) for each in expected
    )
    lines = text.splitlines()
    for each in found:
        if each.rule == "IAM001":
            assert lines[each.span.first.line - 1].strip() == '"Action": "*",'


def test_a_secret_default_is_nobodys_own_text() -> None:
    """The translator writes out what an alias refers to."""
    text = SHOP.replace(
        "      Handler: orders.handler\n", "      Handler: orders.handler\n      AutoPublishAlias: !Ref %s\n"
    )
    (graph,) = graphs(MemoryTree({"t.yaml": text % "Password"}), (), load_catalog(), deployed=True)
    assert not [each for each in graph.resources if "correct" in each]
    text = text.replace("Env: {Type: String}", "Env: {Type: String, Default: live}")
    (graph,) = graphs(MemoryTree({"t.yaml": text % "Env"}), (), load_catalog(), deployed=True)
    assert "OrdersAliaslive" in graph.resources


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "    Condition: IsProd\n",
            "    Condition: IsProd\n    Metadata: {cfn_nag: {rules_to_suppress: [{id: F3, reason: made for a test}]}}\n",
        ),
        ("  Orders:\n", '  # iacreview:ignore IAM001 reason="made for a test"\n  Orders:\n'),
    ],
    ids=["metadata", "comment"],
)
def test_suppressions_of_a_resource_hold_for_what_is_made_for_it(old: str, new: str) -> None:
    text = SHOP.replace(old, new)
    assert "IAM001" in {each.rule for each in run(SHOP, "IAM001").findings}
    rules = load_rules()
    policy = SuppressionPolicy(rules, rules, "strict", "2026-01-01", inline=True, foreign=True, reasons=False)
    report = run(text, "IAM001", policy=policy)
    assert [each.rule for each in report.findings] == []
    assert ["made for a test" in each[1] for each in report.suppressed] == [True]


def test_what_sam_refuses_is_judged_as_it_is_written() -> None:
    text = SHOP.replace("      SSESpecification", "      PrimaryKey: wrong\n      SSESpecification")
    report = run(text, "ENC004", "IAM001")
    assert [(each.line, each.reason) for each in report.skipped] == [
        (line_of("  Items:"), "SAM refuses Items (`sam validate` tells why): it is judged as it is written"),
        # Nothing can be connected to what is not there.
        (line_of("      Write:") + 1, "SAM refuses Write (`sam validate` tells why): it is judged as it is written"),
    ]
    types = {each.resource.type for each in report.findings if each.resource and each.resource.address == "Items"}
    assert types == {"AWS::Serverless::SimpleTable"}
    assert "IAM001" in {each.rule for each in report.findings}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SHOP.replace("  Function:\n", "  Functions:\n"), "SAM: the translator refuses it (`sam validate` tells why)"),
        (
            "Transform: AWS::Serverless-2016-10-31\nResources:\n"
            + "".join(f"  T{number}: {{Type: AWS::Serverless::SimpleTable}}\n" for number in range(501)),
            "SAM: it makes more than 500 resources",
        ),
        (
            "Transform: AWS::Serverless-2016-10-31\nMetadata: ["
            + "x, " * 30_000
            + "]\nResources:\n"
            + "".join(f"  T{number}: {{Type: AWS::Serverless::SimpleTable}}\n" for number in range(120)),
            "SAM: it is too large to be translated",
        ),
    ],
    ids=["globals", "many", "large"],
)
def test_a_template_that_cannot_be_translated(text: str, reason: str) -> None:
    report = run(text, "ENC004")
    assert [each.reason for each in report.skipped] == [f"{reason}; it is judged as it is written"]
    assert report.findings


def test_a_failing_translator_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("secret text of the template")

    monkeypatch.setattr("samtranslator.translator.translator.Translator.translate", fail)
    with pytest.raises(TranslationError, match=r"^the translator fails on it \(KeyError\)$"):
        translated(root_of(SHOP))


FLOW = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties: {Type: EXPRESS, DefinitionUri: flow.asl.json, Role: "arn:aws:iam::111122223333:role/flow"}
"""


def said_of_flow() -> tuple[str, str, str]:
    found = next(each for each in run(FLOW, "LOG002").findings if "Level" in each.message)
    return found.message, found.remediation, found.fingerprint


def test_a_property_has_the_name_that_sam_gives_it() -> None:
    message, remediation, _ = said_of_flow()
    assert "`Logging.Level` is not set" in message
    assert remediation == 'set `Level: "ERROR"` in `Logging`'


@pytest.mark.usefixtures("without_translator")
def test_a_property_has_the_same_name_without_the_translator() -> None:
    message, remediation, _ = said_of_flow()
    assert "`Logging.Level` is not set" in message
    assert remediation == 'set `Level: "ERROR"` in `Logging`'


def test_there_is_nothing_to_translate_where_there_are_only_applications() -> None:
    child = "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n"
    parent = (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n"
        "  Child:\n    Type: AWS::Serverless::Application\n    Properties: {Location: ./child.yaml}\n"
    )
    report = check(MemoryTree({"t.yaml": parent, "child.yaml": child}), (), Options([], load_catalog()))
    assert report.skipped == ()
    assert report.resources == 2


@pytest.mark.usefixtures("without_translator")
def test_without_the_translator() -> None:
    report = run(SHOP, "SEC004", "ENC004", "LOG001", "IAM001", "IAM010")
    assert [(each.line, each.reason) for each in report.skipped] == [
        (1, "what SAM makes of it is not judged: install iacreview[sam] for that")
    ]
    found = {place(each) for each in report.findings}
    assert {
        ("SEC004", "Orders", line_of("DB_PASSWORD")),
        ("ENC004", "Items", line_of("SSEEnabled")),
        ("IAM001", "Orders", line_of('Action: "*"')),
        ("IAM010", "Orders", line_of("- AdministratorAccess")),
    } <= found


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """An application of the Serverless Application Repository stays a nested stack whose template is elsewhere."""
    text = SHOP + ("  Unused: {Value: x}\n")
    application = (
        "  App:\n    Type: AWS::Serverless::Application\n    Properties:\n"
        "      Location: {ApplicationId: 'arn:aws:serverlessrepo:us-east-1:123456789012:applications/x', SemanticVersion: 1.0.0}\n"
    )

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a client was made")

    monkeypatch.setattr("boto3.client", refuse)
    monkeypatch.setattr("boto3.session.Session", refuse)
    report = run(text.replace("Outputs:\n", application + "Outputs:\n"), "IAM010")
    assert [each.rule for each in report.findings] == ["IAM010"]
    assert [each.reason.partition(":")[0] for each in report.skipped] == ["nested stack App"]


def test_the_graph_shows_what_is_written_or_what_is_deployed() -> None:
    tree = MemoryTree({"t.yaml": SHOP})
    (written,) = graphs(tree, (), load_catalog())
    (deployed,) = graphs(tree, (), load_catalog(), deployed=True)
    names = ["Orders", "Image", "Store", "Items", "Flow", "Logs"]
    assert [each.address for each in written.resources.values() if each.mode == "managed"] == names
    assert written.unit.skipped == []
    assert {"OrdersRole", "ServerlessRestApi", "FlowWritePolicy"} <= set(deployed.resources)
