"""Functions of the AWS provider (documentation of the AWS provider, "Functions")."""

from __future__ import annotations

from iacreview.evaluate.terraform.convert import to_text
from iacreview.evaluate.terraform.functions.call import FunctionCall, FunctionError, Pure, Structural
from iacreview.evaluate.terraform.templates import assemble
from iacreview.model.value import Known, Value

_PARTS = ("partition", "service", "region", "account_id", "resource")


def _arn_build(call: FunctionCall) -> Value:
    """Function: arn_build. What is not known of its parts is a hole."""
    call.need(len(_PARTS), len(_PARTS))
    parts = [part for arg in call.args for part in (Known(":", call.span), to_text(arg))]
    return assemble([Known("arn", call.span), *parts], call.span)


def _arn_parse(arn: str) -> dict[str, str]:
    """Function: arn_parse."""
    prefix, *parts = arn.split(":", 5)
    if prefix != "arn" or len(parts) != len(_PARTS):
        raise FunctionError("the text is not an ARN")
    return dict(zip(_PARTS, parts, strict=True))


def _trim_iam_role_path(arn: str) -> str:
    """Function: trim_iam_role_path."""
    parts = _arn_parse(arn)
    sort, _, name = parts["resource"].partition("/")
    if parts["service"] != "iam" or parts["region"] or sort != "role" or not name:
        raise FunctionError("the text is not the ARN of a role")
    return f"{arn[: -len(parts['resource'])]}role/{name.rpartition('/')[2]}"


TABLE: dict[str, Pure | Structural] = {
    "provider::aws::arn_build": _arn_build,
    "provider::aws::arn_parse": Pure("s", _arn_parse),
    "provider::aws::trim_iam_role_path": Pure("s", _trim_iam_role_path),
}
