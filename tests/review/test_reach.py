"""Which units a change reaches, through links to what it changes as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from iacreview.discovery import discover
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
