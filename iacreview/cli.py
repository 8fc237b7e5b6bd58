"""The command line: commands and their options only."""

from __future__ import annotations

import sys
from typing import Any

import click

from iacreview.commands.options import (
    fixing,
    note_verbose,
    paths_argument,
    reporting,
    selecting,
    show_version,
    wishes_of,
)
from iacreview.model.finding import FAMILIES

# The names of commands.policy.KINDS, which imports what most runs do not need.
POLICY_KINDS = (
    *("identity", "boundary", "session", "trust", "scp", "rcp", "endpoint"),
    *("resource:backup", "resource:codeartifact", "resource:dynamodb", "resource:ecr", "resource:efs"),
    *("resource:events", "resource:execute-api", "resource:kinesis", "resource:kms", "resource:lambda"),
    *("resource:logs", "resource:opensearch", "resource:s3", "resource:secretsmanager", "resource:sns", "resource:sqs"),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, callback=show_version, help="Show the version and exit.")
@click.option(
    "-v",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=note_verbose,
    help="With --version: also show the dates of the facts.",
)
def cli() -> None:
    """Pre-merge peer review of infrastructure as code (CloudFormation and Terraform) for AWS."""


@cli.command()
@paths_argument
@fixing
@click.option(
    "--settings-from", default="", metavar="REVISION", help="Take settings, rules and baseline from this revision."
)
@reporting
@selecting
def check(paths: tuple[str, ...], **wishes: Any) -> int:
    """Review files and directories (default: the current one)."""
    from iacreview.commands.check import check as run_check

    return run_check(paths, wishes_of(**wishes))


@cli.command()
@click.argument("base", default="")
@fixing
@click.option("--head", default="", metavar="REVISION", help="Revision to review [default: the working tree].")
@click.option("--staged", is_flag=True, help="Review what is staged for the next commit, against HEAD.")
@click.option("--worktree", is_flag=True, help="Review the working tree: the default.")
@click.option("--base-dir", default="", metavar="DIRECTORY", help="The base: this directory, not a revision.")
@click.option(
    "--head-dir", default="", metavar="DIRECTORY", help="The head: another directory, such as a cloud assembly."
)
@click.option("--only", multiple=True, metavar="PATH", help="Review only what is under these paths.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Evaluate every unit, even those that the change cannot affect, and list what stays as it is.",
)
@click.option("--expect-no-lost-guard", is_flag=True, help="Fail if a protection is removed or weakened, or may be.")
@click.option("--expect-no-new-access", is_flag=True, help="Fail if permissions are added, or may be.")
@click.option("--expect-no-new-reach", is_flag=True, help="Fail if the network is opened, or may be.")
@reporting
@selecting
def diff(
    base: str,
    head: str,
    staged: bool,
    worktree: bool,
    base_dir: str,
    head_dir: str,
    only: tuple[str, ...],
    everything: bool,
    **wishes: Any,
) -> int:
    """Review a change: what it introduces, worsens and fixes.

    BASE is a revision, or REVISION... for where the head left it. Default: what CI tested against, else where HEAD
    left the remote's default branch.
    """
    if sum((bool(head), staged, worktree)) > 1:
        raise click.UsageError("--head, --staged and --worktree exclude each other")
    if base_dir or head_dir:
        return _diff_folders(base_dir, head_dir, bool(base or head or staged or worktree or only), everything, wishes)
    from iacreview.commands.diff import diff as run_diff

    return run_diff(base, head, staged, only, everything, wishes_of(**wishes))


def _diff_folders(base: str, head: str, other: bool, everything: bool, wishes: dict[str, Any]) -> int:
    if not (base and head) or other:
        raise click.UsageError("--base-dir and --head-dir go together, and with nothing that names revisions or paths")
    if wishes.get("fix") or wishes.get("patch"):
        raise click.UsageError("--fix edits the working tree: it does not go with --base-dir")
    from iacreview.commands.folders import diff_folders

    return diff_folders(base, head, everything, wishes_of(**wishes))


