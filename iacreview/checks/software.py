"""Software that hosts need, or may not have, as far as what deploys them says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from iacreview.catalog.occurrence import doubt_reason
from iacreview.catalog.view import View
from iacreview.checks.hosts import image_texts, named, written
from iacreview.checks.management import right, roles_of
from iacreview.grants.principals import Identity, managed_document
from iacreview.model.finding import Related
from iacreview.model.logic import NO, UNKNOWN, YES, Truth, any_of
from iacreview.model.operations import AskedDocument, AskedPolicy, AskedSoftware, Asker
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.parts import walk
from iacreview.model.source import Span
from iacreview.model.value import Known, MapValue, Text, Unknown, Value, scalar_text
from iacreview.model.words import called, listed, say, vouched
from iacreview.semantics.actions import expand
from iacreview.semantics.items import items_of
from iacreview.semantics.managed import managed_name
from iacreview.semantics.managed import named as managed_path

_ASSOCIATION = "ssm.association"
_GROUP = "autoscaling.group"
_IMAGE = "imagebuilder.image"
_RECIPE = "imagebuilder.image_recipe"
_COMPONENT = "imagebuilder.component"
_CONFIGURE = "AWS-ConfigureAWSPackage"
# Images that nobody has put anything on: the public ones of AWS and of Ubuntu.
_BARE = re.compile(
    r"al2023-ami|amzn2-ami|/aws/service/(ami|canonical)|ubuntu/images|Windows_Server|:aws:image/(amazon-linux|ubuntu|windows)"
)
# What installs: the names that follow are those of packages.
_INSTALL = re.compile(
    r"\b(?:apt-get|apt|yum|dnf|zypper|apk|snap|choco|pip3?|winget|amazon-linux-extras)\b[^\n;&|]*?\b(?:install|add)\b([^\n;&|]*)"
)
_WORD = re.compile(r"[A-Za-z0-9][\w.+-]*")
_MAX_TEXT = 1_000_000


def missing_software(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A host without an association, a package or a right that the project asks of its hosts."""
    if view.kind.name == "ec2.launch_template" and not view.world.referrers(view, _GROUP, "launch_template"):
        return
    asked = view.world.operations
    for document in asked.associations:
        yield from _associated(view, document)
    for package in asked.software:
        if package.required:
            yield from _installed(view, package)
    if asked.policies:
        yield from _permitted(view, asked.policies)


def _related(asker: Asker) -> tuple[Related, ...]:
    return (Related(asker.words, asker.span),) if asker.span is not None else ()


def _associated(view: View, asked: AskedDocument) -> Iterator[Outcome]:
    found = [_reaches(each, view) for each in view.world.of_kind(_ASSOCIATION) if _is(each, asked)]
    path, unit = f"association.{asked.document}", view.world.graph.unit
    name = say("{} {}", called(asked.document), called(asked.name)) if asked.name else called(asked.document)
    if any_of(found) is YES:
        return
    if UNKNOWN in found or unit.unread or unit.open:
        yield Doubt(path, view.span, say("whether an association of {} reaches it is not known", name))
    else:
        text = say("no association of {} reaches it", name)
        yield Violation(path, view.span, text, when=view.when, related=_related(asked.asker))


def _is(association: View, asked: AskedDocument) -> bool:
    document = association.known("document")
    if not isinstance(document, str) or not fnmatchcase(document.rpartition("/")[2], asked.document):
        return False
    return not asked.name or any(fnmatchcase(text, asked.name) for text in _parameter(association, "name"))


def _parameter(association: View, name: str) -> Iterator[str]:
    for member in association.members("parameters"):
        if str(member.known("name")).lower() == name:
            for occurrence in member.occurrences("value"):
                yield from (item.pattern for item in items_of(occurrence.value) if item.pattern is not None)


