"""HCL native syntax and its JSON form."""
