"""What a project asks of how its hosts and accounts are run, by its settings and by its own Config rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacreview.model.record import NamedTuple
from iacreview.model.source import Span
from iacreview.model.words import NOTHING, Phrase

# "Essential Eight: patch applications and operating systems": within two weeks.
DAYS = {"critical": 14, "other": 14}


class Asker(NamedTuple):
    """Who asks: a Config rule, with its place, or the settings, which have none."""

    words: Phrase = NOTHING
    span: Span | None = None


class AskedTag(NamedTuple):
    """A tag that resources need; `values` are those it may have, any where there are none.

    `kinds` are patterns of kinds or AWS's names of types, for all where there are none. A `scope` of a Config rule is
    for resources with that tag (and value) alone.
    """

    key: str
    values: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    scope: tuple[str, str] = ("", "")
    asker: Asker = Asker()


class AskedPolicy(NamedTuple):
    """A managed policy whose rights the roles of hosts need, by its name or ARN."""

    policy: str
    asker: Asker = Asker()


class AskedDocument(NamedTuple):
    """An association that hosts need: a document of Systems Manager and, of a package, a pattern of its name."""

    document: str
    name: str = ""
    asker: Asker = Asker()


class AskedSoftware(NamedTuple):
    """A package that hosts need, or may not have, as a pattern of its name. `required` tells which."""

    name: str
    required: bool
    asker: Asker = Asker()


class AskedPort(NamedTuple):
    """A port that the Internet may not reach."""

    port: int
    asker: Asker = Asker()


class People(NamedTuple):
    """Whom people are behind, where a trust policy alone does not tell. All of them are patterns.

    `roles` are names of roles that people assume, `programs` of those that only programs do; `trusted` are principals
    whose roles are people's, `trusted_programs` those whose roles are not.
    """

    roles: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    trusted_programs: tuple[str, ...] = ()


# Databases, caches, brokers, file shares, consoles and old protocols: nothing that the Internet is to reach.
DATABASE_PORTS = (
    20,
    21,
    23,
    25,
    110,
    111,
    135,
    137,
    138,
    139,
    143,
    445,
    512,
    513,
    514,
    873,
    1433,
    1434,
    1521,
    2049,
    2181,
    2375,
    2376,
    2379,
    2380,
    3306,
    4333,
    5432,
    5500,
    5601,
    5672,
    5900,
    5984,
    5985,
    5986,
    6379,
    6443,
    7001,
    8020,
    9042,
    9092,
    9200,
    9300,
    10250,
    11211,
    15672,
    27017,
    27018,
    27019,
    50070,
)


class Operations(NamedTuple):
    """All that a project asks. `baseline` are patterns of the paths in which an account is set up.

    `first` is the first unit in these paths, and `present` are the kinds of what all of them make. `accounts` are the
    numbers of one's own accounts, and `organization` the id of one's own organization or paths of its units; none
    where nobody has said.
    """

    baseline: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    tags: tuple[AskedTag, ...] = ()
    associations: tuple[AskedDocument, ...] = ()
    policies: tuple[AskedPolicy, ...] = ()
    software: tuple[AskedSoftware, ...] = ()
    ports: tuple[AskedPort, ...] = ()
    days: Mapping[str, int] = DAYS
    administration_ports: tuple[int, ...] = (22, 3389, 5985, 5986)
    database_ports: tuple[int, ...] = DATABASE_PORTS
    first: str | None = None
    present: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    organization: frozenset[str] = frozenset()
    people: People = People()

    def joined(self, other: Operations) -> Operations:
        """What both ask, each thing once; the settings of the first hold where there can be one alone."""
        return self._replace(
            tags=_once(self.tags, other.tags),
            associations=_once(self.associations, other.associations),
            policies=_once(self.policies, other.policies),
            software=_once(self.software, other.software),
            ports=_once(self.ports, other.ports),
        )


def _once(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    """Both lists without what is asked again, whoever asks."""
    known = {each._replace(asker=Asker()): each for each in reversed((*one, *other))}
    return tuple(reversed(known.values()))
