"""Actions by which a principal can raise its own rights, get credentials, or get data.

The methods of escalation are those published as "AWS IAM Privilege Escalation: Methods and Mitigation" (Rhino Security
Labs, 2018, and its supplements), "IAM Vulnerable" (Bishop Fox) and "Pathfinding Cloud" (Datadog); the other two lists
are from the Service Authorization Reference: what returns credentials, and what returns stored data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from iacreview.model.logic import YES
from iacreview.semantics.arn import all_of_service, everything, parse_arn
from iacreview.semantics.items import Item
from iacreview.semantics.pattern import intersects, matches
from iacreview.semantics.policy import Policy, Statement
from iacreview.semantics.statements import denied

_SELF = "changes what it may do itself"
_OTHERS = "takes over another identity"
_PASSES = "runs code with a role that has more rights"
_USES = "uses the role of something that runs"
_METHODS = (
    (_SELF, "iam:CreatePolicyVersion"),
    (_SELF, "iam:SetDefaultPolicyVersion"),
    (_SELF, "iam:AttachUserPolicy"),
    (_SELF, "iam:AttachGroupPolicy"),
    (_SELF, "iam:AttachRolePolicy"),
    (_SELF, "iam:PutUserPolicy"),
    (_SELF, "iam:PutGroupPolicy"),
    (_SELF, "iam:PutRolePolicy"),
    (_SELF, "iam:AddUserToGroup"),
    (_SELF, "iam:DeleteUserPermissionsBoundary"),
    (_SELF, "iam:DeleteRolePermissionsBoundary"),
    (_SELF, "iam:PutUserPermissionsBoundary"),
    (_SELF, "iam:PutRolePermissionsBoundary"),
    (_SELF, "sso:AttachManagedPolicyToPermissionSet sso:ProvisionPermissionSet"),
    (_SELF, "sso:PutInlinePolicyToPermissionSet sso:ProvisionPermissionSet"),
    (_SELF, "sso:CreateAccountAssignment"),
    (_OTHERS, "iam:CreateAccessKey"),
    (_OTHERS, "iam:CreateLoginProfile"),
    (_OTHERS, "iam:UpdateLoginProfile"),
    (_OTHERS, "iam:ResetServiceSpecificCredential"),
    (_OTHERS, "iam:UpdateAssumeRolePolicy sts:AssumeRole"),
    (_OTHERS, "iam:DeactivateMFADevice iam:UpdateLoginProfile"),
    (_PASSES, "iam:PassRole ec2:RunInstances"),
    (_PASSES, "iam:PassRole ec2:RequestSpotInstances"),
    (_PASSES, "iam:PassRole ec2:AssociateIamInstanceProfile"),
    (_PASSES, "iam:PassRole ec2:ReplaceIamInstanceProfileAssociation"),
    (_PASSES, "iam:PassRole autoscaling:CreateAutoScalingGroup autoscaling:CreateLaunchConfiguration"),
    (_PASSES, "iam:PassRole autoscaling:CreateAutoScalingGroup ec2:CreateLaunchTemplate"),
    (_PASSES, "iam:PassRole lambda:CreateFunction lambda:InvokeFunction"),
    (_PASSES, "iam:PassRole lambda:CreateFunction lambda:CreateEventSourceMapping"),
    (_PASSES, "iam:PassRole lambda:CreateFunction lambda:AddPermission"),
    (_PASSES, "iam:PassRole lambda:CreateFunction lambda:CreateFunctionUrlConfig"),
    (_PASSES, "iam:PassRole glue:CreateDevEndpoint"),
    (_PASSES, "iam:PassRole glue:CreateJob glue:StartJobRun"),
    (_PASSES, "iam:PassRole glue:CreateJob glue:CreateTrigger"),
    (_PASSES, "iam:PassRole glue:UpdateJob glue:StartJobRun"),
    (_PASSES, "iam:PassRole glue:UpdateJob glue:CreateTrigger"),
    (_PASSES, "iam:PassRole glue:CreateSession glue:RunStatement"),
    (_PASSES, "iam:PassRole cloudformation:CreateStack"),
    (_PASSES, "iam:PassRole cloudformation:UpdateStack"),
    (_PASSES, "iam:PassRole cloudformation:CreateStackSet cloudformation:CreateStackInstances"),
    (_PASSES, "iam:PassRole cloudformation:UpdateStackSet"),
    (_PASSES, "iam:PassRole cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet"),
    (
        _PASSES,
        "iam:PassRole datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline",
    ),
    (_PASSES, "iam:PassRole codestar:CreateProject"),
    (_PASSES, "iam:PassRole codebuild:CreateProject codebuild:StartBuild"),
    (_PASSES, "iam:PassRole codebuild:UpdateProject codebuild:StartBuild"),
    (_PASSES, "iam:PassRole codebuild:CreateProject codebuild:StartBuildBatch"),
    (_PASSES, "iam:PassRole codedeploy:CreateDeploymentGroup codedeploy:CreateDeployment"),
    (_PASSES, "iam:PassRole sagemaker:CreateNotebookInstance sagemaker:CreatePresignedNotebookInstanceUrl"),
    (_PASSES, "iam:PassRole sagemaker:CreateProcessingJob"),
    (_PASSES, "iam:PassRole sagemaker:CreateTrainingJob"),
    (_PASSES, "iam:PassRole sagemaker:CreateHyperParameterTuningJob"),
    (_PASSES, "iam:PassRole ecs:RegisterTaskDefinition ecs:RunTask"),
    (_PASSES, "iam:PassRole ecs:RegisterTaskDefinition ecs:StartTask"),
    (_PASSES, "iam:PassRole ecs:RegisterTaskDefinition ecs:CreateService"),
    (_PASSES, "iam:PassRole ecs:RegisterTaskDefinition ecs:UpdateService"),
    (_PASSES, "iam:PassRole ssm:StartAutomationExecution"),
    (_PASSES, "iam:PassRole states:CreateStateMachine states:StartExecution"),
    (_PASSES, "iam:PassRole events:PutRule events:PutTargets"),
    (_PASSES, "iam:PassRole scheduler:CreateSchedule"),
    (_PASSES, "iam:PassRole batch:RegisterJobDefinition batch:SubmitJob"),
    (_PASSES, "iam:PassRole apprunner:CreateService"),
    (_PASSES, "iam:PassRole bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:InvokeCodeInterpreter"),
    (_PASSES, "iam:PassRole cloudformation:CreateStackInstances cloudformation:UpdateStackSet"),
    (_PASSES, "iam:PassRole elasticmapreduce:RunJobFlow"),
    (_PASSES, "iam:PassRole amplify:CreateApp amplify:StartJob"),
    (_PASSES, "iam:PassRole transfer:CreateUser transfer:ImportSshPublicKey"),
    (_USES, "codestar:CreateProject codestar:AssociateTeamMember"),
    (_USES, "glue:UpdateDevEndpoint"),
    (_USES, "lambda:UpdateFunctionCode"),
    (_USES, "lambda:UpdateFunctionConfiguration"),
    (_USES, "sagemaker:CreatePresignedNotebookInstanceUrl"),
    (_USES, "sagemaker:CreatePresignedDomainUrl"),
    (_USES, "ssm:SendCommand"),
    (_USES, "ssm:StartSession"),
    (_USES, "ec2-instance-connect:SendSSHPublicKey"),
    (_USES, "ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances"),
    (_USES, "ecs:ExecuteCommand"),
    (_USES, "cloudformation:UpdateStack"),
)
_CREDENTIALS = """
    chime:CreateApiKey codeartifact:GetAuthorizationToken codepipeline:PollForJobs
    cognito-identity:GetCredentialsForIdentity cognito-identity:GetOpenIdToken
    cognito-identity:GetOpenIdTokenForDeveloperIdentity connect:GetFederationToken ec2:GetPasswordData
    ecr-public:GetAuthorizationToken ecr:GetAuthorizationToken eks:AccessKubernetesApi elasticache:Connect
    gamelift:GetComputeAuthToken gamelift:RequestUploadCredentials iam:CreateAccessKey iam:CreateLoginProfile
    iam:CreateServiceSpecificCredential iam:ResetServiceSpecificCredential iam:UpdateAccessKey
    lightsail:CreateBucketAccessKey lightsail:DownloadDefaultKeyPair lightsail:GetBucketAccessKeys
    lightsail:GetInstanceAccessDetails lightsail:GetKeyPair lightsail:GetRelationalDatabaseMasterUserPassword
    mediapackage:RotateChannelCredentials mediapackage:RotateIngestEndpointCredentials rds-db:connect
    redshift-serverless:GetCredentials redshift:GetClusterCredentials redshift:GetClusterCredentialsWithIAM
    s3:GetDataAccess sts:AssumeRole sts:AssumeRoleWithSAML
    sts:AssumeRoleWithWebIdentity sts:GetFederationToken sts:GetSessionToken
