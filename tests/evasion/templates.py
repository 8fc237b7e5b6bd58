"""Other spellings of a CloudFormation template that deploy the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import yaml

from iacreview.model.source import Source
from iacreview.parse.data.document import parse_document
from tests.review.transforms import plain

Files = dict[str, str]
Template = dict[str, Any]
# A string of a property -> what stands in its place; parts of the template may be added to it.
Spelling = Callable[[str, int, Template], Any]

_FUNCTION = re.compile(r"Ref|Fn::.*|Condition")


def _template(files: Files) -> tuple[str, Template] | None:
    if len(files) != 1:
        return None
    ((path, text),) = files.items()
    root, problems = parse_document(Source(path, text))
    assert not problems
    assert root is not None
    data = plain(root)
    return (path, data) if "Transform" not in data else None


def _properties(template: Template) -> Iterator[tuple[Any, Any]]:
    """The strings of all properties, each as a container and its key. Arguments of functions are left out."""
    pending: list[Any] = [entry.get("Properties") for entry in template["Resources"].values()]
    while pending:
        container = pending.pop()
        if isinstance(container, dict) and len(container) == 1 and _FUNCTION.fullmatch(next(iter(container))):
            continue
        items = container.items() if isinstance(container, dict) else enumerate(container or ())
        for key, value in list(items):
            if isinstance(value, dict | list):
                pending.append(value)
            elif isinstance(value, str) and "{{" not in value:
                yield container, key


def respelt(files: Files, spelling: Spelling) -> Files | None:
    """Every string of every property in another spelling."""
    found = _template(files)
    if found is None:
        return None
    path, template = found
    for number, (container, key) in enumerate(list(_properties(template))):
        container[key] = spelling(container[key], number, template)
    return {path: json.dumps(template, indent=1)}


def _named(text: str, number: int, template: Template) -> str:
    """A parameter whose default the text is."""
    template.setdefault("Parameters", {})[f"Value{number}"] = {"Type": "String", "Default": text}
    return f"Value{number}"


def _always(template: Template) -> str:
    template.setdefault("Conditions", {})["Always"] = {"Fn::Equals": ["same", "same"]}
    return "Always"


def _never(template: Template) -> str:
    template.setdefault("Conditions", {})["Never"] = {"Fn::Not": [{"Condition": _always(template)}]}
    return "Never"


def _mapped(text: str, number: int, template: Template) -> Any:
    template.setdefault("Mappings", {}).setdefault("Values", {})[f"v{number}"] = {"is": text}
    return {"Fn::FindInMap": ["Values", f"v{number}", "is"]}


def _mapped_by_parameter(text: str, number: int, template: Template) -> Any:
    template.setdefault("Mappings", {}).setdefault("Values", {})[f"v{number}"] = {"is": text}
    return {"Fn::FindInMap": ["Values", {"Ref": _named(f"v{number}", number, template)}, "is"]}


def _only_allowed(text: str, number: int, template: Template) -> str:
    """A parameter that can only be the text."""
    template.setdefault("Parameters", {})[f"Value{number}"] = {"Type": "String", "AllowedValues": [text]}
    return f"Value{number}"


def _asserted(text: str, number: int, template: Template) -> str:
    """A parameter of which a rule asserts that it is the text."""
    template.setdefault("Parameters", {})[f"Value{number}"] = {"Type": "String"}
    said = {"Assert": {"Fn::Equals": [{"Ref": f"Value{number}"}, text]}}
    template.setdefault("Rules", {})[f"Rule{number}"] = {"Assertions": [said]}
    return f"Value{number}"


def _list(text: str, number: int, template: Template) -> str:
    declared = {"Type": "CommaDelimitedList", "Default": f"{text},other"}
    template.setdefault("Parameters", {})[f"Value{number}"] = declared
    return f"Value{number}"


def _absent_key(text: str, number: int, template: Template) -> Any:
    template["Transform"] = "AWS::LanguageExtensions"
    template.setdefault("Mappings", {}).setdefault("Values", {})["one"] = {"is": "other"}
    return {"Fn::FindInMap": ["Values", "two", "is", {"DefaultValue": text}]}


def _literal(text: str) -> str:
    return text.replace("${", "${!")


SPELLINGS: dict[str, Spelling] = {
    "default": lambda text, n, t: {"Ref": _named(text, n, t)},
    "sub": lambda text, n, t: {"Fn::Sub": _literal(text)},
    "sub_of_default": lambda text, n, t: {"Fn::Sub": f"${{{_named(text, n, t)}}}"},
    "sub_of_map": lambda text, n, t: {"Fn::Sub": ["${v}", {"v": text}]},
    "join": lambda text, n, t: {"Fn::Join": ["", [text[: len(text) // 2], text[len(text) // 2 :]]]},
    "join_of_default": lambda text, n, t: {"Fn::Join": ["", ["", {"Ref": _named(text, n, t)}]]},
    "select": lambda text, n, t: {"Fn::Select": [1, ["other", text]]},
    "select_of_split": lambda text, n, t: {"Fn::Select": ["1", {"Fn::Split": ["§", f"other§{text}"]}]},
    "if_always": lambda text, n, t: {"Fn::If": [_always(t), text, {"Ref": "AWS::NoValue"}]},
    "if_never": lambda text, n, t: {"Fn::If": [_never(t), {"Ref": "AWS::NoValue"}, text]},
    "mapping": _mapped,
    "mapping_by_parameter": _mapped_by_parameter,
    "only_allowed": lambda text, n, t: {"Ref": _only_allowed(text, n, t)},
    "asserted": lambda text, n, t: {"Ref": _asserted(text, n, t)},
    "default_of_a_map": _absent_key,
    "join_of_split": lambda text, n, t: {"Fn::Join": ["", {"Fn::Split": ["§", "§".join(text)]}]},
    "select_of_list": lambda text, n, t: {"Fn::Select": ["0", {"Ref": _list(text, n, t)}]} if "," not in text else text,
    "nested_functions": lambda text, n, t: {"Fn::Join": ["", [{"Fn::Sub": _literal(text)}]]},
}


def _anew(files: Files, write: Callable[[Template], str | Files]) -> Files | None:
    found = _template(files)
    if found is None:
        return None
    written = write(found[1])
    return {found[0]: written} if isinstance(written, str) else written


def as_json(files: Files) -> Files | None:
    return _anew(files, lambda template: json.dumps(template, indent=1))


def as_flow(files: Files) -> Files | None:
    return _anew(files, lambda template: yaml.safe_dump(template, default_flow_style=True, width=60))


def as_folded(files: Files) -> Files | None:
    """Every scalar, keys included, a folded text; other types by their tags."""
    return _anew(files, lambda template: yaml.safe_dump(template, default_style=">", width=40))


def as_literal(files: Files) -> Files | None:
    return _anew(files, lambda template: yaml.safe_dump(template, default_style="|"))


def _escaped(data: Any) -> str:
    if isinstance(data, dict):
        return "{" + ", ".join(f"{_escaped(key)}: {_escaped(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(_escaped, data)) + "]"
    if isinstance(data, str):
        return '"' + "".join(f"\\u{ord(char):04x}" for char in data) + '"'
    return json.dumps(data)


def as_escapes(files: Files) -> Files | None:
    """Every character of every key and text as an escape, in JSON."""
    return _anew(files, _escaped)


def _tagged(data: Any) -> str:
    if isinstance(data, dict):
        return "!!map {" + ", ".join(f"!!str {json.dumps(key)}: {_tagged(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "!!seq [" + ", ".join(map(_tagged, data)) + "]"
    return f"!!str {json.dumps(data)}" if isinstance(data, str) else json.dumps(data)


def as_tagged(files: Files) -> Files | None:
    return _anew(files, lambda template: _tagged(template) + "\n")


def _explicit(data: Any, indent: str = "") -> str:
    if isinstance(data, dict) and data:
        lines = (f"{indent}? {json.dumps(key)}\n{indent}:\n{_explicit(data[key], indent + '  ')}" for key in data)
        return "\n".join(lines)
    if isinstance(data, list) and data:
        return "\n".join(f"{indent}-\n{_explicit(item, indent + '  ')}" for item in data)
    return f"{indent}{json.dumps(data)}"


def as_explicit_keys(files: Files) -> Files | None:
    return _anew(files, lambda template: _explicit(template) + "\n")


def _anchored(template: Template) -> str:
    """Every text and type stands once, with an anchor, in the Metadata; everywhere else there are aliases."""
    texts: dict[str, int] = {}

    def write(data: Any) -> str:
        if isinstance(data, dict):
            return "{" + ", ".join(f"{json.dumps(key)}: {write(value)}" for key, value in data.items()) + "}"
        if isinstance(data, list):
            return "[" + ", ".join(map(write, data)) + "]"
        if isinstance(data, str):
            return f"*v{texts.setdefault(data, len(texts))} "
        return json.dumps(data)

    body = write({key: value for key, value in template.items() if key != "AWSTemplateFormatVersion"})
    anchors = ", ".join(f"&v{number} {json.dumps(text)}" for text, number in texts.items())
    return f'{{"Metadata": {{"Texts": [{anchors}]}},\n{body[1:]}\n'


def as_aliases(files: Files) -> Files | None:
    found = _template(files)
    return None if found is None or "Metadata" in found[1] else _anew(files, _anchored)


def with_merge_keys(files: Files) -> Files | None:
    """The properties of every resource merged from an anchor."""

    def write(template: Template) -> str:
        parts = []
        for number, (name, entry) in enumerate(template["Resources"].items()):
            rest = {key: value for key, value in entry.items() if key != "Properties"}
            shared = json.dumps(entry.get("Properties", {}))
            inner = json.dumps(rest)[1:-1]
            merged = f'"Metadata": {{"shared": &p{number} {shared}}}, "Properties": {{<<: *p{number} }}'
            parts.append(f"{json.dumps(name)}: {{{inner}, {merged}}}")
        others = {key: value for key, value in template.items() if key != "Resources"}
        return f'{{"Resources": {{{", ".join(parts)}}}, {json.dumps(others)[1:]}\n'

    found = _template(files)
    return None if found is None or "Metadata" in str(found[1]) else _anew(files, write)


def _is_closed(template: Template) -> bool:
    return all("Default" in parameter for parameter in template.get("Parameters", {}).values())


def nested(files: Files) -> Files | None:
    """The template of a nested stack."""
    parent = {
        "Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "inner/main.yaml"}}}
    }

    def write(template: Template) -> Files:
        return {"parent.yaml": json.dumps(parent), "inner/main.yaml": json.dumps(template)}

    found = _template(files)
    return _anew(files, write) if found is not None and _is_closed(found[1]) else None


def included(files: Files) -> Files | None:
    """The resources in a file that AWS::Include brings in."""

    def write(template: Template) -> Files:
        parent = deepcopy(template)
        include = {"Name": "AWS::Include", "Parameters": {"Location": "part.json"}}
        parent["Resources"] = {"Fn::Transform": include}
        return {"main.yaml": json.dumps(parent), "part.json": json.dumps(template["Resources"])}

    return _anew(files, write)


def looped(files: Files) -> Files | None:
    """Every resource that nothing refers to made by a loop of one."""

    def write(template: Template) -> str:
        text = json.dumps(template)
        made: Template = {}
        for name, entry in template["Resources"].items():
            if re.search(rf'"(?:Ref|DependsOn)": "{name}"|\["{name}"|\$\{{{name}\b', text):
                made[name] = entry
            else:
                made[f"Fn::ForEach::Loop{name}"] = ["Part", ["One"], {f"{name}${{Part}}": entry}]
        return json.dumps({"Transform": "AWS::LanguageExtensions", **template, "Resources": made})

    return _anew(files, write)


def looped_twice(files: Files) -> Files | None:
    """Every resource that nothing refers to made by a loop in a loop."""
    once = looped(files)
    if once is None:
        return None
    ((path, text),) = once.items()
    template = json.loads(text)
    for name, made in list(template["Resources"].items()):
        if name.startswith("Fn::ForEach::"):
            template["Resources"][name] = ["Outer", ["Two"], {f"Fn::ForEach::Inner{name[13:]}": made}]
    return {path: json.dumps(template)}


def included_properties(files: Files) -> Files | None:
    """The properties of every resource in a file of their own."""

    def write(template: Template) -> Files:
        parts: Files = {}
        for name, entry in template["Resources"].items():
            if entry.get("Properties"):
                parts[f"{name}.json"] = json.dumps(entry["Properties"])
                include = {"Name": "AWS::Include", "Parameters": {"Location": f"{name}.json"}}
                entry["Properties"] = {"Fn::Transform": include}
        return {"main.yaml": json.dumps(template), **parts}

    return _anew(files, write)


def conditional(files: Files) -> Files | None:
    """Every resource under a condition that always holds."""

    def write(template: Template) -> str:
        for entry in template["Resources"].values():
            entry.setdefault("Condition", _always(template))
        return json.dumps(template)

    return _anew(files, write)


def windows(files: Files) -> Files | None:
    """The line ends of Windows."""
    return {path: text.replace("\n", "\r\n") for path, text in files.items()}


def upper_suffix(files: Files) -> Files | None:
    """The suffix as some editors write it."""
    return {path.replace(".yaml", ".YAML"): text for path, text in files.items()}


FORMS: tuple[Callable[[Files], Files | None], ...] = (
    as_json,
    as_flow,
    as_folded,
    as_literal,
    as_escapes,
    as_tagged,
    as_explicit_keys,
    as_aliases,
    with_merge_keys,
    nested,
    included,
    looped,
    looped_twice,
    included_properties,
    conditional,
    windows,
    upper_suffix,
)


def rewritings() -> dict[str, Callable[[Files], Files | None]]:
    """All ways to write a template otherwise, by name."""
    spelt = {name: _respelling(spelling) for name, spelling in SPELLINGS.items()}
    return {**spelt, **{form.__name__: form for form in FORMS}}


def _respelling(spelling: Spelling) -> Callable[[Files], Files | None]:
    return lambda files: respelt(files, spelling)
