"""Types and paths of Terraform's `awscc` provider, which are CloudFormation's under other names.

Source: "AWS Cloud Control Provider" (Terraform Registry): it is generated from CloudFormation's resource schemas.
"""

from __future__ import annotations

import re

from iacreview.catalog.path import Path, Segment, path_of

PREFIX = "awscc_"
DIALECT = "awscc"
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# What stands inside of a JSON text keeps its own names.
_EMBEDDED = ("json", "document", "base64")


def awscc_type(type: str) -> str:
    """`AWS::RDS::DBInstance` is `awscc_rds_db_instance`; empty for what is not a type of CloudFormation's."""
    parts = type.split("::")
    return f"{PREFIX}{parts[1].lower()}_{snake(parts[2])}" if len(parts) == 3 and parts[0] == "AWS" else ""


def snake(name: str) -> str:
    """`KMSMasterKeyID` is `kms_master_key_id`."""
    return _WORD.sub("_", name).lower()


def awscc_path(path: Path) -> Path:
    """CloudFormation's path with names that are found however the provider separates their words (`cidr_ipv_6`)."""
    segments: list[Segment] = []
    embedded = False
    for segment in path.segments:
        embedded = embedded or segment.action in _EMBEDDED
        names = segment.action == "name" and not embedded and not segment.name.startswith("@")
        segments.append(segment._replace(name=snake(segment.name), loose=True) if names else segment)
    return path_of(path.text, awscc_type(path.satellite), tuple(segments))