@cli.command()
@click.argument("report", default="-")
@click.option("--platform", type=click.Choice(("github", "gitlab")), help="Where it is [default: what CI says].")
@click.option("--repository", default="", metavar="NAME", help="OWNER/NAME, or a project's path or number.")
@click.option("--number", default=0, metavar="NUMBER", help="Of the pull or merge request.")
@click.option("--head", default="", metavar="COMMIT", help="The last commit of the pull request, as it was reviewed.")
@click.option("--no-suggestions", is_flag=True, help="Offer no edits to be taken over.")
@click.option(
    "--wait", default=120.0, metavar="SECONDS", show_default=True, help="How long to wait for limits, in all."
)
@click.option("--dry-run", is_flag=True, help="Print what would be said, and say nothing.")
def comment(
    report: str,
    platform: str | None,
    repository: str,
    number: int,
    head: str,
    no_suggestions: bool,
    wait: float,
    dry_run: bool,
) -> int:
    """Comment on the pull request what REPORT says: the JSON of `iacreview diff` (default: from stdin).

    The token is taken from GITHUB_TOKEN or GITLAB_TOKEN.
    """
    from iacreview.commands.comment import comment as run_comment
    from iacreview.discussion.event import Wanted

    wanted = Wanted(platform or "", repository, number, head)
    return run_comment(report, wanted, not no_suggestions, wait, dry_run)


@cli.command()
@paths_argument
@click.option("-o", "--output", default="", metavar="FILE", help="File to write [default: .iacreview.baseline].")
@selecting
def baseline(paths: tuple[str, ...], output: str, **wishes: Any) -> int:
    """Accept the current findings, so that only new ones fail."""
    from iacreview.commands.baseline import baseline as run_baseline

    return run_baseline(paths, output, wishes_of(**wishes))


@cli.command()
@click.argument("finding")
@paths_argument
@click.option("--reason", required=True, metavar="TEXT", help="Why the finding is right as it is.")
@click.option("--until", default="", metavar="DATE", help="The last day on which it holds (2027-01-31).")
@click.option("--approved-by", default="", metavar="WHO", help="Who approved it: kept and shown with it.")
@click.option("--ticket", default="", metavar="ID", help="The ticket about it: kept and shown with it.")
@click.option("--diff", "patch", is_flag=True, help="Print a patch instead of editing.")
def suppress(finding: str, paths: tuple[str, ...], patch: bool, **said: str) -> int:
    """Write a suppression where it belongs. FINDING is a fingerprint, RULE@ADDRESS or PATH:LINE."""
    from iacreview.commands.suppress import suppress as run_suppress

    return run_suppress(finding, paths, {key.replace("_", "-"): text for key, text in said.items() if text}, patch)


@cli.command()
@click.option("--no-hook", is_flag=True, help="Do not add the pre-commit hook.")
def init(no_hook: bool) -> int:
    """Set up a repository: settings, a baseline of the current findings, and the pre-commit hook."""
    from iacreview.commands.init import init as run_init

    return run_init(not no_hook)


