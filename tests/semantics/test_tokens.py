"""Formats of tokens: each is found in a line of a script, and what only begins like one is not."""

from __future__ import annotations

import pytest

from iacreview.semantics.credentials import find_credentials

# Made up; put together here, so that no file of this project has one.
_HEX = "0123456789abcdef" * 10
_MIXED = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ" * 12


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        *((("gl", f"{each}-" + _MIXED[:26]), "GitLab token") for each in ("pat", "dt", "rt", "cbt", "ptt", "soat")),
        *((("do", f"{each}_v1_" + _HEX[:64]), "DigitalOcean token") for each in "por"),
        *((("sk", f"-{each}-" + _MIXED[:40]), "OpenAI key") for each in ("proj", "svcacct", "admin")),
        (("sk", "-" + _MIXED[:20] + "T3BlbkFJ" + _MIXED[:20]), "OpenAI key"),
        (("sk", "-ant-" + _MIXED[:40]), "Anthropic key"),
        *((("sh", f"{each}_" + _HEX[:32]), "Shopify token") for each in ("pat", "pca", "ppa", "pss")),
        (("lin", "_oauth_" + _MIXED[:40]), "Linear key"),
        *((("dp.", f"{each}." + _MIXED[:43]), "Doppler token") for each in ("pt", "ct", "sa", "scim", "audit")),
        (("sq0", "atp-" + _MIXED[:22]), "Square token"),
        (("glsa", "_" + _MIXED[:32] + "_" + _HEX[:8]), "Grafana token"),
        (("eyJr", "Ijoi" + _MIXED[:60]), "Grafana key"),
        (("ATATT", "3" + _MIXED[:180]), "Atlassian token"),
        (("lin", "_api_" + _MIXED[:40]), "Linear key"),
        (("ntn", "_" + _MIXED[:46]), "Notion token"),
        (("dp.", "st.prd." + _MIXED[:43]), "Doppler token"),
        (("pul", "-" + _HEX[:40]), "Pulumi token"),
        (("pscale", "_pw_" + _MIXED[:43]), "PlanetScale token"),
        (("PMAK", "-" + _HEX[:24] + "-" + _HEX[:34]), "Postman key"),
        (("rubygems", "_" + _HEX[:48]), "RubyGems key"),
        (("sntryu", "_" + _HEX[:64]), "Sentry token"),
        (("sq0", "csp-" + _MIXED[:43]), "Square token"),
        (("123456789", ":AA" + _MIXED[:33]), "Telegram token"),
        (("dt0", "c01." + "A1B2C3D4" * 3 + "." + "A1B2C3D4" * 8), "Dynatrace token"),
        (("bkua", "_" + _HEX[:40]), "Buildkite token"),
        (("CCIPAT", "_" + _MIXED[:22] + "_" + _HEX[:40]), "CircleCI token"),
        (("key", "-" + _HEX[:32]), "Mailgun key"),
        (("AKC", "p" + _MIXED[:69]), "Artifactory key"),
        (("discord.com/api", "/webhooks/" + "12345678901234567/" + _MIXED[:68]), "Discord webhook"),
        (("gsk", "_" + _MIXED[:52]), "Groq key"),
        (("r8", "_" + _MIXED[:37]), "Replicate token"),
        (("v1", ".0-" + _HEX[:24] + "-" + _HEX[:146]), "Cloudflare origin key"),
    ],
)
def test_each_format_is_found(parts: tuple[str, str], what: str) -> None:
    token = "".join(parts)
    text = f"curl -H 'Accept: {token}' https://example.com\n"
    assert [each.what for each in find_credentials(text)] == [what]
    # Half of it is none, nor is a name that ends like its beginning.
    assert not find_credentials(f"run {token[: len(token) // 2]} now")
    assert not find_credentials(f"see {parts[0]} for more")
