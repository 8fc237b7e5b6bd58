"""The languages of infrastructure that are reviewed. Nothing outside of this package, and of the catalog, names one.

What one more would need is a page of CONTRIBUTING.md.
"""

from __future__ import annotations

from iacreview.languages.cloudformation import CLOUDFORMATION
from iacreview.languages.language import Language
from iacreview.languages.plan import PLAN
from iacreview.languages.terraform import TERRAFORM

# In the order in which they are asked whether a file is theirs.
LANGUAGES: tuple[Language, ...] = (TERRAFORM, PLAN, CLOUDFORMATION)
# Those that people write in, by the name that people call them.
WRITTEN: tuple[Language, ...] = (CLOUDFORMATION, TERRAFORM)


def language_named(name: str) -> Language:
    """The language of a target, or the one that a resource's dialect is written in."""
    return next(each for each in LANGUAGES if each.name == name)


def language_of_text(path: str) -> Language:
    """The language whose comments and blocks a file has, by its name."""
    return next(each for each in LANGUAGES if each.spells(path))
