"""The check of the access logs of buckets, which may go from one to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iacreview.catalog.occurrence import branches, doubt_reason, statement
from iacreview.catalog.view import View
from iacreview.model.outcome import Doubt, Outcome, Violation
from iacreview.model.value import Known, is_input
from iacreview.model.words import called, say

# As many buckets are asked where their logs go.
MAX_BUCKETS = 100
# Whose access logs a bucket holds: logs of logs are asked of nobody.
LOGGERS = (
    ("s3.bucket", "log_target"),
    ("elbv2.load_balancer", "log_bucket"),
    ("elb.load_balancer", "access_log_bucket"),
    ("cloudfront.distribution", "log_bucket"),
    ("ec2.flow_log", "log_bucket"),
)
# Who delivers such logs from elsewhere. Sources: "Enable access logs for your Application Load Balancer" (Elastic Load
# Balancing), "Amazon S3 bucket permissions for flow logs" (Amazon VPC), "Enabling Amazon S3 server access logging".
_DELIVERING = (
    "logging.s3.amazonaws.com",
    "logdelivery.elasticloadbalancing.amazonaws.com",
    "delivery.logs.amazonaws.com",
)


def unlogged_bucket(view: View, params: Mapping[str, Any]) -> Iterator[Outcome]:
    """A bucket without access logs (`log_target`), unless it is itself where another bucket's logs go; or whose logs
    come back to it.

    "Enabling Amazon S3 server access logging": a bucket that logs into itself makes an endless stream of logs.
    "AWS::S3::Bucket LoggingConfiguration": where it names no bucket, the logs stay in the bucket itself.
    """
    loop = _loop(view)
    if loop:
        yield from _looping(view, loop)
        return
    found = list(_unlogged(view))
    own = [each for each in view.occurrences("log_configuration") if each.value is not None]
    if found and own and view.first("log_target") is None:
        text = say("it names no bucket, so the log goes into this one")
        yield Violation("log_target", own[0].span, text, when=own[0].when)
    elif found and not _is_log_bucket(view):
        yield from found


def _unlogged(view: View) -> Iterator[Outcome]:
    for occurrence in view.occurrences("log_target"):
        for each in branches(occurrence):
            if each.value is None or (isinstance(each.value, Known) and not each.value.data):
                yield Violation("log_target", each.span, statement(each), when=each.when)
            elif is_input(each.value) or not each.sure:
                yield Doubt("log_target", each.span, doubt_reason(each))


def _is_log_bucket(view: View) -> bool:
    acl = view.known("acl")
    if isinstance(acl, str) and acl.lower().replace("-", "") == "logdeliverywrite":
        return True
    services = view.scalars("policy_services") if view.applies("policy_services") else ()
    if any(isinstance(each.value, Known) and each.value.data in _DELIVERING for each, _ in services):
        return True
    senders = [each for kind, name in LOGGERS for each in view.world.referrers(view, kind, name)]
    return any(sender is not view.resource for sender in senders)


def _loop(view: View) -> list[str]:
    """The buckets through which a bucket's log comes back to it, the last one first; empty where it does not."""
    into: dict[str, str] = {}
    pending = [view]
    while pending and len(into) < MAX_BUCKETS:
        bucket = pending.pop()
        for sender in view.world.referrers(bucket, "s3.bucket", "log_target"):
            if sender is view.resource:
                return _way(bucket.resource.address, into)
            inner = view.world.view(sender)
            if inner is not None and sender.address not in into:
                into[sender.address] = bucket.resource.address
                pending.append(inner)
    return []


def _way(address: str, into: Mapping[str, str]) -> list[str]:
    way = [address]
    while way[-1] in into:
        way.append(into[way[-1]])
    return way


def _looping(view: View, loop: Sequence[str]) -> Iterator[Outcome]:
    """One violation for all buckets of a loop, at the first of them."""
    if view.resource.address != min(loop):
        return
    written = next(each for each in view.occurrences("log_target") if each.value is not None)
    others = [address for address in loop if address != view.resource.address]
    text = say("it logs to itself")
    if others:
        text = say("it logs to itself through {}", called(", ".join(others)))
    yield Violation("log_target", written.span, text, when=written.when)
