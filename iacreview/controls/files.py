"""Framework files (YAML) to validated specifications: ours when they are compiled, and users' own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from iacreview.engine.rulefiles import File, near


def framework_specs(
    files: Sequence[File], codes: Collection[str], protections: Collection[str], kinds: Iterable[str]
) -> dict[str, Any]:
    """All frameworks by name; the rules, protections and kinds that they name are there. Raises RuleError."""
    known = list(kinds)
    found: dict[str, Any] = {}
    for file in files:
        file.validate("framework")
        name = file.data["framework"]
        if name in found:
            raise file.error(["framework"], f"`{name}` is defined twice")
        for code, control in file.data["controls"].items():
            for key, there in (("rules", codes), ("against", codes), ("protections", protections)):
                for each in control.get(key, ()):
                    if each not in there:
                        raise file.error(["controls", code, key], f"there is no `{each}`{near(each, there)}")
            for pattern in control.get("kinds", ()):
                if not any(fnmatchcase(kind, pattern) for kind in known):
                    raise file.error(["controls", code, "kinds"], f"no kind is `{pattern}`{near(pattern, known)}")
        found[name] = file.data
    return dict(sorted(found.items()))
