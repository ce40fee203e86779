# Targets people use; `make help` lists them. Everything is installed into .venv from requirements.lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help quickstart test test-full lint bench lab install clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(VENV)/.installed ## Make .venv and install everything from requirements.lock

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) --require-hashes --requirement requirements.lock
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

quickstart: install ## Make a lab in ./lab, check this machine, write three signed reports under reports/
	$(BIN)/scorpius quickstart

test: install ## Run all tests but the long tier
	$(BIN)/python -m pytest -n 2

test-full: install ## Run the long tier: many kills, long fuzzing, many simulations
	$(BIN)/python -m pytest -m full

lint: install ## Style, types, import rules, notebooks without outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install ## Print every speed bar with its figure
	$(BIN)/python -m tests.performance

lab: install ## Open JupyterLab on notebooks/
	$(BIN)/jupyter lab --notebook-dir=notebooks

clean: ## Remove the environment and caches, never a lab or a report
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
