# Everything runs from .venv; nothing else on the machine is changed, but for system libraries apt can add.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin

.PHONY: install install-dev demo dev check lint test test-engines bench soak messages hooks sbom
.NOTPARALLEL:

install: .venv/.installed
install-dev: .venv/.installed-dev

.venv/.python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 is needed, with its venv module (Debian: apt-get install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

# Wheels alone: pip then names what has none before it installs anything, and nothing is compiled. Python does so with what
# it loads: a third of what is installed here, and one core would take half a minute for all of it.
define wheels
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --only-binary=:all: --require-hashes -r $< 2>.venv/pip.log \
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

messages:
	@$(BIN)/python manage.py messages --compile

demo: install-dev messages
	@exec $(BIN)/python -m demo

dev: install-dev messages
	@exec $(BIN)/python -m demo.dev

# What CI runs, what is fast first; one after another, since some tests with an engine are about how long something takes.
check: lint test-engines test

lint: install-dev messages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/lint-imports
	@$(BIN)/python manage.py messages --check
	@$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@$(BIN)/mypy

test: install-dev messages
	@$(BIN)/python -m demo.system pango fonts chromium mariadb
	@$(BIN)/pytest -q -n auto --dist loadgroup -m "not engines"

# One after another: each engine wants a good part of the machine. Status 5 of pytest: none is marked.
test-engines: install-dev messages
	@$(BIN)/python -m demo.system nginx clamav node
	@$(BIN)/pytest -q -m engines || { status=$$?; test $$status -eq 5 && echo "No test needs an engine of its own."; }

# What the image installs, as a CycloneDX bill of materials.
sbom: install-dev
	@$(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --output-reproducible --output-file sbom.json
	@echo "sbom.json"

bench: install-dev
	@$(BIN)/python -m demo.bench $(ARGS)

# NAME:MINUTES on two cores; a part is the module of tests of that name, in whatever folder.
PARTS := erasure_oracle:1 figures:1 clock_oracle:3 ownership:6 nobody_elses_rows:10 masked_canaries:40 chaos:180 any_sequence:300
NAMES := $(foreach part,$(PARTS),$(firstword $(subst :, ,$(part))))
PART ?= $(NAMES)

soak: $(addprefix soak-,$(PART))

soak-%: install-dev messages
	@minutes=$(patsubst $*:%,%,$(filter $*:%,$(PARTS))); \
	test -n "$$minutes" || { echo "$*: no such part; there are: $(NAMES)"; exit 1; }; \
	echo "$*: about $$minutes minutes"; \
	SOAK=1 $(BIN)/pytest -q -n auto -m soak -k test_$*

# Formatting and lint before a commit, types before a push.
hooks: install-dev
	@git config core.hooksPath .githooks
