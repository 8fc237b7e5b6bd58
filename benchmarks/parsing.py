"""How fast HCL is parsed, against python-hcl2 and against only reading the files: ratios, not absolutes.

    python -m benchmarks.parsing [FOLDER]

Without a folder, configurations are made up: they say more about the ratio than about your files.
"""

from __future__ import annotations

import gc
import glob
import os
import sys
import tempfile
import time
from collections.abc import Callable

import hcl2

from iacreview.model.source import Source
from iacreview.parse.terraform.parser import parse_body

# python-hcl2 is so slow that it gets a sample.
SAMPLE_BYTES = 200_000

MODULE = """\
resource "aws_s3_bucket" "logs_{n}" {{
  bucket        = "logs-${{var.stage}}-{n}"
  force_destroy = false # kept

  tags = merge(local.tags, {{
    Name = "logs {n}"
  }})
}}

resource "aws_security_group" "web_{n}" {{
  count  = var.enabled ? 1 : 0
  vpc_id = module.network[0].vpc_id

  dynamic "ingress" {{
    for_each = [for rule in var.rules : rule if rule.port != {n}]
    content {{
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = "tcp"
      cidr_blocks = ["10.0.0.0/8", "192.168.{n}.0/24"]
    }}
  }}
}}

resource "aws_iam_policy" "read_{n}" {{
  policy = <<-EOT
    {{"Statement": [{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${{aws_s3_bucket.logs_{n}.arn}}/*"}}]}}
  EOT
}}
"""


def made_up(folder: str, files: int = 300) -> None:
    for number in range(files):
        with open(os.path.join(folder, f"file{number}.tf"), "w", encoding="utf-8") as file:
            file.write(MODULE.format(n=number) * 3)


def read(paths: list[str]) -> list[Source]:
    sources = []
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            sources.append(Source(path, file.read()))
    return sources


def seconds(action: Callable[[], object], rounds: int = 5) -> float:
    """The best of several rounds, without garbage collection: as the tool itself runs."""
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        gc.disable()
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
        gc.enable()
    return best


def sample_of(sources: list[Source]) -> list[Source]:
    """The first sources, up to SAMPLE_BYTES, that both parsers accept."""
    sample, size = [], 0
    for source in sources:
        if size < SAMPLE_BYTES and not parse_body(source)[1] and accepted_by_hcl2(source.text):
            sample.append(source)
            size += len(source.text)
    return sample


def accepted_by_hcl2(text: str) -> bool:
    try:
        hcl2.loads(text)
    except Exception:
        return False
    return True


def main(folder: str) -> None:
    paths = sorted(glob.glob(os.path.join(folder, "**", "*.tf"), recursive=True))
    sources = read(paths)
    size = sum(len(source.text) for source in sources)
    reading = seconds(lambda: read(paths))
    parsing = seconds(lambda: [parse_body(source) for source in sources])
    sample = sample_of(sources)
    ours = seconds(lambda: [parse_body(source) for source in sample])
    theirs = seconds(lambda: [hcl2.loads(source.text) for source in sample], rounds=1)
    print(f"{len(paths)} files, {size / 1e6:.2f} MB")
    print(f"parse          {size / parsing / 1e6:8.2f} MB/s")
    print(f"parse / read   {parsing / reading:8.1f}")
    print(f"hcl2 / parse   {theirs / ours:8.1f}  ({len(sample)} files)")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as made:
            made_up(made)
            main(made)
