"""Who gets policies that are someone else's: by being in a group, or by having a permission set assigned.

Sources: "IAM user groups" (IAM User Guide), "AWS::SSO::Assignment" (AWS CloudFormation User Guide), "Assign user or
group access to AWS accounts" (IAM Identity Center User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iacreview.catalog.links import said
from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.grants.principals import Document, documents, named_policies, names_of, principals, unread_documents
from iacreview.model.graph import Resource
from iacreview.model.record import NamedTuple
from iacreview.model.value import Known, Value
from iacreview.semantics.items import Item, items_of

_MEMBERSHIP, _ASSIGNMENT, _USER, _GROUP = "iam.group_membership", "sso.assignment", "iam.user", "iam.group"
_PROFILE, _UNKNOWN = "iam.instance_profile", "?"
# The kinds of what runs, with the property that names whose rights it has.
_WORKLOADS = {
    "lambda.function": "role",
    "serverless.function": "role",
    "ecs.task_definition": "task_role",
    "ec2.instance": "profile",
    _PROFILE: "role",
}
# The kinds by which someone joins others.
JOINING = (_MEMBERSHIP, _ASSIGNMENT, *_WORKLOADS)


class Policies(NamedTuple):
    """Documents, and the values that stand for those that nobody knows."""

    documents: Sequence[Document]
    unread: Sequence[Value]


class Joined(NamedTuple):
    """Someone who gets the policies: a resource of the unit, or whom an item names, and what they are (`noun`).

    `place` is where they get them (an account).
    """

    who: Resource | Item
    noun: str
    place: Item | None
    policies: Policies


def joined_of(world: World) -> Iterator[Joined]:
    """Who gets what by a membership or an assignment of the unit; of its own users, what their groups do not tell."""
    for view in world.of_kind(_MEMBERSHIP, _USER):
        yield from _members(view)
    for view in world.of_kind(_ASSIGNMENT):
        yield from _assigned(view)


class Workload(NamedTuple):
    """What runs with the rights of a role; `role` tells it from another one."""

    resource: Resource
    role: str
    policies: Policies


def workloads_of(world: World) -> Iterator[Workload]:
    """What of a unit runs with which role's rights: a change may give it another role."""
    for view in world.of_kind(*_WORKLOADS):
        for item in _items(view, _WORKLOADS[view.kind.name]):
            target = world.target(item.value)
            role = target.address if target is not None else item.pattern or _UNKNOWN
            yield Workload(view.resource, role, _of_role(item, world))


def _of_role(item: Item, world: World) -> Policies:
    """The policies of a role, or of that of an instance profile."""
    own, names = principals(world), names_of(world, "iam.role")
    address = _address(item, world, names) or names.get((item.pattern or "").rpartition("/")[2])
    if address in own:
        return Policies(own[address].documents, own[address].unread)
    target = world.target(item.value)
    profile = world.view(target) if target is not None else None
    inner = next(_items(profile, "role"), None) if profile is not None and profile.kind.name == _PROFILE else None
    return _of_role(inner, world) if inner is not None else Policies((), [item.value])


def _members(view: View) -> Iterator[Joined]:
    own, names = principals(view.world), names_of(view.world, _GROUP)
    found: list[Document] = []
    unread: list[Value] = []
    for item in _items(view, "groups"):
        address = _address(item, view.world, names)
        found += own[address].documents if address in own else ()
        unread += () if address in own else (item.value,)
    for who in _users(view):
        known = isinstance(who, Resource)
        if unread or (found and not known):
            yield Joined(who, "user", None, Policies(() if known else found, unread))


def _users(view: View) -> Iterator[Resource | Item]:
    """The users of a membership: the unit's own as resources."""
    if view.kind.name == _USER:
        yield view.resource
        return
    own, names = principals(view.world), names_of(view.world, _USER)
    for item in _items(view, "users"):
        address = _address(item, view.world, names)
        yield own[address].resource if address in own else item


def _assigned(view: View) -> Iterator[Joined]:
    noun = str(view.known("principal_type") or "principal").lower()
    place = next(_items(view, "account"), None)
    for item in _items(view, "principal"):
        for given in _items(view, "permission_set"):
            yield Joined(item, noun, place, _of_permission_set(given, view.world))


def _of_permission_set(item: Item, world: World) -> Policies:
    target = world.target(item.value)
    found: list[Document] = []
    unread: list[Value] = []
    parts = 0
    for view in world.of_kind("iam.policy", "iam.policy_attachment"):
        named = view.first("permission_set") if view.applies("permission_set") else None
        if target is None or target.address not in (view.resource.address, _target(world, named)):
            continue
        parts += 1
        if view.kind.has("policy"):
            found += documents(view, "policy")
            unread += unread_documents(view, "policy")
        managed = named_policies(view, "managed_policies")
        found += managed.documents
        unread += managed.unread
    return Policies(found, unread if parts else [item.value])


def _target(world: World, value: Value | None) -> str | None:
    found = world.target(value)
    return found.address if found is not None else None


def _items(view: View, name: str) -> Iterator[Item]:
    for occurrence in view.occurrences(name) if view.applies(name) else ():
        for item in items_of(occurrence.value):
            if not isinstance(item.value, Known) or item.value.data is not None:
                yield item


def _address(item: Item, world: World, names: dict[str, str]) -> str | None:
    target = world.target(item.value)
    return target.address if target is not None else names.get(said(item.value))
