#!/usr/bin/env python3
"""One small file, whole command, beside `python -c "import yaml, click"`. Budget: 1.6 times, with policies twice."""

from __future__ import annotations

import tempfile
from pathlib import Path

from timing import FLOOR, IACREVIEW, ROOT, least, peers, with_folder

PLAIN, POLICIES = 1.6, 2.0
TEMPLATE = """\
Resources:
  Data: {Type: AWS::S3::Bucket, Properties: {BucketName: data}}
  Database: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: false}}
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: hosts
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}]
"""
POLICY = """\
resource "aws_iam_role_policy" "build" {
  role   = "build"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["s3:*", "iam:PassRole"], Resource = "*" }] })
}
"""
INPUTS = {
    "network.tf": (PLAIN, (ROOT / "examples/terraform/network.tf").read_text(encoding="utf-8")),
    "plain.yaml": (PLAIN, TEMPLATE),
    "policy.tf": (POLICIES, POLICY),
    "orders.yaml": (POLICIES, (ROOT / "examples/cloudformation/orders.yaml").read_text(encoding="utf-8")),
}


def main() -> None:
    for file, (budget, text) in INPUTS.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / file).write_text(text, encoding="utf-8")
            quick = least({"import yaml, click": FLOOR, "iacreview": [*IACREVIEW, file]}, folder, 15)
            slow = least({peer: with_folder(peer, command) for peer, command in peers().items()}, folder, 2)
            print(file)
            for name, cpu in {**quick, **slow}.items():
                print(f"  {name:<20} {cpu:>7.3f} s of CPU {cpu / quick['import yaml, click']:>7.2f}")
            ratio = quick["iacreview"] / quick["import yaml, click"]
            print(f"budget {budget:.1f}, measured {ratio:.2f} by CPU: {'within' if ratio <= budget else 'OVER'}\n")


if __name__ == "__main__":
    main()
