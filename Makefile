PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check lint types generate generate-check schema clean

demo: $(STAMP)  ## set up, and review the example project
	@$(BIN)/iacreview check examples || [ $$? -eq 1 ]

test: $(STAMP)  ## the test suite
	$(BIN)/python -m pytest

check: lint types generate-check  ## what CI runs beside the tests

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

generate: $(STAMP)  ## compile the rules, the catalog, the facts, the documentation
	$(BIN)/python scripts/extract_cloudformation_defaults.py
	$(BIN)/python scripts/compile_rules.py
	$(BIN)/python scripts/compile_iam.py
	$(BIN)/python scripts/compile_managed_policies.py
	$(BIN)/python scripts/render_review.py

generate-check: $(STAMP)
	$(BIN)/python scripts/extract_cloudformation_defaults.py --check
	$(BIN)/python scripts/compile_rules.py --check
	$(BIN)/python scripts/compile_iam.py --check
	$(BIN)/python scripts/compile_managed_policies.py --check
	$(BIN)/python scripts/compare_escalation.py --check
	$(BIN)/python scripts/render_review.py --check
	$(BIN)/python scripts/terraform_schema.py --check

schema: $(STAMP)  ## fetch the Terraform provider's schema anew (needs npm and a network)
	$(BIN)/python scripts/terraform_schema.py

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
