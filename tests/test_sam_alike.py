"""A SAM template gives the same findings with the translator and without it, as far as both can know."""

from __future__ import annotations

import sys

import pytest

from iacreview.decisions import decided
from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

pytest.importorskip("samtranslator")

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: Prod, CacheClusterEnabled: true}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Definition: {StartAt: A, States: {A: {Type: Task, Resource: x, Parameters: {"token.$": "$$.Task.Token"}, End: true}}}
      Policies:
        - Version: '2012-10-17'
          Statement:
            - {Effect: Allow, Action: "cloudwatch:*", Resource: "*"}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.12
      CodeUri: src/
      FunctionUrlConfig: {AuthType: NONE}
      Policies:
        - AmazonS3FullAccess
        - SQSPollerPolicy: {QueueName: orders}
        - Version: '2012-10-17'
          Statement:
            - {Effect: Allow, Action: ["secretsmanager:GetSecretValue", "s3:PutObject"], Resource: "*"}
            - {Effect: Allow, Action: "sqs:Recieve", Resource: "arn:aws:sqs:eu-west-1:111122223333:orders"}
            - {Effect: Allow, Action: "mq:DescribeBroker", Resource: BROKER_ARN}
      Events:
        E: {Type: Api, Properties: {Path: /, Method: get, RestApiId: !Ref Api}}
"""
RULES = load_rules()
WITHIN = {rule.code: rule.within for rule in RULES}


def reviewed() -> Report:
    options = Options(RULES, load_catalog(), profile="default")
    return decided(check(MemoryTree({"template.yaml": TEMPLATE}), (), options), WITHIN)


def told(report: Report) -> set[tuple[object, ...]]:
    return {
        (
            each.rule,
            each.severity,
            each.resource,
            each.fingerprint,
            each.span.first.line,
            each.message,
            each.remediation,
        )
        for each in report.findings
    }


def test_the_translator_changes_no_address_and_no_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    deployed = reviewed()
    for name in [each for each in sys.modules if each.partition(".")[0] == "samtranslator"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "samtranslator", None)
    written = reviewed()
    assert told(deployed) == told(written)
    assert {each.rule for each in written.findings} >= {
        "IAM002",
        "IAM009",
        "IAM010",
        "IAM015",
        "LOG001",
        "LOG002",
        "NET004",
    }
    assert not deployed.skipped
    assert [each.reason for each in written.skipped] == [
        "what SAM makes of it is not judged: install iacreview[sam] for that"
    ]
