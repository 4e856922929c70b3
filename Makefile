# Everything runs from .venv, which the first target that needs it makes from the hashed lock files.

PY ?= python3
ARGS ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
MANAGE := $(BIN)/python manage.py
# Tests wait more than they compute. A file's tests stay together: they share what was expensive to make.
JOBS ?= 3
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup demo serve workers test test-pg lint types chaos bench screenshot lock

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: .venv/.runtime  ## make .venv with what running needs

demo: .venv/.runtime  ## the whole journey on sample data, then the back office until Ctrl-C (ARGS=--once: exit at the end)
	@exec $(MANAGE) demo $(ARGS)

serve: .venv/.runtime  ## the web server on 127.0.0.1:8000
	@$(MANAGE) migrate --verbosity 0
	@exec $(BIN)/gunicorn config.wsgi --bind 127.0.0.1:8000 --threads 8 --no-control-socket $(ARGS)

# The clock ends when Redis goes away, and is started again.
workers: .venv/.runtime  ## two workers and the clock that keeps runs going
	@$(MANAGE) migrate --verbosity 0
	@(trap 'kill $$! 2>/dev/null; exit' TERM; while :; do $(MANAGE) rqcron config.cron & wait $$!; sleep 2; done) & clock=$$!; \
	trap 'kill $$clock 2>/dev/null' EXIT; trap : INT TERM; \
	$(MANAGE) rqworker-pool tick load default --num-workers 2 $(ARGS)

test: .venv/.dev  ## the test suite (ARGS: anything pytest takes; JOBS=0 in one process)
	@$(PYTEST) $(ARGS)

test-pg: .venv/.dev  ## the same suite on a real PostgreSQL (DATABASE_URL, or one started for the purpose)
	@$(BIN)/python -m tests.postgres $(PYTEST) $(ARGS)

lint: .venv/.dev  ## ruff: rules and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/.dev  ## mypy
	@$(BIN)/mypy

catalogues: .venv/.runtime  ## compile what papers say in other languages, after a change of locale/*/LC_MESSAGES/django.po
	@$(BIN)/pybabel -q compile --domain django --directory locale

chaos: .venv/.dev  ## loads while processes die and Pipedrive misbehaves: 200 kills, 20 minutes at most (ARGS=--seed=7)
	@$(BIN)/python -m pytest -q -m chaos tests/chaos
	@$(BIN)/python -m tests.chaos.run $(ARGS)

bench: .venv/.dev  ## the figures of the README, measured here
	@$(BIN)/python -m tests.benchmarks $(ARGS)

screenshot: .venv/.dev  ## docs/backoffice.png, taken from a running demo (needs Chromium)
	@$(BIN)/python docs/screenshot.py $(ARGS)

lock: .venv/.dev  ## write the lock files anew from pyproject.toml (needs uv, which .venv has)
	@$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --quiet --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links -c requirements.lock -o requirements-dev.lock

.venv/.python:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Crossdock needs Python 3.11 or newer; '$(PY)' is not. Name another one: make PY=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Making .venv with $$($(PY) --version) ..."
	@$(PY) -m venv .venv || { rm -rf .venv; \
		echo "'$(PY) -m venv' failed. On Debian and Ubuntu the package python3-venv is missing." >&2; exit 1; }
	@touch $@

# The stamps are written last: an installation that was interrupted is taken up again.
.venv/.runtime: requirements.lock | .venv/.python
	@echo "Installing what Crossdock runs on ..."
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@echo "Installing what its tests need ..."
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	@touch $@
