"""Files beside the configurations that decide what is deployed, or hold its secrets, and that no language reads."""

from __future__ import annotations

import re
from functools import cache

from iacreview.languages.language import CandidateFile
from iacreview.model.patterns import later
from iacreview.model.source import Skipped
from iacreview.semantics.parts import lines_of

# What gives values to a deployment: "aws cloudformation deploy", "sam deploy", "terraform plan", "cdk deploy".
_GIVES = later(
    r"--parameter-overrides|ParameterKey=|parameter_overrides|\bTF_VAR_|-backend-config\b|\s-var(?:-file)?[= ]"
    r"|\bcdk\s[^\n]*\s(?:-c|--context)\s"
)
# "Encrypting using sops": a file has its metadata under `sops`; other tools begin their files so.
_IS_ENCRYPTED = later(
    r"(?m)^\s*\"?sops\"?\s*:|^sops_\w+=|^\[sops\]|^\$ANSIBLE_VAULT;|ENC\[AES256_GCM,|-----BEGIN (?:AGE|PGP)"
)
_GIVEN = "it gives values to what is deployed (`{}`), which are not read here: name them with `--parameters` or `--var`"
_OTHER = "another tool deploys from it: what it makes is not reviewed"
# "AWS Controllers for Kubernetes", "Crossplane provider-aws".
_CONTROLLED = later(
    r"(?m)^[^\S\n]*apiVersion:\s*[\"']?\S*(?:services\.k8s\.aws|aws(?:\.\w+)?\.(?:upbound|crossplane)\.io)/"
)
_PLAIN = "its name says that it is encrypted, and it is not"


def left_beside(file: CandidateFile) -> Skipped | None:
    """What is to be said of a file that no language claims; None for most."""
    if _matches("encrypted", file.path) and file.text.strip() and not _IS_ENCRYPTED.search(file.text):
        return Skipped(file.path, _PLAIN)
    if file.changed and _matches("pipeline", file.path) and (found := _GIVES.search(file.text)):
        return Skipped(file.path, _GIVEN.format(found[0].strip(" =")))
    if file.changed and (_matches("other", file.path) or _is_controlled(file)):
        return Skipped(file.path, _OTHER)
    return None


def runs_review(path: str) -> bool:
    """Whether a file of that name may run this review: a hook, a pipeline."""
    return _matches("review", path) or _matches("pipeline", path)


def _is_controlled(file: CandidateFile) -> bool:
    """Whether a cluster makes resources of AWS from a file."""
    return _matches("cluster", file.path) and _CONTROLLED.search(file.text) is not None


def _matches(purpose: str, path: str) -> bool:
    return any(pattern.search(path) for pattern in _patterns(purpose))


@cache
def _patterns(purpose: str) -> tuple[re.Pattern[str], ...]:
    lines = (line.split(" ", 1) for line in lines_of("beside_files.txt"))
    return tuple(re.compile(pattern) for name, pattern in lines if name == purpose)
