"""The policies of a unit, each read once, and the principals that hold them.

Policies of a principal are its own, those that name it, those attached to it, those of its groups, and AWS's managed
ones by their content. "IAM identifiers", "Policies and permissions in IAM" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TypeAlias

from iacreview.catalog.links import said
from iacreview.catalog.occurrence import Occurrence
from iacreview.catalog.view import View
from iacreview.catalog.world import World
from iacreview.model.graph import Resource
from iacreview.model.guard import When, together
from iacreview.model.logic import NO, UNKNOWN, YES, Truth
from iacreview.model.record import NamedTuple
from iacreview.model.value import Encoded, MapValue, Unknown, Value
from iacreview.semantics.decision.clauses import Clause, clauses_of
from iacreview.semantics.decision.rights import Rights
from iacreview.semantics.items import Item, items_of
from iacreview.semantics.managed import managed_name, managed_policy, named
from iacreview.semantics.policy import Policy, parse_policy

PRINCIPALS = {"iam.role": "roles", "iam.user": "users", "iam.group": "groups"}
# They have their policies themselves.
PERMISSION_SETS = ("AWS::SSO::PermissionSet", "awscc_sso_permission_set")
_MAX_GROUPS = 50
# "Set up CloudWatch logging for REST APIs" (API Gateway), "Amazon EKS cluster IAM role": the policies are AWS's own.
_OWN_USE = frozenset({"apigateway.amazonaws.com", "eks.amazonaws.com"})


class Document(NamedTuple):
    """One policy document where it stands. `owner` is the resource that has it, or AWS's name of a managed policy."""

    owner: str
    occurrence: Occurrence | None
    policy: Policy
    clauses: tuple[Clause, ...]


class Identity(NamedTuple):
    """A role, user or group with all of its policies. `limits` are its permissions boundaries.

    `unread` are the values that may be policies of it, or name some, which nobody knows, `open_limits` those of
    boundaries. `groups` are those of its documents that each of its groups has, `under` the conditions under which
    it has some of them, by their ids.
    """

    resource: Resource
    documents: tuple[Document, ...]
    limits: tuple[tuple[Document, ...], ...] = ()
    unread: tuple[Value, ...] = ()
    groups: tuple[tuple[Document, ...], ...] = ()
    open_limits: tuple[Value, ...] = ()
    under: Mapping[int, When] = {}

    @property
    def complete(self) -> bool:
        """Whether all of its policies are known."""
        return not self.unread

    @property
    def rights(self) -> Rights:
        """What all of the policies together allow, within the boundaries."""
        limits = tuple(tuple(clause for each in limit for clause in each.clauses) for limit in self.limits)
        return Rights(tuple(clause for each in self.documents for clause in each.clauses), limits, self.complete)


def documents(view: View, name: str) -> list[Document]:
    """The documents of a property that can be read."""
    return view.world.kept(f"documents {name}", view.value, lambda _: list(_documents(view, name)))


def unread_documents(view: View, name: str) -> list[Value]:
    """The values of a property that may be documents, and that nobody knows."""
    return [each.value for each in view.occurrences(name) if isinstance(each.value, Unknown)]


def _documents(view: View, name: str) -> Iterator[Document]:
    for occurrence in view.occurrences(name):
        if occurrence.value is not None and not isinstance(occurrence.value, Unknown):
            yield document_of(view.resource.address, occurrence, occurrence.value, view.world)


def document_of(owner: str, occurrence: Occurrence | None, value: Value, world: World) -> Document:
    """The document in a value, which the resource with the address `owner` has."""
    policy, possible = policy_of(world, value), world.graph.unit.possible
    resource = world.graph.resources.get(owner)
    around = resource.conditions if resource is not None else ()
    clauses = clauses_of(policy, lambda guard: not possible((*around, guard.opposite)))
    return Document(owner, occurrence, policy, clauses)


