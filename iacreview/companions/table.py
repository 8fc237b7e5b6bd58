"""Which companions there are."""

from __future__ import annotations

# Name -> module with `command(program, root, paths)`, `results(output, sources)` and `FILES`, the suffixes it reads.
COMPANIONS = {"cfn-lint": "iacreview.companions.cfn_lint", "checkov": "iacreview.companions.checkov"}
