"""A cloud assembly: construct paths, the lines that made the resources, nested stacks as assets."""

from __future__ import annotations

import json
from typing import Any

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.pipeline import Options, review
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
    return review(MemoryTree(files), (), Options(rules, load_catalog()))


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
