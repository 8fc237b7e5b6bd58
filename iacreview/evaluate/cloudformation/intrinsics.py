"""The intrinsic functions ("Intrinsic function reference", AWS CloudFormation Template Reference Guide).

Each takes a scope and a call and returns a value that stands at the call. None of them raises: what is used
wrongly is an Unknown that says what the function needs.
"""

from __future__ import annotations

from iacreview.evaluate.cloudformation.lists import cidr, get_azs, length, select, split
from iacreview.evaluate.cloudformation.lookup import find_in_map, get_att, ref
from iacreview.evaluate.cloudformation.scope import Function, IntrinsicCall, TemplateScope
from iacreview.evaluate.cloudformation.substitution import sub
from iacreview.evaluate.cloudformation.texts import distributed, joined, provenance
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Unknown, Value
from iacreview.parse.data.nodes import ListNode, ScalarNode


def fn_if(scope: TemplateScope, call: IntrinsicCall) -> Value:
    """Fn::If: the one branch where the condition is settled, else a Choice of both."""
    items = call.argument.items if isinstance(call.argument, ListNode) else []
    if len(items) != 3 or not isinstance(items[0], ScalarNode):
        return Unknown("Fn::If needs [condition, value if true, value if false]", call.span)
    name = items[0].text
    settled = scope.conditions.settled(name, call.assume)
    if settled is not None:
        return scope.value(items[1] if settled else items[2], call.assume)
    branches = []
    for holds, item in ((True, items[1]), (False, items[2])):
        guard = scope.conditions.guard(name, holds)
        branches.append(((guard,), scope.value(item, (*call.assume, guard))))
    return Choice(branches, call.span)


def join(scope: TemplateScope, call: IntrinsicCall) -> Value:
    """Fn::Join: a text, with holes where a part is not known."""
    items = call.argument.items if isinstance(call.argument, ListNode) else []
    if len(items) != 2 or not isinstance(items[0], ScalarNode):
        return Unknown("Fn::Join needs [delimiter, list]", call.span)
    delimiter = items[0].text

    def build(values: list[Value]) -> Value:
        (joinable,) = values
        if isinstance(joinable, ListValue):
            return joined(delimiter, joinable.items, joinable.complete, scope.site(call))
        return _unknown("what Fn::Join joins is not known", joinable, call)

    return distributed([scope.value(items[1], call.assume)], build, scope.site(call))


def base64(scope: TemplateScope, call: IntrinsicCall) -> Value:
    """Fn::Base64: the text before it is encoded, since that is what people wrote and rules read."""
    return scope.value(call.argument, call.assume).moved(call.span)


def to_json_string(scope: TemplateScope, call: IntrinsicCall) -> Value:
    """Fn::ToJsonString: the structure itself, as a document."""
    structure = scope.value(call.argument, call.assume)
    if isinstance(structure, (MapValue, ListValue)):
        return Encoded(structure, call.span, references=structure.references)
    return _unknown("what Fn::ToJsonString encodes is not known", structure, call)


def import_value(scope: TemplateScope, call: IntrinsicCall) -> Value:
    """Fn::ImportValue: an output of another stack, which only a deployment knows."""
    name = scope.value(call.argument, call.assume)
    what = f" as {name.data}" if isinstance(name, Known) and isinstance(name.data, str) else ""
    return Unknown(f"exported by another stack{what}", call.span, references=name.references)


def transform(scope: TemplateScope, call: IntrinsicCall) -> Value:
    """AWS::Include of a file in the tree; what other macros return is not known."""
    included = scope.included(call.argument, call.assume)
    if included is not None:
        return included
    return Unknown("what a macro returns is known at deployment", call.span)


def _unknown(reason: str, of: Value, call: IntrinsicCall) -> Value:
    """An Unknown for the reason that `of` has, or else the one given."""
    via, references = provenance([of])
    return Unknown(of.reason if isinstance(of, Unknown) else reason, call.span, via, references)


FUNCTIONS: dict[str, Function] = {
    "Ref": ref,
    "Fn::GetAtt": get_att,
    "Fn::Sub": sub,
    "Fn::Join": join,
    "Fn::Select": select,
    "Fn::Split": split,
    "Fn::FindInMap": find_in_map,
    "Fn::If": fn_if,
    "Fn::Base64": base64,
    "Fn::Cidr": cidr,
    "Fn::GetAZs": get_azs,
    "Fn::ImportValue": import_value,
    "Fn::Transform": transform,
    "Fn::Length": length,
    "Fn::ToJsonString": to_json_string,
}
