"""Which file of the repository is found at a URL, as the settings' `templates` say."""

from __future__ import annotations

from collections.abc import Mapping

from iacreview.globs import starred


def path_of(url: str, templates: Mapping[str, str]) -> str | None:
    """The tree's path of what is uploaded to a URL; None where no pattern has it.

    `https://bucket.example/*` with the folder `templates` has `templates/net/vpc.yaml` at `.../net/vpc.yaml`: what the
    last `*` stands for is the path below the folder.
    """
    bare = url.partition("?")[0]
    for pattern, folder in templates.items():
        if starred(pattern, bare):
            literal = pattern.rpartition("*")[0].rpartition("*")[2]
            rest = bare.partition(literal)[2] if literal else bare.rpartition("/")[2]
            return f"{folder.strip('/')}/{rest.strip('/')}".strip("/")
    return None
