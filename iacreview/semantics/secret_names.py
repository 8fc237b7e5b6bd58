"""Names of things that hold secrets: the last words of a name tell what it is."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from iacreview.model.patterns import later

_MAX_LENGTH = 200

# The last word alone makes a secret, also as the end of a word that is written together (`dbpassword`).
_SECRETS = frozenset({"password", "passwords", "passwd", "passphrase", "passcode", "pwd", "secret", "credential"})
_SECRETS |= {"pw", "pswd", "passw"}
_SECRETS |= {"token", "credentials", "apikey", "secretkey", "accesskey", "privatekey", "pat"}
_ENDINGS: tuple[str, ...] = (
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "secretkey",
    "accesskey",
    "privatekey",
    "sharedkey",
)
_ENDINGS += ("authtoken", "accesstoken", "bottoken", "clientsecret", "appsecret", "sharedsecret", "dbpass", "dbpwd")
# `key` is a secret after these words, `pass` after those.
_KEYS = frozenset({"api", "access", "private", "secret", "signing", "hmac", "jwt", "auth", "shared", "preshared"})
_KEYS |= {"integration", "account", "storage", "app", "application", "oauth", "licence", "license", "crypt", "psk"}
_PASSES = frozenset(
    {"db", "database", "user", "mysql", "pg", "postgres", "postgresql", "smtp", "mail", "email", "redis"}
)
_PASSES |= {"admin", "root", "login", "auth", "ftp", "sftp", "sudo", "mongo", "mongodb", "rabbitmq", "ldap", "bind"}
_PASSES |= {
    "keystore",
    "truststore",
    "vault",
    "jenkins",
    "grafana",
    "app",
    "service",
    "default",
    "rds",
    "key",
    "docker",
}
# What it is after these is no secret any more.
_CIPHERTEXTS = frozenset({"encrypted", "ciphertext", "hashed"})
# What such tokens mark is a place in a list, a request or a quota.
_PUBLIC_TOKENS = frozenset({"next", "continuation", "pagination", "page", "client", "request", "idempotency", "task"})
_PUBLIC_TOKENS |= {"creator", "start", "starting", "marker", "max", "min", "num", "csrf", "xsrf", "sync", "lock", "pad"}
_PUBLIC_TOKENS |= {
    "change",
    "resume",
    "upload",
    "eos",
    "bos",
    "stop",
    "unk",
    "public",
    "cancel",
    "caller",
    "update",
    "version",
}
_PUBLIC_TOKENS |= {"billing"}
_PUBLIC_SECRETS = frozenset({"pull", "existing", "kubernetes", "k8s", "tls", "cert", "certificate"})
# Who hands out a secret with a name of its own: OAuth's, say.
_HANDED_OUT = frozenset({"client", "app", "consumer", "shared", "signing", "webhook", "oauth"})
# Words after the secret that do not change what it is.
_NEUTRAL = frozenset(
    {"value", "string", "text", "plaintext", "plain", "base64", "b64", "encoded", "raw", "binary", "wo"}
)
_NEUTRAL |= {"old", "new", "current", "previous", "primary", "secondary", "default", "literal", "clear", "cleartext"}
# Words before the secret that make the whole a switch or a task.
_VERBS = frozenset(
    {"use", "uses", "has", "is", "enable", "enabled", "disable", "allow", "allows", "require", "requires"}
)
_VERBS |= {"required", "generate", "generates", "create", "creates", "manage", "managed", "manages", "rotate", "show"}
_VERBS |= {
    "expire",
    "expires",
    "hide",
    "force",
    "reset",
    "change",
    "random",
    "skip",
    "with",
    "needs",
    "get",
    "fetch",
    "read",
    "update",
}
_VERBS |= {
    "validate",
    "verify",
    "check",
    "include",
    "exclude",
    "no",
    "should",
    "delete",
    "recreate",
    "propagate",
    "encrypt",
}
_EXACT = frozenset({"secret_key_base", "pgpassword", "wp_salt", "dsn_password", "docker_auth_config"})
_NEVER = frozenset({"google_application_credentials", "credentials", "aws_shared_credentials"})
# The working directory, to a shell.
_DIRECTORIES = ("PWD", "OLDPWD")


# As a word of its own, where a capital begins the next one.
_PAT = later(r"[Pp]at(?![a-z])|PAT(?![A-Z])")


def may_name_secret(text: str) -> bool:
    """Whether a text may have the name of a secret in it: where it has none, names_secret says no of all its parts."""
    lower = text.lower()
    return any(map(lower.__contains__, _stems())) or ("pat" in lower and _PAT.search(text) is not None)


@cache
def _stems() -> tuple[str, ...]:
    """What the names of secrets have in them, but for `pat`, which many words have in them."""
    longest = (max(name.split("_"), key=len) for name in _EXACT)
    words = {"key", "pass", *longest, *_SECRETS, *_ENDINGS} - {"pat"}
    return tuple(word for word in words if not any(other != word and other in word for other in words))


@lru_cache(maxsize=4096)
def names_secret(name: str) -> bool:
    """Whether a name is that of a secret. Linear; false for names of more than 200 characters."""
    if not name or len(name) > _MAX_LENGTH or not may_name_secret(name):
        return False
    words = _words(name)
    joined = "_".join(words)
    if joined in _EXACT:
        return True
    if (
        not words
        or words[0] in _VERBS
        or not _CIPHERTEXTS.isdisjoint(words[:-1])
        or joined in _NEVER
        or name in _DIRECTORIES
    ):
        return False
    _drop_neutral(words)
    return _is_secret(words[-1].rstrip("0123456789"), words[-2] if len(words) > 1 else "", words)


def names_password(name: str) -> bool:
    """Whether a secret's name says that people choose it: a password or phrase, not a token or key."""
    words = _words(name)
    _drop_neutral(words)
    last = words[-1].rstrip("0123456789") if words else ""
    return "pass" in last or last.endswith(("pwd", "pw", "pswd"))


@lru_cache(maxsize=4096)
def names_content(name: str) -> bool:
    """Whether a name is that of a secret itself: what `db_secret` is given may as well name what keeps it."""
    words = _words(name)
    _drop_neutral(words)
    return names_secret(name) and (not names_keeper(name) or not _HANDED_OUT.isdisjoint(words[-2:-1]))


def names_keeper(name: str) -> bool:
    """Whether what it names may be what keeps a secret as well as the secret: `db_secret`, `credentials`, no name."""
    words = _words(name)
    _drop_neutral(words)
    return not words or words[-1].startswith(("secret", "credential"))


def _drop_neutral(words: list[str]) -> None:
    while len(words) > 1 and (words[-1] in _NEUTRAL or words[-1].isdigit()):
        words.pop()


def _is_secret(last: str, before: str, words: list[str]) -> bool:
    if before in ("allow", "allows", "require", "requires"):
        return False
    if last == "token":
        return before not in _PUBLIC_TOKENS
    if last == "secret":
        return before not in _PUBLIC_SECRETS and "existing" not in words
    if last == "key":
        return before in _KEYS or words[-3:-1] == ["pre", "shared"]
    if last == "pass":
        return before in _PASSES
    if last == "pat":
        return before in ("github", "gitlab", "gh", "azure", "ado", "devops")
    return last in _SECRETS or last.endswith(_ENDINGS)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _word_pattern().findall(name)]


@cache
def _word_pattern() -> re.Pattern[str]:
    """Words of snake_case, kebab-case, camelCase and ACRONYMCase; digits belong to the word before them."""
    return re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")
