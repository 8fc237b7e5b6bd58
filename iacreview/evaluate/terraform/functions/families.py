"""Which family a function of Terraform, OpenTofu or the AWS provider is in. Modules are imported when needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iacreview.evaluate.terraform.functions.call import Pure, Structural

FAMILIES = {
    "string": """
        chomp endswith format formatlist indent join lower regex regexall replace split startswith
        strcontains strrev substr templatestring title trim trimprefix trimspace trimsuffix upper
    """,
    "numeric": """
        abs ceil floor log max min parseint pow signum
    """,
    "collection": """
        alltrue anytrue chunklist coalesce coalescelist compact concat distinct element flatten
        index keys length list lookup matchkeys merge one range reverse slice sort sum transpose
        values zipmap
    """,
    "set": """
        contains setintersection setproduct setsubtract setunion
    """,
    "encoding": """
        base64decode base64encode base64gzip csvdecode jsondecode jsonencode textdecodebase64
        textencodebase64 urlencode yamldecode yamlencode
    """,
    "filesystem": """
        abspath basename dirname file filebase64 fileexists fileset pathexpand templatefile
    """,
    "hash": """
        base64sha256 base64sha512 bcrypt filebase64sha256 filebase64sha512 filemd5 filesha1
        filesha256 filesha512 md5 rsadecrypt sha1 sha256 sha512 uuid uuidv5
    """,
    "time": """
        formatdate plantimestamp timeadd timecmp timestamp
    """,
    "network": """
        cidrhost cidrnetmask cidrsubnet cidrsubnets
    """,
    "conversion": """
        can ephemeralasnull issensitive nonsensitive sensitive tobool tolist tomap tonumber toset
        tostring try type
    """,
    # Those that OpenTofu alone has.
    "opentofu": """
        base64gunzip cidrcontains urldecode
    """,
    # Those of the AWS provider.
    "provider": """
        provider::aws::arn_build provider::aws::arn_parse provider::aws::trim_iam_role_path
    """,
}
_FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names.split()}


@cache
def find_function(name: str) -> Pure | Structural | None:
    """A function; None where there is none of that name."""
    family = _FAMILY_OF.get(name)
    return family_table(family)[name] if family else None


def nearest_function(name: str) -> str:
    """The built-in function whose name is most like another one; empty where none is."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name[:64], _FAMILY_OF, 1)), "")


def family_table(family: str) -> dict[str, Pure | Structural]:
    """The functions of a family by name."""
    if family == "collection":
        from iacreview.evaluate.terraform.functions.collection import TABLE
    elif family == "string":
        from iacreview.evaluate.terraform.functions.string import TABLE
    elif family == "numeric":
        from iacreview.evaluate.terraform.functions.numeric import TABLE
    elif family == "set":
        from iacreview.evaluate.terraform.functions.set import TABLE
    elif family == "encoding":
        from iacreview.evaluate.terraform.functions.encoding import TABLE
    elif family == "filesystem":
        from iacreview.evaluate.terraform.functions.filesystem import TABLE
    elif family == "hash":
        from iacreview.evaluate.terraform.functions.hash import TABLE
    elif family == "time":
        from iacreview.evaluate.terraform.functions.time import TABLE
    elif family == "network":
        from iacreview.evaluate.terraform.functions.network import TABLE
    elif family == "opentofu":
        from iacreview.evaluate.terraform.functions.opentofu import TABLE
    elif family == "provider":
        from iacreview.evaluate.terraform.functions.provider import TABLE
    else:
        from iacreview.evaluate.terraform.functions.conversion import TABLE
    return TABLE
