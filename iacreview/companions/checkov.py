"""checkov. Source: its documentation, "CLI Command Reference" and "Output"."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from iacreview.companions.process import Result, line_span
from iacreview.model.source import Source

FILES = (".tf", ".yaml", ".yml", ".json", ".template")


def command(program: str, root: str, paths: Sequence[str]) -> list[str]:
    """How it is started: on the whole folder, since modules belong together; without network, plug-ins or uploads."""
    return [
        program,
        *("--directory", root, "--output", "json", "--quiet", "--compact", "--skip-download"),
        *("--framework", "cloudformation", "terraform", "--download-external-modules", "false"),
        *("--skip-results-upload", "--soft-fail"),
    ]


def results(output: str, sources: Mapping[str, Source], root: str) -> list[Result]:
    """What fails; what it skips because of a comment is left out. Raises as cfn_lint.results does."""
    data = json.loads(output)
    runs = data if isinstance(data, list) else [data]
    found = []
    for run in runs:
        for check in run.get("results", {}).get("failed_checks", ()):
            path = check["file_path"].lstrip("/")
            if path in sources:
                found.append(_result(check, sources[path]))
    return found


def _result(check: Mapping[str, Any], source: Source) -> Result:
    first, last = check["file_line_range"]
    type, address = _resource(check["resource_address"] or check["resource"], source)
    keys = sorted(map(str, check["check_result"].get("evaluated_keys") or ()))
    return Result(
        check=check["check_id"],
        title=check["check_name"],
        message=" ".join(check["check_name"].split()),
        severity=(check.get("severity") or "medium").lower(),
        span=line_span(source, first, last),
        address=address,
        type=type,
        key=",".join(keys),
        page=check.get("guideline") or "",
    )


def _resource(name: str, source: Source) -> tuple[str, str]:
    """A resource's type and address: `AWS::S3::Bucket.Logs`, `module.m.aws_s3_bucket.b`."""
    if source.path.endswith(".tf"):
        parts = [part for part in name.split(".") if part.partition("_")[1] and part[:1].isalpha()]
        return (parts[0] if parts else ""), name
    type, _, address = name.partition(".")
    return type, address
