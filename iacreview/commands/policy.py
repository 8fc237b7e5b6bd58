"""`iacreview explain --policy`: what a lone policy document grants, and what the IAM rules say of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from iacreview.catalog.world import World
from iacreview.commands.project import Project, open_project
from iacreview.engine.judge import judge
from iacreview.errors import UsageError
from iacreview.evaluate.embedded import decode_json
from iacreview.grants.principals import Document, documents
from iacreview.graph import build_graph
from iacreview.languages import WRITTEN
from iacreview.model.finding import Finding
from iacreview.model.graph import Resource, Unit
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, MapValue, Value
from iacreview.report.escape import clean
from iacreview.semantics.actions import PERMISSIONS, find_action
from iacreview.semantics.decision.actions import TO_COME
from iacreview.semantics.decision.comparison import Comparison, Gain, granted
from iacreview.semantics.decision.rights import Rights
from iacreview.semantics.facts import service_resources

# A type of resource with a document of each kind, the name of it there, and in the catalog.
KINDS = {
    "identity": ("AWS::IAM::ManagedPolicy", "PolicyDocument", "policy"),
    "trust": ("AWS::IAM::Role", "AssumeRolePolicyDocument", "trust_policy"),
    "resource:s3": ("AWS::S3::BucketPolicy", "PolicyDocument", "policy"),
    "resource:sqs": ("AWS::SQS::QueuePolicy", "PolicyDocument", "policy"),
    "resource:sns": ("AWS::SNS::TopicPolicy", "PolicyDocument", "policy"),
    "resource:kms": ("AWS::KMS::Key", "KeyPolicy", "policy"),
}


def explain_policy(path: str, kind: str) -> str:
    """What the policy in a file (`-`: on standard input) grants, in words. Raises UsageError where it is not JSON."""
    project = open_project(() if path == "-" else (path,))
    source = Source("-", sys.stdin.read()) if path == "-" else _read(project)
    whole = Span(source, 0, len(source.text))
    value = decode_json(Known(source.text, whole))
    if not isinstance(value, MapValue):
        raise UsageError(f"{path} is not a policy document in JSON")
    world = _world(value, whole, kind, project)
    view = world.view(next(iter(world.graph.resources.values())))
    assert view is not None
    found = documents(view, KINDS[kind][2])
    rules = [rule for rule in project.rules if rule.family == "iam"]
    findings = judge(world, rules, {}, "strict").findings
    lines = [line for document in found for line in _told(document)]
    return "\n".join(map(clean, [*lines, "", *map(_said, findings)])).rstrip() + "\n"


def _read(project: Project) -> Source:
    [path] = project.paths
    return Source(path, project.tree.read(path))


def _world(value: Value, whole: Span, kind: str, project: Project) -> World:
    """The document as the one resource of a unit."""
    type, written, property = KINDS[kind]
    dialect = _dialect(type, written, property, project)
    resource = Resource("policy", type, MapValue({written: value}, whole), whole, whole, dialect)
    unit = Unit(whole.path, dialect, [resource])
    return World(build_graph(unit, project.catalog), project.catalog)


def _dialect(type: str, written: str, property: str, project: Project) -> str:
    """The language that has the type, and calls the property so."""
    paths = project.catalog.kind(project.catalog.kind_of(type) or "").property(property).paths
    return next(each.name for each in WRITTEN if any(written in path.native for path in paths[each.name]))


def _told(document: Document) -> Iterator[str]:
    answer = granted(Rights(document.clauses), _forms)
    for number, statement in enumerate(document.policy.statements, 1):
        name = f"Statement {number}" + (f" ({statement.sid})" if statement.sid else "")
        gains = [gain for gain in answer.gains if gain.clause.statement is statement]
        yield f"{name} {_granted(gains) if statement.allows else 'denies' if statement.denies else 'is not known'}"
        if gains:
            yield f"  for example {gains[0].request}"
    yield from _uncertain(answer)
    for problem in document.policy.problems:
        yield f"Not understood: {problem.message}"


def _granted(gains: list[Gain]) -> str:
    """How much is allowed in the end, in numbers."""
    names = list(dict.fromkeys(name for gain in gains for name in gain.actions))
    known = [action for name in names if (action := find_action(name)) is not None]
    if not names:
        return "allows nothing that is not denied"
    managing = [str(action) for action in known if action.level == PERMISSIONS]
    text = f"allows {len(known)} known actions"
    if managing:
        text += f", {len(managing)} of them permissions management (e.g. {managing[0]})"
    return text + (", and those that AWS adds" if any(name.endswith(TO_COME) for name in names) else "")


def _uncertain(answer: Comparison) -> Iterator[str]:
    if not answer.certain:
        yield "Not all of it could be decided."


def _forms(name: str) -> list[str] | None:
    """The ARNs that an action works on; None for one that is not known."""
    action = find_action(name)
    if action is None:
        return None
    types = service_resources(action.service)
    return [form for type in action.resource_types if type in types for form in types[type].patterns()]


def _said(finding: Finding) -> str:
    line = finding.span.first.line
    return f"{finding.severity.label}: {finding.rule} {finding.name}, line {line}: {finding.message}"
