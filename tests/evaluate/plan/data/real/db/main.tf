variable "pw" {}
variable "lit" {}
variable "b" {}
resource "terraform_data" "this" { 
  input = { pw = var.pw, lit = var.lit, up = upper("abc") }
  triggers_replace = var.b
}
output "id" { value = terraform_data.this.id }
