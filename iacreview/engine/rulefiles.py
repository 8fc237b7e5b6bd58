"""Rule and catalog files (YAML) to validated specifications.

Used when the compiled artefacts are made, and for users' own rules; a run without own rules imports none of this.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.catalog import Catalog, Kind, Property
from iacreview.catalog.types import load_types
from iacreview.checks import CHECKS
from iacreview.checks.parameters import PARAMETERS
from iacreview.engine.native import TAG, brought_over, is_native, taggable, tags_of
from iacreview.engine.predicates import OPERATORS
from iacreview.engine.require import names
from iacreview.errors import RuleError
from iacreview.model.source import Source
from iacreview.parse.data.document import parse_document
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode
from iacreview.regular import PatternError, TooCostlyError, compiled

# As many names are listed where none is near.
MAX_LISTED = 40

_SCHEMAS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "schemas")


class File:
    """A YAML file as data, with the line of every part for error messages. Raises RuleError."""

    def __init__(self, path: str, text: str) -> None:
        source = Source(path, text)
        root, problems = parse_document(source)
        if problems or root is None:
            problem = problems[0] if problems else None
            line = problem.span.first.line if problem else 1
            raise RuleError(path, line, problem.message if problem else "is empty")
        self.path = path
        self.source = source
        self.root: DataNode = root
        self.data = _plain(root)

    def error(self, keys: Sequence[str | int], message: str) -> RuleError:
        """An error at a part of the file; `keys` is the way to it from the top."""
        node: DataNode | None = self.root
        start = self.root.start
        for key in keys:
            if isinstance(node, MapNode) and key in node.entries:
                start = node.entries[str(key)][0].start
                node = node.get(str(key))
            elif isinstance(node, ListNode) and isinstance(key, int):
                node = node.items[key]
                start = node.start
        where = ".".join(str(key) for key in keys)
        line = self.source.position(start).line
        return RuleError(self.path, line, f"{where}: {message}" if where else message)

    def validate(self, schema_name: str) -> None:
        """Raises RuleError at the first part that does not fit the schema."""
        from jsonschema import Draft202012Validator

        with open(os.path.join(_SCHEMAS, f"{schema_name}.schema.json"), encoding="utf-8") as stream:
            schema = json.load(stream)
        errors = sorted(Draft202012Validator(schema).iter_errors(self.data), key=lambda each: list(map(str, each.path)))
        if errors:
            raise self.error(list(errors[0].absolute_path), in_words(errors[0]))


def in_words(error: Any) -> str:
    """What does not fit a schema, as a person would say it; `error` is jsonschema's."""
    value, wanted, schema = error.instance, error.validator_value, error.schema
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        return "; ".join(f"there is no key `{key}`{near(key, known)}" for key in value if key not in known)
    if error.validator == "required":
        return f"`{next(key for key in wanted if key not in value)}` is missing"
    if error.validator == "enum":
        return f"`{value}` is not one of the values for it{near(str(value), map(str, wanted))}"
    if error.validator in ("minLength", "maxLength"):
        most = "at least" if error.validator == "minLength" else "at most"
        return f"{most} {wanted} characters, not {len(value)}"
    if error.validator == "pattern":
        return f"`{value}` is not of the form {wanted}"
    if error.validator == "type":
        return f"`{value}` is not of the type {wanted if isinstance(wanted, str) else ' or '.join(wanted)}"
    if error.validator == "oneOf":
        keys = [each["required"][0] for each in wanted if "required" in each]
        return f"needs one of {', '.join(f'`{key}`' for key in keys)}, and no more than one" if keys else error.message
    return str(error.message)


def _plain(node: DataNode) -> Any:
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, ListNode):
        return [_plain(item) for item in node.items]
    return {key: _plain(value) for key, (_, value) in node.entries.items()}


