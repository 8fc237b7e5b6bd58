"""What a loop does not change is computed once; what it changes, every time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from iacreview.evaluate import embedded
from iacreview.evaluate.terraform.memory import _INSIDE
from iacreview.evaluate.terraform.values import plain
from iacreview.model.parts import references_within, walk
from iacreview.model.provenance import MAX_STEPS, SENSITIVE
from iacreview.model.source import Source
from iacreview.model.value import Known, ListValue, MapValue, Unknown
from iacreview.parse.data.json_document import parse_json
from iacreview.parse.terraform.nodes import Label, Node
from tests.evaluate.terraform.support import MemoryTree, resources_of, unit_of


def attribute(text: str, name: str = "v", address: str = "t.x") -> Any:
    return plain(resources_of(text)[address].attributes.entries[name])


def test_a_decoded_text_in_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = 0
    decode = embedded.decode_json

    def counting(value: Any) -> Any:
        nonlocal decoded
        decoded += 1
        return decode(value)

    monkeypatch.setattr(embedded, "decode_json", counting)
    text = """
locals {
  text = "{\\"a\\": 1, \\"b\\": 2, \\"c\\": 3}"
}
resource "t" "x" {
  v = { for k in keys(jsondecode(local.text)) : k => jsondecode(local.text)[k] }
}
"""
    assert attribute(text) == {"a": 1, "b": 2, "c": 3}
    assert decoded <= 2


def test_what_the_loop_changes() -> None:
    text = """
resource "t" "x" {
  v = [for x in ["a", "b"] : [for y in ["1", "2"] : join(x, [upper(x), upper(y), upper("c")])]]
}
"""
    assert attribute(text) == [["Aa1aC", "Aa2aC"], ["Bb1bC", "Bb2bC"]]


def test_what_is_made_of_constants_alone_is_one_value() -> None:
    text = 'resource "t" "x" {\n  v = [for x in ["a", "b"] : { same = [{ k = [1, "c"] }], other = [1, x] }]\n}\n'
    one, other = resources_of(text)["t.x"].attributes.entries["v"].inner()
    assert [plain(one), plain(other)] == [{"same": [{"k": [1, "c"]}], "other": [1, each]} for each in "ab"]
    assert isinstance(one, MapValue)
    assert isinstance(other, MapValue)
    assert [name for name in one.entries if one.entries[name] is other.entries[name]] == ["same"]


@pytest.mark.parametrize("problem", ["", "provider {"])
@pytest.mark.parametrize("directories", [("", ""), ("one/", "two/")])
def test_what_is_written_alike_in_two_files_stands_in_both(directories: tuple[str, str], problem: str) -> None:
    text = f'provider "aws" {{\n  a = upper("eu")\n  b {{\n    c = [for x in ["d"] : upper(x)]\n  }}\n}}\n{problem}'
    files = {f"{directory}{name}.tf": text for directory, name in zip(directories, "ab", strict=True)}
    units = [unit_of(files, directory.strip("/")) for directory in dict.fromkeys(directories)]
    found = [each.attributes for unit in units for each in unit.resources if each.type == "provider.aws"]
    for path, attributes in zip(files, found, strict=True):
        spans = [*attributes.keys.values(), *(each.span for each in walk(attributes))]
        assert {span.path for span in spans if span is not None} == {path}
    assert [each.span.path for unit in units for each in unit.problems] == (list(files) if problem else [])


def test_every_node_is_looked_into() -> None:
    pending: list[type[Node]] = [Node]
    found: set[type[Node]] = set()
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        found |= set() if kind.__subclasses__() else {kind}
    assert found - _INSIDE.keys() == {Label}


def test_a_file_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def counting(source: Source) -> Any:
        parsed.append(source.text)
        return parse_json(source)

    monkeypatch.setattr(embedded, "parse_json", counting)
    text = 'locals {\n  f = file("../a.json")\n}\nresource "t" "x" {\n  v = [jsondecode(local.f), jsondecode(local.f)]\n}\n'
    files = {"one/main.tf": text, "two/main.tf": text, "a.json": '{"decoded once": [1]}'}
    found = [resources_of(files, each)["t.x"].attributes.entries["v"] for each in ("one", "two")]
    assert [plain(each) for each in found] == [[{"decoded once": [1]}] * 2] * 2
    for path, value in zip(files, found, strict=False):
        (one, other) = value.inner()
        # What is inside is one value; how it came there is told of each.
        assert one is not other
        assert [step.message for step in one.via] == ["local.f", "file a.json"]
        assert [step.span.path for step in one.via if step.span is not None] == [path, "a.json"]
    assert parsed == ['{"decoded once": [1]}']


def test_a_folder_is_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[str] = []
    files = MemoryTree.files

    def listing(tree: MemoryTree, directory: str = "", most: int | None = None) -> Iterator[str]:
        listed.append(directory)
        return files(tree, directory, most)

    monkeypatch.setattr(MemoryTree, "files", listing)
    text = 'resource "t" "x" {\n  v = [fileset("p", "*.a"), fileset("p", "*.b"), fileset("q", "*.b")]\n}\n'
    value = resources_of({"main.tf": text, "p/1.a": "", "p/2.b": "", "q/3.b": ""})["t.x"].attributes.entries["v"]
    assert plain(value) == [["1.a"], ["2.b"], ["3.b"]]
    assert listed == ["p", "q"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("main.tf", 'resource "t" "x" {\n  p {\n    v = "${self.id} ${self.w}"\n  }\n}\n'),
        ("main.tf.json", '{"resource": {"t": {"x": {"p": {"v": "${\\u0073elf.id} ${self.w}"}}}}}'),
    ],
)
def test_what_names_itself(name: str, text: str) -> None:
    value = resources_of({name: text})["t.x"].attributes
    assert [str(each) for each in references_within(value)][:2] == ["t.x.id", "t.x.w"]


def test_what_instances_mention_beside_themselves_is_one_value() -> None:
    text = """
