# The commands of a person on a fresh machine: Python 3.11, Java 17, Maven and make are all they need.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench up down lock client clean

help: ## what each command does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(STAMP): requirements/bootstrap.txt requirements/dev.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is missing ($(PYTHON) is not on PATH). Install it, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/bootstrap.txt requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

setup: $(STAMP) ## install everything into .venv

demo: $(STAMP) ## start the stack, run a minute of traffic, show what was decided
	@$(BIN)/tactful demo

test: $(STAMP) ## all tests, end to end included
	@$(BIN)/python -m pytest -n 2 --dist loadscope -m "not e2e"
	@$(BIN)/python -m pytest -m e2e

lint: $(STAMP) ## style, types, import directions, known vulnerabilities, compose file
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m deploy.audit
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench: $(STAMP) ## measure on the running stack, results in bench/results/
	@$(BIN)/python -m bench

up: $(STAMP) ## start the local stack
	@$(BIN)/tactful up

down: $(STAMP) ## end the local stack
	@$(BIN)/tactful down

lock: $(STAMP) ## compile the requirements with hashes
	@cd requirements && for set in bootstrap runtime dev client; do \
	  ../$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 $$set.in -o $$set.txt; done

client: $(STAMP) ## generate clients/python from the API's OpenAPI document
	@$(BIN)/python -m clients.generate

clean: down ## forget the environment and all local data
	@rm -rf $(VENV) .tactful