def _reaches(association: View, host: View) -> Truth:
    """Whether an association reaches a host: by its id, as one of all, or by a tag."""
    answers = [UNKNOWN for _ in association.unread("targets")]
    if association.applies("instance"):
        answers += [_by_id(each.value, host) for each in association.occurrences("instance") if each.value is not None]
    for target in association.members("targets"):
        key = target.known("key")
        values = [each.value for each in target.occurrences("values")]
        if not isinstance(key, str):
            answers.append(UNKNOWN)
        elif key.lower() == "instanceids":
            answers += [_by_id(value, host) for value in values]
        elif key.lower().startswith("tag:"):
            answers.append(_by_tag(key.partition(":")[2], values, host))
        else:
            answers.append(UNKNOWN)
    return any_of(answers)


def _by_id(value: Value | None, host: View) -> Truth:
    if any(item.pattern == "*" for item in items_of(value)):
        return YES
    targets = host.world.targets(value)
    if host.resource in targets:
        return YES
    return NO if targets or all(item.pattern is not None for item in items_of(value)) else UNKNOWN


def _by_tag(key: str, values: Sequence[Value | None], host: View) -> Truth:
    wanted = {item.pattern for value in values for item in items_of(value)}
    tags = host.resource.attributes.entries.get("tags")
    own = tags.entries.get(key) if isinstance(tags, MapValue) else None
    if isinstance(own, Known):
        return YES if scalar_text(own.data) in wanted else UNKNOWN if None in wanted else NO
    # Tags come from elsewhere as well: from a stack, a provider, a group.
    return UNKNOWN


def _installed(view: View, asked: AskedSoftware) -> Iterator[Outcome]:
    """A host on which nothing installs a package: not known of one whose image may have it."""
    path = f"software.{asked.name}"
    if any(_fits(name, asked.name) for name, _ in _named_packages(view)):
        return
    for association in view.world.of_kind(_ASSOCIATION):
        configured = association.known("document") == _CONFIGURE
        if configured and any(_fits(text, asked.name) for text in _parameter(association, "name")):
            return
    built = [_built_in(recipe, asked.name) for recipe in _recipes(view)]
    if built and any_of(built) is not UNKNOWN:
        if any_of(built) is NO:
            text = say("nothing installs {}, neither what it starts with nor its image's recipe", called(asked.name))
            yield Violation(path, view.span, text, when=view.when, related=_related(asked.asker))
        return
    if not any(_BARE.search(text) for text in image_texts(view)):
        yield Doubt(path, view.span, say("whether its image has {} is not known", called(asked.name)))
    else:
        text = say("nothing installs {}", called(asked.name))
        yield Violation(path, view.span, text, when=view.when, related=_related(asked.asker))


def _recipes(view: View) -> Iterator[View | None]:
    """The recipes that the image of a host is built by in the unit; None for one from elsewhere."""
    for image in view.occurrences("image") if view.has("image") and view.applies("image") else ():
        for target in view.world.targets(image.value):
            built = view.world.view(target) if target.kind == _IMAGE else None
            for recipe in written(built, "recipe") if built is not None else ():
                yield from named(built, "recipe", recipe, _RECIPE) if built is not None else ()


def _built_in(recipe: View | None, name: str) -> Truth:
    """Whether a recipe's components install a package; no only where all of them, and the parent image, are known."""
    if recipe is None:
        return UNKNOWN
    answers = [UNKNOWN for _ in recipe.unread("components")]
    for member in recipe.members("components"):
        for occurrence in member.occurrences("component"):
            answers += [_component(each, name) for each in named(member, "component", occurrence, _COMPONENT) if each]
            answers += [_public_component(item.pattern, name) for item in items_of(occurrence.value)]
    bare = any(_BARE.search(item.pattern or "") for each in written(recipe, "parent") for item in items_of(each.value))
    return any_of((*answers, NO if bare else UNKNOWN))


def _component(component: View, name: str) -> Truth:
    """Whether what a component of the unit runs installs a package."""
    if any(_fits(found, name) for found, _ in _named_packages(component, ("data",))):
        return YES
    known = all(not isinstance(each.value, Unknown) for each in component.occurrences("data"))
    return NO if known and component.has("data") and not written(component, "uri") else UNKNOWN


