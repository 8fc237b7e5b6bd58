"""The names under which other tools' users know a check, brought to the form that aliases and rules have."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache

from iacreview.globs import starred

_AVD = re.compile(r"(?:AVD-)?(AWS-\d{4})", re.IGNORECASE)
_DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
# What stands before the name of a rule in cdk-nag's packs but its own: `HIPAA.Security-S3BucketLoggingEnabled`.
_PACK = re.compile(r"^(?:HIPAA\.Security|NIST\.800\.53\.R[45]|NIST\.800\.53|PCI\.DSS\.321|Serverless)-")


def aliases_of(tool: str, word: str) -> set[str]:
    """What a check is called in aliases, or the codes of rules that ask the same, in lower case.

    `AVD-AWS-0089` and `aws-s3-enable-bucket-logging` are `aws-0089`; with wildcards it may be many.
    """
    if tool in ("guard", "cdk_nag"):
        return {word.lower(), *_rules().get(_bare(word), ())}
    if tool == "kics":
        return {word.lower(), *_queries().get(word.lower(), ())}
    if tool not in ("tfsec", "trivy"):
        return {word.lower()}
    found = _AVD.fullmatch(word)
    if found or "*" not in word or word == "*":
        return {found[1].lower() if found else _names().get(word.lower(), word.lower())}
    pattern = word.lower().removeprefix("avd-")
    return {alias for name, alias in _names().items() if starred(pattern, name) or starred(pattern, alias)}


def names_of(code: str, aliases: Collection[str]) -> dict[str, list[str]]:
    """What other tools call what a rule with such aliases asks, by tool; each once, however it is spelled."""
    found = {_bare(name): name for rule, *names in _pairs("rule_names.txt") for name in names if rule == code}
    queries = sorted({id for word, *ids in _pairs("kics_ids.txt") for id in ids if word == code or word in aliases})
    own = sorted(name for name in found.values() if name.startswith("AwsSolutions-"))
    others = sorted(name for name in found.values() if not name.startswith("AwsSolutions-"))
    by_tool = (("KICS", queries), ("cdk-nag", own), ("Guard and cdk-nag", others))
    return {tool: names for tool, names in by_tool if names}


def _bare(word: str) -> str:
    """A rule's name without its pack, signs and case."""
    return re.sub(r"[^a-z0-9]", "", _PACK.sub("", word).lower())


@cache
def _names() -> dict[str, str]:
    return {name.lower(): alias.lower() for name, alias in _pairs("trivy_names.txt")}


@cache
def _rules() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code, *names in _pairs("rule_names.txt"):
        for name in names:
            found.setdefault(_bare(name), set()).add(code.lower())
    return found


@cache
def _queries() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for word, *ids in _pairs("kics_ids.txt"):
        for id in ids:
            found.setdefault(id, set()).add(word.lower())
    return found


def _pairs(name: str) -> Iterator[list[str]]:
    with open(os.path.join(_DATA, name), encoding="utf-8") as stream:
        yield from (line.split() for line in _statements(stream))


def _statements(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if line.strip() and not line.startswith("#"))