"""
_DATA = """
    athena:GetQueryResults backup:StartRestoreJob cloudwatch:GetMetricData codecommit:GitPull dynamodb:BatchGetItem
    dynamodb:ExportTableToPointInTime dynamodb:GetItem dynamodb:Query dynamodb:Scan ebs:GetSnapshotBlock
    ec2:CreateSnapshot ec2:ModifyImageAttribute ec2:ModifySnapshotAttribute kinesis:GetRecords kms:Decrypt
    lambda:GetFunction logs:FilterLogEvents logs:GetLogEvents rds:CopyDBSnapshot rds:ModifyDBClusterSnapshotAttribute
    rds:ModifyDBSnapshotAttribute rds:StartExportTask redshift-data:GetStatementResult redshift:AuthorizeSnapshotAccess
    s3:GetObject s3:GetObjectVersion secretsmanager:BatchGetSecretValue secretsmanager:GetSecretValue sqs:ReceiveMessage
    ssm:GetParameter ssm:GetParameterHistory ssm:GetParameters ssm:GetParametersByPath
"""
# Whose resources the actions of a service work on, where these are not its own.
_OWNERS = {"sts": "iam"}


class Method(NamedTuple):
    """A way to raise one's rights: all of its actions are needed."""

    why: str
    actions: tuple[str, ...]


