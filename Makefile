# Everything runs from .venv; nothing else on the machine is changed, but for system libraries apt can add.
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin

.PHONY: install install-dev demo test lint bench soak

install: .venv/.installed
install-dev: .venv/.installed-dev

.venv/.python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or 3.12 is needed, with its venv module (Debian: apt-get install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.installed: requirements.txt .venv/.python
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(MAKE) --no-print-directory messages
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.python
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(MAKE) --no-print-directory messages
	@touch $@

.PHONY: messages
messages:
	@$(BIN)/python manage.py messages --compile

demo: install-dev messages
	@exec $(BIN)/python -m demo

test: install-dev messages
	@$(BIN)/python -m demo.system pango chromium mariadb
	@$(BIN)/pytest -q -n auto

lint: install-dev messages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py messages --check

bench: install-dev
	@$(BIN)/python -m demo.bench $(ARGS)

soak: install-dev
	@SOAK=1 $(BIN)/pytest -q -n auto -m soak
