"""Permissions whose parts are properties of their own (a function's, a key's grant), as statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.catalog import Kind
from iacreview.catalog.occurrence import Occurrence
from iacreview.catalog.view import View
from iacreview.grants.principals import Document, document_of
from iacreview.model.value import Known, ListValue, MapValue, Text, Value, scalar_text


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
    return _granting(view, action, who, conditions)


def _granting(view: View, action: Value, who: Value, conditions: Mapping[str, Mapping[str, Value]]) -> MapValue:
    entries: dict[str, Value] = {"Effect": Known("Allow"), "Action": action, "Principal": who}
    if conditions:
        entries["Condition"] = MapValue({operator: MapValue(keys) for operator, keys in conditions.items()}, view.span)
    return MapValue(entries, view.span)


_FROM_PARTS: Mapping[str, Callable[[View], Value | None]] = {
    "lambda.permission": _permission,
    "lambda.layer_permission": _layer,
}


def has_parts(kind: Kind) -> bool:
    """Whether resources of a kind may be a permission, or have one, that is written as parts of a statement."""
    return kind.name in _FROM_PARTS or "permission" in kind.spec


def _statement_of(view: View) -> Value | None:
    """The statement or statements that the parts of a permission make; None where there is no permission."""
    own = _FROM_PARTS.get(view.kind.name)
    if own is not None:
        return own(view)
    parts = view.kind.spec["permission"]
    scopes = [member for name in parts["each"] for member in view.members(name)] if "each" in parts else [view]
    found = [each for scope in scopes if (each := _as_catalogued(scope, parts)) is not None]
    return ListValue(found, view.span) if found else None


def principals_in(kind: Kind) -> Sequence[str]:
    """The properties that name who gets a permission, as the catalog has them."""
    found: Sequence[str] = kind.spec.get("permission", {}).get("principals", ())
    return found


def permission_of(view: View) -> Document | None:
    """The document with what the parts of a permission make; None where there is no permission."""
    statement = _statement_of(view)
    if statement is None:
        return None
    value = MapValue({"Statement": statement}, view.span)
    return document_of(view.resource.address, Occurrence(value, view.span, ""), value, view.world)


def _as_catalogued(view: View, parts: Mapping[str, Any]) -> Value | None:
    """A permission of which the catalog says where its parts are: whom, what, and within which limits."""
    principals = [each for name in parts["principals"] for each in _values(view, name)]
    if "elsewhere" in parts:
        principals = [each for each in principals if view.world.target(each) is None]
    actions: list[Value] = [Known(each) for each in parts.get("does", ())]
    for name, prefix in parts.get("actions", {}).items():
        actions += [_action(each, prefix) for each in _values(view, name)]
    if not principals or not actions:
        return None
    asked = {key: [*_values(view, name)] for name, key in parts.get("limits", {}).items()}
    limits = {key: ListValue(found) for key, found in asked.items() if found}
    who = MapValue({"AWS": ListValue(principals)}, view.span)
    return _granting(view, ListValue(actions), who, {"StringEquals": limits} if limits else {})


def _values(view: View, name: str) -> Iterator[Value]:
    """The values of a property, those of a list and of a text with commas each."""
    for occurrence in view.occurrences(name) if view.applies(name) else ():
        value = occurrence.value
        for each in value.items if isinstance(value, ListValue) else () if value is None else (value,):
            if isinstance(each, Known) and isinstance(each.data, str) and "," in each.data:
                yield from (Known(text.strip(), each.span, each.via) for text in each.data.split(","))
            elif not isinstance(each, Known) or each.data is not None:
                yield each


def _action(value: Value, prefix: str) -> Value:
    """What is allowed under the name of an action; of an ARN, its last part."""
    if isinstance(value, Known):
        return Known(prefix + scalar_text(value.data).rpartition("/")[2], value.span, value.via)
    return Text((Known(prefix), value), value.span)