def policy_of(world: World, document: Value) -> Policy:
    """The policy in a document, read once for all rules."""
    return world.kept("policy", document, lambda value: parse_policy(value, world.graph.unit.possible))


def principals(world: World) -> dict[str, Identity]:
    """All principals of the unit by their addresses."""
    known: dict[str, Identity] | None = world.notes.get("principals")
    if known is None:
        attached = _attached(world)
        own = {view.resource.address: _principal(view, attached) for view in world.of_kind(*PRINCIPALS)}
        known = world.notes["principals"] = _with_groups(world, own)
    return known


def permission_sets(world: World) -> dict[str, Identity]:
    """The permission sets of the unit that policies name, by their addresses, as those who are assigned them."""
    known: dict[str, Identity] | None = world.notes.get("permission sets")
    if known is None:
        parts: dict[str, list[View]] = {}
        for view in world.of_kind("iam.policy", "iam.policy_attachment", "iam.boundary_attachment"):
            for resource in _sets_of(view):
                parts.setdefault(resource.address, []).append(view)
        sets = ((world.graph.resources[address], views) for address, views in parts.items())
        known = world.notes["permission sets"] = {each.address: _permission_set(each, views) for each, views in sets}
    return known


def _sets_of(view: View) -> list[Resource]:
    """The permission sets that a policy names, or the one that it is."""
    if view.resource.type in PERMISSION_SETS:
        return [view.resource]
    if not view.applies("permission_set"):
        return []
    named = (item for each in view.occurrences("permission_set") for item in items_of(each.value))
    return [target for item in named for target in view.world.targets(item.value)]


def _permission_set(resource: Resource, views: Iterable[View]) -> Identity:
    found: list[Document] = []
    unread: list[Value] = []
    limits = NamedPolicies([], [], [])
    for view in views:
        if view.kind.has("policy"):
            found += documents(view, "policy")
            unread += unread_documents(view, "policy")
        _add(named_policies(view, "managed_policies"), found, unread)
        _add(named_policies(view, "boundary"), limits.documents, limits.unread)
    return Identity(resource, tuple(found), _limits(limits), tuple(unread), (), tuple(limits.unread))


def holders(document: Document, world: World) -> list[Identity]:
    """The principals and permission sets that hold a document."""
    known: dict[int, list[Identity]] | None = world.notes.get("holders")
    if known is None:
        known = world.notes["holders"] = {}
        for principal in (*principals(world).values(), *permission_sets(world).values()):
            for each in principal.documents:
                known.setdefault(id(each), []).append(principal)
    return known.get(id(document), [])


def rights_of(document: Document, world: World) -> list[Rights]:
    """The rights of each principal that holds a document; those of the document alone where none is known."""
    return [each.rights for each in holders(document, world)] or [Rights(document.clauses)]


def is_of_service(principal: Identity, world: World) -> Truth:
    """Whether a role is one that only services assume which do with it what AWS says, and run no code of customers.

    Unknown where it is such a service's as far as its trust policy can be read.
    """
    view = world.view(principal.resource)
    if view is None or view.kind.name != "iam.role":
        return NO
    trusts = documents(view, "trust_policy")
    statements = [each for document in trusts for each in document.policy.statements if not each.denies]
    every = [who for each in statements for who in each.principals]
    named = [who for who in every if who.pattern is not None]
    if not named or not all(who.kind == "Service" and who.pattern in _OWN_USE for who in named):
        return NO
    unread = unread_documents(view, "trust_policy") or any(each.policy.unknowns for each in trusts)
    return UNKNOWN if unread or len(named) < len(every) else YES


