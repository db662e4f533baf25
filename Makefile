# Everything runs from .venv; nothing else on the machine is changed, but for system libraries apt can add.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin

.PHONY: install install-dev demo test lint bench soak

install: .venv/.installed
install-dev: .venv/.installed-dev

.venv/.python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 is needed, with its venv module (Debian: apt-get install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

# Wheels alone: pip then names what has none before it installs anything, and nothing is compiled.
define wheels
	@$(BIN)/pip install --quiet --disable-pip-version-check --only-binary=:all: -r $< 2>.venv/pip.log \
	|| { cat .venv/pip.log; sed -n "s/.*No matching distribution found for \([^ ]*\).*/\1 has no wheel for $$($(HERE)): nothing was installed./p" .venv/pip.log; exit 1; }
endef
HERE = $(BIN)/python -c 'import platform; print("Python", platform.python_version(), "on", platform.system(), platform.machine())'

.venv/.installed: requirements.txt .venv/.python
	$(wheels)
	@$(MAKE) --no-print-directory messages
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.python
	$(wheels)
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
