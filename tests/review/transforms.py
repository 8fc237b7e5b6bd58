"""Changes that mean nothing: each gives the files of a project another form and leaves what is deployed as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from iacreview.model.source import Source
from iacreview.parse.data.document import parse_document
from iacreview.parse.data.nodes import DataNode, ListNode, MapNode, ScalarNode
from iacreview.parse.terraform.nodes import Block, Body
from iacreview.parse.terraform.parser import parse_body

Files = Mapping[str, str]
Transform = Callable[[Files], "dict[str, str] | None"]


def top_blocks(path: str, text: str) -> list[tuple[Block, str]]:
    """The top-level blocks of a file, each with its text."""
    body, problems = parse_body(Source(path, text))
    assert not problems
    return [(block, text[block.start : block.end]) for block in body.blocks]


def _terraform(files: Files, change: Callable[[str, str], dict[str, str]]) -> dict[str, str] | None:
    if not any(path.endswith(".tf") for path in files):
        return None
    result: dict[str, str] = {}
    for path, text in files.items():
        result.update(change(path, text) if path.endswith(".tf") else {path: text})
    return result


def commented(files: Files) -> dict[str, str] | None:
    """A remark and empty lines before every block, resource or line that begins a mapping."""
    result = {}
    for path, text in files.items():
        if path.endswith(".tf"):
            text = re.sub(
                r"^(?=(resource|variable|data|module|locals)\b)", "\n# a remark\n// another\n\n", text, flags=re.M
            )
        elif path.endswith(".yaml"):
            text = "# a remark\n\n" + re.sub(r"^(Resources|Parameters):", r"# more\n\n\1:  # here", text, flags=re.M)
        result[path] = text
    return result


def reformatted(files: Files) -> dict[str, str] | None:
    """Wider indentation and alignment. Texts with heredocs and block scalars keep theirs, which is part of the value."""

    def change(path: str, text: str) -> dict[str, str]:
        if "<<" in text:
            return {path: text}
        return {path: re.sub(r"^([ \t]*)([a-z_0-9]+)[ \t]*=[ \t]*(?=\S)", r"\1\1\2    =  ", text, flags=re.M)}

    return _terraform(files, change)


def reordered(files: Files) -> dict[str, str] | None:
    """The last block first."""
    return _terraform(files, lambda path, text: {path: "\n\n".join(part for _, part in top_blocks(path, text)[::-1])})


def split(files: Files) -> dict[str, str] | None:
    """A file for each block."""

    def change(path: str, text: str) -> dict[str, str]:
        blocks = top_blocks(path, text)
        return {f"{path[:-3]}_{number}.tf": part + "\n" for number, (_, part) in enumerate(blocks)}

    return _terraform(files, change)


def renamed(files: Files) -> dict[str, str] | None:
    """Every resource under another name, with a `moved` block for each in its own folder."""
    folders: dict[str, set[tuple[str, str]]] = {}

    def collect(path: str, text: str) -> dict[str, str]:
        found = (
            [label.text for label in block.labels] for block, _ in top_blocks(path, text) if block.type == "resource"
        )
        folders.setdefault(path.rpartition("/")[0], set()).update((type, name) for type, name in found)
        return {path: text}

    def change(path: str, text: str) -> dict[str, str]:
        for type, name in folders[path.rpartition("/")[0]]:
            text = re.sub(rf'resource "{type}" "{name}"', f'resource "{type}" "{name}_b"', text)
            text = re.sub(rf"\b{type}\.{name}\b", f"{type}.{name}_b", text)
        return {path: text}

    if _terraform(files, collect) is None:
        return None
    result = _terraform(files, change)
    assert result is not None
    moves = {f"{folder}/moves.tf".lstrip("/"): _moves(names) for folder, names in folders.items() if names}
    return {**result, **moves}


def _moves(names: set[tuple[str, str]]) -> str:
    pairs = ((f"{type}.{name}", f"{type}.{name}_b") for type, name in sorted(names))
    return "".join(f"moved {{\n  from = {old}\n  to   = {new}\n}}\n" for old, new in pairs)


def moved_folder(files: Files) -> dict[str, str] | None:
    return {f"elsewhere/{path}": text for path, text in files.items()}


def as_tf_json(files: Files) -> dict[str, str] | None:
    """Native syntax as JSON. What has heredocs cannot be written as one interpolation, and stays."""

    def change(path: str, text: str) -> dict[str, str]:
        if "<<" in text or "dynamic" in text:
            return {path: text}
        body, _ = parse_body(Source(path, text))
        return {f"{path}.json": json.dumps(_body(body, text, ""), indent=1)}

    return _terraform(files, change)


def _body(body: Body, text: str, type: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, attribute in body.attributes.items():
        written = text[attribute.expression.start : attribute.expression.end]
        result[name] = _expression(written, name, type)
    for block in body.blocks:
        place = result
        for label in [block.type, *(label.text for label in block.labels)][:-1]:
            place = place.setdefault(label, {})
        last = block.labels[-1].text if block.labels else block.type
        place.setdefault(last, []).append(_body(block.body, text, block.type))
    return result


def _expression(written: str, name: str, block: str) -> Any:
    """An expression as JSON: itself where it is a constant, else as one interpolation."""
    if (name, block) == ("type", "variable") or name in ("depends_on", "ignore_changes", "provider"):
        return written
    if name == "providers":
        return dict(re.findall(r"([\w.]+)\s*=\s*([\w.]+)", written))
    try:
        return json.loads(written) if "${" not in written else f"${{{written}}}"
    except ValueError:
        return f"${{{written}}}"


def _templates(files: Files, change: Callable[[str, Any], tuple[str, str]]) -> dict[str, str] | None:
    result: dict[str, str] = {}
    done = False
    for path, text in files.items():
        if path.endswith((".yaml", ".json")) and "Resources" in text:
            root, problems = parse_document(Source(path, text))
            assert not problems
            assert root is not None
            name, new = change(path, plain(root))
            result[name] = new
            done = True
        else:
            result[path] = text
    return result if done else None


def as_json(files: Files) -> dict[str, str] | None:
    """YAML templates as JSON, short forms written out; what names a file names it by its new name."""
    result = _templates(files, lambda path, data: (re.sub(r"\.yaml$", ".json", path), json.dumps(data, indent=2)))
    renamed = [path.rpartition("/")[2] for path in files if result and path not in result]
    return result and {path: _naming(text, renamed) for path, text in result.items()}


def _naming(text: str, renamed: list[str]) -> str:
    """A text that names YAML files which are JSON now."""
    for name in renamed:
        text = re.sub(rf"(?<![\w.-]){re.escape(name)}\b", name.removesuffix(".yaml") + ".json", text)
    return text


def reordered_template(files: Files) -> dict[str, str] | None:
    """The last resource, and the last property, first."""

    def turned(data: Any) -> Any:
        if isinstance(data, dict):
            return {key: turned(data[key]) for key in reversed(data)}
        return [turned(item) for item in data] if isinstance(data, list) else data

    return _templates(files, lambda path, data: (path, json.dumps(turned(data))))


def plain(node: DataNode) -> Any:
    """A template's tree as plain data, short forms written out."""
    if isinstance(node, MapNode):
        value: Any = {key: plain(entry) for key, (_, entry) in node.entries.items()}
    elif isinstance(node, ListNode):
        value = [plain(item) for item in node.items]
    else:
        assert isinstance(node, ScalarNode)
        value = node.value
    tag = node.tag
    if not tag:
        return value
    name = tag.lstrip("!")
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


TERRAFORM: tuple[Transform, ...] = (reformatted, reordered, split, renamed, as_tf_json)
TEMPLATES: tuple[Transform, ...] = (as_json, reordered_template)
ANY: tuple[Transform, ...] = (commented, moved_folder)


def transforms_for(files: Files) -> tuple[Transform, ...]:
    """Those that apply to the languages of some files."""
    terraform = TERRAFORM if any(path.endswith(".tf") for path in files) else ()
    templates = TEMPLATES if any(path.endswith(".yaml") for path in files) else ()
    return (*ANY, *terraform, *templates)