def _public_component(arn: str | None, name: str) -> Truth:
    """Whether a component that AWS provides is of a package, by its name (`amazon-cloudwatch-agent-linux`)."""
    owner, separator, rest = (arn or "").partition(":component/")
    if not separator:
        return NO
    words = rest.partition("/")[0].removesuffix("-linux").removesuffix("-windows")
    return YES if _fits(words, name) else NO if owner.endswith(":aws") else UNKNOWN


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name.lower(), pattern.lower())


def _permitted(view: View, asked: Sequence[AskedPolicy]) -> Iterator[Outcome]:
    """A host whose role lacks rights of a managed policy, whichever policies it has."""
    for case in view.cases(["profile"]):
        for found in roles_of(case):
            if isinstance(found, Doubt):
                yield found._replace(path="policies")
            elif isinstance(found, Violation):
                yield found._replace(path="policies", related=_related(asked[0].asker))
            else:
                principal, occurrence = found
                for each in asked:
                    yield from _has_rights(principal, each, occurrence.span, view)


def _has_rights(principal: Identity, asked: AskedPolicy, span: Span, view: View) -> Iterator[Outcome]:
    path = managed_name(asked.policy) if asked.policy.startswith("arn:") else managed_path(asked.policy)
    documents = managed_document(path) if path is not None else ()
    where = f"policies.{asked.policy}"
    if not documents:
        yield Doubt(where, span, say("what {} allows is not known", called(asked.policy)))
        return
    patterns = {pattern for each in documents for clause in each.clauses if clause.allows for pattern in clause.actions}
    actions = sorted({str(action) for pattern in patterns for action in expand(pattern) or ()})
    answers = {action: right(principal, action) for action in actions}
    lacking = [vouched(action) for action, answer in answers.items() if answer is NO]
    address = called(principal.resource.address)
    if lacking:
        text = say("{} lacks rights of {}: {}", address, called(asked.policy), listed(lacking))
        yield Violation(where, span, text, when=view.when, related=_related(asked.asker))
    elif UNKNOWN in answers.values():
        yield Doubt(where, span, say("not all policies of {} can be read", address))


def unsupported_software(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A package that hosts may not have, where what sets them up names it (properties `texts`)."""
    refused = [each for each in view.world.operations.software if not each.required]
    for asked in refused:
        for name, value in _named_packages(view, params["texts"]):
            if _fits(name, asked.name):
                text = say("it installs {}", called(name))
                span = value.span or view.span
                yield Violation(f"software.{asked.name}", span, text, value.via, view.when, _related(asked.asker))
                break
    for property in params["texts"] if refused else ():
        for occurrence in view.occurrences(property) if view.has(property) and view.applies(property) else ():
            if isinstance(occurrence.value, Unknown):
                yield Doubt(property, occurrence.span, doubt_reason(occurrence))


def _named_packages(view: View, texts: Sequence[str] = ("user_data",)) -> Iterator[tuple[str, Value]]:
    """The packages that a host's set-up names, each with where it stands."""
    for property in texts:
        for occurrence in view.occurrences(property) if view.has(property) and view.applies(property) else ():
            yield from _in_scripts(occurrence.value)
    if view.resource.extras is not None:
        yield from _in_metadata(view.resource.extras)


def _in_scripts(value: Value | None) -> Iterator[tuple[str, Value]]:
    for inner in walk(value) if value is not None else ():
        if isinstance(inner, (Known, Text)):
            for match in _INSTALL.finditer(_script(inner)[:_MAX_TEXT]):
                yield from ((word, inner) for word in _WORD.findall(match[1]))


def _script(value: Known | Text) -> str:
    if isinstance(value, Known):
        return value.data if isinstance(value.data, str) else ""
    return "".join(scalar_text(part.data) if isinstance(part, Known) else "\0" for part in value.parts)


def _in_metadata(extras: MapValue) -> Iterator[tuple[str, Value]]:
    """The packages of AWS::CloudFormation::Init, by their package managers."""
    for inner in walk(extras):
        packages = inner.entries.get("packages") if isinstance(inner, MapValue) else None
        for manager in packages.entries.values() if isinstance(packages, MapValue) else ():
            if isinstance(manager, MapValue):
                yield from manager.entries.items()
