"""The AWS managed policies, by what they allow.

Source: the documents that the IAM API returns, compiled by scripts/compile_managed_policies.py. A policy that is not
here is not known: AWS adds some every month.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from iacreview.model.value import HOLE, Known, ListValue, MapValue, Value
from iacreview.semantics.arn import parse_arn
from iacreview.semantics.parts import parts_of

_FILE = "managed_policies.txt"


def managed_date() -> str:
    """The day of the newest change among the documents."""
    return parts_of(_FILE).value("date")


def managed_name(text: str) -> str | None:
    """The path and name of the managed policy that an ARN is of; None where it is of none of AWS's.

    The partition may be any, and unknown. A policy that is known by its name alone (`data.aws_iam_policy`) is found
    under the path it has.
    """
    arn = parse_arn(text)
    if arn is None:
        return None
    path = arn.resource.removeprefix("policy")
    return path if (arn.service, arn.account) == ("iam", "aws") and path.startswith("/") and HOLE not in path else None


def named(name: str) -> str | None:
    """The path and name of the AWS managed policy with this name."""
    return _by_name().get(name)


@cache
def managed_policy(path: str) -> Value | None:
    """The document of the managed policy with this path and name, without places; None where it is not known."""
    text = parts_of(_FILE).read(path)
    if text is None:
        return None
    import json

    return MapValue({"Version": Known("2012-10-17"), "Statement": _value(json.loads(text))})


@cache
def _by_name() -> dict[str, str]:
    return {path.rpartition("/")[2]: path for path in parts_of(_FILE).names()}


def _value(data: Any) -> Value:
    if isinstance(data, dict):
        return MapValue({key: _value(_listed(entry) if "Action" in key else entry) for key, entry in data.items()})
    if isinstance(data, list):
        return ListValue(tuple(_value(entry) for entry in data))
    return Known(data)


def _listed(actions: Any) -> Any:
    """Actions as the file has them: one text, in which a name without a service is of the last one named."""
    if not isinstance(actions, str) or " " not in actions:
        return actions
    found, service = [], ""
    for word in actions.split(" "):
        before, separator, name = word.rpartition(":")
        service = before if separator else service
        found.append(f"{service}:{name}")
    return found
