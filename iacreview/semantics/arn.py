"""Amazon Resource Names and patterns of them.

Source: "Identify AWS resources with Amazon Resource Names (ARNs)" (IAM User Guide). ARNs are case-sensitive.
"""

from __future__ import annotations

from iacreview.model.record import NamedTuple
from iacreview.model.value import HOLE
from iacreview.semantics.pattern import covers, has_wildcard

# Buckets have names that are unique in a partition, so their ARNs name one owner without an account.
_GLOBAL_NAMES = ("s3",)
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")


class Arn(NamedTuple):
    """The parts of an ARN, each of which may be a pattern; `resource` is the rest, colons included."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return ":".join(("arn", *self))


def parse_arn(text: str) -> Arn | None:
    """The parts of an ARN or of a pattern with all six of them, else None."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return None
    return Arn(*parts[1:])


def is_account(text: str) -> bool:
    """Whether the text is an account number."""
    return len(text) == 12 and text.isascii() and text.isdigit()


def account_of(text: str) -> str | None:
    """The account in an ARN or an account number; None where there is none, or where it is not known."""
    if is_account(text):
        return text
    arn = parse_arn(text)
    return arn.account if arn is not None and is_account(arn.account) else None


def everything(pattern: str) -> bool:
    """Whether a resource pattern covers all resources of all services (`*`, `arn:aws:*`, `arn:*:*:*:*:*`)."""
    if pattern.startswith(f"arn:{HOLE}:"):
        pattern = "arn:aws:" + pattern[6:]
    return any(covers(pattern, f"arn:{partition}:*:*:*:*", fold=False) for partition in _PARTITIONS)


def names_owner(pattern: str) -> bool:
    """Whether an ARN pattern can only be of resources of one owner: an account, or a globally unique name."""
    if not has_wildcard(pattern):
        return True
    arn = parse_arn(pattern)
    if arn is None:
        return False
    if arn.account and not has_wildcard(arn.account):
        return True
    return arn.service in _GLOBAL_NAMES and not has_wildcard(arn.resource.partition("/")[0])