def catalog_spec(files: Sequence[File]) -> dict[str, Any]:
    """All kinds of the catalog files. Raises RuleError for a malformed path or a kind or type defined twice."""
    kinds: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for file in files:
        file.validate("catalog")
        for name, spec in file.data["kinds"].items():
            if name in kinds:
                raise file.error(["kinds", name], "is defined twice")
            for types in spec["types"].values():
                for type in [types] if isinstance(types, str) else types:
                    if owners.setdefault(type, name) != name:
                        raise file.error(["kinds", name, "types"], f"{type} is already {owners[type]}")
            _check_kind(file, name, spec)
            kinds[name] = _lean(spec)
    for file in files:
        for name, spec in file.data["kinds"].items():
            _check_settings(file, ["kinds", name, "properties"], spec["properties"], kinds)
    return dict(sorted(kinds.items()))


def _check_settings(file: File, at: list[str | int], properties: Mapping[str, Any], kinds: Mapping[str, Any]) -> None:
    for key, spec in properties.items():
        kind, _, name = spec.get("setting", "").rpartition(".")
        if kind and (kind not in kinds or name not in kinds[kind]["properties"]):
            raise file.error([*at, key, "setting"], f"{spec['setting']} is not a property of a kind")
        _check_settings(file, [*at, key, "items"], spec.get("items", {}), kinds)


def _check_permission(file: File, kind: Kind, parts: Mapping[str, Any]) -> None:
    """That the properties exist which the parts of a permission name."""
    collections: Sequence[str] = parts.get("each", ())
    known = {key for each in collections if kind.has(each) for key in kind.members(each)}
    for key in (*collections, *parts.get("principals", ()), *parts.get("actions", ()), *parts.get("limits", ())):
        if not kind.has(key) and key not in known:
            raise file.error(["kinds", kind.name, "permission"], f"{kind.name} has no property `{key}`")


def _check_kind(file: File, name: str, spec: Mapping[str, Any]) -> None:
    kind = Kind(name, spec)
    for key in kind.subject:
        if not kind.has(key):
            raise file.error(["kinds", name, "subject"], f"{name} has no property `{key}`")
    _check_permission(file, kind, spec.get("permission", {}))
    for key in spec["properties"]:
        try:
            prop = kind.property(key)
        except ValueError as error:
            raise file.error(["kinds", name, "properties", key], str(error)) from error
        for paths in prop.paths.values():
            for path in paths:
                if path.satellite and path.satellite not in kind.satellites:
                    raise file.error(
                        ["kinds", name, "properties", key], f"{path.satellite} is not among the kind's satellites"
                    )


def _lean(spec: Any) -> Any:
    """Without what only people read."""
    if not isinstance(spec, dict):
        return spec
    return {
        key: _lean(value) for key, value in spec.items() if not (key in ("source", "only") and isinstance(value, str))
    }


def rule_spec(file: File, catalog: Catalog) -> dict[str, Any]:
    """One rule, checked against the schema, the catalog, the operators and the checks. Raises RuleError."""
    file.validate("rule")
    rule: dict[str, Any] = file.data
    for index, written in enumerate(rule["rows"]):
        at: list[str | int] = ["rows", index]
        row = rule["rows"][index] = _in_our_words(file, at, written, catalog)
        if "require" not in row and "check" not in row and "check" not in rule:
            raise file.error(at, "needs `require` or `check`")
        check = _check_of(row, rule)
        if check and check not in CHECKS:
            raise file.error(at, f"there is no check `{check}`{near(check, CHECKS)}")
        if "with" in row and not check:
            raise file.error([*at, "with"], "parameters are for a `check`, and the row has `require`")
        for kind in [row["kind"]] if isinstance(row["kind"], str) else row["kind"]:
            if kind not in catalog:
                raise file.error([*at, "kind"], f"the catalog has no kind `{kind}`{near(kind, catalog)}")
            _check_row(file, at, row, rule, catalog.kind(kind))
    return rule


