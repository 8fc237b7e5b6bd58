"""`iacreview init`: sets a repository up, so that what is there is accepted and what is new fails."""

from __future__ import annotations

import os
import re
import sys

from iacreview.baseline import FILE as BASELINE
from iacreview.commands.baseline import baseline
from iacreview.commands.project import open_project
from iacreview.commands.skips import lines_of, skips, told
from iacreview.commands.wishes import Wishes
from iacreview.commands.writing import write
from iacreview.config import FILE as CONFIG
from iacreview.errors import UsageError
from iacreview.tree import WorkingTree

HOOKS = ".pre-commit-config.yaml"

_SETTINGS = """\
# Settings of iacreview; `iacreview schema config` prints all of them with their meaning.
profile: default  # or strict, which also has what only some teams want
fail-on: low
"""

_HOOK = """\
- repo: local
  hooks:
    - id: iacreview
      name: iacreview (what this commit introduces)
      entry: iacreview diff --staged
      language: system
      pass_filenames: false
      files: (?i)\\.(tf|tofu|tfvars|json|ya?ml|template|cfn|tpl|tftpl)$
"""


def init(hook: bool) -> int:
    """Writes the settings, the baseline and the hook, as far as they are not there yet; returns 0.

    Nothing that exists is changed, but the hook is added at the end of existing ones.
    """
    project = open_project(())
    root = project.root
    known = {alias.lower() for rule in project.rules for alias in rule.aliases}
    found = skips(WorkingTree(root), known)
    lines = lines_of(found)
    new = not os.path.lexists(os.path.join(root, CONFIG))
    _written(os.path.join(root, CONFIG), _SETTINGS + lines)
    for each in found if new else ():
        sys.stdout.write("".join(f"{line}\n" for line in told(each)))
    if lines and not new:
        sys.stdout.write(f"Other tools leave this out; add it to {CONFIG} if it is to hold here too:\n{lines}")
    if os.path.exists(os.path.join(root, BASELINE)):
        sys.stdout.write(f"{BASELINE} is there already.\n")
    else:
        baseline((root,), "", Wishes())
    if hook:
        _add_hook(os.path.join(root, HOOKS))
        sys.stdout.write("Next: pre-commit install\n")
    return 0


def _written(path: str, text: str) -> None:
    name = os.path.basename(path)
    if os.path.lexists(path):
        sys.stdout.write(f"{name} is there already.\n")
        return
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {name}: {error.strerror}") from error
    sys.stdout.write(f"{name} is written.\n")


def _add_hook(path: str) -> None:
    if not os.path.lexists(path):
        _written(path, "repos:\n" + _HOOK)
        return
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {HOOKS}: {error}") from error
    if "id: iacreview" in text:
        sys.stdout.write(f"{HOOKS} has the hook already.\n")
        return
    keys = re.findall(r"^([A-Za-z_]+):(.*)$", text, re.MULTILINE)
    item = re.search(r"^([ ]*)- repo:", text, re.MULTILINE)
    if not keys or keys[-1] != ("repos", "") or item is None:
        sys.stdout.write(f"Add this to the `repos` of {HOOKS}:\n{_HOOK}")
        return
    lines = "".join(f"{item[1]}{line}\n" for line in _HOOK.splitlines())
    write(path, ("" if text.endswith("\n") else "\n") + lines, os.path.dirname(path), "a")
    sys.stdout.write(f"The hook is added to {HOOKS}.\n")
