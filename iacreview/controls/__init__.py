"""Which rules and protections stand for the controls of a framework, and what the reviewed files say of each."""
