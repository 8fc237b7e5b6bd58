"""How templates are told from other YAML and JSON."""

from __future__ import annotations

import pytest

from iacreview.model.source import Source
from iacreview.parse.cloudformation.recognition import is_template, may_be_template, mentions_resources
from iacreview.parse.data.document import parse_document

RECOGNISED = [
    "AWSTemplateFormatVersion: 2010-09-09\nResources: {}\n",
    "Resources:\n  A:\n    Type: AWS::S3::Bucket\n",
    "Resources: {A: {Type: 'Custom::Thing'}}",
    '{"Resources":{"A":{"Type":"AWS::S3::Bucket"}}}',
    '{"Resources"\n:{"A":{"Type"\n: "Org::Service::Thing::MODULE"}}}',
    "Resources:\n  A:\n    Type: Alexa::ASK::Skill\n",
    "Transform: AWS::Serverless-2016-10-31\nResources:\n  A: {Type: x}\n",
    "Transform: [AWS::LanguageExtensions]\nResources:\n  Fn::ForEach::X: []\n",
]
NOT_RECOGNISED = [
    "",
    "kind: Deployment\nmetadata: {name: x}\n",
    "Resources: [1]\n",
    "Resources:\n  A: {Type: Deployment}\n",
    "Statement:\n  Resources: 'arn:aws:s3:::b'\n  Type: AWS::S3::Bucket\n",
    "resources:\n  Resources:\n    A: {Type: AWS::S3::Bucket}\n",
    "- Resources: {A: {Type: AWS::S3::Bucket}}\n",
]


@pytest.mark.parametrize("text", RECOGNISED)
def test_templates_are_recognised(text: str) -> None:
    assert may_be_template(text)
    assert is_template(parse_document(Source("template.yaml", text))[0])


@pytest.mark.parametrize("text", NOT_RECOGNISED)
def test_other_documents_are_not_templates(text: str) -> None:
    source = Source("template.yaml", text)
    assert not is_template(parse_document(source)[0])


def test_ordinary_yaml_is_told_without_parsing() -> None:
    assert not may_be_template("kind: Deployment\nResources: 1\n")
    assert not may_be_template("jobs: {Type: AWS::S3::Bucket}\n")
    assert not mentions_resources("Resources: [a]\nimage: a::b\n")
    assert may_be_template("AWSTemplateFormatVersion: [broken")
