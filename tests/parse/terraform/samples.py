"""Configurations as people write them, and templates whose text is hard to get right."""

from __future__ import annotations

SAMPLES = {
    "bucket": """\
resource "aws_s3_bucket" "logs" {
  bucket        = "logs"
  force_destroy = false

  tags = {
    Name        = "logs"
    "CostCentre" = 42
  }
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id
  versioning_configuration {
    status = "Enabled"
  }
}
""",
    "security group": """\
resource "aws_security_group" "web" {
  name = "web-${var.stage}"
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0", var.office]
  }
  ingress {
    from_port = 443
    to_port   = 443
    protocol  = "tcp"
    self      = true
  }
  dynamic "egress" {
    for_each = var.egress
    content {
      from_port = egress.value.port
      to_port   = egress.value.port
      protocol  = "-1"
    }
  }
}
""",
    "variables": """\
variable "stage" {
  type        = string
  description = "Where it runs"
  default     = "test"
  validation {
    condition     = contains(["test", "prod"], var.stage)
    error_message = "Unknown stage."
  }
}

variable "sizes" {
  type    = map(number)
  default = { small = 1, large = 2.5 }
}

locals {
  name  = var.stage == "prod" ? "main" : "other"
  zones = [for zone in data.aws_availability_zones.all.names : upper(zone) if zone != ""]
  flags = { for key, value in var.sizes : key => value... }
}

output "zones" { value = local.zones }
""",
    "modules": """\
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

module "db" {
  source   = "./db"
  for_each = toset(["a", "b"])
  enabled  = !var.off
  ids      = aws_subnet.private[*].id
}
""",
}

# Each is a template that needs no variables, so that `terraform console` can tell its text.
TEMPLATES = {
    "escapes": r'"\u00e9\U0001F600\t\"\\ \r\n"',
    "lone dollars": '"$ $$ % %% $a %b 5%"',
    "escaped sequences": '"$${a} %%{b} $$${c} $$$${d} %%%{e}"',
    "strip in a string": r'"a  ${~ "b" ~}  \n c  ${~ "d" }"',
    "strip of directives": '"a%{ if true ~}  y  %{~ else ~}  n %{~ endif ~}  z"',
    "dollar before a directive": '"$%{if true}T%{endif} %${"x"}"',
    "only blanks stripped": '"${"a" ~}   ${~ "b"}"',
    "loop": '"%{ for x in ["p", "q"] }-%{ endfor }"',
    "empty heredoc": "<<EOT\nEOT",
    "blank heredoc": "<<EOT\n\nEOT",
    "heredoc": '<<EOT\na "q" \\n $${x}\n  b\nEOT',
    "strip at the end of a line": '<<EOT\n%{ for x in ["p", "q"] ~}\nserver\n%{ endfor ~}\nEOT',
    "strip reaches to the end of the line only": '<<EOT\n${"a" ~}\n\n   b\nEOT',
    "strip before reaches to the start of the line": '<<EOT\na  \n   ${~ "x" ~}   \n   b\nEOT',
    "strip before at the start of a line": '<<EOT\na  \n${~ "x" }\nEOT',
    "dedent": "<<-EOT\n      a\n\n    b\n     c\n  EOT",
    "dedent with blank lines": '<<-EOT\n    a\n  \t\n      \n       ${"c"}\n  EOT',
    "dedent with a sequence first": '<<-EOT\n${"z"} x\n  y\n  EOT',
    "dedent with an indented sequence first": '<<-EOT\n   ${"z"} x\n  y\n  EOT',
    "dedent after a strip": '<<-EOT\n    %{ for x in ["p", "q"] ~}\n    text\n    %{ endfor ~}\n    EOT',
    "dedent with a strip at the start": '<<-EOT\n      ${~ "x"}\n    b\n  EOT',
    "dedent with strips all over": '<<-EOT\n    ${~ "x" ~}\n      b\n    c ${"y" ~}\n\n    d\n    EOT',
    "dedent counts tabs as one": "<<-EOT\n  \ttab\n    sp\n  EOT",
    "dedent of an escape": "<<-EOT\n    $${x}\n      y\n  EOT",
    "name of the heredoc in the text": '<<EOT\n${"x"}EOT\n k EOT\n$EOT\n   EOT  ',
    "crlf heredoc": "<<EOT\r\na\r\n  b\r\nEOT",
    "crlf dedent": "<<-EOT\r\n  a\r\n\r\n   b\r\n  EOT",
    "unusual blanks": "<<-EOT\n\u2003a\n\xa0b\nEOT",
}