class Grant(NamedTuple):
    """What grants an action: the item of the statement. `item` is None for one that allows by NotAction."""

    action: str
    statement: Statement
    item: Item | None


class Escalation(NamedTuple):
    """A method that a policy allows, with what grants each of its actions."""

    method: Method
    grants: tuple[Grant, ...]


def methods() -> tuple[Method, ...]:
    """All known methods, those that need one action before those that need several."""
    table = [Method(why, tuple(actions.split())) for why, actions in _METHODS]
    return tuple(sorted(table, key=lambda method: len(method.actions)))


def escalations(policy: Policy, unrestricted: bool = True) -> list[Escalation]:
    """The methods that a policy certainly allows: each of the actions by an Allow without conditions, and no Deny.

    With `unrestricted`, only those whose actions are granted on all resources (`*`, `arn:aws:iam::*:role/*`).
    A method is left out where one with fewer of its actions is there already.
    """
    statements = [each for each in policy.statements if each.allows and not each.conditions and each.complete]
    granted: dict[str, Grant | None] = {}
    found: list[Escalation] = []
    for method in methods():
        for action in method.actions:
            if action not in granted:
                granted[action] = _grant(policy, statements, action, unrestricted)
        grants = [granted[action] for action in method.actions]
        if not all(grants) or any(set(each.method.actions) < set(method.actions) for each in found):
            continue
        found.append(Escalation(method, tuple(grant for grant in grants if grant is not None)))
    return found


def _grant(policy: Policy, statements: Iterable[Statement], action: str, unrestricted: bool) -> Grant | None:
    for grant in grants_of(statements, action):
        if unrestricted and not _is_broad(grant.statement, action):
            continue
        if denied(policy, action) is not YES:
            return grant
    return None


def grants_of(statements: Iterable[Statement], action: str) -> Iterator[Grant]:
    """What allows an action, on whatever resources and conditions, as far as it is certain."""
    for statement in statements:
        if not statement.allows:
            continue
        for item in statement.actions:
            if item.pattern is not None and matches(item.pattern, action):
                yield Grant(action, statement, item)
                break
        excluded = statement.not_actions
        if excluded and not any(item.pattern is None or intersects(item.pattern, action) for item in excluded):
            yield Grant(action, statement, None)


def _is_broad(statement: Statement, action: str) -> bool:
    """Whether the statement's resources are all that the action works on."""
    if statement.not_resources:
        return True
    return any(item.pattern is not None and _is_all_for(item.pattern, action) for item in statement.resources)


def _is_all_for(pattern: str, action: str) -> bool:
    if everything(pattern):
        return True
    arn = parse_arn(pattern)
    service = action.partition(":")[0]
    return arn is not None and arn.service == _OWNERS.get(service, service) and all_of_service(pattern)


def exposes_credentials(pattern: str) -> tuple[str, ...]:
    """The actions of a pattern that return credentials."""
    return _matching(pattern, _CREDENTIALS)


def reads_data(pattern: str) -> tuple[str, ...]:
    """The actions of a pattern that return or share what is stored: objects, items, parameters, snapshots."""
    return _matching(pattern, _DATA)


def _matching(pattern: str, names: str) -> tuple[str, ...]:
    return tuple(name for name in names.split() if matches(pattern, name))
