"""What companions can reach: nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from iacreview.companions import isolation
from iacreview.companions.isolation import isolated, refusing_proxies

CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)"
FETCH = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)"


@pytest.fixture
def server() -> Iterator[socket.socket]:
    listening = socket.create_server(("127.0.0.1", 0))
    yield listening
    listening.close()


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **refusing_proxies()}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_no_connection_leaves_the_namespace(server: socket.socket) -> None:
    command = [sys.executable, "-I", "-c", CONNECT, "127.0.0.1", str(server.getsockname()[1])]
    assert run(command).returncode == 0
    if not isolated([]):
        pytest.skip("this system lets no ordinary user make a network namespace")
    done = run(isolated(command))
    assert done.returncode != 0
    assert "unreachable" in done.stderr or "refused" in done.stderr


def test_proxies_refuse(server: socket.socket) -> None:
    """Also for what is asked of this machine itself, which proxies are often not asked for."""
    done = run([sys.executable, "-I", "-c", FETCH, f"http://127.0.0.1:{server.getsockname()[1]}/"])
    assert done.returncode != 0
    assert "refused" in done.stderr.lower()


def test_where_no_namespace_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_works", lambda command: False)
    isolation._namespace.cache_clear()
    try:
        assert isolated(["checkov"]) == ["checkov"]
    finally:
        isolation._namespace.cache_clear()
