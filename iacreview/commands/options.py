"""Options that several commands have, and what is wished by them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from iacreview import __version__
from iacreview.model.finding import PROFILES, SEVERITIES
from iacreview.report import FORMATS

if TYPE_CHECKING:
    from iacreview.commands.wishes import Wishes

paths_argument = click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())


def show_version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Prints the version where it is asked for, with the dates of the facts where `-v` came before; ends the run."""
    verbose = context.meta.get("verbose", False)
    if asked:
        click.echo(f"iacreview {__version__}")
        if verbose:
            from iacreview.semantics.facts import facts_date
            from iacreview.semantics.managed import managed_date

            click.echo(f"IAM actions, resource types and condition keys as of {facts_date()}")
            click.echo(f"AWS managed policies as of {managed_date()}")
        context.exit()
    if verbose:
        raise click.UsageError("-v goes with --version")


def note_verbose(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Keeps for `show_version` that `-v` is there."""
    context.meta["verbose"] = asked


def selecting(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that judges."""
    options = (
        click.option(
            "--profile",
            type=click.Choice(PROFILES),
            help="Rule set: `default` (few false alarms) or `strict` (everything).",
        ),
        click.option("--select", multiple=True, metavar="RULE", help="Run only these rules (code, name or family)."),
        click.option("--ignore", multiple=True, metavar="RULE", help="Leave out these rules (code, name or family)."),
        click.option("--parameters", multiple=True, metavar="FILE", help="Parameter values for templates (JSON)."),
        click.option(
            "--var-file", "variable_files", multiple=True, metavar="FILE", help="Variable values for root modules."
        ),
        click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="Set a variable of root modules."),
        click.option("--env-vars", "environment", is_flag=True, help="Also read TF_VAR_* from the environment."),
        click.option("--no-inline-suppressions", is_flag=True, help="Ignore suppressions in comments and Metadata."),
        click.option(
            "--no-foreign-suppressions", is_flag=True, help="Ignore suppressions for other tools (checkov, tfsec, ...)."
        ),
    )
    return _with(options, command)


def reporting(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that reports findings."""
    options = (
        click.option("-f", "--format", type=click.Choice(list(FORMATS)), default="text", show_default=True),
        click.option("-o", "--output", multiple=True, metavar="FORMAT=FILE", help="Also write this format to a file."),
        click.option(
            "--fail-on", type=click.Choice(SEVERITIES), help="Exit 1 for findings of this severity or higher."
        ),
        click.option("--no-baseline", is_flag=True, help="Also report findings that the baseline accepts."),
        click.option(
            "--with",
            "companions",
            multiple=True,
            type=click.Choice(("cfn-lint", "checkov")),
            help="Also run this tool.",
        ),
        click.option("--statistics", is_flag=True, help="Print how often each rule finds something, and nothing else."),
        click.option("--show-undecided", is_flag=True, help="List what is undecided, and why."),
        click.option(
            "--colour", "--color", type=click.Choice(("auto", "always", "never")), default="auto", show_default=True
        ),
    )
    return _with(options, command)


def _with(options: tuple[Callable[..., Any], ...], command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command


def fixing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of the commands that can edit the sources."""
    options = (
        click.option("--fix", is_flag=True, help="Edit the sources where the remedy of a finding is certain."),
        click.option("--diff", "patch", is_flag=True, help="Print the edits of --fix as a patch instead."),
    )
    return _with(options, command)


def wishes_of(
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    no_inline_suppressions: bool = False,
    no_foreign_suppressions: bool = False,
    no_baseline: bool = False,
    output: tuple[str, ...] = (),
    colour: str = "never",
    **rest: Any,
) -> Wishes:
    """What the options of a command ask for."""
    from iacreview.commands.wishes import Wishes

    return Wishes(
        select=_words(select),
        ignore=_words(ignore),
        inline=not no_inline_suppressions,
        foreign=not no_foreign_suppressions,
        baseline=not no_baseline,
        outputs=output,
        colour=_coloured(colour),
        width=_width(),
        **rest,
    )


def _words(options: tuple[str, ...]) -> list[str]:
    return [word.strip() for option in options for word in option.split(",") if word.strip()]


def _coloured(choice: str) -> bool:
    if choice != "auto":
        return choice == "always"
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _width() -> int:
    if not sys.stdout.isatty():
        return 100
    from shutil import get_terminal_size

    return max(60, min(get_terminal_size().columns, 140))
