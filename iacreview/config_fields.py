"""The keys that settings may have: what each says, how it is read, and its part of the JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacreview.config_files import Setting
from iacreview.config_values import (
    PEOPLE,
    Field,
    mapping_of,
    read_accounts,
    read_allowed,
    read_choice,
    read_flag,
    read_folders,
    read_ignores,
    read_level,
    read_levels,
    read_operating,
    read_organization,
    read_path,
    read_patterns,
    read_people,
    read_strings,
    read_url,
    suggestion,
)
from iacreview.errors import ConfigError
from iacreview.model.finding import PROFILES, SEVERITIES

UNREAD = ("ignore", "warn", "fail")
RATCHETS = ("never", "touched")


def values_of(settings: Setting, path: str) -> dict[str, Any]:
    """The settings by the fields of Config; ConfigError names the first thing that is wrong."""
    entries = mapping_of(settings, "the settings", path)
    fields = {field.key: field for field in FIELDS}
    found: dict[str, Any] = {}
    for key, setting in entries.items():
        field = fields.get(key)
        if field is None:
            raise ConfigError(path, setting.line, f"unknown key `{key}`", suggestion(key, fields))
        found[key.replace("-", "_")] = field.read(field, setting, path)
    return found


def config_schema() -> dict[str, Any]:
    """The JSON Schema of the settings, for editors."""
    from iacreview.config_operations import SCHEMA

    properties = {field.key: {"description": field.description, **field.schema} for field in FIELDS}
    properties["operations"].update(SCHEMA)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of iacreview",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


_STRING = {"type": "string", "minLength": 1}
_STRINGS = {"type": "array", "items": _STRING}
_LEVEL = {"enum": list(SEVERITIES)}


def _entries_of(**properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": properties, "additionalProperties": False}}


FIELDS = (
    Field("select", "Only these rules run: codes, names or families.", read_strings, _STRINGS),
    Field(
        "ignore",
        "Rules not to run: codes, names or families; or other tools' checks, by their ids.",
        read_strings,
        _STRINGS,
    ),
    Field("profile", "Which rules run: `default`, or `strict` for all.", read_choice, {"enum": [*PROFILES]}, PROFILES),
    Field(
        "severity",
        "The severity of a rule, by its code or name.",
        read_levels,
        {"type": "object", "additionalProperties": _LEVEL},
        SEVERITIES,
    ),
    Field("fail-on", "The lowest severity that fails the run; default `low`.", read_level, _LEVEL, SEVERITIES),
    Field(
        "fail-on-undecided",
        "Fails the run where these rules leave something undecided: codes, names, families or `all`; default none.",
        read_strings,
        _STRINGS,
    ),
    Field(
        "fail-on-lost-guards",
        "Whether a change fails that takes away or weakens what guards others, or may do so; default false.",
        read_flag,
        {"type": "boolean"},
    ),
    Field(
        "unread-modules",
        "Calls of modules that are not in the tree: `ignore`, `warn` tells how many (default), `fail` fails the run.",
        read_choice,
        {"enum": [*UNREAD]},
        UNREAD,
    ),
    Field(
        "accounts",
        "The numbers of one's own accounts, in quotes: access that a policy gives to any other one is told.",
        read_accounts,
        {"type": "array", "items": {"type": "string", "pattern": "^[0-9]{12}$"}},
    ),
    Field(
        "organization",
        "The id of one's own organization, or paths of its units: a condition on any other one is told.",
        read_organization,
        {"anyOf": [_STRING, _STRINGS]},
    ),
    Field(
        "people",
        "Which roles and principals are people's, and which are not, where trust policies do not tell (IAM014).",
        read_people,
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {key: {"description": text, **_STRINGS} for key, (_, text) in PEOPLE.items()},
        },
    ),
    Field("exclude", "Patterns of paths that are not reviewed.", read_patterns, _STRINGS),
    Field(
        "variants",
        "Patterns of .tfvars files, each of which is judged as a variant of the root module around it.",
        read_patterns,
        _STRINGS,
    ),
    Field(
        "per-path-ignores",
        "Rules not to run below a path: pattern to codes, names or families.",
        read_ignores,
        {"type": "object", "additionalProperties": _STRINGS},
    ),
    Field("rules", "Files or directories with rules of your own.", read_patterns, _STRINGS),
    Field("catalog", "Files or directories with kinds of your own, for rules to name.", read_patterns, _STRINGS),
    Field(
        "templates",
        "Where templates that stacks name by a URL lie in the repository: URL with `*` to folder.",
        read_folders,
        {"type": "object", "additionalProperties": _STRING},
    ),
    Field("frameworks", "Files or directories with frameworks of your own.", read_patterns, _STRINGS),
    Field("baseline", "The file of findings that are accepted; default `.iacreview.baseline`.", read_path, _STRING),
    Field(
        "ratchet",
        "Whether `diff` counts what the baseline accepts again: `never` (default), or where its resource is `touched`.",
        read_choice,
        {"enum": [*RATCHETS]},
        RATCHETS,
    ),
    Field(
        "inline-suppressions",
        "Whether comments and Metadata may suppress findings; default true.",
        read_flag,
        {"type": "boolean"},
    ),
    Field(
        "foreign-suppressions",
        "Whether suppressions in the words of other tools hold; default true.",
        read_flag,
        {"type": "boolean"},
    ),
    Field(
        "rule-pages",
        "Where docs/rules is served, with {code} for a rule's code: code scanning leads there.",
        read_url,
        {"type": "string", "pattern": "^https://.*\\{code\\}"},
    ),
    Field(
        "require-reasons",
        "Whether a suppression without a reason has no effect; default false.",
        read_flag,
        {"type": "boolean"},
    ),
    Field(
        "allow",
        "Access and reach that a change may add where it is expected to add none (`--expect-no-new-access`, `-reach`).",
        read_allowed,
        {
            "type": "object",
            "properties": {
                "access": _entries_of(principal=_STRING, actions=_STRINGS, resources=_STRINGS, reason=_STRING),
                "reach": _entries_of(
                    resource=_STRING,
                    destination=_STRING,
                    protocol=_STRING,
                    ports=_STRING,
                    source=_STRING,
                    reason=_STRING,
                ),
            },
            "additionalProperties": False,
        },
    ),
    Field("operations", "How hosts and accounts are run: what is asked, and what is elsewhere.", read_operating, {}),
)
