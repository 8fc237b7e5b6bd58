"""Programs without a network: in a namespace of their own where the kernel lets us, else behind closed proxies."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache

# The discard service: nothing listens there, and what asks for a proxy is refused at once.
_CLOSED = "http://127.0.0.1:9"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY")
_PROBE_SECONDS = 10


def isolated(command: Sequence[str]) -> list[str]:
    """The command as it is to be run: in a namespace with no interface up, if that can be had."""
    return [*_namespace(), *command]


def refusing_proxies() -> dict[str, str]:
    """Variables that send what honours them nowhere; all that there is where no namespace can be had."""
    names = (spelling for name in _PROXIES for spelling in (name, name.lower()))
    return {**dict.fromkeys(names, _CLOSED), "NO_PROXY": "", "no_proxy": ""}


@cache
def _namespace() -> tuple[str, ...]:
    """What starts a program without a network; empty where the system cannot or may not.

    Sources: unshare(1), user_namespaces(7). Some distributions and containers forbid it to ordinary users.
    """
    if not sys.platform.startswith("linux"):
        return ()
    for folder in os.get_exec_path():
        program = os.path.join(folder, "unshare")
        if os.path.isabs(folder) and os.access(program, os.X_OK):
            prefix = (program, "--map-root-user", "--net", "--")
            return prefix if _works((*prefix, sys.executable, "-I", "-S", "-c", "")) else ()
    return ()


def _works(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
