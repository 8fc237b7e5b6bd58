"""`iacreview explain --policy`: what a lone policy document grants or limits, and what the IAM rules say of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from iacreview.catalog.world import World
from iacreview.checks.documents import listed
from iacreview.commands.project import Project, open_project
from iacreview.engine.judge import judge
from iacreview.errors import UsageError
from iacreview.evaluate.embedded import decode_document
from iacreview.grants.principals import Document, documents
from iacreview.graph import build_graph
from iacreview.languages import WRITTEN
from iacreview.model.finding import Finding
from iacreview.model.graph import Resource, Unit
from iacreview.model.operations import Operations
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span
from iacreview.model.value import Known, MapValue, Value
from iacreview.model.words import say
from iacreview.report.escape import clean
from iacreview.semantics.actions import LEVELS, find_action
from iacreview.semantics.decision.actions import TO_COME, services_alike
from iacreview.semantics.decision.clauses import Clause
from iacreview.semantics.decision.comparison import Comparison, Gain, granted
from iacreview.semantics.decision.rights import Rights
from iacreview.semantics.facts import service_actions, service_resources
from iacreview.semantics.narrowing import narrowing
from iacreview.semantics.policy import Statement


class PolicyKind(NamedTuple):
    """Where a policy of a kind stands: a type of resource, the property there, and the property in the catalog.

    `limits` says what it does where it grants nothing by itself; then only mistakes are looked for. `more` are other
    properties of the resource.
    """

    type: str
    written: str
    property: str = "policy"
    limits: str = ""
    more: Mapping[str, str] = {}


_BOUNDARY = (
    "A permissions boundary grants nothing by itself: it says what the policies of a principal may grant at most."
)
_SESSION = "A session policy grants nothing by itself: it says what of the role's rights a session may use at most."
_SCP = "A service control policy grants nothing by itself: it says what accounts of the organization may do at most."
_RCP = "A resource control policy grants nothing: it says who may use resources of the organization at most."
_ENDPOINT = "An endpoint policy grants nothing by itself: it says what may be done through the endpoint at most."
KINDS = {
    "identity": PolicyKind("AWS::IAM::ManagedPolicy", "PolicyDocument"),
    "boundary": PolicyKind("AWS::IAM::ManagedPolicy", "PolicyDocument", limits=_BOUNDARY),
    "session": PolicyKind("AWS::IAM::ManagedPolicy", "PolicyDocument", limits=_SESSION),
    "trust": PolicyKind("AWS::IAM::Role", "AssumeRolePolicyDocument", "trust_policy"),
    "scp": PolicyKind("AWS::Organizations::Policy", "Content", limits=_SCP, more={"Type": "SERVICE_CONTROL_POLICY"}),
    "rcp": PolicyKind("AWS::Organizations::Policy", "Content", limits=_RCP, more={"Type": "RESOURCE_CONTROL_POLICY"}),
    "endpoint": PolicyKind("AWS::EC2::VPCEndpoint", "PolicyDocument", "endpoint_policy", _ENDPOINT),
    "resource:backup": PolicyKind("AWS::Backup::BackupVault", "AccessPolicy", "resource_policy"),
    "resource:codeartifact": PolicyKind(
        "AWS::CodeArtifact::Repository", "PermissionsPolicyDocument", "resource_policy"
    ),
    "resource:dynamodb": PolicyKind("AWS::DynamoDB::Table", "ResourcePolicy.PolicyDocument", "resource_policy"),
    "resource:ecr": PolicyKind("AWS::ECR::Repository", "RepositoryPolicyText", "repository_policy"),
    "resource:efs": PolicyKind("AWS::EFS::FileSystem", "FileSystemPolicy", "resource_policy"),
    "resource:events": PolicyKind("AWS::Events::EventBus", "Policy"),
    "resource:execute-api": PolicyKind("AWS::ApiGateway::RestApi", "Policy", "resource_policy"),
    "resource:kinesis": PolicyKind("AWS::Kinesis::ResourcePolicy", "ResourcePolicy"),
    "resource:kms": PolicyKind("AWS::KMS::Key", "KeyPolicy"),
    "resource:lambda": PolicyKind("AWS::Lambda::ResourcePolicy", "Policy"),
    "resource:logs": PolicyKind("AWS::Logs::ResourcePolicy", "PolicyDocument"),
    "resource:opensearch": PolicyKind("AWS::OpenSearchService::Domain", "AccessPolicies", "resource_policy"),
    "resource:s3": PolicyKind("AWS::S3::BucketPolicy", "PolicyDocument"),
    "resource:secretsmanager": PolicyKind("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy"),
    "resource:sns": PolicyKind("AWS::SNS::TopicPolicy", "PolicyDocument"),
    "resource:sqs": PolicyKind("AWS::SQS::QueuePolicy", "PolicyDocument"),
}
_MISTAKES = "IAM015"
_MAX_SHOWN = 3
_ALL = 1_000_000


def explain_policy(path: str, kind: str, everything: bool = False) -> str:
    """What the policy in a file (`-`: on standard input) does, in words; `everything` shortens no list.

    Raises UsageError where it is neither JSON nor YAML, and where it has no statement.
    """
    project = open_project(() if path == "-" else (path,))
    source = Source("-", sys.stdin.read()) if path == "-" else _read(project)
    whole = Span(source, 0, len(source.text))
    value = decode_document(Known(source.text, whole))
    if not isinstance(value, MapValue) or "Statement" not in value.entries:
        raise UsageError(f"{path} is not a policy document in JSON or YAML: it has no Statement")
    world = _world(value, whole, KINDS[kind], project)
    view = world.view(next(iter(world.graph.resources.values())))
    assert view is not None
    limits, most = KINDS[kind].limits, _ALL if everything else _MAX_SHOWN
    rules = [rule for rule in project.rules if rule.family == "iam" and (not limits or rule.code == _MISTAKES)]
    findings = judge(world, rules, {}, "strict").findings
    told = [line for document in documents(view, KINDS[kind].property) for line in _told(document, bool(limits), most)]
    parts = [[limits] if limits else [], told, [_said(each) for each in findings]]
    return "\n\n".join("\n".join(map(clean, part)) for part in parts if part) + "\n"


def _read(project: Project) -> Source:
    [path] = project.paths
    return Source(path, project.tree.read(path))


def _world(value: Value, whole: Span, kind: PolicyKind, project: Project) -> World:
    """The document as the one resource of a unit."""
    dialect = _dialect(kind, project)
    for name in reversed(kind.written.split(".")):
        value = MapValue({name: value}, whole)
    assert isinstance(value, MapValue)
    more = {name: Known(text, whole) for name, text in kind.more.items()}
    attributes = MapValue({**value.entries, **more}, whole)
    resource = Resource("policy", kind.type, attributes, whole, whole, dialect)
    unit = Unit(whole.path, dialect, [resource])
    operations = Operations(
        accounts=frozenset(project.config.accounts), organization=frozenset(project.config.organization)
    )
    return World(build_graph(unit, project.catalog), project.catalog, operations)


def _dialect(kind: PolicyKind, project: Project) -> str:
    """The language that has the type, and calls the property so."""
    paths = project.catalog.kind(project.catalog.kind_of(kind.type) or "").property(kind.property).paths
    return next(each.name for each in WRITTEN if any(kind.written in path.native for path in paths[each.name]))


def _told(document: Document, limits: bool, most: int) -> Iterator[str]:
    """What each statement does, one after another."""
    answer = granted(Rights(document.clauses), _forms)
    for number, statement in enumerate(document.policy.statements, 1):
        yield f"{_name(number, statement)} {_effect(statement, answer, document, limits, most)}"
        yield from _limits(statement, most)
        gain = next((each for each in answer.gains if each.clause.statement is statement), None)
        if gain is not None:
            yield f"  for example {gain.request}"
    if not answer.certain:
        yield "Not all of it could be decided."
    for problem in document.policy.problems:
        yield f"Not understood: {problem.message}"


def _name(number: int, statement: Statement) -> str:
    sid = f" ({statement.sid})" if statement.sid else ""
    return f"Statement {number}{sid}" + (f", line {statement.span.first.line}:" if statement.span is not None else "")


def _effect(statement: Statement, answer: Comparison, document: Document, limits: bool, most: int) -> str:
    if statement.denies:
        refused = [clause._replace(allows=True) for clause in document.clauses if clause.statement is statement]
        found = _counted(_names(granted(Rights(tuple(refused)), _forms).gains, refused), most)
        return f"denies {found or 'nothing that is known'}"
    if not statement.allows:
        return "is not known to allow or to deny"
    gains = [gain for gain in answer.gains if gain.clause.statement is statement]
    found = _counted(_names(gains, document.clauses), most)
    return f"{'lets through' if limits else 'allows'} {found or 'nothing that is not denied'}"


def _names(gains: Iterable[Gain], clauses: Sequence[Clause]) -> list[str]:
    """The actions that were gained, with those of services that no clause tells from one to come."""
    names = list(dict.fromkeys(name for gain in gains for name in gain.actions))
    if f"{TO_COME}:{TO_COME}" in names:
        alike = services_alike(pattern for clause in clauses for pattern in clause.action_patterns)
        names += [f"{service}:{name}" for service in alike for name in service_actions(service) or ()]
    return names


def _counted(names: list[str], most: int) -> str:
    """The actions in numbers: `3 known actions: 1 read (s3:GetObject), 2 write (s3:PutObject, ...)`."""
    known = [action for name in names if (action := find_action(name)) is not None]
    groups = {level: [str(each) for each in known if each.level == level] for level in LEVELS}
    split = ", ".join(
        f"{len(found):,} {level.lower()} ({_first(found, most)})" for level, found in groups.items() if found
    )
    to_come = any(name.endswith(TO_COME) for name in names)
    unknown = len([name for name in names if not name.endswith(TO_COME)]) - len(known)
    counted = [f"{len(known):,} known action{'s' * (len(known) != 1)}: {split}" if known else ""]
    counted += [f"{unknown} unknown" if unknown else "", "what AWS will add" if to_come else ""]
    return " and ".join(filter(None, counted))


def _first(found: list[str], most: int) -> str:
    return ", ".join(found[:most]) + (", ..." if len(found) > most else "")


def _limits(statement: Statement, most: int) -> Iterator[str]:
    """On what, for whom and when a statement holds, each as a line."""
    for words, items in (
        ("on", statement.resources),
        ("on everything but", statement.not_resources),
        ("for", statement.principals),
        ("for everyone but", statement.not_principals),
    ):
        if items:
            yield f"  {words} {listed([each.bare for each in items], most)}"
    hollow = narrowing(statement).hollow if statement.allows else ()
    for each in statement.conditions:
        values = listed([item.bare for item in each.values], most)
        idle = ", which narrows nothing" if say("{} {}", *each.names) in hollow else ""
        yield f"  if {each.shown_operator} {each.shown_key}: {values}{idle}"


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
