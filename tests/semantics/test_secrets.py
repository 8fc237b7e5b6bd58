from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iacreview.semantics.credentials import decoded_text, find_credentials, find_userinfo, mask
from iacreview.semantics.secret_names import may_name_secret, names_content
from iacreview.semantics.secrets import (
    is_dynamic_reference,
    is_named_secret,
    is_secret_literal,
    is_written_secret,
    secret_name,
)

SECRET_NAMES = """
    password Password PASSWORD passwd passphrase pwd secret Secret token api_key apikey APIKey access_key secret_key
    private_key credential db_password dbPassword DBPassword DbPassword DB_PASSWORD db-password db.password dbpassword
    MASTER_PASSWORD MasterUserPassword masterUserPassword master_password master_user_password admin_password
    AdminPassword root_password POSTGRES_PASSWORD PGPASSWORD MYSQL_ROOT_PASSWORD MYSQL_PWD REDIS_PASSWORD RDS_PASSWORD
    SMTP_PASS DB_PASS db_user_pass dbpass mysql_pass ldap_bind_password BindPassword keystore_password
    default_password old_password new_password user_password ConfirmPassword password1 password_2 PASSWORD_VALUE
    password_wo secret_string SecretString secret_binary SECRET_VALUE password_plaintext token_value client_secret
    ClientSecret clientSecret clientsecret app_secret consumer_secret webhook_secret JWT_SECRET SESSION_SECRET
    COOKIE_SECRET shared_secret SharedSecret SECRET_KEY_BASE DJANGO_SECRET_KEY STRIPE_SECRET_KEY AWS_SECRET_ACCESS_KEY
    aws_access_key SecretAccessKey SESSION_TOKEN AWS_SESSION_TOKEN auth_token AuthToken authtoken OAuthToken oauth_token
    access_token accessToken ACCESS_TOKEN refresh_token bearer_token bot_token SLACK_BOT_TOKEN GITHUB_TOKEN GitHubToken
    NPM_TOKEN VAULT_TOKEN personal_access_token GITHUB_PAT DD_API_KEY DATADOG_APP_KEY SENDGRID_API_KEY X-API-Key
    privateKey PrivateKey rsa_private_key ssh_private_key signing_key integration_key JWT_KEY hmac_key auth_key pre_shared_key
    preshared_key tunnel1_preshared_key storage_account_key account_key service_credential --password --db-password
    OAuth2ClientSecret
"""
OTHER_NAMES = """
    name username user key keys id arn PWD OLDPWD password_arn PasswordArn db_password_arn DB_PASSWORD_ARN secret_arn
    SecretArn SecretARN secretsmanager_arn secret_id SecretId SECRET_NAME secret_name SecretName password_file
    PASSWORD_FILE POSTGRES_PASSWORD_FILE secret_path token_path private_key_path key_file secret_version
    password_wo_version secret_string_version SecretVersion access_key_id AWS_ACCESS_KEY_ID AccessKeyId key_id kms_key_id
    KmsKeyId kms_key kms_master_key_id kms_data_key_reuse_period_seconds KeyName key_name key_pair ssh_key public_key
    ssh_public_key PublicKey partition_key sort_key hash_key range_key primary_key foreign_key object_key s3_key S3Key
    cache_key idempotency_key encryption_key password_policy PasswordPolicy minimum_password_length password_length
    password_reuse_prevention max_password_age password_expiry password_reset_url password_hash PasswordLastUsed
    manage_master_user_password ManageMasterUserPassword master_user_secret_kms_key_id generate_secret GenerateSecret
    generateSecretString enable_password_rotation allow_users_to_change_password require_password reset_password
    get_password_data random_password use_token next_token NextToken continuation_token page_token client_token
    ClientToken client_request_token ClientRequestToken idempotency_token task_token http_tokens HttpTokens max_tokens
    MAX_TOKENS num_tokens tokens token_ttl TOKEN_TTL token_type token_url TokenEndpoint token_validity_units
    access_token_validity id_token_validity token_expiration TokenExpiry token_issuer secret_rotation rotation_lambda_arn
    secrets secrets_manager SecretsManagerEndpoint secretsmanager_prefix credentials credentials_id credential_source
    credentials_provider GOOGLE_APPLICATION_CREDENTIALS AWS_SHARED_CREDENTIALS_FILE image_pull_secret ImagePullSecrets
    api_key_source api_key_required ApiKeySourceType ApiKeyRequired api_key_id authorization_type auth_type pass
    passthrough PassRole pass_through compass bypass proxy_pass csrf_token description secretary tokenizer passenger
    monkey turkey keyboard certificate_arn private_subnets private_ip private_dns_enabled access_logs access_level
    AccessControlAllowCredentials version_token EncryptPassword
    apiVersion api_endpoint db_instance_identifier snapshot_identifier
"""


