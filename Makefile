# make run: the app in the browser. make test, make check, make bench: what CONTRIBUTING.md says.
# PYTHON=python3.12 chooses the Python, VENV=… the environment, PORT=8600 the port.

.PHONY: run test check bench install-dev
MAKEFLAGS += --no-print-directory

VENV ?= .venv
WORKERS ?= auto
PYTEST_OPTIONS ?= -n $(WORKERS) --dist loadgroup
TESTS ?=
export PYTHON VENV PORT

IN_VENV := $(VENV)/bin/python
PREPARE := sh scripts/with-python scripts/prepare.py

run:
	@$(PREPARE) run

test: install-dev
	@$(IN_VENV) -m pytest $(PYTEST_OPTIONS) $(TESTS)

check: install-dev
	$(IN_VENV) -m ruff format --check .
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m mypy

bench: install-dev
	@for file in benchmarks/bench_*.py; do echo "== $$file"; PYTHONPATH=. $(IN_VENV) "$$file" || failed=1; done; test -z "$$failed"

install-dev:
	@$(PREPARE) install requirements-dev.txt
