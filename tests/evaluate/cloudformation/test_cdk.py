"""A cloud assembly: construct paths, the lines that made the resources, nested stacks as assets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

STACK: dict[str, Any] = {
    "Resources": {
        "DataVolume12AB": {
            "Type": "AWS::EC2::Volume",
            "Properties": {"AvailabilityZone": "a", "Size": 1},
            "Metadata": {"aws:cdk:path": "Shop/Data/Volume"},
        },
        "Inner34CD": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": {"Fn::Sub": "https://s3.${AWS::URLSuffix}/assets/abc.json"}},
            "Metadata": {
                "aws:cdk:path": "Shop/Inner.NestedStack",
                "aws:asset:path": "ShopInner.nested.template.json",
                "aws:asset:property": "TemplateURL",
            },
        },
    }
}
NESTED = {
    "Resources": {
        "Volume56EF": {
            "Type": "AWS::EC2::Volume",
            "Properties": {"AvailabilityZone": "a", "Size": 2},
            "Metadata": {"aws:cdk:path": "Shop/Inner/Volume"},
        }
    }
}
MANIFEST: dict[str, Any] = {
    "version": "36.0.0",
    "artifacts": {
        "Shop": {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": "Shop.template.json"},
            "metadata": {
                "/Shop/Data/Volume": [
                    {
                        "type": "aws:cdk:logicalId",
                        "data": "DataVolume12AB",
                        "trace": [
                            "new Volume (/home/me/app/node_modules/aws-cdk-lib/aws-ec2/lib/volume.js:1:2)",
                            "new Data (/home/me/app/lib/data.ts:3:5)",
                        ],
                    }
                ]
            },
        }
    },
}
CODE = "import x\n\n    new Volume(this, 'Volume')\n"


def run(manifest: Any = MANIFEST, **more: str) -> Report:
    files = {
        "cdk.out/Shop.template.json": json.dumps(STACK, indent=1),
        "cdk.out/ShopInner.nested.template.json": json.dumps(NESTED, indent=1),
        "cdk.out/manifest.json": manifest if isinstance(manifest, str) else json.dumps(manifest),
        "lib/data.ts": CODE,
        **more,
    }
    rules = [rule for rule in load_rules() if rule.code == "ENC001"]
    return check(MemoryTree(files), (), Options(rules, load_catalog()))


def test_constructs_and_the_lines_that_made_them() -> None:
    report = run()
    assert report.units == 1
    found = {
        each.resource.address: [(step.message, step.span.path, step.span.first.line) for step in each.related]
        for each in report.findings
        if each.resource
    }
    stack, nested = "cdk.out/Shop.template.json", "cdk.out/ShopInner.nested.template.json"
    assert [(message, path) for message, path, _ in found["DataVolume12AB"]] == [
        ("construct Shop/Data/Volume", stack),
        ("made here", "lib/data.ts"),
    ]
    assert found["DataVolume12AB"][1][2] == 3
    assert [(message, path) for message, path, _ in found["Inner34CD.Volume56EF"]] == [
        ("construct Shop/Inner/Volume", nested),
        ("nested stack Inner34CD", stack),
    ]


KEY = "0123456789abcdef" * 4
VOLUME = {"Type": "AWS::EC2::Volume", "Properties": {"AvailabilityZone": "a", "Size": 1}}


def test_metadata_in_a_file_of_its_own_and_nested_stacks_among_the_assets() -> None:
    """As CDK 2.2 writes it without the context that its command line adds: no Metadata in the templates."""
    url = ["https://s3.", {"Ref": "AWS::Region"}, ".amazonaws.com/", {"Fn::Sub": "cdk-${AWS::Region}"}, f"/{KEY}.json"]
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": {"Fn::Join": ["", url]}}}
    manifest = {
        "artifacts": {
            "Shop.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Shop.assets.json"}},
            "Shop": {
                "type": "aws:cloudformation:stack",
                "properties": {"templateFile": "Shop.template.json"},
                "additionalMetadataFile": "Shop.metadata.json",
            },
        }
    }
    source = {"path": "ShopInner.nested.template.json", "packaging": "file"}
    assets = {"files": {KEY: {"source": source, "destinations": {"here": {"objectKey": f"assets/{KEY}.json"}}}}}
    trace = ["...new Volume in aws-cdk-lib...", "new Data (/home/me/app/lib/data.ts:3:5)"]
    elsewhere = ["new Inner (/home/me/app/lib/data.ts:1:1)"]
    metadata = {
        "/Shop/Volume": [
            {"type": "aws:cdk:logicalId", "data": "Volume"},
            {"type": "aws:cdk:creationStack", "data": trace},
        ],
        "/Shop/Inner": [{"type": "aws:cdk:templateFile", "data": "ShopInner.nested.template.json"}],
        "/Shop/Inner/Volume": [
            {"type": "aws:cdk:logicalId", "data": "Volume"},
            {"type": "aws:cdk:creationStack", "data": elsewhere},
        ],
    }
    files = {
        "cdk.out/Shop.template.json": json.dumps({"Resources": {"Volume": VOLUME, "InnerStack": stack}}, indent=1),
        "cdk.out/ShopInner.nested.template.json": json.dumps({"Resources": {"Volume": VOLUME}}, indent=1),
        "cdk.out/manifest.json": json.dumps(manifest),
        "cdk.out/Shop.metadata.json": json.dumps(metadata),
        "cdk.out/Shop.assets.json": json.dumps(assets),
        "lib/data.ts": CODE,
    }
    rules = [rule for rule in load_rules() if rule.code == "ENC001"]
    report = check(MemoryTree(files), (), Options(rules, load_catalog()))
    assert (report.units, report.skipped) == (1, ())
    found = {
        each.resource.address: [(step.message, step.span.path, step.span.first.line) for step in each.related[:2]]
        for each in report.findings
        if each.resource
    }
    nested = "cdk.out/ShopInner.nested.template.json"
    assert found == {
        "Volume": [("construct Shop/Volume", "cdk.out/Shop.template.json", 3), ("made here", "lib/data.ts", 3)],
        "InnerStack.Volume": [("construct Shop/Inner/Volume", nested, 3), ("made here", "lib/data.ts", 1)],
    }


@pytest.mark.parametrize("name", ["Shop.metadata.json", "Shop.assets.json"])
@pytest.mark.parametrize(
    "text", ["", "[]", "1", '{"files": 1}', '{"/Shop": 1, "/a": [1], "": [{}]}', '{"files": {"a": 1}}']
)
def test_files_of_an_assembly_that_say_nothing_useful(name: str, text: str) -> None:
    manifest = json.loads(json.dumps(MANIFEST))
    manifest["artifacts"]["Shop"]["additionalMetadataFile"] = "Shop.metadata.json"
    manifest["artifacts"]["assets"] = {"type": "cdk:asset-manifest", "properties": {"file": "Shop.assets.json"}}
    report = run(manifest, **{f"cdk.out/{name}": text})
    assert len(report.findings) == 2


@pytest.mark.parametrize("path", ["../../../etc/passwd", "/etc/passwd", "..", ""])
def test_files_out_of_the_assembly_are_left_alone(path: str) -> None:
    manifest = json.loads(json.dumps(MANIFEST))
    manifest["artifacts"]["Shop"]["additionalMetadataFile"] = path
    assert len(run(manifest).findings) == 2


def test_a_manifest_that_says_nothing_useful() -> None:
    for manifest in ("", "[]", '{"artifacts": []}', '{"artifacts": {"a": 1}}', "[" * 100_000):
        report = run(manifest)
        assert len(report.findings) == 2
        assert {each.message for finding in report.findings for each in finding.related} >= {
            "construct Shop/Data/Volume"
        }


def test_a_trace_out_of_the_tree_is_left_alone() -> None:
    manifest = json.loads(json.dumps(MANIFEST))
    entry = manifest["artifacts"]["Shop"]["metadata"]["/Shop/Data/Volume"][0]
    entry["trace"] = ["x (/etc/passwd.py:1:1)", "y (../../../outside.ts:1)", "z (lib/data.ts:999)"]
    report = run(manifest)
    assert all(
        each.span.path.startswith(("cdk.out/", "lib/")) for finding in report.findings for each in finding.related
    )


def test_only_the_metadata_of_the_own_stack_is_read() -> None:
    """Assemblies have a stack for each stage and region: each template reading all metadata would be quadratic."""
    reads: list[str] = []

    class Recording(MemoryTree):
        def read(self, path: str) -> str:
            reads.append(path)
            return super().read(path)

    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": f"{name}.template.json"},
            "additionalMetadataFile": f"{name}.metadata.json",
        }
        for name in ("One", "Two", "Three")
    }
    files = {"cdk.out/manifest.json": json.dumps({"artifacts": artifacts})}
    for name in artifacts:
        files[f"cdk.out/{name}.template.json"] = json.dumps({"Resources": {"Volume": VOLUME}})
        files[f"cdk.out/{name}.metadata.json"] = json.dumps(
            {f"/{name}/Volume": [{"type": "aws:cdk:logicalId", "data": "Volume"}]}
        )
    rules = [rule for rule in load_rules() if rule.code == "ENC001"]
    report = check(Recording(files), (), Options(rules, load_catalog()))
    assert {each.related[0].message for each in report.findings} == {f"construct {name}/Volume" for name in artifacts}
    read = [path for path in reads if path.endswith(".metadata.json")]
    # Once as a file that might be a template, once by its own template.
    assert {path: read.count(path) for path in read} == {f"cdk.out/{name}.metadata.json": 2 for name in artifacts}
