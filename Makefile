# Everything a person needs, by name; `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# Programs read the environment only; make is what puts .env there.
ENV := set -a; [ ! -f .env ] || . ./.env; set +a;
# Many processes import the same modules: what they compiled is kept, also where the surroundings say not to.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest
PARALLEL := -n auto --maxprocesses 4 --dist worksteal
# Most tests wait more than they work: four at once also keep two cores busy.
OVERLAPPING := -n 4 --dist worksteal
# What the longer runs hold, and how many seconds one test of theirs may take.
LONG := $(PARALLEL) --timeout 900 tests/faults tests/properties

.PHONY: help install run sandbox replay test check gates soak bench lock clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

install: $(VENV)/.installed ## make .venv with deskhand in it

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Deskhand needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "Deskhand needs pip. On Debian: apt-get install python3-pip"; exit 1; }
	@$(PYTHON) -m venv --without-pip $(VENV)
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check uv

$(VENV)/.installed: requirements.lock pyproject.toml | $(UV)
	@echo "Installing Deskhand into $(VENV) …"
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps -e .
	@# Where Python may not write what it compiles, each command would compile all of it anew.
	@$(BIN)/python -m compileall -q adapters bot core jobs migrations sandbox
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing what the tests need …"
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements-dev.lock
	@touch $@

run: install ## run the desk: with tokens in .env on Slack and Discord, with none on the sandbox in the browser
	@$(ENV) exec $(BIN)/deskhand run

sandbox: install ## run the desk on the sandbox, whatever .env holds
	@$(ENV) exec $(BIN)/deskhand sandbox

replay: install ## post a real chat into a desk: make replay FILE=chat.xml [SPEED=200]
	@$(ENV) exec $(BIN)/python -m bench.replay "$(FILE)" $(if $(SPEED),--speed $(SPEED))

check: $(VENV)/.installed-dev ## lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy -p core
	@$(BIN)/lint-imports --no-logo

test: check ## everything that must hold, in under five minutes
	@$(PYTEST) $(OVERLAPPING)

gates: $(VENV)/.installed-dev ## the reliability figures for every change, in under 25 minutes
	@GATE=gates $(PYTEST) $(LONG)

soak: $(VENV)/.installed-dev ## the long run, in slices: interrupt it at any time, and it goes on where it was
	@GATE=soak $(PYTEST) $(LONG)

bench: $(VENV)/.installed-dev ## speed as ratios against a raw baseline in the same run
	@$(BIN)/python -m bench

lock: | $(UV) ## write the hashed lock files anew from pyproject.toml
	@$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 pyproject.toml -o requirements.lock --custom-compile-command "make lock"
	@$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock --custom-compile-command "make lock"

clean: ## remove what was installed and built, not your data in var/
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
