"""Work in two processes: the same results, and defects that come through."""

from __future__ import annotations

import os

import pytest

from iacreview import workers
from iacreview.engine.load import load_catalog, load_rules
from iacreview.errors import TreeError, UsageError, WorkerError
from iacreview.options import Options
from iacreview.pipeline import check
from iacreview.workers import Meanwhile, in_parallel
from tests.trees import MemoryTree

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def test_the_second_is_another_process() -> None:
    one, two = in_parallel(os.getpid, os.getpid, workers.ENOUGH)
    assert one == os.getpid() != two
    assert in_parallel(os.getpid, os.getpid, workers.ENOUGH - 1) == (os.getpid(), os.getpid())


def test_results_larger_than_a_pipe() -> None:
    assert in_parallel(lambda: 1, lambda: "x" * 5_000_000, workers.ENOUGH)[1] == "x" * 5_000_000


def fail() -> None:
    raise ZeroDivisionError("a defect")


def refuse() -> None:
    raise UsageError("wrong", "do it so")


def test_a_defect_comes_through() -> None:
    with pytest.raises(WorkerError, match="ZeroDivisionError") as caught:
        in_parallel(lambda: 1, fail, workers.ENOUGH)
    assert "in fail" in str(caught.value)


def test_a_refusal_stays_what_it_is() -> None:
    with pytest.raises(UsageError) as caught:
        in_parallel(lambda: 1, refuse, workers.ENOUGH)
    assert (caught.value.message, caught.value.hint) == ("wrong", "do it so")


def test_a_refusal_that_knows_more_stays_what_it_is() -> None:
    def unreadable() -> None:
        raise TreeError("modules/a", "is not a directory")

    with pytest.raises(TreeError) as caught:
        in_parallel(lambda: 1, unreadable, workers.ENOUGH)
    assert (caught.value.path, caught.value.why, str(caught.value)) == (
        "modules/a",
        "is not a directory",
        "modules/a is not a directory",
    )


def test_a_second_process_that_dies() -> None:
    with pytest.raises(WorkerError, match="without a result"):
        in_parallel(lambda: 1, lambda: os._exit(9), workers.ENOUGH)


def test_a_failure_of_the_first_leaves_no_process() -> None:
    with pytest.raises(ZeroDivisionError):
        in_parallel(fail, lambda: "x" * 5_000_000, workers.ENOUGH)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


MODULE = (
    'variable "on" {\n  default = false\n}\nresource "aws_ebs_volume" "v" {\n  availability_zone = "a"\n'
    "  encrypted = var.on\n}\n"
)


def test_the_report_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"modules/m/main.tf": MODULE}
    for number in range(workers.ENOUGH + 5):
        files[f"live/{number:03}/main.tf"] = (
            'module "m" {\n  source = "../../modules/m"\n}\n# iacreview:ignore ENC001\n'
            f'resource "aws_ebs_volume" "own" {{\n  size = {number}\n}}\n'
            f'resource "aws_s3_bucket" "b{number}" {{\n  bucket = "b"\n}}\nvariable "x" {{\n'
        )
    options = Options(load_rules(), load_catalog(), profile="strict")
    divided = check(MemoryTree(files), (), options)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    whole = check(MemoryTree(files), (), options)

    def shown(report: object) -> str:
        return repr(report)

    assert shown(divided) == shown(whole)
    assert len(divided.findings) > workers.ENOUGH


def test_what_is_worked_out_meanwhile() -> None:
    assert Meanwhile(lambda: 6 * 7).result() == 42


def test_what_iacreview_raises_meanwhile_is_raised_where_the_result_is_wanted() -> None:
    def work() -> None:
        raise UsageError("git is not installed")

    found = Meanwhile(work)
    with pytest.raises(UsageError, match="not installed"):
        found.result()
