"""Calls of modules and nested stacks that are not in the tree: what is given to them, and what a change makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from iacreview.model.digest import digest
from iacreview.model.finding import ELSEWHERE, RESOURCE, STACK, Argument, ChangedArgument, UnreadChange, UnreadModule
from iacreview.model.graph import Resource, Unit
from iacreview.model.guard import spoken
from iacreview.model.parts import is_sensitive, walk
from iacreview.model.patterns import later
from iacreview.model.record import NamedTuple
from iacreview.model.value import Choice, Coded, Encoded, Known, ListValue, MapValue, Unknown, Value, scalar_text
from iacreview.model.words import value_text
from iacreview.semantics.parts import lines_of

_SECURITY = later(
    r"source|version|public|cidr|ingress|egress|ports?(?:$|_)|security|polic|statement|principal|trust|role|permission|iam|acl"
    r"|encrypt|kms|key|ssl|tls|https?|cert|log|trail|audit|monitor|secret|password|token|auth|mfa|access|admin|internet|private"
    r"|protect|block|allow|deny|open|world|anonymous|exposed|retention|backup|imds|metadata_options|endpoint",
    re.IGNORECASE,
)


# How much of an argument is compared, and how much of it shown.
_KEPT, _SHOWN = 400, 60
# How many items of a list are told apart, and how many shown.
_ITEMS, _FEW = 50, 4
_NONE = Argument("", "", "")


class _Unjudged(NamedTuple):
    """What is given what nothing here judges; of the arguments, those that begin with one of `arguments`, if any."""

    sort: str
    arguments: tuple[str, ...] = ()


# By kind. "AWS CloudFormation custom resources" (AWS CloudFormation User Guide), "Backend Configuration" (Terraform
# documentation), "Custom Service Endpoint Configuration" (documentation of the AWS provider): who is sent everything.
# "Provider Configuration" (the same): as whom everything is done.
_UNJUDGED = {
    "foreign.custom": _Unjudged("custom resource"),
    "foreign.macro": _Unjudged("macro"),
    "foreign.state": _Unjudged("backend"),
    "provider.aws": _Unjudged(
        "provider",
        (
            *("endpoints", "http_proxy", "https_proxy", "no_proxy", "custom_ca_bundle"),
            *("assume_role", "profile", "shared_config_files", "shared_credentials_files", "allowed_account_ids"),
        ),
    ),
}
# What a run starts: "action block" (Terraform documentation).
_ACTION = "action."

# How parameters, variables and tags are written as a list. Sources: "AWS::CloudFormation::StackSet Parameter",
# "AWS::ServiceCatalog::CloudFormationProvisionedProduct ProvisioningParameter" (AWS CloudFormation User Guide).
_PAIRS = (("ParameterKey", "ParameterValue"), ("Key", "Value"), ("key", "value"), ("name", "value"))


def unread_modules(unit: Unit) -> list[UnreadModule]:
    """The calls of a unit that lead to nothing in the tree, with their arguments as they may be shown."""
    stacks = [called(unit.path, each)._replace(sort=STACK) for each in (*unit.unread_stacks, *_deploying(unit))]
    return [*(called(unit.path, each) for each in unit.unread), *stacks]


def unjudged(unit: Unit) -> Iterator[UnreadModule]:
    """What else of a unit nothing judges, with the arguments.

    It is custom resources, where the state goes, and resources of types that no rule reads.
    """
    told = {each.address for each in (*unit.unread_stacks, *_deploying(unit))}
    for each in (*unit.resources, *unit.written):
        found = _UNJUDGED.get(each.kind or "")
        if found is not None:
            yield from _given(unit.path, each, found)
        elif each.address not in told and _is_unknown(each):
            names = (Argument(name, "", fingerprint(value)) for name, value in each.attributes.entries.items())
            yield UnreadModule(each.address, each.header, tuple(names), (unit.path,), RESOURCE)


def _is_unknown(resource: Resource) -> bool:
    """Whether no rule reads resources of this type, which may matter."""
    if resource.mode == "data":
        return resource.type in lines_of("answered.txt")
    if resource.mode == "written" and resource.address.startswith(_ACTION):
        return True
    asked = resource.mode == "managed" and resource.kind in (None, "foreign.resource")
    return asked and not resource.type.startswith(tuple(lines_of("harmless.txt")))


def _given(unit: str, resource: Resource, found: _Unjudged) -> Iterator[UnreadModule]:
    call = called(unit, resource)._replace(sort=found.sort)
    if found.arguments:
        call = call._replace(arguments=tuple(each for each in call.arguments if each.name.startswith(found.arguments)))
    if call.arguments:
        yield call


def _deploying(unit: Unit) -> list[Resource]:
    """The resources of a unit that deploy what nobody can read, of what they are given."""
    given = {each.address for each in unit.open if each.given}
    return [each for each in unit.resources if each.address in given and each.mode == "managed"] if given else []


def called(unit: str, call: Resource) -> UnreadModule:
    """One call of a unit, with its arguments as they may be shown."""
    return UnreadModule(call.address, call.header, _arguments(call), (unit,))


def _arguments(call: Resource) -> tuple[Argument, ...]:
    judged = call.extras.entries if call.extras is not None else {}
    given = {name: value for name, value in call.attributes.entries.items() if name not in judged}
    return tuple(_argument(name, value) for name, value in _flat("", MapValue(given)) if name)


def _flat(name: str, value: Value) -> Iterator[tuple[str, Value]]:
    """The arguments by name, those inside of objects by their path."""
    value = _by_key(value)
    if isinstance(value, ListValue) and len(value.items) == 1 and not _statement_id(value.items[0]):
        # What a block is read as.
        value = value.items[0] if isinstance(value.items[0], MapValue) else value
    if isinstance(value, Encoded):
        value = value.structure
    if isinstance(value, ListValue) and 0 < len(value.items) <= _ITEMS and all(map(_has_parts, value.items)):
        for number, item in enumerate(value.items):
            yield from _flat(f"{name}[{_statement_id(item) or number}]", item)
        return
    if not isinstance(value, MapValue) or not value.entries:
        yield name, value
        return
    for key, entry in value.entries.items():
        yield from _flat(f"{name}.{key}" if name else key, entry)


def _has_parts(value: Value) -> bool:
    return isinstance(value, MapValue | Encoded)


def _statement_id(value: Value) -> str:
    """What a statement of a policy is called, so that it is the same one wherever it stands."""
    found = value.entries.get("Sid") if isinstance(value, MapValue) else None
    return str(found.data) if isinstance(found, Known) and found.data and not is_sensitive(found) else ""


def _by_key(value: Value) -> Value:
    """What is written as a list of names and values, by name."""
    items = [each.entries for each in value.items if isinstance(each, MapValue)] if isinstance(value, ListValue) else []
    if not items or not isinstance(value, ListValue) or len(items) < len(value.items):
        return value
    for key, content in _PAIRS:
        names = [each.get(key) for each in items]
        if all(type(name) is Known for name in names) and all(content in each for each in items):
            found = {
                str(name.data): each[content] for name, each in zip(names, items, strict=True) if type(name) is Known
            }
            return MapValue(found, value.span) if len(found) == len(items) else value
    return value


def _argument(name: str, value: Value) -> Argument:
    from iacreview.semantics.credentials import MASK, mask
    from iacreview.semantics.secrets import secret_name

    hidden = secret_name(name) and isinstance(value, Known) and not str(value.data).startswith("arn:")
    shown = MASK if hidden else mask(value_text(value, _KEPT))
    items = value.items if isinstance(value, ListValue) and not secret_name(name) else ()
    return Argument(name, shown, fingerprint(value), tuple(mask(value_text(each)) for each in items[:_ITEMS]))


def speaks_of_security(name: str) -> bool:
    """Whether the name of an argument does."""
    return _SECURITY.search(name) is not None


def fingerprint(value: Value) -> str:
    """What tells a value from another one, wherever they stand, also where no text may."""
    return digest("\0".join(_told(each) for whole in (value, *_contents(value)) for each in walk(whole)))


def _contents(value: Value) -> Iterator[Value]:
    """The texts that stand encoded in a value."""
    return (each.content for each in walk(value) if isinstance(each, Coded))


def _told(value: Value) -> str:
    """What tells a part of a value from another one, wherever they stand."""
    if isinstance(value, Known):
        # "300" and 300, "true" and true are the same to whoever is given them.
        return "null" if value.data is None else f"={scalar_text(value.data)}"
    if isinstance(value, MapValue):
        return ",".join(value.entries)
    reason = value.reason if isinstance(value, Unknown) and not value.references else ""
    said = (spoken(when) for when, _ in value.branches) if isinstance(value, Choice) else ()
    return " ".join((type(value).__name__, *map(str, value.references), reason, *said))


def changed_arguments(
    before: Iterable[UnreadModule], after: Iterable[UnreadModule], read: Iterable[UnreadModule] = ()
) -> tuple[UnreadChange, ...]:
    """The calls of the head to which a change gives something else, with what it does, security first; and those which
    were `read` in the base.
    """
    here = {(each.units, each.address): each for each in read}
    old = {(each.units, each.address): each for each in before}
    heads = list(after)
    left = [each for key, each in old.items() if key not in {(each.units, each.address) for each in heads}]
    found: dict[tuple[object, ...], UnreadChange] = {}
    for each in heads:
        own = (each.units, each.address)
        known = old.get(own) or here.get(own) or _under_another_name(each, left)
        arguments = _changed(known.arguments if known is not None else (), each.arguments)
        has_left = own in here and own not in old
        if arguments or known is None or has_left:
            key = each.span.path, each.span.start, arguments
            found.setdefault(key, UnreadChange(each.address, each.span, arguments, each.sort, has_left))
    for each in left:
        if each.sort not in ELSEWHERE:
            found[each.units, each.address] = UnreadChange(
                each.address, each.span, _changed(each.arguments, ()), each.sort, gone=True
            )
    return tuple(sorted(found.values(), key=_order))


def _under_another_name(call: UnreadModule, left: list[UnreadModule]) -> UnreadModule | None:
    """The call of the base that this one was, which is gone there: most of what is given is the same."""
    own = {(each.name, each.fingerprint) for each in call.arguments}
    alike = [(len(own.intersection((each.name, each.fingerprint) for each in one.arguments)), one) for one in left]
    most, best = max(alike, key=lambda each: each[0], default=(0, None))
    if best is None or 2 * most <= max(len(own), len(best.arguments)):
        return None
    left.remove(best)
    return best


def _changed(before: Iterable[Argument], after: Iterable[Argument]) -> tuple[ChangedArgument, ...]:
    was, now = _by_name(before), _by_name(after)
    changes = [
        ChangedArgument(name, *_apart(was.get(name, _NONE), now.get(name, _NONE)), speaks_of_security(name))
        for name in (*now, *(name for name in was if name not in now))
        if name not in was or name not in now or was[name].fingerprint != now[name].fingerprint
    ]
    return tuple(sorted(changes, key=lambda each: not each.security))


def _apart(was: Argument, now: Argument) -> tuple[str, str]:
    """Two arguments as they are shown: of lists what one has and the other has not; of long sources, which begin alike
    and end with a version, where they differ. Of nothing else, since of a secret no part can be told from other texts.
    """
    if was.items and now.items and {*was.items} != {*now.items}:
        return _without(was.items, now.items), _without(now.items, was.items)
    longest = max(len(was.text), len(now.text))
    start = 0
    if now.name.rpartition(".")[2] == "source" and longest > _SHOWN:
        pairs = enumerate(zip(was.text, now.text, strict=False))
        alike = next((at for at, (one, other) in pairs if one != other), longest)
        start = min(max(alike - _SHOWN // 2, 0), longest - _SHOWN + 1)
    return _from(start, was.text), _from(start, now.text)


def _without(items: Sequence[str], others: Sequence[str]) -> str:
    """What of the items is not among the others; the rest as `…`."""
    own = [each for each in items if each not in others]
    return f"[{', '.join([*(['…'] if len(own) < len(items) else []), *own[:_FEW]])}{'…' if len(own) > _FEW else ''}]"


def _from(start: int, text: str) -> str:
    text = f"…{text[start:]}" if start and len(text) > start else text
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _by_name(arguments: Iterable[Argument]) -> dict[str, Argument]:
    return {each.name: each for each in arguments}


def _order(change: UnreadChange) -> tuple[object, ...]:
    return not any(each.security for each in change.arguments), change.span.path, change.span.start, change.address
