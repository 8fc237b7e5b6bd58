"""The languages of infrastructure that are reviewed. Nothing outside of this package, and of the catalog, names one.

What one more would need is a page of CONTRIBUTING.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from iacreview.languages.cloudformation import CLOUDFORMATION
from iacreview.languages.language import Language
from iacreview.languages.plan import PLAN
from iacreview.languages.terraform import TERRAFORM
from iacreview.tree import Tree

# In the order in which they are asked whether a file is theirs.
LANGUAGES: tuple[Language, ...] = (TERRAFORM, PLAN, CLOUDFORMATION)
# Those that people write in, by the name that people call them.
WRITTEN: tuple[Language, ...] = (CLOUDFORMATION, TERRAFORM)


def language_named(name: str) -> Language:
    """The language of a target, or the one that a resource's dialect is written in."""
    return next(each for each in LANGUAGES if each.name == name)


def advice(tree: Tree, paths: Sequence[str]) -> str:
    """What to do where nothing is found to review, since it has to be made first; empty where nobody knows."""
    folders = ("", *(path for path in paths if path))
    if any(tree.exists(f"{folder}/cdk.json".lstrip("/")) for folder in folders):
        return (
            "This is a CDK app: run `cdk synth`, then `iacreview check cdk.out`; docs/cloudformation.md says how to "
            "review a change."
        )
    return ""


def language_of_text(path: str) -> Language:
    """The language whose comments and blocks a file has, by its name."""
    return next(each for each in LANGUAGES if each.spells(path))


# How the names of files end that may have resources.
ENDINGS = (".tf", ".tofu", *sorted({suffix for language in LANGUAGES for suffix in language.suffixes}))