@pytest.mark.parametrize("name", SECRET_NAMES.split())
def test_names_of_secrets(name: str) -> None:
    assert secret_name(name)
    assert may_name_secret(f"set {name}=1")


WORDS = "github azure pat Pat PAT value Value 2 wp salt docker auth config Key API api secret PW dbpwd Tokens x"


@given(st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=4), st.sampled_from(["", "_", "-", "."]))
def test_no_name_of_a_secret_is_without_its_signs(words: list[str], between: str) -> None:
    name = between.join(words)
    assert may_name_secret(name) or not secret_name(name)


@pytest.mark.parametrize("name", OTHER_NAMES.split())
def test_names_of_other_things(name: str) -> None:
    assert not secret_name(name)


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("hunter2", True),
        ("changeme", True),
        ("changeme-please-9", True),
        ("<your password>", False),
        ("<<Enter it>>", False),
        ("Replace after build", False),
        ("xoxb-ENTER YOUR BOT'S ACCESS TOKEN HERE", False),
        ("Bearer <<Enter your APIKeyValue>>", False),
        ("{}", False),
        ('{"user": "app"}', False),
        ('{"user": "app", "password": "hunter2"}', True),
        ('{"password": "<here>"}', False),
        ("0", False),
        ("$DB_PASSWORD", False),
        ("%DB_PASSWORD%", False),
        ("vault:secret/data/db#password", False),
        ("op://vault/item/field", False),
        ("ref+awsssm://db/password", False),
        ("https://example.com", False),
        ("AQICA" + "Hh1b" * 40, False),
        ("$ecret", True),
        ("/prod/db/password", True),
        ("12345678", True),
        ("{not a template}", True),
        ("arn of the sun", True),
        ("", False),
        ("   ", False),
        ("****", False),
        ("true", False),
        ("None", False),
        ("${var.password}", False),
        ("prefix-${Password}", False),
        ("{{ db_password }}", False),
        ("{{resolve:secretsmanager:db:SecretString:password}}", False),
        ("{{resolve:ssm-secure:/db/password:1}}", False),
        ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf", False),
        ("arn:aws:ssm:eu-west-1:111122223333:parameter/db", False),
    ],
)
def test_secret_literals(text: str, literal: bool) -> None:
    assert is_secret_literal(text) is literal


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("basic_auth_password", "wintergarden", True),
        ("db_password", "sensitive_password", True),
        ("db_password", "changeme", False),
        ("db_password", "CHANGE_ME", False),
        ("db_password", "your-password-here", False),
        ("db_password", "xxxxxxxx", False),
        ("db_password", "admin/db_password", False),
        ("db_password", "DB_PASSWORD_PRODUCTION", False),
        ("api_key", "0123456789abcdef", True),
        ("api_key", "Quokka!Lantern!88", True),
        ("kube_token", "KUBE_TOKEN_PRODUCTION", False),
        ("api_key", "/argocd/github/api_key", False),
        ("github_token", "spotinst_account_token", False),
        ("kube_secret", "tailscale", False),
        ("x-api-key", "method.request.header.x-api-key", False),
        ("existingPasswordSecret", "queue", False),
        ("client_secret", "AbCdEfGhIjKlMnOpQr", True),
        ("name", "Quokka!Lantern!88", False),
    ],
)
def test_named_secrets(name: str, text: str, found: bool) -> None:
    assert is_named_secret(name, text) is found


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("ZXhwb3J0IERCX1BBU1NXT1JEPWh1bnRlcjI=", "export DB_PASSWORD=hunter2"),
        ("ZXhwb3J0IERC\nX1BBU1NXT1JEPWh1bnRlcjI=", "export DB_PASSWORD=hunter2"),
        ("export DB_PASSWORD=hunter2", None),
        ("aGVsbG8=", None),
        ("/////////////////////////w==", None),
        ("", None),
    ],
)
def test_decoded_text(text: str, decoded: str | None) -> None:
    assert decoded_text(text) == decoded


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://deploy-7f3a91c2@github.com/acme/site.git", ["deploy-7f3a91c2"]),
        ("https://git@github.com/acme/site.git", []),
        ("https://github.com/acme/site.git", []),
        ("https://${token}@github.com/acme/site.git", []),
    ],
)
def test_userinfo(text: str, found: list[str]) -> None:
    assert [text[each.start : each.end] for each in find_userinfo(text)] == found


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("{{resolve:secretsmanager:db:SecretString:password}}", "secretsmanager"),
        ("{{resolve:ssm-secure:/db/password:1}}", "ssm-secure"),
        ("{{resolve:ssm:/db/name}}", "ssm"),
        ("jdbc://x:{{resolve:secretsmanager:db}}@host", "secretsmanager"),
        ("{{resolve:other:x}}", None),
        ("{{resolve:ssm:/db/name", None),
        ("resolve:ssm:x}}", None),
        ("", None),
    ],
)
def test_dynamic_references(text: str, service: str | None) -> None:
    assert is_dynamic_reference(text) == service


