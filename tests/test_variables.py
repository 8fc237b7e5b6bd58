"""Values for the variables of root modules, from the weakest to the strongest; and Terragrunt's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repositories import Runner, new_project

MAIN = """\
variable "on" {
  type    = bool
  default = true
}
variable "cidrs" {
  type    = list(string)
  default = []
}
variable "plain" {}
resource "aws_ebs_volume" "v" {
  availability_zone = "a"
  size              = 1
  encrypted         = var.on
}
resource "aws_security_group" "s" {
  ingress {
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = var.cidrs
  }
}
"""
OPEN = 'cidrs=["10.0.0.0/8", "0.0.0.0/0"]'


def found(iacreview: Runner, folder: Path, *options: str) -> list[str]:
    done = iacreview(folder, "check", "-f", "json", "--select", "ENC001,NET001", *options)
    return [each["rule"] for each in done.data["findings"]]


@pytest.mark.parametrize(
    ("files", "options", "rules"),
    [
        ({}, (), []),
        ({}, ("--var", "on=false"), ["ENC001"]),
        ({}, ("--var", OPEN), ["NET001"]),
        ({}, ("--var", "cidrs=[", "--var", "nonesuch=1"), []),
        ({"terraform.tfvars": "on = false\n"}, (), ["ENC001"]),
        ({"terraform.tfvars": "on = false\n", "terraform.tfvars.json": '{"on": true}'}, (), []),
        (
            {"terraform.tfvars": "on = true\n", "a.auto.tfvars": "on = true\n", "b.auto.tfvars": "on = false\n"},
            (),
            ["ENC001"],
        ),
        ({"a.auto.tfvars": "on = false\n", "envs/x.tfvars": "on = true\n"}, ("--var-file", "envs/x.tfvars"), []),
        ({"envs/x.tfvars": "on = true\n"}, ("--var-file", "envs/x.tfvars", "--var", "on=false"), ["ENC001"]),
        ({"x.tfvars.json": '{"on": false}'}, ("--var-file", "x.tfvars.json"), ["ENC001"]),
    ],
)
def test_precedence(
    tmp_path: Path, iacreview: Runner, files: dict[str, str], options: tuple[str, ...], rules: list[str]
) -> None:
    new_project(tmp_path, {"main.tf": MAIN, **files})
    assert found(iacreview, tmp_path, *options) == rules


def test_the_environment_only_on_request(tmp_path: Path, iacreview: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    new_project(tmp_path, {"main.tf": MAIN})
    monkeypatch.setenv("TF_VAR_on", "false")
    assert found(iacreview, tmp_path) == []
    assert found(iacreview, tmp_path, "--env-vars") == ["ENC001"]
    (tmp_path / "terraform.tfvars").write_text("on = true\n")
    assert found(iacreview, tmp_path, "--env-vars") == []


def test_where_a_value_is_written(tmp_path: Path, iacreview: Runner) -> None:
    new_project(tmp_path, {"main.tf": MAIN, "envs/x.tfvars": "# here\non = false\n"})
    done = iacreview(tmp_path, "check", "-f", "json", "--select", "ENC001", "--var-file", "envs/x.tfvars")
    (related,) = done.data["findings"][0]["related"]
    assert related["message"] == "x.tfvars sets var.on"
    assert (related["location"]["path"], related["location"]["start"]["line"]) == ("envs/x.tfvars", 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--var", "on"), "not of the form NAME=VALUE"),
        (("--var", "=x"), "not of the form NAME=VALUE"),
        (("--var-file", "none.tfvars"), "there is no file"),
    ],
)
def test_wrong_use(tmp_path: Path, iacreview: Runner, options: tuple[str, ...], message: str) -> None:
    new_project(tmp_path, {"main.tf": MAIN})
    done = iacreview(tmp_path, "check", *options)
    assert done.status == 2
    assert message in done.err


def test_a_changed_file_reaches_the_root_modules(tmp_path: Path, iacreview: Runner) -> None:
    project = new_project(tmp_path, {"live/main.tf": MAIN, "envs/x.tfvars": "on = true\n"})
    project.write({"envs/x.tfvars": "on = false\n"})
    done = iacreview(tmp_path, "diff", "-f", "json", "--select", "ENC001", "--var-file", "envs/x.tfvars")
    assert done.findings("introduced") == ["ENC001 aws_ebs_volume.v"]


def test_terragrunt_is_named(tmp_path: Path, iacreview: Runner) -> None:
    new_project(tmp_path, {"main.tf": MAIN, "live/terragrunt.hcl": "inputs = {}\n"})
    (skipped,) = iacreview(tmp_path, "check", "-f", "json").data["skipped"]
    assert skipped["path"] == "live/terragrunt.hcl"
    assert "plan" in skipped["reason"]


def test_a_password_on_the_command_line_is_not_written_out(tmp_path: Path, iacreview: Runner) -> None:
    text = 'variable "pw" {\n  type = string\n}\nresource "aws_db_instance" "d" {\n  password = var.pw\n}\n'
    new_project(tmp_path, {"main.tf": text})
    done = iacreview(tmp_path, "check", "-f", "json", "--select", "SEC001", "--var", "pw=correct-horse")
    assert done.data["findings"] == []
    assert [each["rule"] for each in done.data["undecided"]] == ["SEC001"]
    assert "correct" not in done.out
