"""JSON and Base64 in strings: the structure, and where its values stand in the source."""

from __future__ import annotations

import pytest

from iacreview.evaluate.embedded import decode_base64, decode_document, decode_json
from iacreview.model.parts import walk
from iacreview.model.value import Known, ListValue, MapValue, Text, Value
from tests.evaluate.terraform.support import resources_of, shown, value_of


def decoded(text: str, prelude: str = "", files: dict[str, str] | None = None) -> Value:
    found = decode_json(value_of(text, prelude, files))
    assert found is not None
    return found


def entry(value: Value, *path: str | int) -> Value:
    for step in path:
        if isinstance(step, str):
            assert isinstance(value, MapValue)
            value = value.entries[step]
        else:
            assert isinstance(value, ListValue)
            value = value.items[step]
    return value


def text_at(value: Value) -> str:
    assert value.span is not None
    return value.span.text


HEREDOC = '<<EOF\n{\n  "Statement": [{"Action": "s3:*", "Resource": ["*"]}]\n}\nEOF'
INDENTED = '<<-EOF\n    {\n      "Statement": [\n        {"Action": "s3:*"}\n      ]\n    }\n  EOF'


@pytest.mark.parametrize(
    ("text", "prelude", "files", "path", "expected"),
    [
        (r'"{\"Action\": \"s3:*\"}"', "", {}, ("Action",), r"\"s3:*\""),
        (HEREDOC, "", {}, ("Statement", 0, "Action"), '"s3:*"'),
        (HEREDOC, "", {}, ("Statement", 0, "Resource", 0), '"*"'),
        (INDENTED, "", {}, ("Statement", 0, "Action"), '"s3:*"'),
        (INDENTED, "", {}, ("Statement", 0), '{"Action": "s3:*"}'),
        ("local.p", f"locals {{\n  p = {HEREDOC}\n}}", {}, ("Statement", 0, "Action"), '"s3:*"'),
        ('file("p.json")', "", {"p.json": '{"a": [1, "x"]}'}, ("a", 1), '"x"'),
        ("local.f", 'locals {\n  f = file("p.json")\n}', {"p.json": '{"a": [1, "x"]}'}, ("a", 0), "1"),
        ('templatefile("p.tpl", { n = "q" })', "", {"p.tpl": '{"a": "${n}", "b": "x"}'}, ("b",), '"x"'),
        ('jsonencode({ a = "x" })', "", {}, ("a",), '"x"'),
        ('"{\\"a\\": \\"${upper("x")}\\", \\"b\\": 1}"', "", {}, ("b",), "1"),
    ],
)
def test_inner_values_keep_their_place(
    text: str, prelude: str, files: dict[str, str], path: tuple[str | int, ...], expected: str
) -> None:
    assert text_at(entry(decoded(text, prelude, files), *path)) == expected


def test_a_file_is_where_its_values_stand() -> None:
    value = entry(decoded('file("p.json")', files={"p.json": '\n{"a": "x"}'}), "a")
    assert value.span is not None
    assert (value.span.path, value.span.first) == ("p.json", (2, 7))


def test_keys_have_spans() -> None:
    value = decoded(HEREDOC)
    assert isinstance(value, MapValue)
    assert value.keys["Statement"].text == '"Statement"'


def test_holes_become_what_they_stand_for() -> None:
    prelude = 'variable "u" {}\nresource "aws_s3_bucket" "b" {}'
    text = '<<EOF\n{"r": "${aws_s3_bucket.b.arn}", "s": "${aws_s3_bucket.b.arn}/*", "n": ${var.u}, "t": "x"}\nEOF'
    value = decoded(text, prelude)
    assert shown(value) == {"r": "?", "s": "{?}/*", "n": "?", "t": "x"}
    assert text_at(entry(value, "t")) == '"x"'
    suffixed = entry(value, "s")
    assert isinstance(suffixed, Text)
    assert [str(reference) for reference in suffixed.references] == ["aws_s3_bucket.b.arn"]


@pytest.mark.parametrize("text", ['"plain"', '"{"', '"{} x"', "12", "null", '"[1,,]"', '""', "var.u"])
def test_what_is_no_json_is_none(text: str) -> None:
    assert decode_json(value_of(text, 'variable "u" {}')) is None


