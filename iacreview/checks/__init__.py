"""What a table cannot say: functions that rules name with `check:`.

A check takes the view of a resource (or of a member of a collection) and the row's `with:`, and yields violations
and doubts. It is pure, and sees canonical properties only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from iacreview.catalog.view import View
from iacreview.checks import secrets
from iacreview.model.outcome import Outcome

Check: TypeAlias = "Callable[[View, Mapping[str, Any]], Iterator[Outcome]]"

CHECKS: dict[str, Check] = {
    "credentials_in_text": secrets.credentials_in_text,
    "secret_default": secrets.secret_default,
    "secret_entry": secrets.secret_entry,
    "visible_input": secrets.visible_input,
}
