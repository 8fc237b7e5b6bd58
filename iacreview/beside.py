"""Files beside the configurations that decide what is deployed, or hold its secrets, and that no language reads."""

from __future__ import annotations

from iacreview.languages.language import CandidateFile
from iacreview.model.patterns import later
from iacreview.model.source import Skipped

# What runs deployments. Sources: "Workflow syntax" (GitHub Docs), ".gitlab-ci.yml" (GitLab Docs), "Build specification
# reference" (AWS CodeBuild), and the documentation of the others.
_PIPELINE = later(
    r"(?:^|/)(?:\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml|\.circleci/config\.yml|buildspec[^/]*\.ya?ml"
    r"|bitbucket-pipelines\.yml|azure-pipelines[^/]*\.ya?ml|Jenkinsfile|Makefile|[^/]+\.sh)$"
)
# What gives values to a deployment: "aws cloudformation deploy", "sam deploy", "terraform plan", "cdk deploy".
_GIVES = later(
    r"--parameter-overrides|ParameterKey=|parameter_overrides|\bTF_VAR_\w+|-backend-config\b|\s-var(?:-file)?[= ]"
    r"|\bcdk\s[^\n]*\s(?:-c|--context)\s"
)
# "Encrypting using sops": a file has its metadata under `sops`; other tools begin their files so.
_SAYS_ENCRYPTED = later(r"(?:^|[./_-])(?:enc|sops|encrypted)\.(?:ya?ml|json|env|ini|tfvars)$")
_IS_ENCRYPTED = later(
    r"(?m)^\s*\"?sops\"?\s*:|^sops_\w+=|^\[sops\]|^\$ANSIBLE_VAULT;|ENC\[AES256_GCM,|-----BEGIN (?:AGE|PGP)"
)
_GIVEN = "it gives values to what is deployed (`{}`), which are not read here: name them with `--parameters` or `--var`"
_PLAIN = "its name says that it is encrypted, and it is not"


def left_beside(file: CandidateFile) -> Skipped | None:
    """What is to be said of a file that no language claims; None for most."""
    if _SAYS_ENCRYPTED.search(file.path) and file.text.strip() and not _IS_ENCRYPTED.search(file.text):
        return Skipped(file.path, _PLAIN)
    if file.changed and _PIPELINE.search(file.path) and (found := _GIVES.search(file.text)):
        return Skipped(file.path, _GIVEN.format(found[0].strip(" =")))
    return None
