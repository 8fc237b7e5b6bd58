"""Permissions whose parts are properties of their own (a function's, a layer's), as the statements that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iacreview.catalog.view import View
from iacreview.model.value import Known, MapValue, Value, scalar_text


def _permission(view: View) -> Value | None:
    """A permission of a function as a statement. Source: "AddPermission" (AWS Lambda API Reference)."""
    action, principal = _first(view, "action"), _first(view, "principal")
    if principal is None:
        return None
    conditions: dict[str, Mapping[str, Value]] = {}
    for name, operator, key in _LIMITS:
        value = _first(view, name)
        if value is not None:
            conditions[operator] = {**conditions.get(operator, {}), key: value}
    return _statement(view, action or Known("lambda:InvokeFunction"), principal, conditions)


_LIMITS = (
    ("source_arn", "ArnLike", "aws:SourceArn"),
    ("source_account", "StringEquals", "aws:SourceAccount"),
    ("principal_org_id", "StringEquals", "aws:PrincipalOrgID"),
    ("function_url_auth_type", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("event_source_token", "StringEquals", "lambda:EventSourceToken"),
)


def _layer(view: View) -> Value | None:
    """A permission of a layer. Source: "AddLayerVersionPermission" (AWS Lambda API Reference)."""
    principal, organization = _first(view, "principal"), _first(view, "organization")
    if principal is None:
        return None
    limits = {"StringEquals": {"aws:PrincipalOrgID": organization}} if organization is not None else {}
    return _statement(view, Known("lambda:GetLayerVersion"), principal, limits)


def _first(view: View, name: str) -> Value | None:
    found = view.first(name) if view.applies(name) else None
    return None if isinstance(found, Known) and found.data is None else found


def _statement(view: View, action: Value, principal: Value, conditions: Mapping[str, Mapping[str, Value]]) -> MapValue:
    text = scalar_text(principal.data) if isinstance(principal, Known) else ""
    kind = "Service" if text.endswith((".amazonaws.com", ".amazonaws.com.cn")) else "AWS"
    who: Value = principal if text == "*" else MapValue({kind: principal}, principal.span)
    entries: dict[str, Value] = {"Effect": Known("Allow"), "Action": action, "Principal": who}
    if conditions:
        entries["Condition"] = MapValue({operator: MapValue(keys) for operator, keys in conditions.items()}, view.span)
    return MapValue(entries, view.span)


# By kind; None where there is no permission.
FROM_PARTS: Mapping[str, Callable[[View], Value | None]] = {
    "lambda.permission": _permission,
    "lambda.layer_permission": _layer,
}
