"""A text file of many parts with a table of contents in front, so that a reader takes one part and no more.

The first line is `#` and the length of all that stands before the parts. Then come lines of `# text`,
`= key value`, and one `name offset length` for each part. iacreview.semantics.parts reads it.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

_FIRST = "# {length:08d}\n"


def composed(comments: list[str], values: dict[str, str], parts: dict[str, str]) -> bytes:
    """The whole file; the same bytes for the same facts."""
    bodies = {name: text.encode("ascii") for name, text in sorted(parts.items())}
    values = {**values, "digest": hashlib.sha256(b"".join(bodies.values())).hexdigest()}
    lines = [*(f"# {text}" for text in comments), *(f"= {key} {value}" for key, value in values.items())]
    offset = 0
    for name, body in bodies.items():
        lines.append(f"{name} {offset} {len(body)}")
        offset += len(body)
    head = "".join(f"{line}\n" for line in lines).encode("ascii")
    first = _FIRST.format(length=len(_FIRST.format(length=0)) + len(head)).encode("ascii")
    return first + head + b"".join(bodies.values())


def values_of(path: Path) -> dict[str, str]:
    """What a file says about itself."""
    with path.open("rb") as file:
        head = file.read(int(file.readline()[2:]) - len(_FIRST.format(length=0))).decode("ascii")
    return dict(line[2:].split(" ", 1) for line in head.splitlines() if line.startswith("= "))  # type: ignore[misc]


def untouched(path: Path, values: dict[str, str]) -> str | None:
    """What is wrong with a file that cannot be made anew: its parts are not those it was written with, or its sources
    are not today's. None where nothing is."""
    found = values_of(path)
    data = path.read_bytes()
    if hashlib.sha256(data[int(data[2:10]) :]).hexdigest() != found.get("digest"):
        return "its parts are not what the script wrote"
    for key, value in values.items():
        if found.get(key) != value:
            return f"it was made with {key} {found.get(key)}, and this is {value}"
    return None


def write(target: Path, wanted: bytes) -> int:
    target.write_bytes(wanted)
    print(f"{target.name}: {len(wanted):,} bytes")
    return 0


def compare(target: Path, wanted: bytes, script: str) -> int:
    if target.exists() and target.read_bytes() == wanted:
        return 0
    print(f"{target.name} is not what {script} makes; run it.", file=sys.stderr)
    return 1
