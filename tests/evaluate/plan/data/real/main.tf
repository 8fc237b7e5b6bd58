variable "pw" { 
  sensitive = true
  default = "hunter2x" 
}
variable "n" { default = "q" }
resource "terraform_data" "b" {
  for_each = toset(["a","c"])
  input = { k = each.key, list = [1, null] }
}
resource "terraform_data" "s" {
  for_each = terraform_data.b
  input = each.value.id
}
resource "terraform_data" "t" {
  for_each = toset(["a","c"])
  input = terraform_data.b[each.key].id
  triggers_replace = [terraform_data.b["a"].id, var.pw, "x"]
}
module "db" {
  source = "./db"
  for_each = toset(["x"])
  pw = var.pw
  lit = "literal"
  b = terraform_data.b["a"].id
}
resource "terraform_data" "m" { input = module.db["x"].id }
data "terraform_remote_state" "r" {
 backend = "local"
 config = { path = "s.tfstate" }
 defaults = {a = 1}
}
