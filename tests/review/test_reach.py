"""Which units a change reaches, through links to what it changes as well."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from iacreview.discovery import Discovery, KnownFiles, discover
from iacreview.languages.language import Target
from iacreview.review.reach import reached
from iacreview.tree import WorkingTree
from tests.repositories import Runner, new_project
from tests.trees import MemoryTree

FILES = {
    "live/main.tf": 'module "net" {\n  source = "../modules/net"\n}\n',
    "modules/net/main.tf": 'variable "a" {}\n',
    "other/main.tf": "locals {\n  a = 1\n}\n",
    "zone/main.tf": "locals {\n  a = 1\n}\n",
}


@pytest.mark.parametrize(
    ("changed", "links", "units"),
    [
        ({"live/main.tf"}, {}, {"live"}),
        ({"modules/net/main.tf"}, {}, {"live", "modules/net"}),
        ({"README.md"}, {}, set()),
        # A file that another one is a link to, and a directory: what is called through the link changes.
        ({"shared/common.tf"}, {"other/common.tf": "shared/common.tf"}, {"other"}),
        ({"shared/net/main.tf"}, {"modules/net": "shared/net"}, {"live", "modules/net"}),
        # A link behind a link.
        ({"deep/main.tf"}, {"modules/net": "shared/net", "shared/net": "deep"}, {"live", "modules/net"}),
        # The link itself leads elsewhere: all that it leads to, under both names.
        ({"elsewhere"}, {"elsewhere": "other"}, {"other"}),
        ({"modules/net"}, {"modules/net": "other"}, {"other", "live", "modules/net"}),
        ({"elsewhere"}, {"elsewhere": "nowhere"}, set()),
        # What only begins alike, or comes after it, is another file.
        ({"shared/common.tfvars"}, {"other/common.tf": "shared/common.tf"}, set()),
        ({"zone/notes.md"}, {"other/common.tf": "shared/common.tf"}, set()),
    ],
)
def test_reached(changed: set[str], links: dict[str, str], units: set[str]) -> None:
    tree = MemoryTree(FILES)
    assert reached(tree, discover(tree, (), (), (), {}), changed, links) == units


def test_a_module_that_is_a_link_to_another_directory_now(tmp_path: Path, iacreview: Runner) -> None:
    """The change names the link alone, and what calls it is reviewed with what it leads to."""
    group = 'resource "aws_security_group" "g" {{\n  ingress {{\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = ["{}"]\n  }}\n}}\n'
    files = {
        "live/main.tf": 'module "net" {\n  source = "../modules/net"\n}\n',
        "shared/a/main.tf": group.format("10.0.0.0/8"),
        "shared/b/main.tf": group.format("0.0.0.0/0"),
    }
    project = new_project(tmp_path, files)
    link = tmp_path / "modules" / "net"
    link.parent.mkdir()
    link.symlink_to("../shared/a")
    project.commit({})
    link.unlink()
    link.symlink_to("../shared/b")
    project.commit({})
    assert "module.net.aws_security_group.g" in iacreview(tmp_path, "diff", "HEAD~1", "--head", "HEAD").out


def test_a_module_behind_a_link_calls_others(tmp_path: Path) -> None:
    """What a linked directory calls is seen from where the link is, and called by whoever calls the link."""
    call = 'module "m" {{\n  source = "{}"\n}}\n'
    files = {
        "main.tf": call.format("./link"),
        "real/a/main.tf": call.format("../shared"),
        "shared/main.tf": 'variable "a" {}\n',
    }
    project = new_project(tmp_path, files)
    (tmp_path / "link").symlink_to("real/a")
    tree = WorkingTree(str(project.root))
    found = discover(tree, (), (), (), {})
    assert "" in reached(tree, found, {"shared/main.tf"}, {"link": "real/a"})
    assert {each.path for each in found.targets} == {"", "real/a"}


CALL = 'module "m" {{\n  source = "{}"\n}}\n'
STACK = "Resources: {{S: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {}}}}}}}\n"
KNOWN = {
    "a/main.tf": CALL.format("../m"),
    "a/x.tf": "",
    "b/main.tf": CALL.format("../a"),
    "stack.yaml": STACK.format("net/vpc.yaml"),
    "net/vpc.yaml": "Resources: {T: {Type: AWS::SNS::Topic}}\n",
    "values.json": "{}",
}


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"m/main.tf": 'variable "x" {}\n'}, ()),
        ({"m/notes.md": "x"}, ()),
        ({"b/main.tf": CALL.format("../c"), "c/main.tf": CALL.format("../a")}, ()),
        ({"a/x.tf": CALL.format("../b")}, ()),
        ({"a/x_override.tf": 'module "m" {\n  source = "../b"\n}\n'}, ()),
        ({"values.json": '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}'}, ()),
        ({"net/vpc.yaml": "a: b\n"}, ()),
        ({"stack.yaml": STACK.format("net/other.yaml")}, ()),
        ({"a/terragrunt.hcl": "x"}, ()),
        ({"m/main.tf": 'variable "x" {}\n'}, ("a",)),
        ({"b/main.tf": CALL.format("../m"), "m/main.tf": 'variable "x" {}\n'}, ("m",)),
        ({"values.json": '{"Resources": {}}'}, ("values.json",)),
    ],
)
def test_what_is_known_of_another_tree_changes_nothing(change: dict[str, str], paths: tuple[str, ...]) -> None:
    """Two trees, and those where each has something more than the other."""
    one, other, unlike = MemoryTree(KNOWN), MemoryTree({**KNOWN, **change}), set(change)
    for tree, before in ((one, other), (other, one)):
        there = [path for path in paths if tree.exists(path) or tree.listing(path)]
        found = discover(before, [path for path in paths if before.exists(path) or before.listing(path)])
        assert shown(discover(tree, there, known=KnownFiles(found, unlike))) == shown(discover(tree, there))


def shown(found: Discovery) -> object:
    """A discovery without the sources' identities."""
    units = {name: (_shown(each.targets), each.calls, _shown(each.waiting)) for name, each in found.units.items()}
    return _shown(found.targets), found.skipped, found.errors, units


def _shown(targets: Sequence[Target]) -> list[object]:
    return [(each.path, each.within, each.source and each.source.text) for each in targets]


def test_a_file_that_a_change_leaves_alone_is_read_once_to_find_units() -> None:
    class Counting(MemoryTree):
        def read(self, path: str) -> str:
            read.append(path)
            return super().read(path)

    read: list[str] = []
    before = discover(MemoryTree(KNOWN), ())
    discover(Counting({**KNOWN, "a/x.tf": "# new\n"}), (), known=KnownFiles(before, {"a/x.tf"}))
    assert set(read) == {"a/main.tf", "a/x.tf"}
