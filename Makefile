# On a fresh machine with Python 3.11 or newer, make and git: `make demo` shows it, `make test` proves it.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# .ci/run puts coverage in front of it; `make test PYTEST_ARGS='-k secrets'` runs a part.
PYTEST ?= $(BIN)/python -m pytest
PYTEST_ARGS ?=
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

DEMO_PLAN := fixtures/stacks/leaky/plan.json
DEMO_CONFIG := fixtures/stacks/leaky/trustscan.yaml
DEMO_RESULT := $(VENV)/demo.json

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

.PHONY: demo
demo: $(VENV)/.run ## set up, and scan a real plan with planted faults
	@rm -f $(DEMO_RESULT); code=0
	$(BIN)/trustscan plan $(DEMO_PLAN) --source $(dir $(DEMO_PLAN)) --config $(DEMO_CONFIG) --output json=$(DEMO_RESULT) || code=$$?
	echo
	if [ $$code -eq 1 ] && [ -s $(DEMO_RESULT) ]; then
	  echo "trustscan exited with 1: findings of severity high or above, so a pull request would stop here."
	  echo "That is right: this plan has its faults by design. The same without faults:"
	  echo "  $(BIN)/trustscan plan fixtures/stacks/sound/plan.json --source fixtures/stacks/sound"
	else
	  echo "make demo: trustscan should exit with 1 and write a result; it exited with $$code." >&2
	  exit 1
	fi

.PHONY: test
test: lint ## set up, then style, types, layers, generated files, and every test
	$(PYTEST) -n auto --dist loadgroup $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/.dev ## style, types, layers, generated files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/trustscan docs --check

.PHONY: format
format: $(VENV)/.dev ## let ruff rewrite what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: bench
bench: $(VENV)/.dev ## time and memory over plans of 100 to 50,000 resources; precision and recall of flows
	$(BIN)/python tests/bench/bench.py
	PYTHONPATH=. $(BIN)/python tests/bench/access.py
	PYTHONPATH=tests $(BIN)/python tests/bench/accuracy.py
	PYTHONPATH=. $(BIN)/python tests/bench/ways.py
	PYTHONPATH=tests $(BIN)/python tests/bench/html_page.py
	PYTHONPATH=tests $(BIN)/python tests/bench/diagram.py

# Prowler lives in an environment of its own, of 2 GB: python3 -m venv P && P/bin/pip install prowler==5.46.0
.PHONY: bench-live
bench-live: $(VENV)/.dev ## calls, time and memory of a live scan on moto; TRUSTSCAN_PROWLER=P/bin/prowler for both
	PYTHONPATH=tests $(BIN)/python tests/bench/live_bench.py

.PHONY: parity
parity: $(VENV)/.dev ## apply the stacks to a stand-in for AWS, and print how far plan and account agree
	$(BIN)/python tests/parity_table.py

.PHONY: fixtures
fixtures: $(VENV)-fixtures/.done ## make the plan fixtures anew from their .tf, with real terraform
	PATH="$(CURDIR)/$(VENV)-fixtures/bin:$$PATH" python fixtures/generate.py $(FIXTURES_ARGS)
	$(VENV)-fixtures/bin/python fixtures/functions.py

# An environment of its own: what the stand-in for AWS needs is no business of ours.
FIXTURES_ARGS ?=
$(VENV)-fixtures/.done: requirements-fixtures.txt
	@$(PYTHON) -m venv --clear $(VENV)-fixtures
	$(VENV)-fixtures/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

# The pins hold for every platform and Python from 3.11 on; existing pins are kept unless UPGRADE=--upgrade.
UPGRADE ?=
COMPILE = $(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)
.PHONY: lock
lock: ## pin the requirements files anew from pyproject.toml
	test -x $(VENV)-lock/bin/uv || { $(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv; }
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) pyproject.toml --extra all -o requirements-all.txt
	$(COMPILE) pyproject.toml --extra aws -o requirements-aws.txt
	$(COMPILE) pyproject.toml --extra checkov -o requirements-checkov.txt
	$(COMPILE) pyproject.toml --extra fixtures -o requirements-fixtures.txt
	$(COMPILE) pyproject.toml --extra dev -o requirements-dev.txt
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])' \
	  | $(COMPILE) - -o requirements-build.txt

.PHONY: clean
clean: ## remove everything that make and the tests have made
	rm -rf $(VENV) $(VENV)-lock $(VENV)-fixtures build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache \
	  .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up: each stamp is made once, and again when what it was made from has changed --------------------------------

$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
	  echo "trustscan needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2
	  echo "Name another with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2
	  exit 1
	}
	echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	$(PYTHON) -m venv --clear $(VENV) || {
	  echo "The venv module is missing: on Debian and Ubuntu, apt-get install python3-venv" >&2
	  exit 1
	}
	touch $@

# The build backend comes from a pinned file too, so that nothing is installed that has no hash here.
$(VENV)/.run: $(VENV)/.venv requirements.txt requirements-build.txt pyproject.toml
	@echo "Installing trustscan and what it needs to run ..."
	$(PIP_INSTALL) --require-hashes -r requirements.txt -r requirements-build.txt
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@echo "Installing what the tests need ..."
	$(PIP_INSTALL) --require-hashes -r requirements-dev.txt
	touch $@