def _in_our_words(file: File, at: list[str | int], row: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    """A row without native words. Raises RuleError for what there is not, and what does not go together."""
    _check_shape(file, at, row)
    if not is_native(row):
        return row
    types = load_types()
    for type in [row["type"]] if isinstance(row.get("type"), str) else row.get("type", ()):
        if type not in types.all:
            raise file.error([*at, "type"], f"there is no resource type `{type}`{near(type, types.all)}")
    tags = list(tags_of(row))
    kinds = row.get("kind", ())
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if tags and kind in catalog and not taggable(_types_of(catalog.kind(kind)), types):
            raise file.error(at, f"{kind} has no tags")
    found = brought_over(row, types)
    for name, spec in found.get("properties", {}).items():
        try:
            Property(name, spec)
        except ValueError as error:
            raise file.error(at, f"`{name}`: {error}") from error
    return found


def _types_of(kind: Kind) -> list[str]:
    return [type for types in kind.spec["types"].values() for type in ([types] if isinstance(types, str) else types)]


def _check_shape(file: File, at: list[str | int], row: Mapping[str, Any]) -> None:
    """What the schema does not say of a row's parts."""
    if "attribute" in row:
        if "type" not in row:
            raise file.error([*at, "attribute"], "is for rows of a `type`")
        if "require" not in row:
            raise file.error(at, "needs `require`: what the attribute must be")
    elif "type" in row and any(not name.startswith(TAG) for name in names(row.get("require", {}))):
        raise file.error([*at, "type"], "needs `attribute`, unless the row asks for `tags.NAME` alone")
    elif not isinstance(row.get("require", {}), dict):
        raise file.error([*at, "require"], "must be a mapping of properties to what each must be")
    if "kind" not in row and "check" in row:
        raise file.error([*at, "check"], "is for rows of a `kind`")


def _check_of(row: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    return "" if "require" in row else str(row.get("check", rule.get("check", "")))


def near(name: str, known: Iterable[str]) -> str:
    """A suggestion for a name that is not known, to go behind the sentence that says so."""
    from difflib import get_close_matches

    found = get_close_matches(name[:64], known, n=1)
    return f"; did you mean `{found[0]}`?" if found else f"; there are {', '.join(sorted(known)[:MAX_LISTED])}"


def _check_row(file: File, at: list[str | int], row: Mapping[str, Any], rule: Mapping[str, Any], kind: Kind) -> None:
    scope = scope_of(file, at, row, kind)
    fix = row.get("fix", rule.get("fix", ""))
    if check := _check_of(row, rule):
        _check_parameters(file, at, check, row.get("with", {}), scope, kind)
    for key in ("when", "require"):
        check_requirements(file, [*at, key], row.get(key, {}), scope, kind)
    if "none" in row.get("require", {}):
        raise file.error([*at, "require", "none"], "is for `when`: in `require`, say `not` of a property")
    for name in fix if isinstance(fix, dict) and "fix" in row else ():
        if name not in scope:
            raise file.error([*at, "fix"], f"{kind.name} has no property `{name}`{near(name, scope)}")


def check_requirements(
    file: File, at: Sequence[str | int], requirements: Mapping[str, Any], scope: Collection[str], kind: Kind
) -> None:
    """Properties, collections and operators that requirements name are there. Raises RuleError."""
    for name in _some(requirements):
        if not kind.has(name) or not kind.property(name).items:
            raise file.error(at, f"{kind.name} has no collection `{name}`")
    for name, predicate in _requirements(requirements):
        if name not in scope and not any(name in kind.members(each) for each in _some(requirements)):
            raise file.error(at, f"{kind.name} has no property `{name}`{near(name, scope)}")
        check_predicate(file, [*at, name], predicate)


def _check_parameters(
    file: File, at: list[str | int], check: str, given: Mapping[str, Any], scope: set[str], kind: Kind
) -> None:
    """A check's parameters fit its schema, and name properties and collections that there are."""
    from jsonschema import Draft202012Validator, FormatChecker

    schema = PARAMETERS.get(check)
    if schema is None:
        raise file.error(at, f"the check `{check}` has no schema in iacreview/checks/parameters.py")
    for name in given:
        if name not in schema["properties"]:
            hint = near(name, schema["properties"]) if schema["properties"] else "; it takes none"
            raise file.error([*at, "with", name], f"the check `{check}` has no parameter `{name}`{hint}")
    known = scope.union(*(kind.members(name) for name in kind.spec["properties"] if kind.property(name).items))
    checker = FormatChecker(formats=())
    checker.checks("property")(known.__contains__)
    for error in Draft202012Validator(schema, format_checker=checker).iter_errors(given):
        text = error.message
        if error.validator == "format":
            text = f"{kind.name} has no {error.validator_value} `{error.instance}`"
            text += near(error.instance, known)
        raise file.error([*at, "with", *error.absolute_path], text)


def scope_of(file: File, at: list[str | int], row: Mapping[str, Any], kind: Kind) -> set[str]:
    """The properties that a row may name: the kind's, and those of the collection that it is for."""
    names = {*kind.spec["properties"], *row.get("properties", {})}
    items: Mapping[str, Property] | None = None
    for part in row["each"].split(".") if "each" in row else ():
        source = {name: kind.property(name) for name in kind.spec["properties"]} if items is None else items
        if part not in source or not source[part].items:
            raise file.error([*at, "each"], f"{kind.name} has no collection `{part}`{near(part, source)}")
        items = source[part].items
        names |= set(items)
    return names


def _requirements(requirements: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, predicate in requirements.items():
        if name in ("any", "all", "none"):
            for each in predicate:
                yield from _requirements(each)
        elif name == "some":
            for wanted in predicate.values():
                yield from _requirements(wanted)
        else:
            yield name, predicate


def _some(requirements: Mapping[str, Any]) -> Iterator[str]:
    """The collections of which requirements ask for a member."""
    for name, predicate in requirements.items():
        if name == "some":
            yield from predicate
        elif name in ("any", "all", "none"):
            for each in predicate:
                yield from _some(each)


def check_predicate(file: File, at: list[str | int], predicate: Any) -> None:
    """The operators of a predicate are there, and its patterns can be compiled. Raises RuleError."""
    if not isinstance(predicate, dict):
        return
    for name, argument in predicate.items():
        if name not in OPERATORS:
            raise file.error(at, f"there is no operator `{name}`{near(name, OPERATORS)}")
        _check_argument(file, at, name, argument)
        for each in argument if isinstance(argument, list) else [argument]:
            check_predicate(file, at, each)
        if name == "matches":
            _check_pattern(file, at, argument)


def _check_argument(file: File, at: list[str | int], name: str, argument: Any) -> None:
    """That an operator's argument is what it works with."""
    wanted = next((said for names, said, _ in _ARGUMENTS if name in names), "")
    fits = next((fits for names, _, fits in _ARGUMENTS if name in names), None)
    if fits is not None and not fits(argument):
        raise file.error([*at, name], f"`{name}` takes {wanted}, not `{argument}`")


_ARGUMENTS: tuple[tuple[tuple[str, ...], str, Callable[[Any], bool]], ...] = (
    (
        ("at_least", "at_most"),
        "a number",
        lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    ),
    (("matches", "starts_with"), "a text", lambda value: isinstance(value, str)),
    (
        ("in", "not_in", "all_of", "any_of", "contains_all", "contains_any", "dynamic_reference"),
        "a list",
        lambda value: isinstance(value, list) and bool(value),
    ),
    (
        ("literal_secret", "stored_secret", "customer_managed_key", "internet"),
        "true or false",
        lambda value: isinstance(value, bool),
    ),
)


def _check_pattern(file: File, at: list[str | int], pattern: Any) -> None:
    """One syntax for all patterns, that of the engine which has no slow ones."""
    try:
        compiled(str(pattern))
    except (PatternError, TooCostlyError) as error:
        raise file.error(at, f"`matches`: {error} (patterns are RE2's)") from error


def rule_specs(files: Sequence[File], catalog: Catalog, others: Iterable[str] = ()) -> list[dict[str, Any]]:
    """All rules, by code; `others` are codes of rules elsewhere.

    Raises RuleError for a code or name used twice, and a code that no rule has.
    """
    seen: dict[str, str] = {}
    specs = []
    for file in files:
        spec = rule_spec(file, catalog)
        for key in (spec["id"], spec["name"]):
            if key in seen:
                raise file.error([], f"{key} is already used by {seen[key]}")
            seen[key] = file.path
        specs.append(spec)
    codes = {*others, *(spec["id"] for spec in specs)}
    for file, spec in zip(files, specs, strict=True):
        for index, code in enumerate(spec.get("within", ())):
            if code not in codes:
                raise file.error(["within", index], f"there is no rule `{code}`{near(code, codes)}")
    return sorted(specs, key=lambda each: str(each["id"]))
