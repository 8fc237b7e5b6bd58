"""Files beside the configurations that decide what is deployed, or hold its secrets, and that no language reads."""

from __future__ import annotations

import re
from functools import cache

from iacreview.languages.language import CandidateFile
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.model.source import Skipped
from iacreview.regular import compiled, encodable
from iacreview.semantics.parts import lines_of

# "Encrypting using sops": a file has its metadata under `sops`; other tools begin their files so.
_IS_ENCRYPTED = later(
    r"(?m)^\s*\"?sops\"?\s*:|^sops_\w+=|^\[sops\]|^\$ANSIBLE_VAULT;|ENC\[AES256_GCM,|-----BEGIN (?:AGE|PGP)"
)
_PLAIN = "its name says that it is encrypted, and it is not"
# Of a changed file, by what it is for; `{}` is what in its text tells so: the groups of the pattern.
_SAID = {
    "values": (
        "it gives values to what is deployed (`{}`), which are not read here: name them with `--parameters` or `--var`"
    ),
    "commands": "it changes resources by commands (`{}`), which are not reviewed",
    "pipeline": "it runs with rights in AWS, or deploys (`{}`): what it does is not reviewed",
    "tool": "another tool deploys from it: what it makes is not reviewed",
    "program": "it is part of a program that makes configurations: review what it makes",
    "policy": "it is a policy document that nothing which was reviewed reads",
}


class _Kind(NamedTuple):
    """Files of one purpose: what their paths look like, and what their texts have in them where that tells (or "").

    RE2 searches the texts: they are as long as a stranger wants.
    """

    purpose: str
    path: re.Pattern[str]
    text: str


def left_beside(file: CandidateFile, is_read: bool = False) -> Skipped | None:
    """What is to be said of a file that no language claims; None for most.

    Of one that a unit has read (`is_read`), it is not said that nothing reads it.
    """
    if _is("encrypted", file.path) and file.text.strip() and not _IS_ENCRYPTED.search(file.text):
        return Skipped(file.path, _PLAIN)
    if not file.changed:
        return None
    said = dict.fromkeys(_told(kind, file) for kind in _kinds() if not (is_read and kind.purpose == "policy"))
    reasons = [each for each in said if each]
    return Skipped(file.path, "; ".join(reasons)) if reasons else None


def runs_review(path: str) -> bool:
    """Whether a file of that name may run this review: a hook, a pipeline."""
    return _is("review", path)


def _told(kind: _Kind, file: CandidateFile) -> str:
    """What is said of a changed file of that kind; nothing of others."""
    if kind.purpose not in _SAID or not kind.path.search(file.path):
        return ""
    found = compiled(kind.text).search(encodable(file.text)) if kind.text else None
    if kind.text and found is None:
        return ""
    told = " ".join(group.strip("= \n") for group in found.groups() if group) if found else ""
    return _SAID[kind.purpose].format(told)


def _is(purpose: str, path: str) -> bool:
    return any(kind.path.search(path) for kind in _kinds() if kind.purpose == purpose)


@cache
def _kinds() -> tuple[_Kind, ...]:
    """The kinds of beside_files.txt: a purpose, a pattern of paths, and one of texts or none."""
    lines = (line.split(" ", 2) for line in lines_of("beside_files.txt"))
    return tuple(_Kind(name, later(path), "".join(text)) for name, path, *text in lines)