locals {
  l = ["a"]
}
resource "t" "x" {
  for_each = toset(["a", "b"])
  v        = local.l
  w        = t.y[each.key].w
}
resource "t" "y" {
  for_each = toset(["a", "b"])
  w        = each.key
}
"""
    found = resources_of(text)
    one, other = (found[f't.x["{key}"]'].attributes.entries for key in "ab")
    assert [plain(each["w"]) for each in (one, other)] == ["a", "b"]
    assert one["v"] is other["v"]


def test_what_something_is_in_a_circle_is_not_kept_for_others() -> None:
    text = """
locals {
  l = [t.x["a"].v, "y"]
}
resource "t" "w" {
  v = local.l
}
resource "t" "x" {
  for_each = toset(["a", "b"])
  v        = local.l
}
"""
    found = resources_of(text)
    (circle, other) = (found[f't.x["{key}"]'].attributes.entries["v"] for key in "ab")
    assert isinstance(circle, Unknown)
    assert isinstance(other, ListValue)


def test_instances_have_values_of_their_own() -> None:
    text = 'resource "t" "x" {\n  for_each = toset(["a", "b"])\n  v = upper(each.key)\n}\n'
    assert [attribute(text, address=f't.x["{key}"]') for key in "ab"] == ["A", "B"]
    text = 'resource "t" "x" {\n  count = 3\n  v = format("%d", count.index)\n}\n'
    assert [attribute(text, address=f"t.x[{key}]") for key in range(3)] == ["0", "1", "2"]


def test_a_long_chain_keeps_its_beginning_and_its_end() -> None:
    links = "".join(f"  l{number} = local.l{number - 1}\n" for number in range(1, 500))
    text = f'locals {{\n  l0 = "x"\n{links}}}\nresource "t" "x" {{\n  v = local.l499\n}}\n'
    value = resources_of(text)["t.x"].attributes.entries["v"]
    assert isinstance(value, Known)
    assert value.data == "x"
    assert len(value.via) == MAX_STEPS
    assert [value.via[0].message, value.via[1].message, value.via[-1].message] == [
        "local.l499",
        "local.l498",
        "local.l0",
    ]


def test_a_secret_among_many_values_stays_one() -> None:
    """What is too much to be read may hold a sensitive value, and one of too many references is never left out."""
    items = ", ".join(f'"x{number}"' for number in range(500))
    text = f"""
variable "p" {{
  default   = "secret"
  sensitive = true
}}
resource "t" "x" {{
  v = join(",", [{items}, var.p])
  w = "{"".join(f"${{aws_t.r{number}.id}}" for number in range(70))}${{var.p}}"
}}
{"".join(f'resource "aws_t" "r{number}" {{}}' + chr(10) for number in range(70))}
"""
    attributes = resources_of(text)["t.x"].attributes.entries
    assert SENSITIVE in attributes["v"].references
    assert SENSITIVE in attributes["w"].references