@cli.command()
@click.option("-f", "--format", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--family", metavar="FAMILY", help=f"Only those of a family: {', '.join(FAMILIES)}, or one of your own.")
@click.option("--control", default="", metavar="CONTROL", help="Only those that cover a control of a framework.")
def rules(format: str, family: str | None, control: str) -> int:
    """List the rules."""
    from iacreview.commands.rules import list_rules

    return _print(list_rules(format, family, control))


@cli.command()
@paths_argument
@click.option("--framework", default="", metavar="NAME", help="Which framework [default: essential-eight-theme-3].")
@click.option(
    "-f", "--format", type=click.Choice(("text", "markdown", "json", "html")), default="text", show_default=True
)
@click.option("--base", default="", metavar="REVISION", help="Also say what was lost since this revision.")
def controls(paths: tuple[str, ...], framework: str, format: str, base: str) -> int:
    """Show what the files say about the controls of a framework: evidence, contradictions, what is undecided."""
    from iacreview.commands.controls import controls as run_controls

    return run_controls(paths, framework, format, base)


@cli.command()
@click.argument("rule", default="")
@click.option(
    "--policy", metavar="FILE", help="Explain what a policy document does instead (JSON or YAML; `-`: from stdin)."
)
@click.option(
    "--kind",
    type=click.Choice(POLICY_KINDS),
    default="identity",
    metavar="KIND",
    help=f"Kind of policy document: {', '.join(POLICY_KINDS)}.",
    show_default=True,
)
@click.option("--all", "everything", is_flag=True, help="Do not shorten lists.")
def explain(rule: str, policy: str | None, kind: str, everything: bool) -> int:
    """Explain a rule: what, why, how to fix it (RULE: a code or a name), or a policy document."""
    if bool(rule) == bool(policy):
        raise click.UsageError("name a rule, or use --policy FILE")
    if policy:
        from iacreview.commands.policy import explain_policy

        return _print(explain_policy(policy, kind, everything))
    from iacreview.commands.rules import explain as run_explain

    return _print(run_explain(rule, everything))


@cli.command()
@paths_argument
@click.option("-f", "--format", type=click.Choice(("json", "dot", "mermaid")), default="json", show_default=True)
@click.option(
    "--deployed",
    is_flag=True,
    help="Show only what gets deployed, with what SAM creates (needs iacreview[sam]).",
)
def graph(paths: tuple[str, ...], format: str, deployed: bool) -> int:
    """Show the resources and the references between them."""
    from iacreview.commands.graph import graph as run_graph

    return _print(run_graph(paths, format, deployed))


@cli.command()
@paths_argument
@click.option("--who", default="", metavar="PRINCIPAL", help="Only what this principal is allowed (address or name).")
@click.option(
    "--what", default="", metavar="ACTION[:RESOURCE]", help="Only who is allowed this: s3:GetObject:arn:aws:s3:::data/*"
)
@click.option("-f", "--format", type=click.Choice(("text", "json")), default="text", show_default=True)
def access(paths: tuple[str, ...], who: str, what: str, format: str) -> int:
    """Show who is allowed what, by all of their policies together."""
    from iacreview.commands.deltas import access as run_access

    return _print(run_access(paths, who, what, format))


@cli.command()
@paths_argument
@click.option("--to", default="", metavar="RESOURCE", help="Only what reaches this (an address, or a network).")
@click.option("--from", "source", default="", metavar="CIDR", help="Only what this network, or a part of it, reaches.")
@click.option("-f", "--format", type=click.Choice(("text", "json")), default="text", show_default=True)
def reach(paths: tuple[str, ...], to: str, source: str, format: str) -> int:
    """Show what can reach what: through security groups, network ACLs, public addresses and listeners."""
    from iacreview.commands.deltas import reach as run_reach

    return _print(run_reach(paths, to, source, format))


@cli.command()
@click.argument("kind", default="")
def kinds(kind: str) -> int:
    """List the kinds that rules can name, or what is known about one (KIND: its name, or a native type)."""
    from iacreview.commands.kinds import kinds as run_kinds

    return _print(run_kinds(kind))


@cli.command("test-rules")
@click.argument("directory", type=click.Path())
def test_rules(directory: str) -> int:
    """Run rules of your own over DIRECTORY/CODE/{bad,good,unknown}.* with `# expect: CODE` on the lines to find."""
    from iacreview.commands.rule_tests import test_rules as run_tests

    return run_tests(directory)


@cli.command()
@click.argument("name", type=click.Choice(("config", "rule", "catalog", "protection", "framework", "report")))
def schema(name: str) -> int:
    """Print the JSON Schema of the settings, of rules, kinds, protections or controls, or of the JSON output."""
    from iacreview.commands.schema import schema as run_schema

    return _print(run_schema(name))


def _print(text: str) -> int:
    sys.stdout.write(text)
    sys.stdout.flush()
    return 0
