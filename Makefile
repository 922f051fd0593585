# Each target first makes what it needs; a second call finds it made.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
# The first Python of 3.11 or later on the path; `make install PYTHON=...` chooses another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)
INSTALLED := $(VENV)/.installed
BROWSER := $(VENV)/.browser
FRONTENDS := app/canvas/frontend app/charts/frontend

.PHONY: help install run test thorough lint bench screenshots browser

help:
	@echo "make run          start Gradloom and open it (PORT=8501 chooses the port)"
	@echo "make test         run the tests"
	@echo "make thorough     run those that repeat for every network what one of each kind shows"
	@echo "make lint         check style, types, import directions and the bundles of canvas and charts"
	@echo "make install      make the environment in .venv, and nothing else"
	@echo "make bench        print the figures of speed"
	@echo "make screenshots  take the pictures of docs/images"

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Gradloom needs Python 3.11 or later, and found none. Install it, or name one: make install PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "No environment could be made in $(VENV). On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,lint,onnx]'
	@touch $@

run: install
	@$(BIN)/gradloom up $(if $(PORT),--port $(PORT))

# A browser for the tests: one that is there, else Debian's where we may install, else Playwright's own. Without one its tests are skipped, aloud.
browser: $(BROWSER)

$(BROWSER): $(INSTALLED) .ci/browser
	@.ci/browser $(BIN)/python && touch $@ || echo "No browser could be installed: the browser tests will be skipped."

test: install browser
	$(BIN)/python -m pytest -m "not thorough" $(PYTEST_ARGS)

thorough: install
	$(BIN)/python -m pytest -m thorough $(PYTEST_ARGS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if ! command -v npm >/dev/null; then echo "npm is not installed: the bundles of canvas and charts were not checked."; \
	else for frontend in $(FRONTENDS); do \
		(cd $$frontend && npm ci --no-audit --no-fund && npm run check && npm run build) || exit 1; done; \
	git diff --exit-code -- app/static; fi

bench: install
	@for benchmark in tests/benchmarks/*.py; do \
		name=$$(basename $$benchmark .py); test $$name = __init__ && continue; \
		echo "== $$name"; $(BIN)/python -m tests.benchmarks.$$name || exit 1; done

screenshots: install browser
	$(BIN)/python -m tests.screenshots
