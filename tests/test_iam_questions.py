"""Questions about IAM, each asked in both languages: what has to be found, and what may not be.

What is right follows from the documentation: "Policy evaluation logic", "IAM JSON policy elements", "AWS global condition
context keys", "The confused deputy problem" (IAM User Guide), "Blocking public access" (Amazon S3 User Guide).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import pytest

from iacreview.engine.load import load_catalog, load_rules
from iacreview.model.finding import Report
from iacreview.options import Options
from iacreview.pipeline import check
from tests.trees import MemoryTree

ACCOUNT = "111122223333"
ORG = "o-a1b2c3d4e5"
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
EVERYONE: Any = {"AWS": "*"}
GITHUB = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"}
SUB = "token.actions.githubusercontent.com:sub"
AUD = "token.actions.githubusercontent.com:aud"
STS = {"StringEquals": {AUD: "sts.amazonaws.com"}}
FIND, SILENT = "find", "silent"


class Question(NamedTuple):
    """`put` is how a statement, or several, are put into a resource; with `strict` that profile is asked."""

    theme: str
    title: str
    put: str
    statements: Any
    verdict: str
    strict: bool = False


class Form(NamedTuple):
    """A resource with a policy, in both languages; a type that one of them does not have is empty there."""

    cfn: str
    property: str
    tf: str
    attribute: str
    more: Mapping[str, Any] = {}
    arguments: Mapping[str, Any] = {}


FORMS = {
    "identity": Form("AWS::IAM::ManagedPolicy", "PolicyDocument", "aws_iam_policy", "policy"),
    "trust": Form("AWS::IAM::Role", "AssumeRolePolicyDocument", "aws_iam_role", "assume_role_policy"),
    "s3": Form(
        "AWS::S3::BucketPolicy", "PolicyDocument", "aws_s3_bucket_policy", "policy", {"Bucket": "b"}, {"bucket": "b"}
    ),
    "sqs": Form(
        *("AWS::SQS::QueuePolicy", "PolicyDocument", "aws_sqs_queue_policy", "policy"),
        {"Queues": ["https://sqs.eu-west-1.amazonaws.com/111122223333/q"]},
        {"queue_url": "https://sqs.eu-west-1.amazonaws.com/111122223333/q"},
    ),
    "sns": Form(
        *("AWS::SNS::TopicPolicy", "PolicyDocument", "aws_sns_topic_policy", "policy"),
        {"Topics": ["arn:aws:sns:eu-west-1:111122223333:t"]},
        {"arn": "arn:aws:sns:eu-west-1:111122223333:t"},
    ),
    "kms": Form(
        "AWS::KMS::Key",
        "KeyPolicy",
        "aws_kms_key",
        "policy",
        {"EnableKeyRotation": True},
        {"enable_key_rotation": True},
    ),
    "secret": Form(
        *("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", "aws_secretsmanager_secret_policy", "policy"),
        {"SecretId": "s"},
        {"secret_arn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s"},
    ),
    "ecr": Form(
        "AWS::ECR::Repository", "RepositoryPolicyText", "aws_ecr_repository_policy", "policy", {}, {"repository": "r"}
    ),
    "efs": Form(
        "AWS::EFS::FileSystem",
        "FileSystemPolicy",
        "aws_efs_file_system_policy",
        "policy",
        {},
        {"file_system_id": "fs-1"},
    ),
    "backup": Form(
        *("AWS::Backup::BackupVault", "AccessPolicy", "aws_backup_vault_policy", "policy"),
        {"BackupVaultName": "v"},
        {"backup_vault_name": "v"},
    ),
    "opensearch": Form("AWS::OpenSearchService::Domain", "AccessPolicies", "aws_opensearch_domain", "access_policies"),
    "elasticsearch": Form(
        "AWS::Elasticsearch::Domain", "AccessPolicies", "aws_elasticsearch_domain", "access_policies"
    ),
    "codeartifact": Form(
        *("AWS::CodeArtifact::Domain", "PermissionsPolicyDocument"),
        *("aws_codeartifact_domain_permissions_policy", "policy_document"),
        {"DomainName": "d"},
        {"domain": "d"},
    ),
    "kinesis": Form(
        *("AWS::Kinesis::ResourcePolicy", "ResourcePolicy", "aws_kinesis_resource_policy", "policy"),
        {"ResourceArn": "arn:aws:kinesis:eu-west-1:111122223333:stream/s"},
        {"resource_arn": "arn:aws:kinesis:eu-west-1:111122223333:stream/s"},
    ),
    "dynamodb": Form(
        *("AWS::DynamoDB::Table", "ResourcePolicy.PolicyDocument", "aws_dynamodb_resource_policy", "policy"),
        {},
        {"resource_arn": "arn:aws:dynamodb:eu-west-1:111122223333:table/t"},
    ),
    "stream": Form(
        "AWS::DynamoDB::Table",
        "StreamSpecification.ResourcePolicy.PolicyDocument",
        "aws_dynamodb_resource_policy",
        "policy",
    ),
    "events": Form("AWS::Events::EventBus", "Policy", "aws_cloudwatch_event_bus_policy", "policy", {"Name": "n"}),
    "logs": Form(
        *("AWS::Logs::ResourcePolicy", "PolicyDocument", "aws_cloudwatch_log_resource_policy", "policy_document"),
        {"PolicyName": "n"},
        {"policy_name": "n"},
    ),
    "destination": Form(
        *("AWS::Logs::Destination", "DestinationPolicy", "aws_cloudwatch_log_destination_policy", "access_policy"),
        {"DestinationName": "n"},
        {"destination_name": "n"},
    ),
    "access-point": Form(
        *("AWS::S3::AccessPoint", "Policy", "aws_s3control_access_point_policy", "policy"),
        {"Bucket": "b", "PublicAccessBlockConfiguration": {"BlockPublicPolicy": False, "RestrictPublicBuckets": False}},
        {"access_point_arn": "arn:aws:s3:eu-west-1:111122223333:accesspoint/a"},
    ),
    "multi-region": Form(
        "AWS::S3::MultiRegionAccessPointPolicy",
        "Policy",
        "aws_s3control_multi_region_access_point_policy",
        "details.policy",
        {"MrapName": "n"},
    ),
    "object-lambda": Form(
        *("AWS::S3ObjectLambda::AccessPointPolicy", "PolicyDocument"),
        *("aws_s3control_object_lambda_access_point_policy", "policy"),
        {"ObjectLambdaAccessPoint": "n"},
        {"name": "n"},
    ),
    "express": Form(
        "AWS::S3Express::BucketPolicy", "PolicyDocument", "aws_s3_bucket_policy", "policy", {"Bucket": "b"}
    ),
    "express-point": Form("AWS::S3Express::AccessPoint", "Policy", "", "", {"Bucket": "b"}),
    "outposts": Form(
        "AWS::S3Outposts::BucketPolicy", "PolicyDocument", "aws_s3control_bucket_policy", "policy", {"Bucket": "b"}
    ),
    "outposts-point": Form("AWS::S3Outposts::AccessPoint", "Policy", "", "", {"Bucket": "b", "Name": "n"}),
    "tables": Form(
        *("AWS::S3Tables::TableBucketPolicy", "ResourcePolicy", "aws_s3tables_table_bucket_policy", "resource_policy"),
        {"TableBucketARN": "arn:aws:s3tables:eu-west-1:111122223333:bucket/b"},
    ),
    "table": Form("AWS::S3Tables::TablePolicy", "ResourcePolicy", "aws_s3tables_table_policy", "resource_policy"),
    "vectors": Form("AWS::S3Vectors::VectorBucketPolicy", "Policy", "aws_s3vectors_vector_bucket_policy", "policy"),
    "glacier": Form("", "", "aws_glacier_vault", "access_policy", {}, {"name": "n"}),
    "trail": Form(
        "AWS::CloudTrail::ResourcePolicy",
        "ResourcePolicy",
        "",
        "",
        {"ResourceArn": "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/e"},
    ),
    "api": Form(
        "AWS::ApiGateway::RestApi", "Policy", "aws_api_gateway_rest_api", "policy", {"Name": "n"}, {"name": "n"}
    ),
    "lambda": Form("AWS::Lambda::ResourcePolicy", "Policy", "", ""),
    "msk": Form("AWS::MSK::ClusterPolicy", "Policy", "aws_msk_cluster_policy", "policy"),
    "glue": Form("", "", "aws_glue_resource_policy", "policy"),
    "acm-pca": Form("", "", "aws_acmpca_policy", "policy"),
    "lattice": Form("AWS::VpcLattice::ResourcePolicy", "Policy", "aws_vpclattice_resource_policy", "policy"),
    "media": Form(
        "AWS::MediaStore::Container", "Policy", "aws_media_store_container_policy", "policy", {"ContainerName": "n"}
    ),
    "ses": Form("", "", "aws_ses_identity_policy", "policy", {}, {"identity": "i", "name": "n"}),
    "schemas": Form("AWS::EventSchemas::RegistryPolicy", "Policy", "aws_schemas_registry_policy", "policy"),
    "redshift": Form("", "", "aws_redshift_resource_policy", "policy"),
    "endpoint": Form(
        *("AWS::EC2::VPCEndpoint", "PolicyDocument", "aws_vpc_endpoint", "policy"),
        {"VpcId": "vpc-1", "ServiceName": "com.amazonaws.eu-west-1.s3"},
        {"vpc_id": "vpc-1", "service_name": "com.amazonaws.eu-west-1.s3"},
    ),
    "scp": Form(
        "AWS::Organizations::Policy",
        "Content",
        "aws_organizations_policy",
        "content",
        {"Type": "SERVICE_CONTROL_POLICY", "Name": "n"},
    ),
    "permission-set": Form(
        "AWS::SSO::PermissionSet", "InlinePolicy", "aws_ssoadmin_permission_set_inline_policy", "inline_policy"
    ),
    "group": Form(
        "AWS::IAM::GroupPolicy", "PolicyDocument", "aws_iam_group_policy", "policy", {"GroupName": "g"}, {"group": "g"}
    ),
    "user": Form(
        "AWS::IAM::UserPolicy", "PolicyDocument", "aws_iam_user_policy", "policy", {"UserName": "u"}, {"user": "u"}
    ),
}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """An Allow; `when` is its Condition, `who` its Principal."""
    return _statement("Allow", action, resource, more)


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return _statement("Deny", action, resource, more)


def _statement(effect: str, action: Any, resource: Any, more: dict[str, Any]) -> dict[str, Any]:
    names = {"when": "Condition", "who": "Principal"}
    found = {"Effect": effect, "Action": action, "Resource": resource}
    found |= {names.get(key, key): value for key, value in more.items()}
    return {key: value for key, value in found.items() if value is not None}


def assume(who: Any, when: Any = None, action: str = "sts:AssumeRole") -> dict[str, Any]:
    return allow(action, None, who=who, when=when)


def web(when: Any, who: Any = GITHUB) -> dict[str, Any]:
    return assume(who, when, "sts:AssumeRoleWithWebIdentity")


def q(theme: str, title: str, put: str, statements: Any, verdict: str, strict: bool = False) -> Question:
    return Question(theme, title, put, statements if isinstance(statements, list) else [statements], verdict, strict)


def cond(title: str, condition: Any, verdict: str, action: str = "secretsmanager:GetSecretValue") -> Question:
    """An action on everything under a condition of an identity policy."""
    return q("COND", title, "identity", allow(action, when=condition), verdict)


def public(title: str, condition: Any, verdict: str, put: str = "s3") -> Question:
    """A resource that everyone may use under a condition."""
    action, resource = ACTIONS[put]
    return q("PUB", title, put, allow(action, resource, who=EVERYONE, when=condition), verdict)


ACTIONS: dict[str, tuple[str, Any]] = {
    "s3": ("s3:GetObject", "arn:aws:s3:::b/*"),
    "sqs": ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q"),
    "sns": ("sns:Publish", "arn:aws:sns:eu-west-1:111122223333:t"),
    "kms": ("kms:Decrypt", "*"),
    "secret": ("secretsmanager:GetSecretValue", "*"),
    "ecr": ("ecr:BatchGetImage", None),
    "efs": ("elasticfilesystem:ClientMount", "*"),
    "backup": ("backup:CopyIntoBackupVault", "*"),
    "opensearch": ("es:ESHttpGet", "arn:aws:es:eu-west-1:111122223333:domain/d/*"),
    "elasticsearch": ("es:ESHttpGet", "arn:aws:es:eu-west-1:111122223333:domain/d/*"),
    "codeartifact": ("codeartifact:ReadFromRepository", "*"),
    "kinesis": ("kinesis:GetRecords", "arn:aws:kinesis:eu-west-1:111122223333:stream/s"),
    "dynamodb": ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/t"),
    "stream": ("dynamodb:GetRecords", "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/2026"),
    "events": ("events:PutEvents", "arn:aws:events:eu-west-1:111122223333:event-bus/n"),
    "logs": ("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111122223333:log-group:g:*"),
    "destination": ("logs:PutSubscriptionFilter", "arn:aws:logs:eu-west-1:111122223333:destination:n"),
    "access-point": ("s3:GetObject", "arn:aws:s3:eu-west-1:111122223333:accesspoint/a/object/*"),
    "multi-region": ("s3:GetObject", "arn:aws:s3::111122223333:accesspoint/m.mrap/object/*"),
    "object-lambda": ("s3-object-lambda:GetObject", "arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/o"),
    "express": ("s3express:CreateSession", "arn:aws:s3express:eu-west-1:111122223333:bucket/b--euw1-az1--x-s3"),
    "express-point": (
        "s3express:CreateSession",
        "arn:aws:s3express:eu-west-1:111122223333:accesspoint/a--euw1-az1--xa-s3",
    ),
    "outposts": ("s3-outposts:GetObject", "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/bucket/b/object/*"),
    "outposts-point": (
        "s3-outposts:GetObject",
        "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/accesspoint/a/object/*",
    ),
    "tables": ("s3tables:GetTableData", "*"),
    "table": ("s3tables:GetTableData", "*"),
    "vectors": ("s3vectors:GetVectors", "*"),
    "glacier": ("glacier:InitiateJob", "arn:aws:glacier:eu-west-1:111122223333:vaults/n"),
    "trail": ("cloudtrail:GetQueryResults", "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/e"),
    "lambda": ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:f"),
    "msk": ("kafka:CreateVpcConnection", "*"),
    "glue": ("glue:GetTable", "arn:aws:glue:eu-west-1:111122223333:*"),
    "acm-pca": ("acm-pca:IssueCertificate", "*"),
    "lattice": ("vpc-lattice:CreateServiceNetworkVpcAssociation", "*"),
    "media": ("mediastore:GetObject", "arn:aws:mediastore:eu-west-1:111122223333:container/n/*"),
    "ses": ("ses:SendEmail", "*"),
    "schemas": ("schemas:DescribeSchema", "*"),
    "redshift": ("redshift:AuthorizeInboundIntegration", "*"),
}
TAG = "aws:ResourceTag/team"

QUESTIONS = [
    # Conditions of identity policies, operator by operator.
    cond("a tag with the same value as the principal's", {"StringEquals": {TAG: "${aws:PrincipalTag/team}"}}, SILENT),
    cond("a tag that may be absent", {"StringEqualsIfExists": {TAG: "a"}}, FIND),
    cond("a tag with any value", {"StringLike": {TAG: "*"}}, FIND),
    cond("a tag with any character", {"StringLike": {TAG: "?*"}}, FIND),
    cond("a tag that is only there", {"Null": {TAG: "false"}}, FIND),
    cond("a tag that another one is not", {"StringNotEquals": {TAG: "prod"}}, FIND),
    cond("a tag in other letters", {"StringEqualsIgnoreCase": {TAG: "team"}}, SILENT),
    cond("a tag that is negated in other letters", {"StringNotEqualsIgnoreCase": {TAG: "team"}}, FIND),
    cond("a tag that is not like", {"StringNotLike": {TAG: "prod-*"}}, FIND),
    cond(
        "all of the tags given, and there are some",
        {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}, "Null": {"aws:TagKeys": "false"}},
        SILENT,
    ),
    cond("all of the tags given", {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, FIND),
    cond("any of the tags given", {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}, SILENT),
    cond("any of the tags given, whichever", {"ForAnyValue:StringLike": {"aws:TagKeys": ["*"]}}, FIND),
    cond("TLS in capitals", {"Bool": {"AWS:SECURETRANSPORT": "TRUE"}}, FIND),
    cond("TLS by a list", {"Bool": {"aws:SecureTransport": ["true"]}}, FIND),
    cond("a region", {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}, FIND),
    cond("a user agent", {"StringLike": {"aws:UserAgent": "*terraform*"}}, FIND),
    cond("one endpoint", {"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}}, SILENT),
    cond("one VPC", {"StringEquals": {"aws:SourceVpc": "vpc-0a1b2c3d"}}, SILENT),
    cond("any VPC", {"StringLike": {"aws:SourceVpc": "vpc-*"}}, FIND),
    cond("any endpoint of a list", {"StringLike": {"aws:SourceVpce": ["vpce-0a1b2c3d", "*"]}}, FIND),
    cond("two networks that are everything", {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}, FIND),
    cond("an office", {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}, SILENT),
    cond("all of IPv6", {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "::/0"]}}, FIND),
    cond("an office, if there is an address", {"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}}, FIND),
    cond("anywhere but one network", {"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, FIND),
    cond("until a past day", {"DateLessThan": {"aws:CurrentTime": "2021-06-30T00:00:00Z"}}, SILENT),
    cond("from a past day on", {"DateGreaterThanEquals": {"aws:CurrentTime": "2021-06-30T00:00:00Z"}}, FIND),
    cond("until a far day", {"DateLessThanEquals": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}}, FIND),
    cond("from a past second of the epoch on", {"NumericGreaterThan": {"aws:EpochTime": "1600000000"}}, FIND),
    cond(
        "one of the principal's names",
        {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/break-glass"}},
        SILENT,
    ),
    cond("any of the principal's names", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, FIND),
    cond("no name of the principal", {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci-*"}}, FIND),
    cond(
        "an account that is the principal's own",
        {"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}},
        FIND,
    ),
    cond(
        "called by CloudFormation",
        {"ForAnyValue:StringEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]}},
        SILENT,
    ),
    cond("called by a service", {"Bool": {"aws:ViaAWSService": "true"}}, SILENT),
    cond(
        "two hollow conditions",
        {"Bool": {"aws:SecureTransport": "true"}, "StringLike": {"aws:PrincipalArn": "*"}},
        FIND,
    ),
    cond(
        "a hollow and a real condition", {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {TAG: "a"}}, SILENT
    ),
    cond("an empty Condition", {}, FIND),
    cond("the resource's account", {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}, SILENT, "s3:GetObject"),
    cond(
        "the principal's account as the resource's",
        {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}},
        SILENT,
        "s3:GetObject",
    ),
    # Administrators, wildcards, inversions.
    q("ADM", "a star and a question mark", "identity", allow("*?"), FIND),
    q("ADM", "every service by a star in it", "identity", allow("*:*", ["*"]), FIND),
    q("ADM", "all in a list of others", "identity", allow(["s3:GetObject", "*"], ["arn:aws:s3:::b/*", "*"]), FIND),
    q("ADM", "everything but deletion", "identity", allow(None, NotAction=["*:Delete*"]), FIND),
    q("ADM", "of a group", "group", allow("*"), FIND),
    q("ADM", "of a user", "user", allow("*"), FIND),
    q("ADM", "of a permission set", "permission-set", allow("*"), FIND),
    q(
        "ADM",
        "allowed for the principal of a condition",
        "identity",
        allow("*", when={"Null": {"aws:PrincipalArn": "false"}}),
        FIND,
    ),
    q(
        "ADM",
        "denied by NotAction with nothing",
        "identity",
        [allow("*"), deny(None, NotAction=["sts:GetCallerIdentity"])],
        SILENT,
    ),
    q(
        "ADM",
        "denied on everything but a bucket, and that for reading",
        "identity",
        [allow("s3:Get*"), deny("*", None, NotResource="arn:aws:s3:::public/*")],
        SILENT,
    ),
    q("ADM", "denied only with a tag", "identity", [allow("*"), deny("*", when={"StringEquals": {TAG: "prod"}})], FIND),
    q("WILD", "all changes of policies", "identity", allow("iam:*Policy"), FIND),
    q("WILD", "all of a list of services", "identity", allow(["ec2:*", "iam:*", "kms:*"]), FIND),
    q("WILD", "a question mark for a letter", "identity", allow("iam:PutRolePolic?"), FIND),
    q("WILD", "key policies among puts", "identity", allow("kms:Put*"), FIND),
    q(
        "WILD",
        "reading by wildcard",
        "identity",
        allow(["ec2:Describe*", "cloudwatch:Get*", "cloudwatch:List*"]),
        SILENT,
    ),
    q(
        "WILD",
        "a wildcard that is one action",
        "identity",
        allow("sqs:SendMessag*", "arn:aws:sqs:eu-west-1:111122223333:q"),
        SILENT,
    ),
    q("WILD", "permissions of functions", "identity", allow("lambda:Add*"), FIND),
    q("NOT", "all of IAM but users, on everything", "identity", allow(None, NotAction=["iam:*User"]), FIND),
    q("NOT", "nothing but reading a bucket is denied", "identity", deny(None, NotAction=["s3:Get*"]), SILENT),
    q(
        "NOT",
        "everything else than a bucket",
        "identity",
        allow("s3:*", None, NotResource=["arn:aws:s3:::secret", "arn:aws:s3:::secret/*"]),
        FIND,
    ),
    q(
        "NOT",
        "a Deny of all but the owner",
        "s3",
        [
            allow("s3:GetObject", "arn:aws:s3:::b/*", who=ROOT),
            deny("s3:*", ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], NotPrincipal=ROOT),
        ],
        SILENT,
    ),
    q(
        "NOT",
        "an Allow of all but one",
        "sqs",
        allow("sqs:SendMessage", "*", NotPrincipal={"AWS": "arn:aws:iam::444455556666:root"}),
        FIND,
    ),
    q(
        "NOT",
        "everyone, denied but for the organization",
        "s3",
        [
            allow("s3:GetObject", "arn:aws:s3:::b/*", who=EVERYONE),
            deny(
                "s3:*",
                ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
                who=EVERYONE,
                when={"StringNotEquals": {"aws:PrincipalOrgID": ORG}},
            ),
        ],
        SILENT,
    ),
    q(
        "NOT",
        "everyone, denied but for an agent",
        "s3",
        [
            allow("s3:GetObject", "arn:aws:s3:::b/*", who=EVERYONE),
            deny(
                "s3:*",
                ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
                who=EVERYONE,
                when={"StringNotLike": {"aws:UserAgent": "secret-*"}},
            ),
        ],
        FIND,
    ),
    q(
        "NOT",
        "everyone, and other actions denied",
        "s3",
        [
            allow("s3:GetObject", "arn:aws:s3:::b/*", who=EVERYONE),
            deny("s3:PutObject", "arn:aws:s3:::b/*", who=EVERYONE),
        ],
        FIND,
    ),
    q(
        "NOT",
        "everyone, and all denied",
        "s3",
        [allow("s3:GetObject", "arn:aws:s3:::b/*", who=EVERYONE), deny("s3:*", "arn:aws:s3:::b/*", who="*")],
        SILENT,
    ),
    # Boundaries and what is no grant.
    q("BND", "a service control policy with a star", "scp", allow("*"), SILENT),
    q("BND", "a service control policy that denies", "scp", [allow("*"), deny(["cloudtrail:StopLogging"])], SILENT),
    q("BND", "an endpoint for one bucket", "endpoint", allow("s3:GetObject", "arn:aws:s3:::b/*", who="*"), SILENT),
    # Everyone under conditions, resource by resource.
    public("an organization", {"StringEquals": {"aws:PrincipalOrgID": ORG}}, SILENT),
    public("an organization in two cases", {"StringEqualsIgnoreCase": {"aws:PrincipalOrgID": ORG}}, SILENT),
    public("an organization, if any", {"StringEqualsIfExists": {"aws:PrincipalOrgID": ORG}}, FIND),
    public("any organization", {"StringLike": {"aws:PrincipalOrgID": "o-*"}}, FIND),
    public("another organization than one", {"StringNotEquals": {"aws:PrincipalOrgID": ORG}}, FIND),
    public(
        "units of an organization",
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": [f"{ORG}/r-ab12/ou-ab12-11111111/*"]}},
        SILENT,
    ),
    public("some principal's organization", {"Null": {"aws:PrincipalOrgID": "false"}}, FIND),
    public("the resource's organization", {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}, SILENT),
    public("the principal's own organization", {"StringEquals": {"aws:PrincipalOrgID": "${aws:PrincipalOrgID}"}}, FIND),
    public("an account", {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, SILENT),
    public("an account with a wildcard", {"StringLike": {"aws:PrincipalAccount": "1111*"}}, FIND),
    public("an account that has to be equal to a pattern", {"StringEquals": {"aws:PrincipalAccount": "*"}}, FIND),
    public("a role in any account", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/reader"}}, FIND),
    public("a role in one account", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}, SILENT),
    public("a tag of the principal", {"StringEquals": {"aws:PrincipalTag/team": "x"}}, FIND),
    public("a wide network", {"IpAddress": {"aws:SourceIp": "128.0.0.0/2"}}, FIND),
    public("a network that is wide enough", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, SILENT),
    public("one network and the world", {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}, FIND),
    public("a network and its negation", {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, FIND),
    public("an endpoint", {"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}}, SILENT),
    public("an address inside of a VPC", {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}}, FIND),
    public("a referer", {"StringLike": {"aws:Referer": "https://example.com/*"}}, FIND),
    public("TLS", {"Bool": {"aws:SecureTransport": "true"}}, FIND),
    public("MFA", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, FIND),
    public("services of AWS", {"Bool": {"aws:PrincipalIsAWSService": "true"}}, SILENT),
    public("principals that are no services of AWS", {"Bool": {"aws:PrincipalIsAWSService": "false"}}, FIND),
    public("a source in an account", {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{ACCOUNT}:*"}}, SILENT, "sqs"),
    public("a source by its name alone", {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:alerts"}}, FIND, "sqs"),
    public("a bucket as a source", {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::reports"}}, SILENT, "sqs"),
    public("any bucket as a source", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}}, FIND, "sqs"),
    public("an owner, as SNS writes it", {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}, SILENT, "sns"),
    public("the subscription's protocol", {"StringEquals": {"sns:Protocol": "https"}}, FIND, "sns"),
    public(
        "a key through one service", {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}, FIND, "kms"
    ),
    public(
        "a key through one service for one account",
        {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com", "kms:CallerAccount": ACCOUNT}},
        SILENT,
        "kms",
    ),
    public(
        "a file system by its mount targets",
        {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
        SILENT,
        "efs",
    ),
    public(
        "a file system by its mount targets or not",
        {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "false"}},
        FIND,
        "efs",
    ),
    *(public("without a condition", None, FIND, put) for put in ACTIONS if put not in ("s3",)),
    *(
        public("with an organization", {"StringEquals": {"aws:PrincipalOrgID": ORG}}, SILENT, put)
        for put in ("efs", "secret", "glue", "events", "kinesis")
    ),
    q(
        "PUB",
        "a principal of everyone in a list",
        "sqs",
        allow("sqs:SendMessage", "*", who={"AWS": [ACCOUNT, "*"]}),
        FIND,
    ),
    q("PUB", "everyone as a bare star", "sqs", allow("sqs:SendMessage", "*", who="*"), FIND),
    q("PUB", "the account by its number", "sqs", allow("sqs:SendMessage", "*", who={"AWS": ACCOUNT}), SILENT),
    q(
        "PUB",
        "an origin access identity",
        "s3",
        allow(
            "s3:GetObject",
            "arn:aws:s3:::b/*",
            who={"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"},
        ),
        SILENT,
    ),
    q(
        "PUB",
        "CloudFront for one distribution",
        "s3",
        allow(
            "s3:GetObject",
            "arn:aws:s3:::b/*",
            who={"Service": "cloudfront.amazonaws.com"},
            when={"StringEquals": {"AWS:SourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1"}},
        ),
        SILENT,
    ),
    q(
        "PUB",
        "two statements of which the second is public",
        "sns",
        [allow("sns:Publish", "*", who=ROOT), allow("sns:Subscribe", "*", who=EVERYONE)],
        FIND,
    ),
    q(
        "PUB",
        "SNS to a queue without a source",
        "sqs",
        allow("sqs:SendMessage", "*", who={"Service": "sns.amazonaws.com"}),
        FIND,
    ),
    q(
        "PUB",
        "SNS to a queue from one topic",
        "sqs",
        allow(
            "sqs:SendMessage",
            "*",
            who={"Service": "sns.amazonaws.com"},
            when={"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:t"}},
        ),
        SILENT,
    ),
    q(
        "PUB",
        "S3 to a topic from one account",
        "sns",
        allow(
            "sns:Publish",
            "*",
            who={"Service": "s3.amazonaws.com"},
            when={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        ),
        SILENT,
    ),
    # Trust.
    q("TRUST", "the account itself", "trust", assume(ROOT), SILENT),
    q(
        "TRUST",
        "everyone with an ExternalId",
        "trust",
        assume(EVERYONE, {"StringEquals": {"sts:ExternalId": "a1"}}),
        SILENT,
    ),
    q("TRUST", "everyone with TLS", "trust", assume(EVERYONE, {"Bool": {"aws:SecureTransport": "true"}}), FIND),
    q(
        "TRUST",
        "everyone in an organization",
        "trust",
        assume(EVERYONE, {"StringEquals": {"aws:PrincipalOrgID": ORG}}),
        SILENT,
    ),
    q(
        "TRUST",
        "everyone with any ExternalId",
        "trust",
        assume(EVERYONE, {"StringLike": {"sts:ExternalId": "*"}}),
        FIND,
    ),
    q("TRUST", "an account and everyone", "trust", assume({"AWS": [ACCOUNT, "*"]}), FIND),
    q(
        "TRUST",
        "any of several services",
        "trust",
        assume({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}),
        SILENT,
    ),
    q(
        "TRUST",
        "GitHub: one branch",
        "trust",
        web({"StringEquals": {AUD: "sts.amazonaws.com", SUB: "repo:acme/shop:ref:refs/heads/main"}}),
        SILENT,
    ),
    q(
        "TRUST",
        "GitHub: all repositories of an owner",
        "trust",
        web({"StringLike": {SUB: "repo:acme/*"}, **STS}),
        SILENT,
    ),
    q("TRUST", "GitHub: owners that begin alike", "trust", web({"StringLike": {SUB: "repo:acme*"}, **STS}), FIND),
    q(
        "TRUST",
        "GitHub: a pattern that is compared literally",
        "trust",
        web({"StringEquals": {AUD: "sts.amazonaws.com", SUB: "repo:acme/*"}}),
        FIND,
    ),
    q("TRUST", "GitHub: the audience alone", "trust", web(STS), FIND),
    q("TRUST", "GitHub: no condition", "trust", web(None), FIND),
    q("TRUST", "GitHub: a negated owner", "trust", web({"StringNotLike": {SUB: "repo:evil/*"}, **STS}), FIND),
    q(
        "TRUST",
        "GitHub: if there is a subject",
        "trust",
        web({"StringLikeIfExists": {SUB: "repo:acme/shop:*"}, **STS}),
        FIND,
    ),
    q(
        "TRUST",
        "GitHub: the id of the owner",
        "trust",
        web(
            {
                "StringEquals": {
                    AUD: "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:repository_owner_id": "1234",
                }
            }
        ),
        SILENT,
    ),
    q(
        "TRUST",
        "GitHub: any environment of any owner",
        "trust",
        web({"StringLike": {SUB: "repo:*/*:environment:prod"}, **STS}),
        FIND,
    ),
    q(
        "TRUST",
        "GitLab: one project",
        "trust",
        web(
            {"StringLike": {"gitlab.com:sub": "project_path:acme/shop:*"}},
            {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/gitlab.com"},
        ),
        SILENT,
    ),
    q(
        "TRUST",
        "GitLab: groups that begin alike",
        "trust",
        web(
            {"StringLike": {"gitlab.com:sub": "project_path:acme*"}},
            {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/gitlab.com"},
        ),
        FIND,
    ),
    q(
        "TRUST",
        "HCP Terraform: every organization",
        "trust",
        web(
            {"StringLike": {"app.terraform.io:sub": "organization:*:project:shop:*"}},
            {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/app.terraform.io"},
        ),
        FIND,
    ),
    q(
        "TRUST",
        "EKS: one service account",
        "trust",
        web(
            {"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/A1:sub": "system:serviceaccount:shop:api"}},
            {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1"},
        ),
        SILENT,
    ),
    q(
        "TRUST",
        "EKS: the audience alone",
        "trust",
        web(
            {"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/A1:aud": "sts.amazonaws.com"}},
            {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1"},
        ),
        FIND,
    ),
    q(
        "TRUST",
        "Cognito: one pool, authenticated",
        "trust",
        web(
            {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:p"},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
            },
            {"Federated": "cognito-identity.amazonaws.com"},
        ),
        SILENT,
    ),
    q(
        "TRUST",
        "Cognito: no pool",
        "trust",
        web(
            {"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}},
            {"Federated": "cognito-identity.amazonaws.com"},
        ),
        FIND,
    ),
    q(
        "TRUST",
        "Google: one client",
        "trust",
        web(
            {"StringEquals": {"accounts.google.com:aud": "1.apps.googleusercontent.com"}},
            {"Federated": "accounts.google.com"},
        ),
        SILENT,
    ),
    q("TRUST", "Google: no client", "trust", web(None, {"Federated": "accounts.google.com"}), FIND),
    q(
        "TRUST",
        "SAML: AWS's sign-in page",
        "trust",
        assume(
            {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"},
            {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            "sts:AssumeRoleWithSAML",
        ),
        SILENT,
    ),
    q(
        "TRUST",
        "a denied account in a role for everyone",
        "trust",
        [assume(EVERYONE), deny("sts:AssumeRole", None, who={"AWS": "444455556666"})],
        FIND,
    ),
    q(
        "TRUST",
        "everyone, denied outside of the organization",
        "trust",
        [
            assume(EVERYONE),
            deny("sts:AssumeRole", None, who="*", when={"StringNotEquals": {"aws:PrincipalOrgID": ORG}}),
        ],
        SILENT,
    ),
    q("TRUST", "a role of another account", "trust", assume({"AWS": "arn:aws:iam::444455556666:role/deploy"}), SILENT),
    q("TRUST", "another account", "trust", assume({"AWS": "444455556666"}), FIND, True),
    q("TRUST", "codebuild without a source", "trust", assume({"Service": "codebuild.amazonaws.com"}), FIND, True),
    q(
        "TRUST",
        "codebuild of one account",
        "trust",
        assume({"Service": "codebuild.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        SILENT,
        True,
    ),
    q("TRUST", "ec2 needs no source", "trust", assume({"Service": "ec2.amazonaws.com"}), SILENT, True),
    # PassRole, escalation, managed by content.
    q(
        "PASS",
        "any role to one service, which nothing here drives",
        "identity",
        allow("iam:PassRole", when={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
        SILENT,
    ),
    q(
        "PASS",
        "any role of the account to Lambda, with functions",
        "identity",
        [
            allow(
                "iam:PassRole",
                f"arn:aws:iam::{ACCOUNT}:role/*",
                when={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
            ),
            allow(["lambda:CreateFunction", "lambda:InvokeFunction"]),
        ],
        FIND,
    ),
    q("PASS", "roles below a path", "identity", allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/app/*"), SILENT),
    q("PASS", "every role of every account", "identity", allow("iam:PassRole", "arn:aws:iam::*:role/*"), FIND),
    q("PASS", "among all of IAM's Pass", "identity", allow("iam:Pass*"), FIND),
    q(
        "ESC",
        "a new version of any policy",
        "identity",
        allow("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/*"),
        FIND,
    ),
    q(
        "ESC",
        "a new version of one policy",
        "identity",
        allow("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/app"),
        SILENT,
    ),
    q("ESC", "keys of anybody", "identity", allow("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/*"), FIND),
    q(
        "ESC",
        "keys of one's own",
        "identity",
        allow(["iam:CreateAccessKey", "iam:DeleteAccessKey"], "arn:aws:iam::*:user/${aws:username}"),
        SILENT,
    ),
    q("ESC", "anybody into any group", "identity", allow("iam:AddUserToGroup", "*"), FIND),
    q(
        "ESC",
        "code of any function",
        "identity",
        allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:*"),
        FIND,
    ),
    q(
        "ESC",
        "code of one function",
        "identity",
        allow("lambda:UpdateFunctionCode", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:shop"),
        SILENT,
    ),
    q(
        "ESC",
        "commands on any host",
        "identity",
        allow("ssm:SendCommand", ["arn:aws:ssm:*:*:document/AWS-RunShellScript", "arn:aws:ec2:*:*:instance/*"]),
        FIND,
    ),
    q(
        "ESC",
        "commands on hosts with a tag",
        "identity",
        allow("ssm:SendCommand", ["arn:aws:ec2:*:*:instance/*"], when={"StringEquals": {"ssm:resourceTag/team": "a"}}),
        SILENT,
    ),
    q(
        "ESC",
        "policies only with a boundary",
        "identity",
        allow(
            ["iam:PutUserPolicy", "iam:AttachUserPolicy"],
            "*",
            when={"StringEquals": {"iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/b"}},
        ),
        SILENT,
    ),
    q("ESC", "a stack with any role", "identity", [allow("iam:PassRole"), allow(["cloudformation:CreateStack"])], FIND),
    q("ESC", "denied again", "identity", [allow("iam:AttachRolePolicy"), deny("iam:Attach*")], SILENT),
    # Resources.
    q(
        "RES",
        "every secret",
        "identity",
        allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*"),
        FIND,
    ),
    q(
        "RES",
        "secrets below a name",
        "identity",
        allow("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:shop/*"),
        SILENT,
    ),
    q("RES", "objects of every bucket", "identity", allow("s3:GetObject", "arn:aws:s3:::*/*"), FIND),
    q("RES", "objects of buckets with a beginning", "identity", allow("s3:GetObject", "arn:aws:s3:::shop-*/*"), SILENT),
    q("RES", "every key may decrypt", "identity", allow("kms:Decrypt", "arn:aws:kms:*:*:key/*"), FIND),
    q(
        "RES",
        "one key",
        "identity",
        allow("kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        SILENT,
    ),
    q(
        "RES",
        "decrypting with a key that has an alias",
        "identity",
        allow("kms:Decrypt", when={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/shop"}}),
        SILENT,
    ),
    q(
        "RES",
        "what works on a star alone",
        "identity",
        allow(["ec2:DescribeInstances", "s3:ListAllMyBuckets", "sts:GetCallerIdentity"]),
        SILENT,
        True,
    ),
    # People.
    q(
        "PPL",
        "a group that changes things",
        "group",
        allow("ec2:TerminateInstances", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-1"),
        FIND,
        True,
    ),
    q("PPL", "a group that looks", "group", allow(["ec2:DescribeInstances", "s3:ListAllMyBuckets"]), SILENT, True),
    q("PPL", "a permission set that writes", "permission-set", allow("s3:PutObject", "arn:aws:s3:::b/*"), FIND, True),
    # Mistakes.
    q("ERR", "an action in two parts", "identity", allow("s3:Get:Object", "arn:aws:s3:::b/*"), FIND),
    q("ERR", "a service that is none", "identity", allow("cloudwath:PutMetricData"), FIND),
    q(
        "ERR",
        "an operator that is none",
        "identity",
        allow("s3:GetObject", "arn:aws:s3:::b/*", when={"StringEqual": {TAG: "a"}}),
        FIND,
    ),
    q(
        "ERR",
        "a quantifier that is none",
        "identity",
        allow("s3:GetObject", "arn:aws:s3:::b/*", when={"ForAll:StringEquals": {TAG: "a"}}),
        FIND,
    ),
    q(
        "ERR",
        "a key of another service",
        "identity",
        allow("s3:GetObject", "arn:aws:s3:::b/*", when={"StringEquals": {"ec2:InstanceType": "t3.micro"}}),
        FIND,
    ),
    q(
        "ERR",
        "a number that is none",
        "identity",
        allow("s3:ListBucket", "arn:aws:s3:::b", when={"NumericLessThan": {"s3:max-keys": "ten"}}),
        FIND,
    ),
    q(
        "ERR",
        "a Bool that is none",
        "identity",
        allow("s3:GetObject", "arn:aws:s3:::b/*", when={"Bool": {"aws:SecureTransport": "yes"}}),
        FIND,
    ),
    q(
        "ERR",
        "an account of eleven digits",
        "identity",
        allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:11112222333:q"),
        FIND,
    ),
    q(
        "ERR",
        "an account in a bucket's ARN",
        "identity",
        allow("s3:GetObject", f"arn:aws:s3:eu-west-1:{ACCOUNT}:b/*"),
        FIND,
    ),
    q("ERR", "a partition that is none", "identity", allow("s3:GetObject", "arn:amazon:s3:::b/*"), FIND),
    q("ERR", "objects for an action on buckets", "identity", allow("s3:GetBucketLocation", "arn:aws:s3:::b/*"), FIND),
    q(
        "ERR",
        "a function's ARN for tables",
        "identity",
        allow("dynamodb:GetItem", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"),
        FIND,
    ),
    q(
        "ERR",
        "a Sid twice",
        "identity",
        [allow("s3:GetObject", "arn:aws:s3:::b/*", Sid="A"), allow("s3:PutObject", "arn:aws:s3:::b/*", Sid="A")],
        FIND,
    ),
    q("ERR", "an element that is none", "identity", allow("s3:GetObject", "arn:aws:s3:::b/*", Conditions={}), FIND),
    q("ERR", "a principal in an identity policy", "identity", allow("s3:GetObject", "arn:aws:s3:::b/*", who="*"), FIND),
    q("ERR", "a service principal that is none", "trust", assume({"Service": "lambda"}), FIND),
    q("ERR", "a kind of principal that is none", "trust", assume({"Aws Account": ACCOUNT}), FIND),
    q("ERR", "another service's action in a trust policy", "trust", assume(ROOT, None, "s3:GetObject"), FIND),
    q("ERR", "a resource in a trust policy", "trust", allow("sts:AssumeRole", "*", who=ROOT), FIND),
    q(
        "ERR",
        "SAML by the wrong action",
        "trust",
        assume({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"}, None, "sts:AssumeRole"),
        FIND,
    ),
    q(
        "ERR",
        "an ARN under a text operator",
        "identity",
        allow(
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:111122223333:q",
            when={"StringEquals": {"aws:SourceArn": "arn:aws:s3:::b"}},
        ),
        SILENT,
    ),
    q(
        "ERR",
        "a Deny of an action that is none",
        "identity",
        [allow("s3:GetObject", "arn:aws:s3:::b/*"), deny("s3:DeleteObjcet", "arn:aws:s3:::b/*")],
        FIND,
    ),
    q(
        "ERR",
        "valid: a wildcard in the region",
        "identity",
        allow("sqs:SendMessage", f"arn:aws:sqs:*:{ACCOUNT}:q"),
        SILENT,
    ),
    q(
        "ERR",
        "valid: a bucket and its objects",
        "identity",
        allow(["s3:ListBucket", "s3:GetObject"], ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]),
        SILENT,
    ),
    q(
        "ERR",
        "valid: a number without quotes",
        "identity",
        allow("s3:ListBucket", "arn:aws:s3:::b", when={"NumericLessThanEquals": {"s3:max-keys": 10}}),
        SILENT,
    ),
    q(
        "ERR",
        "valid: a list of conditions",
        "identity",
        allow("s3:ListBucket", "arn:aws:s3:::b", when={"StringLike": {"s3:prefix": ["home/*", ""]}}),
        SILENT,
    ),
]


def resource(form: Form, statements: list[Any]) -> str:
    document: Any = {"Version": "2012-10-17", "Statement": statements}
    for name in reversed(form.property.split(".")):
        document = {name: document}
    properties = json.loads(json.dumps({**form.more, **document}))
    return json.dumps({"Resources": {"X": {"Type": form.cfn, "Properties": properties}}})


def block(form: Form, statements: list[Any]) -> str:
    document = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2).replace("${", "$${")
    path = form.attribute.split(".")
    value = f"{path[-1]} = jsonencode({document})"
    value = f"{path[0]} {{\n  {value}\n}}" if len(path) > 1 else value
    arguments = "".join(f"  {name} = {json.dumps(each)}\n" for name, each in form.arguments.items())
    return f'resource "{form.tf}" "x" {{\n{arguments}  {value}\n}}\n'


def inputs(question: Question) -> dict[str, str]:
    form, found = FORMS[question.put], {}
    if form.cfn and form.property:
        found["t.json"] = resource(form, question.statements)
    if form.tf:
        found["main.tf"] = block(form, question.statements)
    return found


@cache
def rules() -> tuple[Any, ...]:
    return tuple(rule for rule in load_rules() if rule.family == "iam")


def answered(question: Question, path: str, text: str) -> Report:
    profile = "strict" if question.strict else "default"
    return check(MemoryTree({path: text}), (), Options(rules(), load_catalog(), profile=profile))


CASES = [(question, path, text) for question in QUESTIONS for path, text in inputs(question).items()]


@pytest.mark.parametrize(
    ("question", "path", "text"), CASES, ids=[f"{each.theme} {each.title} {each.put} {path}" for each, path, _ in CASES]
)
def test_question(question: Question, path: str, text: str) -> None:
    report = answered(question, path, text)
    assert not report.skipped
    told = [f"{each.rule} {each.message}" for each in report.findings]
    assert bool(told) == (question.verdict == FIND), told or [each.reason for each in report.undecided]
