"""Type constraints of variables, and the conversion of values to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from iacreview.evaluate.terraform.convert import to_bool, to_number, to_text
from iacreview.evaluate.terraform.values import SetValue, is_null
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source
from iacreview.model.value import Choice, Encoded, Known, ListValue, MapValue, Text, Value
from iacreview.parse.terraform.nodes import Call, Expression, Name, Object, Parens, Template, TemplateText
from iacreview.parse.terraform.nodes import Tuple as TupleNode

_MAX_DEPTH = 40


class Plain(NamedTuple):
    """string, number, bool or any."""

    name: str


class Collection(NamedTuple):
    """list(...), set(...) or map(...)."""

    name: str
    element: Type


class Structure(NamedTuple):
    """object({...}): the type of each attribute, and the defaults of the optional ones."""

    attributes: Mapping[str, Type]
    optional: Mapping[str, tuple[Expression, Source] | None]


class TupleType(NamedTuple):
    """tuple([...])"""

    elements: tuple[Type, ...]


Type: TypeAlias = "Plain | Collection | Structure | TupleType"
ANY = Plain("any")


def read_type(node: Expression, source: Source, depth: int = 0) -> Type:
    """The type an expression describes; `any` where it describes none."""
    if isinstance(node, Parens):
        return read_type(node.inner, source, depth)
    if isinstance(node, Template) and len(node.parts) == 1 and isinstance(node.parts[0], TemplateText):
        return _legacy(node.parts[0].value)
    if isinstance(node, Name):
        return Plain(node.name) if node.name in ("string", "number", "bool") else _legacy(node.name)
    if not isinstance(node, Call) or depth > _MAX_DEPTH or not node.args:
        return ANY
    argument = node.args[0]
    if node.name in ("list", "set", "map"):
        return Collection(node.name, read_type(argument, source, depth + 1))
    if node.name == "tuple" and isinstance(argument, TupleNode):
        return TupleType(tuple(read_type(item, source, depth + 1) for item in argument.items))
    if node.name == "object" and isinstance(argument, Object):
        return _structure(argument, source, depth)
    return ANY


def _legacy(name: str) -> Type:
    if name in ("list", "map"):
        return Collection(name, ANY)
    return Plain(name) if name in ("string", "number", "bool") else ANY


def _structure(node: Object, source: Source, depth: int) -> Structure:
    attributes: dict[str, Type] = {}
    optional: dict[str, tuple[Expression, Source] | None] = {}
    for key, type_node in node.items:
        name = key.name if isinstance(key, Name) else _text(key)
        if isinstance(type_node, Call) and type_node.name == "optional" and type_node.args:
            optional[name] = (type_node.args[1], source) if len(type_node.args) > 1 else None
            attributes[name] = read_type(type_node.args[0], source, depth + 1)
        else:
            attributes[name] = read_type(type_node, source, depth + 1)
    return Structure(attributes, optional)


def _text(node: Expression) -> str:
    if isinstance(node, Template) and len(node.parts) == 1 and isinstance(node.parts[0], TemplateText):
        return node.parts[0].value
    return ""


class Converter:
    """Converts values; `evaluate_default` gives the value of an optional attribute's default."""

    __slots__ = ("evaluate_default",)

    def __init__(self, evaluate_default: object) -> None:
        self.evaluate_default = evaluate_default

    def convert(self, value: Value, wanted: Type) -> Value:
        """The value as that type has it. What cannot be converted, or is not known, stays as it is."""
        if is_null(value):
            return value
        if isinstance(value, Choice):
            branches = [(when, self.convert(branch, wanted)) for when, branch in value.branches]
            return Choice(branches, value.span, value.via, value.references)
        if isinstance(wanted, Plain):
            return _to_plain(value, wanted.name)
        if isinstance(wanted, Collection):
            return self._to_collection(value, wanted)
        if isinstance(wanted, Structure):
            return self._to_structure(value, wanted)
        if isinstance(value, ListValue) and len(value.items) == len(wanted.elements):
            items = [self.convert(item, kind) for item, kind in zip(value.items, wanted.elements, strict=True)]
            return ListValue(items, value.span, value.via, value.references, value.complete)
        return value

    def _to_collection(self, value: Value, wanted: Collection) -> Value:
        if wanted.name == "map":
            if not isinstance(value, MapValue):
                return value
            entries = {key: self.convert(item, wanted.element) for key, item in value.entries.items()}
            return MapValue(entries, value.span, value.via, value.references, value.keys, value.complete)
        if not isinstance(value, ListValue):
            return value
        items = [self.convert(item, wanted.element) for item in value.items]
        if wanted.name == "list":
            return ListValue(items, value.span, value.via, value.references, value.complete)
        from iacreview.evaluate.terraform.functions.set import unique

        found = unique(items)
        if all(isinstance(item, Known) and isinstance(item.data, str) for item in found):
            found.sort(key=lambda item: str(item.data).encode() if isinstance(item, Known) else b"")
        return SetValue(found, value.span, value.via, value.references, value.complete)

    def _to_structure(self, value: Value, wanted: Structure) -> Value:
        if not isinstance(value, MapValue):
            return value
        entries: dict[str, Value] = {}
        for name, kind in wanted.attributes.items():
            found = value.entries.get(name)
            if (found is None or is_null(found)) and name in wanted.optional and value.complete:
                entries[name] = self._default(name, wanted, kind, value)
            elif found is not None:
                entries[name] = self.convert(found, kind)
        return MapValue(entries, value.span, value.via, value.references, value.keys, value.complete)

    def _default(self, name: str, wanted: Structure, kind: Type, value: MapValue) -> Value:
        default = wanted.optional[name]
        if default is None:
            return Known(None, value.span)
        assert callable(self.evaluate_default)
        found: Value = self.evaluate_default(*default)
        return self.convert(found, kind)


def _to_plain(value: Value, name: str) -> Value:
    if isinstance(value, (Known, Text, Encoded)):
        converted = {"string": to_text, "number": to_number, "bool": to_bool}.get(name, _unchanged)(value)
        return converted if isinstance(converted, Known) else value
    return value


def _unchanged(value: Value) -> Value:
    return value
