"""Other spellings of a Terraform configuration that deploy the same."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from iacreview.model.source import Source
from iacreview.parse.terraform.nodes import Block, Body, Expression, Literal, Object, Template, TemplateText, Tuple
from iacreview.parse.terraform.parser import parse_body
from tests.review.transforms import as_tf_json

Files = dict[str, str]
# A constant as it is written -> the expression in its place, and files to be added to.
Spelling = Callable[[str, int], "tuple[str, Mapping[str, str]]"]

# Arguments that Terraform wants as constants, or reads itself.
_META = {"count", "for_each", "provider", "depends_on", "source", "version", "ignore_changes"}
# A call of the module that puts out values.
_VALUES = {"call.tf": 'module "values" {\n  source = "./values"\n}'}
_NOT_DYNAMIC = {"lifecycle", "provisioner", "connection", "timeouts"}


class Edit(NamedTuple):
    start: int
    end: int
    text: str


def _edited(text: str, edits: list[Edit]) -> str:
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _resources(path: str, text: str) -> list[Block]:
    body, problems = parse_body(Source(path, text))
    assert not problems
    return [block for block in body.blocks if block.type in ("resource", "data")]


def _constants(body: Body) -> Iterator[Expression]:
    for name, attribute in body.attributes.items():
        if name not in _META:
            yield from _constants_in(attribute.expression)
    for block in body.blocks:
        if block.type not in _NOT_DYNAMIC:
            yield from _constants(block.body)


def _constants_in(expression: Expression) -> Iterator[Expression]:
    if isinstance(expression, Tuple):
        for item in expression.items:
            yield from _constants_in(item)
    elif isinstance(expression, Object):
        for _, value in expression.items:
            yield from _constants_in(value)
    elif isinstance(expression, Literal) or (
        isinstance(expression, Template) and all(isinstance(part, TemplateText) for part in expression.parts)
    ):
        yield expression


def respelt(files: Files, spelling: Spelling) -> Files | None:
    """Every constant of every resource in another spelling."""
    result: Files = {}
    added: dict[str, list[str]] = {}
    number = 0
    for path, text in files.items():
        edits = []
        for block in _resources(path, text) if path.endswith(".tf") else ():
            for constant in _constants(block.body):
                written = text[constant.start : constant.end]
                if written.startswith("<<") or written == "null":
                    continue
                new, more = spelling(written, number)
                number += 1
                edits.append(Edit(constant.start, constant.end, new))
                for name, piece in more.items():
                    if piece not in (pieces := added.setdefault(name, [])) or name != "call.tf":
                        pieces.append(piece)
        result[path] = _edited(text, edits)
    result.update({name: "\n".join(pieces) + "\n" for name, pieces in added.items()})
    return result if number else None


def _of_strings(make: Callable[[str], str]) -> Spelling:
    """A spelling of strings alone; `make` gets the string itself."""

    def spelling(written: str, number: int) -> tuple[str, Mapping[str, str]]:
        if not written.startswith('"') or "\\" in written or "${" in written or "%{" in written:
            return written, {}
        return make(written[1:-1]), {}

    return spelling


def _around(pattern: str) -> Spelling:
    return lambda written, number: (pattern.replace("@", written), {})


def _escaped(text: str) -> str:
    return '"' + "".join(f"\\u{ord(char):04x}" if char.isalnum() and ord(char) < 65536 else char for char in text) + '"'


def _halves(text: str) -> tuple[str, str]:
    middle = len(text) // 2
    return json.dumps(text[:middle], ensure_ascii=False), json.dumps(text[middle:], ensure_ascii=False)


def _written(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _in_file(written: str, number: int) -> tuple[str, Mapping[str, str]]:
    if not written.startswith('"') or "\\" in written:
        return written, {}
    return f'trimspace(file("${{path.module}}/value{number}.txt"))', {f"value{number}.txt": written[1:-1]}


def _in_template(written: str, number: int) -> tuple[str, Mapping[str, str]]:
    if not written.startswith('"') or "\\" in written:
        return written, {}
    return f'trimspace(templatefile("value{number}.tpl", {{ v = {written} }}))', {f"value{number}.tpl": "${v}"}


def _optional(written: str, number: int) -> tuple[str, Mapping[str, str]]:
    """The default of an attribute that the default of a variable does not set."""
    kind = "string" if written.startswith('"') else "bool" if written in ("true", "false") else "number"
    declared = (
        f'variable "value{number}" {{\n  type    = object({{ k = optional({kind}, {written}) }})\n  default = {{}}\n}}'
    )
    return f"var.value{number}.k", {"evasion.tf": declared}


SPELLINGS: dict[str, Spelling] = {
    "local": lambda text, n: (f"local.value{n}", {"evasion.tf": f"locals {{\n  value{n} = {text}\n}}"}),
    "default": lambda text, n: (f"var.value{n}", {"evasion.tf": f'variable "value{n}" {{\n  default = {text}\n}}'}),
    "tfvars": lambda text, n: (
        f"var.value{n}",
        {"evasion.tf": f'variable "value{n}" {{}}', "terraform.tfvars": f"value{n} = {text}"},
    ),
    "auto_tfvars": lambda text, n: (
        f"var.value{n}",
        {"evasion.tf": f'variable "value{n}" {{}}', f"v{n}.auto.tfvars": f"value{n} = {text}"},
    ),
    "null_tfvars": lambda text, n: (
        f"var.value{n}",
        {
            "evasion.tf": f'variable "value{n}" {{\n  default  = {text}\n  nullable = false\n}}',
            "terraform.tfvars": f"value{n} = null",
        },
    ),
    "optional": _optional,
    "stored": lambda text, n: (
        f"terraform_data.value{n}.output",
        {"evasion.tf": f'resource "terraform_data" "value{n}" {{\n  input = {text}\n}}'},
    ),
    "output": lambda text, n: (
        f"module.values.value{n}",
        {f"values/value{n}.tf": f'output "value{n}" {{\n  value = {text}\n}}', **_VALUES},
    ),
    "given": lambda text, n: (
        f"module.value{n}.v",
        {
            f"value{n}/main.tf": 'variable "v" {}\noutput "v" {\n  value = var.v\n}',
            "evasion.tf": f'module "value{n}" {{\n  source = "./value{n}"\n  v      = {text}\n}}',
        },
    ),
    "splat": _around("([{ k = @ }][*].k)[0]"),
    "expanded": _around("merge([{ k = @ }]...).k"),
    "parentheses": _around("((@))"),
    "conditional": _around("(1 == 1 ? @ : null)"),
    "or_true": lambda text, n: (
        f"(true || var.open{n} ? {text} : null)",
        {"evasion.tf": f'variable "open{n}" {{}}'},
    ),
    "index": _around("[@][0]"),
    "key": _around('{ k = @ }["k"]'),
    "attribute": _around("{ k = @ }.k"),
    "element": _around("element([@], 0)"),
    "lookup": _around('lookup({ k = @ }, "k")'),
    "coalesce": _around("coalesce(null, @)"),
    "try": _around("try(@)"),
    "one": _around("one([@])"),
    "json": _around("jsondecode(jsonencode(@))"),
    "yaml": _around("yamldecode(yamlencode(@))"),
    "loop": _around("[for each_value in [@] : each_value][0]"),
    "values": _around("values({ k = @ })[0]"),
    "merge": _around("merge({ k = null }, { k = @ }).k"),
    "flatten": _around("flatten([[@]])[0]"),
    "slice": _around("slice([null, @, null], 1, 2)[0]"),
    "interpolation": _of_strings(lambda text: f'"${{{json.dumps(text, ensure_ascii=False)}}}"'),
    "escapes": _of_strings(_escaped),
    "join": _of_strings(lambda text: 'join("", [{}, {}])'.format(*_halves(text))),
    "format": _of_strings(lambda text: 'format("%s%s", {}, {})'.format(*_halves(text))),
    "pieces": _of_strings(lambda text: '"${{{}}}${{{}}}"'.format(*_halves(text))),
    "reversed": _of_strings(lambda text: f"strrev({json.dumps(text[::-1], ensure_ascii=False)})"),
    "trimmed": _of_strings(lambda text: f"trimspace({json.dumps(f'  {text} ', ensure_ascii=False)})"),
    "base64": _of_strings(lambda text: f'base64decode("{base64.b64encode(text.encode()).decode()}")'),
    "heredoc": _of_strings(lambda text: f"chomp(<<EVASION\n{text}\nEVASION\n)"),
    "long_escapes": _of_strings(lambda text: '"' + "".join(f"\\U{ord(char):08x}" for char in text) + '"'),
    "directive": _of_strings(lambda text: '"%{ for x in [@] }${x}%{ endfor }"'.replace("@", _written(text))),
    "matched": _of_strings(lambda text: f'regex("(?s)^(.*)$", {_written(text)})[0]'),
    "rows": _of_strings(lambda text: _written(text) if set(text) & set(',\n"') else f'csvdecode("k\\n{text}")[0].k'),
    "string_template": lambda text, n: (
        (f"templatestring(local.value{n}, {{}})", {"evasion.tf": f"locals {{\n  value{n} = {text}\n}}"})
        if text.startswith('"') and "$" not in text and "%" not in text
        else (text, {})
    ),
    "file": _in_file,
    "template": _in_template,
}


def dynamic(files: Files) -> Files | None:
    """Nested blocks made by `dynamic` blocks."""
    found = 0
    result: Files = {}
    for path, text in files.items():
        edits = []
        for resource in _resources(path, text) if path.endswith(".tf") else ():
            for block in resource.body.blocks:
                if block.type in _NOT_DYNAMIC or block.type == "dynamic" or block.labels:
                    continue
                found += 1
                inner = text[block.start : block.end].partition("{")[2].rpartition("}")[0]
                new = f'dynamic "{block.type}" {{\n    for_each = [true]\n    content {{{inner}}}\n  }}'
                edits.append(Edit(block.start, block.end, new))
        result[path] = _edited(text, edits)
    return result if found else None


def _is_closed(files: Files) -> bool:
    """Whether all variables have a default, so that a caller needs to give none."""
    text = "\n".join(files.values())
    return text.count("default") >= len(re.findall(r'^variable "', text, re.M))


def _in_module(files: Files, arguments: str = "", depth: int = 1) -> Files | None:
    if not _is_closed(files):
        return None
    result = {f"{'inner/' * depth}{path}": text for path, text in files.items()}
    for level in range(depth):
        more = arguments if level == 0 else ""
        result[f"{'inner/' * level}main_of_{level}.tf"] = f'module "m" {{\n  source = "./inner"\n{more}}}\n'
    return result


def in_module(files: Files) -> Files | None:
    return _in_module(files)


def in_module_with_count(files: Files) -> Files | None:
    return _in_module(files, "  count = 1\n")


def in_module_with_for_each(files: Files) -> Files | None:
    return _in_module(files, '  for_each = toset(["a"])\n')


def in_modules(files: Files) -> Files | None:
    return _in_module(files, depth=3)


def _instances(files: Files, argument: str, key: str) -> Files | None:
    """Every resource that has none of its own with an instance key; references to it as well."""
    names: list[str] = []
    result: Files = {}
    for path, text in files.items():
        edits = []
        for block in _resources(path, text) if path.endswith(".tf") else ():
            if block.type == "resource" and not {"count", "for_each"} & block.body.attributes.keys():
                names.append(".".join(label.text for label in block.labels))
                opening = text.index("{", block.start) + 1
                edits.append(Edit(opening, opening, f"\n  {argument}\n"))
        result[path] = _edited(text, edits)
    for name in names:
        pattern = re.compile(rf"(?<![\w.]){re.escape(name)}\b(?!\[|-)")
        result = {path: pattern.sub(f"{name}{key}", text) for path, text in result.items()}
    return result if names else None


def counted(files: Files) -> Files | None:
    return _instances(files, "count = 1", "[0]")


def each_of_one(files: Files) -> Files | None:
    return _instances(files, 'for_each = toset(["a"])', '["a"]')


def windows(files: Files) -> Files | None:
    """The line ends of Windows."""
    if any("<<" in text for text in files.values()):
        return None
    return {path: text.replace("\n", "\r\n") for path, text in files.items()}


def remarks(files: Files) -> Files | None:
    """Comments wherever they are allowed."""
    if any("<<" in text for text in files.values()):
        return None
    pattern = re.compile(r"^( *[\w-]+ *)=( *)(?=\S)", re.M)
    return {path: pattern.sub(r"\1/* = */ = /* a */\2", text) for path, text in files.items()}


def as_tofu(files: Files) -> Files | None:
    """OpenTofu's suffix, beside a file of Terraform's that it takes the place of."""
    if any(path.endswith(".tofu") for path in files):
        return None
    return {
        **{path: "" for path in files if path.endswith(".tf")},
        **{re.sub(r"\.tf$", ".tofu", path): text for path, text in files.items()},
    }


def as_json(files: Files) -> Files | None:
    """Terraform's JSON syntax."""
    return as_tf_json(files) if all(path.endswith(".tf") for path in files) else None