def _principal(view: View, attached: dict[str, list[View]]) -> Identity:
    found: list[Document] = []
    unread: list[Value] = []
    ways: list[Way] = []
    for member in view.members("policies") if view.kind.has("policies") else ():
        found += documents(member, "policy")
    for each in attached.get(view.resource.address, ()):
        if each.kind.name == "iam.policy":
            found += documents(each, "policy")
            unread += unread_documents(each, "policy")
            ways += ((document, ()) for document in documents(each, "policy"))
        else:
            theirs = named_policies(each, "managed_policies")
            _add(theirs, found, unread)
            ways += ((document, together(each.resource.conditions, when)) for document, when in theirs.ways)
    own = named_policies(view, "managed_policies")
    _add(own, found, unread)
    ways += own.ways
    unique = tuple({id(each): each for each in found}.values())
    for occurrence in view.unread("policies") if view.kind.has("policies") else ():
        unread += [occurrence.value] if occurrence.value is not None else []
    unread += [value for each in unique for value in each.policy.unknowns]
    limits = named_policies(view, "boundary")
    return Identity(view.resource, unique, _limits(limits), tuple(unread), (), tuple(limits.unread), under=_under(ways))


# A managed policy, and the conditions under which it is named.
Way: TypeAlias = "tuple[Document, When]"


def _under(ways: Iterable[Way]) -> dict[int, When]:
    """The conditions of those that are named under the same ones alone."""
    found: dict[int, set[When]] = {}
    for document, when in ways:
        found.setdefault(id(document), set()).add(when)
    return {each: next(iter(whens)) for each, whens in found.items() if len(whens) == 1 and () not in whens}


class NamedPolicies(NamedTuple):
    """The managed policies that a property names, and the values that name others, which nobody knows."""

    documents: list[Document]
    unread: list[Value]
    ways: list[Way]


def _add(named: NamedPolicies, found: list[Document], unread: list[Value]) -> None:
    found += named.documents
    unread += named.unread


def _limits(named: NamedPolicies) -> tuple[tuple[Document, ...], ...]:
    """The documents of a boundary; one that is not known limits nothing for certain."""
    return (tuple(named.documents),) if named.documents and not named.unread else ()


def named_policies(view: View, name: str) -> NamedPolicies:
    """The managed policies that a property names; none where the resource does not have it."""
    found = NamedPolicies([], [], [])
    if not view.kind.has(name) or not view.applies(name):
        return found
    for occurrence in view.occurrences(name):
        for item in items_of(occurrence.value):
            if isinstance(item.value, MapValue | Encoded):
                # SAM lists documents beside names.
                continue
            more = _named_documents(item, view.world)
            found.documents.extend(more)
            found.ways.extend((document, together(occurrence.when, item.when)) for document in more)
            found.unread.extend([] if more else [item.value])
    return found


def _named_documents(item: Item, world: World) -> Sequence[Document]:
    own = names_of(world, "iam.policy").get(item.pattern or "")
    target = world.graph.resources[own] if own is not None else world.target(item.value)
    policy = world.view(target) if target is not None else None
    if policy is not None and policy.kind.name == "iam.policy":
        return documents(policy, "policy")
    path = managed_path(item, world)
    return () if path is None else managed_document(path)


def managed_path(item: Item, world: World) -> str | None:
    """The path of the AWS managed policy that an item names, by ARN or through a look-up by name."""
    if item.pattern is not None:
        return managed_name(item.pattern)
    target = world.target(item.value)
    lookup = world.view(target) if target is not None else None
    if lookup is None or lookup.kind.name != "iam.managed_policy_lookup":
        return None
    name, arn = lookup.known("name"), lookup.known("managed_policies")
    if isinstance(arn, str):
        return managed_name(arn)
    return named(name) if isinstance(name, str) else None


@cache
def managed_document(path: str) -> tuple[Document, ...]:
    """The document of an AWS managed policy, alone; none where it is not known. Every unit has the same."""
    value = managed_policy(path)
    if value is None:
        return ()
    policy = parse_policy(value)
    return (Document(path, None, policy, clauses_of(policy)),)


