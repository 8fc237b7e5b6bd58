variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "environment" {
  type    = string
  default = "prod"
}

variable "admin_cidrs" {
  description = "Networks from which the bastion is reached"
  type        = list(string)
  default     = ["10.20.0.0/16", "0.0.0.0/0"]
}

variable "database_password" {
  type      = string
  sensitive = true
  default   = "orders-2019!"
}