def in_override(files: Files) -> Files | None:
    """The constants of resources written in a file that overrides."""
    result: Files = {}
    overrides = []
    for path, text in files.items():
        edits = []
        for block in _resources(path, text) if path.endswith(".tf") else ():
            moved = [
                attribute
                for name, attribute in block.body.attributes.items()
                if name not in _META and "<<" not in text[attribute.start : attribute.end]
            ]
            if not moved:
                continue
            lines = "\n".join(f"  {text[each.start : each.end]}" for each in moved)
            labels = " ".join(f'"{label.text}"' for label in block.labels)
            overrides.append(f"{block.type} {labels} {{\n{lines}\n}}\n")
            edits += [Edit(each.start, each.end, "") for each in moved]
        result[path] = _edited(text, edits)
    return {**result, "override.tf": "\n".join(overrides)} if overrides else None


FORMS: tuple[Callable[[Files], Files | None], ...] = (
    dynamic,
    in_module,
    in_module_with_count,
    in_module_with_for_each,
    in_modules,
    counted,
    each_of_one,
    windows,
    remarks,
    as_tofu,
    as_json,
    in_override,
)


def rewritings() -> dict[str, Callable[[Files], Files | None]]:
    """All ways to write a configuration otherwise, by name."""
    spelt = {name: _respelling(spelling) for name, spelling in SPELLINGS.items()}
    return {**spelt, **{form.__name__: form for form in FORMS}}


def _respelling(spelling: Spelling) -> Callable[[Files], Files | None]:
    return lambda files: respelt(files, spelling)
