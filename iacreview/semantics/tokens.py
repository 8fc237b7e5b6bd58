"""Keys and tokens that are told by their format.

Formats are those that their issuers publish: "IAM identifiers" (AWS), "About authentication to GitHub", "GitLab token
overview", "API keys" (Stripe), "Token types" (Slack) and others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

# `xoxb-` and ten characters.
_SHORTEST_TOKEN = 15
# What a token is called, its pattern, and the signs of which every one has one in it.
_TOKENS = (
    ("AWS access key", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}", "AKIA ASIA ABIA ACCA"),
    (
        "GitHub token",
        r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
    ),
    (
        "GitLab token",
        r"gl(?:pat|dt|rt|cbt|ptt|soat)-[A-Za-z0-9_.-]{20,300}",
        "glpat- gldt- glrt- glcbt- glptt- glsoat-",
    ),
    ("Slack token", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-[A-Za-z0-9-]{10,250}", "xox xapp-"),
    (
        "Slack webhook",
        r"hooks\.slack\.com/services/[A-Za-z0-9]{6,20}/[A-Za-z0-9]{6,20}/[A-Za-z0-9]{16,40}",
        "hooks.slack.com",
    ),
    ("Stripe key", r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9+/=]{24,100}", "k_live_ k_test_ whsec_"),
    ("Google API key", r"AIza[A-Za-z0-9_-]{35}", "AIza"),
    ("Google OAuth secret", r"GOCSPX-[A-Za-z0-9_-]{28}", "GOCSPX-"),
    ("SendGrid key", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}", "SG."),
    ("npm token", r"npm_[A-Za-z0-9]{36}", "npm_"),
    ("PyPI token", r"pypi-[A-Za-z0-9_-]{50,500}", "pypi-"),
    ("Docker token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,100}", "dckr_"),
    ("DigitalOcean token", r"do[por]_v1_[a-f0-9]{64}", "dop_v1_ doo_v1_ dor_v1_"),
    ("Hugging Face token", r"hf_[A-Za-z0-9]{30,60}", "hf_"),
    (
        "OpenAI key",
        r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,300}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}",
        "sk-proj- sk-svcacct- sk-admin- T3BlbkFJ",
    ),
    ("Anthropic key", r"sk-ant-[A-Za-z0-9_-]{20,300}", "sk-ant-"),
    ("Shopify token", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}", "shpat_ shpca_ shppa_ shpss_"),
    ("Vault token", r"hv[sbr]\.[A-Za-z0-9_-]{20,300}", "hvs. hvb. hvr."),
    ("Databricks token", r"dapi[a-f0-9]{32}", "dapi"),
    ("New Relic key", r"NRAK-[A-Z0-9]{27}", "NRAK-"),
    ("Terraform Cloud token", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,80}", ".atlasv1."),
    ("age key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}", "AGE-SECRET-KEY-1"),
    ("JSON web token", r"eyJ[A-Za-z0-9_-]{10,1000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}", "eyJ"),
    ("Azure storage key", r"AccountKey=[A-Za-z0-9+/]{86}==", "AccountKey="),
    ("Grafana token", r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_eyJ[A-Za-z0-9+/=_-]{30,400}", "glsa_ glc_"),
    ("Grafana key", r"eyJrIjoi[A-Za-z0-9+/]{40,400}={0,2}", "eyJrIjoi"),
    ("Atlassian token", r"ATATT3[A-Za-z0-9_=-]{100,300}", "ATATT3"),
    ("Linear key", r"lin_(?:api|oauth)_[A-Za-z0-9]{40,64}", "lin_api_ lin_oauth_"),
    ("Notion token", r"ntn_[A-Za-z0-9]{46}", "ntn_"),
    (
        "Doppler token",
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,40}\.)?[A-Za-z0-9]{40,44}",
        "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.",
    ),
    ("Pulumi token", r"pul-[a-f0-9]{40}", "pul-"),
    ("PlanetScale token", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,64}", "pscale_"),
    ("Postman key", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}", "PMAK-"),
    ("RubyGems key", r"rubygems_[a-f0-9]{48}", "rubygems_"),
    ("Sentry token", r"sntryu_[a-f0-9]{64}|sntrys_eyJ[A-Za-z0-9+/=_-]{40,400}", "sntry"),
    ("Square token", r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}", "sq0atp- sq0csp-"),
    ("Telegram token", r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}", ":AA"),
    ("Dynatrace token", r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}", "dt0"),
    ("Buildkite token", r"bkua_[a-f0-9]{40}", "bkua_"),
    ("CircleCI token", r"CCIPAT_[A-Za-z0-9]{22}_[a-f0-9]{40}", "CCIPAT_"),
    ("Mailgun key", r"key-[a-f0-9]{32}", "key-"),
    ("Artifactory key", r"AKCp[A-Za-z0-9]{69}", "AKCp"),
    ("Discord webhook", r"discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,70}", "/api/webhooks/"),
    ("Groq key", r"gsk_[A-Za-z0-9]{52}", "gsk_"),
    ("Replicate token", r"r8_[A-Za-z0-9]{37}", "r8_"),
    ("Cloudflare origin key", r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}", "v1.0-"),
)


@cache
def _signs() -> dict[str, list[tuple[str, int]]]:
    """The signs with the places of their tokens, by a mark that they have in them: few texts have all of these."""
    found: dict[str, list[tuple[str, int]]] = {}
    for index, (_, _, signs) in enumerate(_TOKENS):
        for sign in signs.split():
            found.setdefault(next((mark for mark in "_-./=:" if mark in sign), ""), []).append((sign, index))
    return found


def tokens_in(text: str) -> Iterator[tuple[int, int, str]]:
    """The range of each token in a text, and what it is."""
    if len(text) < _SHORTEST_TOKEN or not any(len(word) >= _SHORTEST_TOKEN for word in text.split()):
        return
    # The pattern of all is large: it is made of those that the text may have.
    present = frozenset(
        [index for mark, signs in _signs().items() if mark in text for sign, index in signs if sign in text]
    )
    for match in _token_pattern(present).finditer(text) if present else ():
        yield match.start(), match.end(), _TOKENS[int((match.lastgroup or "t0")[1:])][0]


@cache
def _token_pattern(present: frozenset[int]) -> re.Pattern[str]:
    alternatives = "|".join(f"(?P<t{index}>{_TOKENS[index][1]})" for index in sorted(present))
    return re.compile(rf"(?<![A-Za-z0-9])(?:{alternatives})(?![A-Za-z0-9])")
