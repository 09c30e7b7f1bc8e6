# livelihoods: `make` lists what can be made.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
OUT ?= out/demo
WORKERS ?= 2
export PIP_REQUIRE_VIRTUALENV := 1

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: $(VENV)/.demo ## Set up, run the main job on real data, say where the report is
	@$(PY) -m livelihoods demo --out $(OUT)

.PHONY: county
county: $(VENV)/.county ## Make a synthetic county of cooperatives, its register and its report in out/county
	@rm -rf out/county && mkdir -p out/county
	@$(PY) -m livelihoods cooperative demo out/county/county.duckdb
	@$(PY) -m livelihoods cooperative report out/county/county.duckdb --as-of 2024-12-31 \
	  --html out/county/county.html --docx out/county/county.docx

.PHONY: test
test: $(VENV)/.test ## Set up and run the tests
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/.test ## Check style
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

.PHONY: format
format: $(VENV)/.test ## Mend style
	@$(PY) -m ruff check --fix -q . ; $(PY) -m ruff format -q .

.PHONY: types
types: $(VENV)/.test ## Check types (strict on src)
	@$(PY) -m mypy

.PHONY: docs
docs: $(VENV)/.test ## Build the documentation into site/ (needs no network)
	@$(PY) -m zensical build --strict -f mkdocs.yml

.PHONY: bench
bench: $(VENV)/.test ## Measure speed; one csv a script in out/benchmarks
	@mkdir -p out/benchmarks
	@set -e; for script in benchmarks/[a-z]*.py; do \
	  echo "$$script"; PYTHONPATH=src $(PY) $$script > out/benchmarks/$$(basename $$script .py).csv; done

.PHONY: audit-rate
audit-rate: $(VENV)/.test ## How often the audit is wrong, on 500 synthetic papers, into docs/
	@$(PY) benchmarks/audit_rate.py --page docs/audit-rate.md

.PHONY: lock
lock: ## Pin every package anew (needs uv)
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --no-emit-index-url --no-emit-find-links --no-header -q -o requirements.lock

.PHONY: clean
clean: ## Remove what was made
	rm -rf $(VENV) site out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "livelihoods needs Python 3.11 or newer as '$(PYTHON)'. On Debian: apt install python3 (or: make PYTHON=/path/to/python3.11)."; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian: apt install python3-venv"; exit 2; }
	@echo "Setting up $(VENV) (once) ..."
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@touch $@

# The lock is a list of constraints: each target installs only what it needs, at the pinned versions.
$(VENV)/.demo: $(VENV)/.made pyproject.toml requirements.lock
	@echo "Installing livelihoods and its demo data (once) ..."
	@$(PIP) install -q -c requirements.lock -e '.[examples]'
	@touch $@

$(VENV)/.county: $(VENV)/.made pyproject.toml requirements.lock
	@echo "Installing livelihoods and its register (once) ..."
	@$(PIP) install -q -c requirements.lock -e '.[examples,cooperatives]'
	@touch $@ $(VENV)/.demo

$(VENV)/.test: $(VENV)/.made pyproject.toml requirements.lock
	@echo "Installing livelihoods and its test tools (once) ..."
	@$(PIP) install -q -c requirements.lock -e '.[docs,examples,test]'
	@touch $@ $(VENV)/.demo $(VENV)/.county
