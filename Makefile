PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RUNS := $(VENV)/.runs

MUTATED ?= iacreview/semantics/network.py
MOST ?= 40
# Real git, programs, packages and whole trees: these are left out of the tests with the oldest dependencies.
SLOW := integration companions test_cli.py test_diff.py test_docs.py test_git_tree.py test_surroundings.py test_wheel.py \
	test_workers.py test_walls.py review/test_replay.py review/test_metamorphic.py evaluate/cloudformation/test_sam.py \
	evaluate/terraform/test_console.py evaluate/terraform/test_plan_cases.py

# They compare with other tools, which bring dependencies of their own.
READERS := catalog/test_facts.py evaluate/cloudformation/test_against_cfn_lint.py \
	evaluate/cloudformation/test_template.py \
	parse/terraform/test_differential.py parse/terraform/test_properties.py semantics/decision

.PHONY: site fast oldest mutation requirements demo test check lint types generate generate-check schema clean

demo: $(RUNS)  ## install iacreview alone, and review the example project
	@$(BIN)/iacreview check examples || [ $$? -eq 1 ]

test: $(STAMP)  ## the whole test suite, on all processors; skipped tests say why
	$(BIN)/python -m pytest -n auto --dist worksteal

fast: $(STAMP)  ## what to run while writing: half a minute of one processor
	$(BIN)/python -m pytest -q $$($(BIN)/python scripts/test_costs.py --fast)

oldest:  ## all but the slow tests with the oldest versions of the dependencies that are allowed
	$(PYTHON) -m venv $(VENV)-oldest
	$(VENV)-oldest/bin/python -m pip install --quiet --disable-pip-version-check -c .github/oldest.txt \
		-e '.[github,gitlab]' pytest pytest-xdist hypothesis markdown-it-py
	$(VENV)-oldest/bin/python -m pytest -n auto --dist worksteal tests $(SLOW:%=--ignore=tests/%) $(READERS:%=--ignore=tests/%)

mutation: $(STAMP)  ## changes MUTATED in MOST small ways (0: in all), one by one: every change is to fail a test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[mutation]'
	$(BIN)/python scripts/mutation.py $(MUTATED) --most $(MOST) $(if $(KEPT),--at $(KEPT))

COMPILE := uv pip compile --universal --python-version 3.10 --generate-hashes --only-binary :all: --no-annotate --no-header
NEW := docs/workflows/requirements.new

requirements:  ## the action's requirements, by hash (needs uv)
	printf '%s\n' '# What the action installs, by hash: wheels of fixed versions for Python 3.10 to 3.14. Made by `make requirements`.' \
		> docs/workflows/requirements.txt
	$(COMPILE) pyproject.toml >> docs/workflows/requirements.txt
	for extra in github cfn-lint checkov sam; do \
		printf '%s\n' "# The same with iacreview[$$extra], for what needs it. Made by \`make requirements\`." > $(NEW); \
		$(COMPILE) -c docs/workflows/requirements.txt --extra $$extra pyproject.toml >> $(NEW) || exit; \
		mv $(NEW) docs/workflows/requirements-$$extra.txt; \
	done

check: lint types generate-check  ## what CI runs beside the tests

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

generate: $(STAMP)  ## compile the rules, the catalog, the facts, the documentation
	$(BIN)/python scripts/extract_cloudformation_defaults.py
	$(BIN)/python scripts/compile_modules.py
	$(BIN)/python scripts/compile_rules.py
	$(BIN)/python scripts/compile_iam.py
	$(BIN)/python scripts/compile_managed_policies.py
	$(BIN)/python scripts/compile_tags.py
	$(BIN)/python scripts/compile_stores.py
	$(BIN)/python scripts/render_review.py
	$(BIN)/python scripts/golden_messages.py
	$(BIN)/python scripts/coverage_page.py
	$(BIN)/python scripts/compile_types.py
	$(BIN)/python scripts/rule_pages.py
	$(BIN)/python scripts/profile_page.py

generate-check: $(STAMP)
	$(BIN)/python scripts/extract_cloudformation_defaults.py --check
	$(BIN)/python scripts/compile_modules.py --check
	$(BIN)/python scripts/compile_rules.py --check
	$(BIN)/python scripts/compile_iam.py --check
	$(BIN)/python scripts/compile_managed_policies.py --check
	$(BIN)/python scripts/compile_tags.py --check
	$(BIN)/python scripts/compile_stores.py --check
	$(BIN)/python scripts/compare_escalation.py --check
	$(BIN)/python scripts/test_costs.py --check
	$(BIN)/python scripts/render_review.py --check
	$(BIN)/python scripts/golden_messages.py --check
	$(BIN)/python scripts/terraform_schema.py --check
	$(BIN)/python scripts/coverage_page.py --check
	$(BIN)/python scripts/compile_types.py --check
	$(BIN)/python scripts/rule_pages.py --check
	$(BIN)/python scripts/profile_page.py --check

site: $(STAMP)  ## the documentation as a site, into build/site
	$(BIN)/mkdocs build --strict --quiet

schema: $(STAMP)  ## fetch the Terraform provider's schema anew (needs npm and a network)
	$(BIN)/python scripts/terraform_schema.py

$(RUNS): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) $(VENV)-oldest dist build .mypy_cache .ruff_cache .pytest_cache
