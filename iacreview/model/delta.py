"""What a change lets whom do and reach, and what data it puts at risk, in words."""

from __future__ import annotations

from iacreview.model.record import NamedTuple
from iacreview.model.source import Span


class Witness(NamedTuple):
    """A request that only one side allows: `keys` are the condition keys that matter, as texts."""

    action: str
    resource: str
    keys: tuple[tuple[str, str], ...] = ()


class Access(NamedTuple):
    """Permissions of one principal that a change adds or removes, by its own policies or by that of what is `guarded`.

    `actions`, `resources` and `conditions` are the words of the policies in `via`; `gained` names the actions that make
    the difference, as far as they are known, and `levels` counts them. With `to_come`, so do actions that AWS will add.
    `why` tells what they were before, or that nobody can say. `certain` is false where it hangs on what is not known.
    """

    principal: str
    note: str = ""
    guarded: str = ""
    via: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    effect: str = "Allow"
    gained: tuple[str, ...] = ()
    levels: tuple[tuple[str, int], ...] = ()
    to_come: bool = False
    witness: Witness | None = None
    certain: bool = True
    why: str = ""
    span: Span | None = None
    units: tuple[str, ...] = ()


class Opening(NamedTuple):
    """Traffic that newly reaches a resource, or no longer does. Ports are -1 where nobody knows them.

    `via` are the resources that let it through, `note` tells what is behind them, `why` what it was before. Of what is
    `outbound`, the resource is who may send it, and `source` is where to.
    """

    resource: str
    protocol: str
    from_port: int
    to_port: int
    source: str
    note: str = ""
    via: tuple[str, ...] = ()
    certain: bool = True
    why: str = ""
    span: Span | None = None
    units: tuple[str, ...] = ()
    outbound: bool = False


class AtRisk(NamedTuple):
    """Data that a change destroys with its resource, or by having it replaced; `why` tells what makes it so.

    `kept` tells what of it remains (a snapshot). `certain` is false where it hangs on what is not known.
    """

    resource: str
    type: str
    kind: str
    what: str
    why: str
    kept: str = ""
    certain: bool = True
    span: Span | None = None
    units: tuple[str, ...] = ()


class Deltas(NamedTuple):
    """What a change adds and removes."""

    access_added: tuple[Access, ...] = ()
    access_removed: tuple[Access, ...] = ()
    reach_added: tuple[Opening, ...] = ()
    reach_removed: tuple[Opening, ...] = ()
    data_at_risk: tuple[AtRisk, ...] = ()
