"""Mistakes in the names of actions.

Sources: "IAM JSON policy elements: Action" (IAM User Guide), "Actions, resources, and condition keys for AWS services".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iacreview.model.patterns import later
from iacreview.model.value import HOLE
from iacreview.model.words import NOTHING, Phrase, joined, say, vouched
from iacreview.semantics.actions import expand
from iacreview.semantics.facts import service_actions, services
from iacreview.semantics.items import Item
from iacreview.semantics.mistakes.mistake import INERT, MISSPELT, REFUSED, TRUST, UNKNOWN_NAME, Mistake, at, near
from iacreview.semantics.pattern import covers, has_wildcard
from iacreview.semantics.policy import Statement

# In no table, and in the policy that every topic has at first ("Default topic policy", Amazon SNS), or in the one for
# a domain's logs ("Monitoring OpenSearch logs with Amazon CloudWatch Logs", Amazon OpenSearch Service).
_UNLISTED = frozenset(("sns:receive", "logs:putlogeventsbatch"))
# Operations that an action of another name allows: "Required permissions for Amazon S3 API operations" (S3), "Invoke"
# (Lambda API reference), "Amazon SQS API permissions" (Amazon SQS).
_OPERATIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    **dict.fromkeys(("s3:CreateMultipartUpload", "s3:UploadPart", "s3:CompleteMultipartUpload"), "s3:PutObject"),
    **dict.fromkeys(("s3:UploadPartCopy", "s3:CopyObject", "s3:PostObject"), "s3:PutObject"),
    **dict.fromkeys(("s3:HeadBucket", "s3:ListObjects", "s3:ListObjectsV2"), "s3:ListBucket"),
    "s3:HeadObject": "s3:GetObject",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListParts": "s3:ListMultipartUploadParts",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    **dict.fromkeys(("s3:PutBucketEncryption", "s3:DeleteBucketEncryption"), "s3:PutEncryptionConfiguration"),
    **dict.fromkeys(("s3:GetBucketLifecycle", "s3:GetBucketLifecycleConfiguration"), "s3:GetLifecycleConfiguration"),
    **dict.fromkeys(("s3:PutBucketLifecycle", "s3:PutBucketLifecycleConfiguration"), "s3:PutLifecycleConfiguration"),
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:PutBucketReplication": "s3:PutReplicationConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
_ALLOWED_BY = {operation.lower(): action for operation, action in _OPERATIONS.items()}
_VERB = later(r"[A-Z]?[a-z]+")
_ACTION = later(r"[A-Za-z0-9-]+:[A-Za-z0-9_*?-]+")


def in_actions(statement: Statement, kind: str) -> Iterator[Mistake]:
    """The mistakes in the names of actions, in a policy of one kind."""
    for item in (*statement.actions, *statement.not_actions):
        if item.pattern is None or HOLE in item.pattern or item.pattern in ("*", "*:*"):
            continue
        text = _wrong(item, item.pattern)
        if text:
            yield at(REFUSED, text, statement, item.value)
        elif kind == TRUST and not item.pattern.lower().startswith("sts:"):
            text = say("`{}` in a trust policy, which may have actions of sts alone", item.bare)
            yield at(REFUSED, text, statement, item.value)
        else:
            yield from _unknown(statement, item, item.pattern)


def _wrong(item: Item, pattern: str) -> Phrase:
    service, separator, _ = pattern.partition(":")
    if not separator:
        return say("the action `{}` has no service in front", item.bare)
    if has_wildcard(service):
        return say("the action `{}` has a wildcard in its service", item.bare)
    return NOTHING if _ACTION.fullmatch(pattern) else say("`{}` is not an action", item.bare)


def _unknown(statement: Statement, item: Item, pattern: str) -> Iterator[Mistake]:
    service, _, name = pattern.partition(":")
    known = service_actions(service)
    text = hint = NOTHING
    if known is None:
        text, hint = say("the service of `{}` is not known", item.bare), near(service, services())
    elif not has_wildcard(name) and name.lower() not in known and pattern.lower() not in _UNLISTED:
        text = say("the action `{}` is not known", item.bare)
        hint = _allowed_by(pattern) or near(name, _of_one_verb(name, [action.name for action in known.values()]))
    elif has_wildcard(name) and expand(pattern) == ():
        text = say("no known action is one of `{}`", item.bare)
    if text:
        yield at(MISSPELT if hint else UNKNOWN_NAME, say("{}{}", text, hint), statement, item.value)


def _of_one_verb(name: str, known: Sequence[str]) -> Sequence[str]:
    """The actions that do the same: those whose names begin with the same word, if any does."""
    verb = _VERB.match(name)
    return [each for each in known if verb is not None and _begins(each, verb[0])] or known


def _begins(name: str, verb: str) -> bool:
    found = _VERB.match(name)
    return found is not None and found[0].lower() == verb.lower()


def _allowed_by(pattern: str) -> Phrase:
    """Which action allows the operation that was written in its place."""
    action = _ALLOWED_BY.get(pattern.lower())
    return say("; `{}` allows this operation", vouched(action)) if action else NOTHING


def in_trust_actions(statement: Statement) -> Iterator[Mistake]:
    """A trust policy whose action is not the one by which such principals assume a role."""
    if not statement.allows or not statement.actions or any(item.pattern is None for item in statement.actions):
        return
    for principal in statement.principals:
        wanted = _way_in(principal.kind, principal.pattern)
        if wanted and not any(covers(item.pattern or "", each) for item in statement.actions for each in wanted):
            ways = joined(map(vouched, wanted), " or ")
            text = say("`{}` assumes roles by {}, which the statement does not allow", principal.bare, ways)
            yield at(INERT, text, statement, statement.actions[0].value)


def _way_in(kind: str | None, pattern: str | None) -> tuple[str, ...]:
    if kind == "Federated" and pattern is not None:
        if ":saml-provider/" in pattern:
            return ("sts:AssumeRoleWithSAML",)
        if ":oidc-provider/" in pattern or (not pattern.startswith("arn:") and "." in pattern):
            return ("sts:AssumeRoleWithWebIdentity",)
    if kind in ("AWS", "Service") and pattern is not None:
        return ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext")
    return ()