def test_base64_is_decoded_at_its_place() -> None:
    value = value_of('base64encode("#!/bin/sh\\nexport PASSWORD=x")')
    found = decode_base64(value)
    assert isinstance(found, Known)
    assert found.data == "#!/bin/sh\nexport PASSWORD=x"
    assert found.span == value.span
    zipped = decode_base64(value_of('base64gzip("text")'))
    assert zipped is not None
    assert shown(zipped) == "text"
    assert decode_base64(Known("no base64")) is None


DOCUMENT = """
data "aws_iam_policy_document" "d" {
  statement {
    sid       = "a"
    actions   = ["s3:*"]
    resources = ["${aws_s3_bucket.b.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceVpc"
      values   = ["vpc-1"]
    }
  }
  statement {
    effect      = "Deny"
    not_actions = ["iam:*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
resource "aws_s3_bucket" "b" {}
"""


def test_a_policy_document_is_rendered() -> None:
    value = decoded("data.aws_iam_policy_document.d.json", DOCUMENT)
    assert shown(value) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "a",
                "Effect": "Allow",
                "Action": ["s3:*"],
                "Resource": ["{?}/*"],
                "Principal": {"AWS": ["*"]},
                "Condition": {"StringEquals": {"aws:SourceVpc": ["vpc-1"]}},
            },
            {"Effect": "Deny", "NotAction": ["iam:*"], "Principal": "*"},
        ],
    }
    assert text_at(entry(value, "Statement", 0, "Action", 0)) == '"s3:*"'
    statement = entry(value, "Statement", 0)
    assert isinstance(statement, MapValue)
    assert statement.keys["Action"].text == "actions"


def test_policy_documents_are_merged_by_sid() -> None:
    text = """
data "aws_iam_policy_document" "base" {
  statement {
    sid     = "one"
    actions = ["a:A"]
  }
  statement { actions = ["b:B"] }
}
data "aws_iam_policy_document" "d" {
  source_policy_documents = [data.aws_iam_policy_document.base.json, var.unknown]
  override_policy_documents = ["{\\"Statement\\": [{\\"Sid\\": \\"two\\", \\"Effect\\": \\"Deny\\"}]}"]
  dynamic "statement" {
    for_each = ["one", "two"]
    content {
      sid     = statement.value
      actions = ["c:C"]
    }
  }
}
variable "unknown" {}
"""
    data = resources_of(text)["data.aws_iam_policy_document.d"]
    structure = decode_json(data.attributes.entries["json"])
    assert structure is not None
    assert shown(entry(structure, "Statement")) == [
        {"Sid": "one", "Effect": "Allow", "Action": ["c:C"]},
        {"Effect": "Allow", "Action": ["b:B"]},
        {"Sid": "two", "Effect": "Deny"},
        "...",
    ]


def test_all_spans_of_a_decoded_structure_lie_in_its_source() -> None:
    for value in walk(decoded(INDENTED)):
        assert value.span is not None
        assert value.span.path == "main.tf"


YAML = '<<EOF\nschemaVersion: "1.0"\ninputs:\n  s3BucketName: "${var.u}-logs"\n  runAs: false\nEOF'


def test_a_yaml_document_is_read_with_its_places() -> None:
    found = decode_document(value_of(YAML, 'variable "u" {}'))
    assert found is not None
    assert isinstance(entry(found, "inputs", "s3BucketName"), Text)
    assert text_at(entry(found, "inputs", "runAs")) == "false"
    assert decode_json(value_of(YAML, 'variable "u" {}')) is None


def test_a_list_is_a_document() -> None:
    found = decode_document(value_of('"- rolearn: a\\n  groups: [b]"'))
    assert isinstance(found, ListValue)
    assert shown(entry(found.items[0], "groups")) == ["b"]


@pytest.mark.parametrize("text", ['"just words"', '"{unclosed: "', '"a: *b"'])
def test_what_is_no_document(text: str) -> None:
    assert decode_document(value_of(text)) is None


def test_a_json_document_is_read_as_json() -> None:
    found = decode_document(value_of("jsonencode({ a = { b = 1 } })"))
    assert found is not None
    assert shown(entry(found, "a", "b")) == 1