GITHUB = "ghp_" + "a1B2" * 9
SLACK = "xoxb-" + "1" * 12 + "-abcdefABCDEF"
STRIPE = "sk_" + "live_" + "a1B2c3D4" * 3
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ACCESS = "AKIAIOSFODNN7EXAMPLE"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9m"


# The credential stands between « and ».
@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"export AWS_ACCESS_KEY_ID=«{ACCESS}»", "AWS access key"),
        (f"key is «ASIA{ACCESS[4:]}», keep it", "AWS access key"),
        (f"export AWS_SECRET_ACCESS_KEY=«{SECRET}»", "key"),
        (f"aws_secret_access_key = «{SECRET}»", "key"),
        (f"aws configure set aws_secret_access_key «{SECRET}»", "key"),
        (f"TOKEN=«{GITHUB}»", "GitHub token"),
        (f"git clone https://«{GITHUB}»@github.com/a/b", "GitHub token"),
        (f"curl -H 'Authorization: Bearer «{JWT}»'", "JSON web token"),
        (f"slack: «{SLACK}»", "Slack token"),
        (f"'«{STRIPE}»'", "Stripe key"),
        ("«AIza" + "a1B2c" * 7 + "»", "Google API key"),
        ("gitlab «glpat-" + "a1B2c" * 4 + "»", "GitLab token"),
        ("export DB_PASSWORD=«hunter2»", "password"),
        ("export DB_PASSWORD='«hunter two»'", "password"),
        ('DB_PASSWORD="«!Qaz2wsx»" ./run', "password"),
        ("  password: «hunter2»", "password"),
        ("password: «hunter2» # change", "password"),
        ("password = «hunter2»", "password"),
        ('"password": "«hunter2»",', "password"),
        ('\\"password\\": \\"«hunter2»\\"', "password"),
        ("Server=db;User=sa;Password=«hunter2»;", "password"),
        ("https://example.com/?user=x&api_key=«abcdef123456»&y=z", "key"),
        ('token := "«abcdef123456»"', "token"),
        ("'client_secret' => '«abcdef123456»'", "secret"),
        ("run --password «hunter2» --port 22", "password"),
        ("run --db-password=«hunter2»", "password"),
        ("password: «changeme»", "password"),
        ("postgres://user:«hunter2»@db:5432/app", "password in a URL"),
        ("redis://:«hunter2»@cache:6379", "password in a URL"),
        ("echo 'ubuntu:«hunter2»' | chpasswd", "password"),
        ('echo "ubuntu:«hunter2»" | sudo chpasswd', "password"),
        ("echo «hunter2» | passwd --stdin root", "password"),
        ("mysql -u root -p«hunter2» app", "password"),
        ("mysqldump -h db -u root -p'«hunter2»'", "password"),
        ("sshpass -p «hunter2» ssh host", "password"),
        ("docker login -u deploy -p «hunter2» registry.example.com", "password"),
        ("net user svc_app «hunter2» /add", "password"),
        ('net.exe user Administrator "«hunter2»"', "password"),
        ('$p = ConvertTo-SecureString "«hunter2»" -AsPlainText -Force', "password"),
        ("#cloud-config\nchpasswd:\n  expire: false\n  list: |\n    root:«hunter2»\n", "password"),
        ('"chpasswd":\n  "list": "root:«hunter2»"\n', "password"),
        ("jdbc:oracle:thin:scott/«hunter2»@//db.internal:1521/shop", "password in a URL"),
        ("Authorization: Basic «dXNlcjpodW50ZXIy»", "basic authorization"),
        ("Authorization: Bearer «Kp9XzLm3Rt7Vb2Nc8Wd5Fg1Hj4Sa6»", "token"),
        (
            "client-key-data: «LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0tCk1IY0NBUUVFSUFhQmJDY0RkRWVGZkdnSGg=»",
            "private key",
        ),
        ("curl -u admin:«hunter2» https://example.com", "password"),
        ("curl -s --user 'admin:«hunter2»' https://example.com", "password"),
        ("a\n«-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----»\nb", "private key"),
        ("«-----BEGIN PRIVATE KEY-----\nabc", None),
        ("«-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----»", "private key"),
    ],
)
def test_credentials_in_free_text(text: str, what: str | None) -> None:
    plain = text.replace("«", "").replace("»", "")
    start = text.index("«")
    end = text.index("»") - 1 if "»" in text else len(plain)
    assert find_credentials(plain) == [(start, end, what or "private key")]
    assert mask(plain) == plain[:start] + "****" + plain[end:]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "export DB_PASSWORD=$DB_PASSWORD",
        'export DB_PASSWORD="$DB_PASSWORD"',
        "export DB_PASSWORD=${DB_PASSWORD}",
        "export DB_PASSWORD=$(aws ssm get-parameter --name /db/password)",
        "export DB_PASSWORD=`cat /run/secrets/db`",
        "export DB_PASSWORD=",
        'password = ""',
        "password = var.db_password",
        "password = random_password.db.result",
        'password = local.passwords["db"]',
        "password = data.aws_ssm_parameter.db.value",
        'password = lookup(var.passwords, "db")',
        'token = os.environ["TOKEN"]',
        'token = os.environ.get("TOKEN")',
        "const token = process.env.TOKEN;",
        "const token = response.data.token;",
        "password: !Ref Password",
        "Password: '{{resolve:secretsmanager:db:SecretString:password}}'",
        "password: {{ db_password }}",
        "password: '{{ db_password }}'",
        "password: <password>",
        "password: '<password>'",
        "password: ****",
        "password: xxxxxxxx",
        "password: string",
        "password: must have eight characters",
        "def connect(password: str) -> None:",
        "password = true",
        "set PASSWORD=%PASSWORD%",
        "--password $PASSWORD",
        "--password-file /run/secrets/x",
        "password_file = /run/secrets/x",
        "password = /run/secrets/x",
        "password = file://secret.txt",
        "connect(user=user, password=password, token=token)",
        "token = Error",
        "this_secret = other_secret",
        'if [ "$PASSWORD" == "hunter2" ]; then',
        "secret_arn = arn:aws:secretsmanager:eu-west-1:111122223333:secret:db",
        'secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"',
        "next_token = abcdef",
        "http_tokens = required",
        "https://user@example.com/",
        "https://${USER}:${PASSWORD}@example.com/",
        "https://$USER:$PASSWORD@example.com/",
        "https://example.com:8080/a@b",
        "mysql -u root -p$PASSWORD",
        "mysql --port=3306 -u root",
        "mkdir -p /opt/app",
        "curl -u $USER:$PASSWORD https://example.com",
        "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
        f"X{ACCESS}",
        f"{ACCESS}X",
        "AKIA",
        """put-secret-value --secret-string '{"users": [{"name": "Ann.Lee", "mail": "ann@example.com"}]}'""",
        "passwords are hidden",
        "the password is strong",
        "net user",
        "net user svc_app $PASSWORD /add",
        "net user svc_app * /add",
        "docker login -u AWS -p $(aws ecr get-login-password)",
        "ConvertTo-SecureString $password -AsPlainText -Force",
        "chpasswd:\n  list: |\n    root:RANDOM\n",
        "jdbc:oracle:thin:@//db.internal:1521/shop",
        "Authorization: Basic ${credentials}",
        "Basic authorization and Basic dGhlIHVzdWFsIHdvcmRz",
        "Authorization: Bearer $TOKEN",
        "Bearer tokens-of-the-application-are-checked",
        "certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUM1ekNDQWMrZ0F3SUJBZ0lCQURBTkJna3Foa2lHOXcw",
    ],
)
def test_no_credentials(text: str) -> None:
    assert find_credentials(text) == []
    assert mask(text) == text


