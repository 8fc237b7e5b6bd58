"""The companions as programs: where they are, what they may see, what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from tempfile import TemporaryDirectory

from iacreview.companions.isolation import isolated, refusing_proxies
from iacreview.companions.table import COMPANIONS
from iacreview.errors import UsageError
from iacreview.model.finding import InputError
from iacreview.model.record import NamedTuple
from iacreview.model.source import Source, Span

TIMEOUT_SECONDS = 900
_KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_ALL")


class Result(NamedTuple):
    """One thing that a companion says: `check` is its id, `severity` a label of ours, `key` the place in its words.

    `rule` is the one of ours that says the same where it speaks of the same line.
    """

    check: str
    title: str
    message: str
    severity: str
    span: Span
    address: str = ""
    type: str = ""
    key: str = ""
    page: str = ""
    rule: str = ""


class Answer(NamedTuple):
    """All that a companion says, or why it says nothing."""

    results: Sequence[Result]
    errors: Sequence[InputError] = ()


def installed(name: str) -> str:
    """The program of a companion: beside this Python, else in an absolute folder of PATH.

    Raises UsageError where there is none.
    """
    file = f"{name}.exe" if os.name == "nt" else name
    for folder in [os.path.dirname(sys.executable), *os.get_exec_path()]:
        program = os.path.join(folder, file)
        if os.path.isabs(folder) and os.path.isfile(program) and os.access(program, os.X_OK):
            return program
    raise UsageError(f"{name} is not installed", f"Install it with `pip install 'iacreview[{name}]'`.")


def run_all(programs: Mapping[str, str], sources: Mapping[str, Source]) -> Answer:
    """Runs all companions at the same time on copies of the sources."""
    with TemporaryDirectory(prefix="iacreview-") as folder:
        root = os.path.realpath(os.path.join(folder, "files"))
        _copy(sources, root)
        with ThreadPoolExecutor(len(programs)) as pool:
            answers = list(pool.map(lambda item: _run(item[0], item[1], folder, root, sources), programs.items()))
    return Answer(
        [result for answer in answers for result in answer.results],
        [error for answer in answers for error in answer.errors],
    )


def _copy(sources: Mapping[str, Source], root: str) -> None:
    """Writes the sources below a folder. Names that begin with a dot are left out: they may be a tool's settings."""
    os.makedirs(root)
    for path, source in sources.items():
        if any(part.startswith(".") for part in path.split("/")):
            continue
        target = os.path.join(root, *path.split("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8", newline="", errors="surrogateescape") as stream:
            stream.write(source.text)


def _run(name: str, program: str, folder: str, root: str, sources: Mapping[str, Source]) -> Answer:
    module = import_module(COMPANIONS[name])
    paths = [path for path in sources if path.endswith(module.FILES) and os.path.exists(os.path.join(root, path))]
    if not paths:
        return Answer(())
    home = os.path.join(folder, f"home-{name}")
    os.makedirs(home)
    try:
        done = subprocess.run(  # noqa: S603
            isolated(module.command(program, root, paths)),
            cwd=home,
            env=_environment(home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return Answer(module.results(done.stdout.decode("utf-8", "replace"), sources, root))
    except subprocess.TimeoutExpired:
        return _failed(name, f"did not end within {TIMEOUT_SECONDS} seconds")
    except OSError as error:
        return _failed(name, f"cannot be started: {error.strerror}")
    except (ValueError, KeyError, TypeError, AttributeError):
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:300]
        return _failed(
            name, f"said nothing that can be read (exit status {done.returncode}){f': {last}' if last else ''}"
        )


def _environment(home: str) -> dict[str, str]:
    """What a companion needs to start, and a home of its own: no keys, no settings, no plug-ins of the user's."""
    kept = {name: value for name, value in os.environ.items() if name.upper() in _KEPT}
    return {
        **kept,
        **refusing_proxies(),
        "HOME": home,
        "USERPROFILE": home,
        "NO_COLOR": "1",
        "PYTHONIOENCODING": "utf-8",
        "LOG_LEVEL": "ERROR",
    }


def _failed(name: str, message: str) -> Answer:
    return Answer((), (InputError(name, message, "Run it by hand to see why, or leave out `--with`."),))


def line_span(source: Source, first: int, last: int) -> Span:
    """Whole lines of a source, as far as it has them."""
    lines = source.text.count("\n") + 1
    first = min(max(first, 1), lines)
    start = offset(source, first, 1)
    end = offset(source, min(max(last, first), lines), 1)
    stop = source.text.find("\n", end)
    return Span(source, start, len(source.text) if stop < 0 else stop)


def offset(source: Source, line: int, column: int) -> int:
    """The offset of a 1-based place, as far as the source has it."""
    at = 0
    for _ in range(line - 1):
        found = source.text.find("\n", at)
        if found < 0:
            return len(source.text)
        at = found + 1
    stop = source.text.find("\n", at)
    return min(at + max(column - 1, 0), len(source.text) if stop < 0 else stop)
