variable "name" {
  type = string
}

variable "password" {
  type      = string
  sensitive = true
}

variable "encrypted" {
  type    = bool
  default = false
}

resource "aws_db_instance" "this" {
  identifier              = var.name
  engine                  = "postgres"
  instance_class          = "db.t4g.medium"
  allocated_storage       = 50
  username                = "orders"
  password                = var.password
  storage_encrypted       = var.encrypted
  backup_retention_period = 14

  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
}

output "endpoint" {
  value = aws_db_instance.this.endpoint
}