def _attached(world: World) -> dict[str, list[View]]:
    """The policies and attachments that name each principal, by its address."""
    found: dict[str, list[View]] = {}
    for kind, property in PRINCIPALS.items():
        names = names_of(world, kind)
        for view in world.of_kind("iam.policy", "iam.policy_attachment"):
            if not view.kind.has(property) or not view.applies(property):
                continue
            for address in _addresses(view, property, kind, names):
                found.setdefault(address, []).append(view)
    return found


def names_of(world: World, kind: str) -> dict[str, str]:
    """The addresses of the unit's resources of a kind by what their names say (see links.said); found out once."""
    known: dict[str, str] | None = world.notes.get(("names", kind))
    if known is None:
        views = [view for view in world.of_kind(kind) if view.kind.has("name") and view.applies("name")]
        named = ((said(view.first("name")), view.resource.address) for view in views)
        known = world.notes["names", kind] = {name: address for name, address in named if name}
    return known


def _addresses(view: View, property: str, kind: str, names: dict[str, str]) -> Iterator[str]:
    for occurrence in view.occurrences(property):
        for item in items_of(occurrence.value):
            for target in view.world.targets(item.value):
                if target.kind == kind:
                    yield target.address
            if (name := said(item.value)) in names:
                yield names[name]


def _with_groups(world: World, own: dict[str, Identity]) -> dict[str, Identity]:
    """The principals, with their groups' policies among the users'."""
    memberships = dict(own)
    for user, groups in _groups(world).items():
        joined = [own[group] for group in dict.fromkeys(groups) if group in own][:_MAX_GROUPS]
        if user not in own or not joined:
            continue
        principal = own[user]
        more: Iterable[Document] = (each for group in joined for each in group.documents)
        every = tuple({id(each): each for each in (*principal.documents, *more)}.values())
        unread = (*principal.unread, *(value for group in joined for value in group.unread))
        shared = tuple(group.documents for group in joined)
        memberships[user] = principal._replace(documents=every, unread=unread, groups=shared)
    return memberships


def _groups(world: World) -> dict[str, list[str]]:
    users, groups = names_of(world, "iam.user"), names_of(world, "iam.group")
    found: dict[str, list[str]] = {}
    for view in world.of_kind("iam.group_membership", "iam.user"):
        joined = _existing(view, "groups", "iam.group", groups)
        members: Sequence[str] = [view.resource.address]
        if view.kind.name != "iam.user":
            members = _existing(view, "users", "iam.user", users)
        for user in members:
            found.setdefault(user, []).extend(joined)
    return found


def _existing(view: View, property: str, kind: str, names: dict[str, str]) -> list[str]:
    if not view.applies(property):
        return []
    return list(_addresses(view, property, kind, names))


def bounds_only(view: View) -> bool:
    """Whether a managed policy is someone's boundary, and nobody has it as a policy."""
    world = view.world
    known: set[str] | None = world.notes.get("boundaries")
    if known is None:
        known = world.notes["boundaries"] = set(_boundaries(world))
    if view.resource.address not in known:
        return False
    return not any(holders(each, world) for each in documents(view, "policy"))


def _boundaries(world: World) -> Iterator[str]:
    policies = names_of(world, "iam.policy")
    for view in world.of_kind("iam.role", "iam.user", "iam.boundary_attachment"):
        if view.applies("boundary"):
            yield from _addresses(view, "boundary", "iam.policy", policies)


def named_by(view: View) -> list[Identity]:
    """The principals that a policy or an attachment names; the principal itself where the view is one."""
    every = principals(view.world)
    own = every.get(view.resource.address)
    if own is not None:
        return [own]
    sets = permission_sets(view.world)
    if view.kind.has("permission_set") and (named := _sets_of(view)):
        return [sets[each.address] for each in named if each.address in sets]
    found: dict[str, Identity] = {}
    for kind, property in PRINCIPALS.items():
        if view.kind.has(property) and view.applies(property):
            for address in _addresses(view, property, kind, names_of(view.world, kind)):
                if address in every:
                    found[address] = every[address]
    return list(found.values())