def test_several_are_in_order_and_apart() -> None:
    text = f"DB_PASSWORD=hunter2\nexport AWS_ACCESS_KEY_ID={ACCESS}\npostgres://u:p4ss@db/x\n"
    found = find_credentials(text)
    assert [text[start:end] for start, end, _ in found] == ["hunter2", ACCESS, "p4ss"]
    assert mask(text) == "DB_PASSWORD=****\nexport AWS_ACCESS_KEY_ID=****\npostgres://u:****@db/x\n"


PIECES = st.sampled_from(
    [
        "password",
        "=",
        ":",
        " ",
        '"',
        "'",
        "\\",
        "://",
        "@",
        "x:y",
        "echo ",
        "|",
        "chpasswd",
        "mysql -p",
        "--token ",
        ACCESS,
        "-----BEGIN PRIVATE KEY-----",
        "-----END ",
        "\n",
        "$A",
        "{{",
        "}}",
        "hunter2",
        GITHUB,
        "eyJ",
        ".",
        "curl -u ",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=25).map("".join)))
def test_total_ordered_and_masked(text: str) -> None:
    found = find_credentials(text)
    assert all(0 <= start < end <= len(text) for start, end, _ in found)
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert mask(text).count("****") >= len(found)
    assert isinstance(secret_name(text), bool)
    assert isinstance(is_secret_literal(text), bool)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "A_",
        "password=",
        "password: 'a",
        "://a:",
        "mysql ",
        "echo a ",
        "-----BEGIN PRIVATE KEY-----",
        "eyJa.",
        "\\",
        " ",
    ],
)
def test_long_texts_end(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert len(mask(text)) <= len(text) + 4
    assert secret_name(text) is False
    assert is_dynamic_reference(text) is None


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("password", "sommer", True),
        ("password", 20191231, True),
        ("password", 16, False),
        ("password", True, False),
        ("db_password", "/prod/db/password", False),
        ("db_password", "prod/db/password", False),
        ("db_password", "vault:secret/db#password", False),
        ("client_secret", "f0e1-Quasar-9481", True),
        ("secret", "db-credentials", False),
        ("secret", "eks-1-db-secret", False),
        ("token", "https://example.com/token", False),
        ("access_token", "hours", False),
        ("access_token", 60, False),
        ("api_key", "4f1c8e0b7d2a9635", True),
    ],
)
def test_written_under_a_name(name: str, data: object, expected: bool) -> None:
    assert is_written_secret(name, data) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("password", True),
        ("ClientSecret", True),
        ("OAuthToken", True),
        ("webhook_secret_value", True),
        ("db_secret", False),
        ("credentials", False),
        ("SecretArn", False),
        ("", False),
    ],
)
def test_names_of_secrets_themselves(name: str, expected: bool) -> None:
    assert names_content(name) is expected


def test_words_that_are_certainly_a_secret() -> None:
    assert is_written_secret("value", "sommer", certain=True)


def test_the_shortest_token_is_found() -> None:
    (found,) = find_credentials("xoxb-0123456789")
    assert found.what == "Slack token"


def test_what_a_dynamic_reference_names_is_no_credential_and_what_follows_is() -> None:
    text = "password={{resolve:secretsmanager:db:password=Xk29vLqw81zz}} password=Tr8mNw03kQzz"
    assert [text[each.start : each.end] for each in find_credentials(text)] == ["Tr8mNw03kQzz"]
