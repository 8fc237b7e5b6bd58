"""What the command line asks for, and the options of a run that come of it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence

from iacreview.commands.project import SETTINGS, Project, rules_named, selected
from iacreview.errors import UsageError
from iacreview.languages.language import Given
from iacreview.model.finding import Severity
from iacreview.model.record import NamedTuple
from iacreview.options import Companions, Options


class Wishes(NamedTuple):
    """What the command line asks for, whichever the command."""

    format: str = "text"
    outputs: Sequence[str] = ()
    profile: str | None = None
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    fail_on: str | None = None
    settings_from: str = ""
    inline: bool = True
    foreign: bool = True
    baseline: bool = True
    companions: Sequence[str] = ()
    parameters: Sequence[str] = ()
    variable_files: Sequence[str] = ()
    variables: Sequence[str] = ()
    environment: bool = False
    show_undecided: bool = False
    everything: bool = False
    statistics: bool = False
    expect_no_lost_guard: bool = False
    expect_no_new_access: bool = False
    expect_no_new_reach: bool = False
    fix: bool = False
    patch: bool = False
    colour: bool = False
    width: int = 100

    def writes(self, format: str) -> bool:
        """Whether the report is printed or written in a format."""
        return format in (self.format, *(each.partition("=")[0] for each in self.outputs))


def options_for(project: Project, wishes: Wishes) -> Options:
    """What a run is to do, by the project's settings and the command line."""
    from datetime import date

    from iacreview.engine.rule import Rules
    from iacreview.suppress.policy import SuppressionPolicy

    config = project.config
    rules = Rules(selected(project.rules, wishes.select or config.select, (*config.ignore, *wishes.ignore)))
    profile = wishes.profile or config.profile
    inline = wishes.inline and config.inline_suppressions
    foreign = wishes.foreign and config.foreign_suppressions
    today = date.today().isoformat()
    return Options(
        rules=rules,
        catalog=project.catalog,
        masking=[rule for rule in project.rules if rule.family == "secrets"],
        profile=profile,
        severities=_severities(project),
        excluded=config.exclude,
        variants=config.variants,
        inputs=_given(project, wishes),
        companions=_companions(project, wishes),
        suppression=SuppressionPolicy(rules, project.rules, profile, today, inline, foreign, config.require_reasons),
        operations=config.operations._replace(
            accounts=frozenset(config.accounts), organization=frozenset(config.organization), people=config.people
        ),
        progress=_progress() if sys.stderr.isatty() else None,
        # The JSON says how to remedy what it finds.
        fixing=wishes.fix or wishes.patch or wishes.writes("json"),
    )


def _given(project: Project, wishes: Wishes) -> Given:
    """The values that the command line gives. Raises UsageError for files outside of the project and malformed ones."""
    variables: dict[str, str] = {}
    for each in wishes.variables:
        name, separator, text = each.partition("=")
        if not separator or not name.strip():
            raise UsageError(f"`--var {each}` is not of the form NAME=VALUE")
        variables[name.strip()] = text
    environment = {
        name.removeprefix("TF_VAR_"): text
        for name, text in (os.environ.items() if wishes.environment else ())
        if name.startswith("TF_VAR_")
    }
    return Given(
        [_file_of(project, path) for path in wishes.parameters],
        [_file_of(project, path) for path in wishes.variable_files],
        variables,
        environment,
        project.config.templates,
    )


def _file_of(project: Project, path: str) -> str:
    """The tree's path of a file with values. Raises UsageError where it is not there, or not in the project."""
    from iacreview.errors import TreeError
    from iacreview.tree import path_in

    full = os.path.realpath(path)
    try:
        name = path_in(project.root, full)
    except TreeError as error:
        raise UsageError(f"{path} is outside of the project", "Files with values are read from the project.") from error
    if not os.path.isfile(full) and not project.tree.exists(name):
        raise UsageError(f"there is no file `{path}`")
    return name


def _companions(project: Project, wishes: Wishes) -> Companions | None:
    if not wishes.companions:
        return None
    from iacreview.companions import companions

    rows = [
        (alias, rule.family, row.severity.label) for rule in project.rules for row in rule.rows for alias in row.aliases
    ]
    return companions(wishes.companions, {alias: (family, severity) for alias, family, severity in reversed(rows)})


def _severities(project: Project) -> dict[str, Severity]:
    found: dict[str, Severity] = {}
    for word, severity in project.config.severity.items():
        own = next((code for code, name in SETTINGS if word in (code, name)), "")
        found.update({own: severity} if own else {rule.code: severity for rule in rules_named(project.rules, word)})
    return found


def _progress() -> Callable[[int, int], None]:
    """A line on stderr when a run takes longer than a second; called with (0, 0) at the end."""
    started = time.monotonic()
    shown = False

    def show(done: int, total: int) -> None:
        nonlocal shown
        if total and time.monotonic() - started > 1:
            sys.stderr.write(f"\rreviewing {done + 1} of {total} ...")
            shown = True
        elif not total and shown:
            sys.stderr.write("\r\033[K")
        sys.stderr.flush()

    return show
