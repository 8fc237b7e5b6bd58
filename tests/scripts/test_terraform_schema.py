"""The table of the provider's schema: what is read from declarations, and what `--check` sees without the package."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import terraform_schema

LINK = "https://registry.terraform.io/providers/hashicorp/aws/6.1.0/docs/resources/queue#{0} Queue#{0}"


def member(name: str, type: str, note: str = "") -> str:
    link = LINK.format(name.rstrip("?"))
    return f"    /**\n    * {note}\n    * Docs at Terraform Registry: {{@link {link}}}\n    */\n    readonly {name}: {type};\n"


DECLARATIONS = f"""export interface QueueConfig extends cdktn.TerraformMetaArguments {{
{member("name", "string")}{member("fifo?", "boolean | cdktn.IResolvable")}{member("subnets?", "string[]")}
{member("tags?", "{" + chr(10) + "        [key: string]: string;" + chr(10) + "    }")}
{member("redrive?", "QueueRedrive", "redrive block")}{member("rule", "QueueRule[] | cdktn.IResolvable", "rule block")}
{member("id?", "string")}}}
export interface QueueRedrive {{
{member("target", "string")}}}
export interface QueueRule {{
{member("statement?", "any")}}}
export declare class Queue extends cdktn.TerraformResource {{
    static readonly tfResourceType = "aws_queue";
}}
"""


def test_declarations() -> None:
    assert terraform_schema.schema_of(DECLARATIONS) == (
        "aws_queue",
        {
            "fifo": "bool",
            "name": "string!",
            "redrive": {"block": True, "of": {"target": "string!"}},
            "rule": {"block": True, "many": True, "required": True, "of": {"statement": "any"}},
            "subnets": "list of string",
            "tags": "map of string",
        },
    )


def test_the_table_is_what_the_script_wrote() -> None:
    text = terraform_schema.TARGET.read_text(encoding="utf-8")
    assert terraform_schema.problem_of(text) == ""


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"bucket":"string!"', '"bucket":"string"', "changed by hand"),
        (terraform_schema.VERSION, "1.0.0", "is pinned"),
    ],
)
def test_a_table_that_is_not(old: str, new: str, problem: str) -> None:
    text = terraform_schema.TARGET.read_text(encoding="utf-8")
    assert problem in terraform_schema.problem_of(text.replace(old, new, 1))


def test_another_package_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "package.tgz"
    package.write_bytes(b"something else")
    with pytest.raises(SystemExit, match="INTEGRITY"):
        terraform_schema.read_package(package)
