"""Whose policy it is, as a statement may name them: ARNs of its holders and their policies, and of greater roles.

Source: "IAM identifiers" (IAM User Guide).
"""

from __future__ import annotations

from operator import attrgetter

from iacreview.catalog.world import World
from iacreview.grants.principals import Document, Identity, documents, holders, principals
from iacreview.semantics.decision.actions import TO_COME
from iacreview.semantics.decision.generic import SOMETHING, form
from iacreview.semantics.decision.rights import permits
from iacreview.semantics.decision.symbols import Symbols
from iacreview.semantics.denials import without_what_narrows
from iacreview.semantics.paths import Around, Greater

_ANY_ACTION = f"{TO_COME}:{TO_COME}"
_TYPES = {"iam.role": "role", "iam.user": "user", "iam.group": "group"}
# What a reference to one is called in either language.
_ARNS = ("arn", "Arn", "Ref")
_USER: Symbols = ("${aws:username}",)


def known_around(document: Document, world: World) -> Around:
    """What the unit tells about the holders of a document, and about roles that may do more."""
    return Around(own_arns(document, world), greater_roles(world))


def greater_roles(world: World) -> list[Greater]:
    """The roles of the unit that may do everything, and that services assume; found out once."""
    found: list[Greater] | None = world.notes.get("greater roles")
    if found is None:
        roles = (each for each in principals(world).values() if each.resource.kind == "iam.role")
        made = (_greater(each, world) for each in roles if _may_do_everything(each))
        found = world.notes["greater roles"] = [each for each in made if each.services]
    return found


def _may_do_everything(role: Identity) -> bool:
    rights = role.rights
    whole = any(clause.allows and clause.about_action(_ANY_ACTION) for clause in rights.identity)
    return whole and permits(without_what_narrows(rights, attrgetter("any")), _ANY_ACTION, SOMETHING).exists


def _greater(role: Identity, world: World) -> Greater:
    view = world.view(role.resource)
    trusts = documents(view, "trust_policy") if view is not None else []
    statements = [each for document in trusts for each in document.policy.statements if each.allows]
    services = (who.pattern for each in statements for who in each.principals if who.kind == "Service" and who.pattern)
    return Greater(tuple(_of_holder(role, "role", world)), tuple(services))


def own_arns(document: Document, world: World) -> dict[str, list[Symbols]]:
    """The ARNs of the holders of a document by their type (`role`), and under `policy` those of their policies."""
    found: dict[str, list[Symbols]] = {}
    for holder in holders(document, world):
        type = _TYPES.get(holder.resource.kind or "")
        if type is not None:
            found.setdefault(type, []).extend(_of_holder(holder, type, world))
            found.setdefault("policy", []).extend(_of_policies(holder, world))
    return found


def _of_holder(holder: Identity, type: str, world: World) -> list[Symbols]:
    view = world.view(holder.resource)
    name = view.known("name") if view is not None and view.applies("name") else None
    names = [tuple(name) if isinstance(name, str) else _reference(holder.resource.address, "name")]
    if type == "user":
        names.append(_USER)
    start = form(f"arn:${{Partition}}:iam::${{Account}}:{type}/")
    return [*_references(holder.resource.address), *((*start, *each) for each in names)]


def _of_policies(holder: Identity, world: World) -> list[Symbols]:
    owners = (world.graph.resources.get(each.owner) for each in holder.documents)
    return [
        arn for each in owners if each is not None and each.kind == "iam.policy" for arn in _references(each.address)
    ]


def _references(address: str) -> list[Symbols]:
    return [_reference(address, attribute) for attribute in _ARNS]


def _reference(address: str, attribute: str) -> Symbols:
    return (f"${{{address}.{attribute}}}",)
