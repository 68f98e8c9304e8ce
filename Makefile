# Every command makes its own .venv on the first call; Python >= 3.11 and make are all it needs.
VENV   := .venv
LOOPS  := $(wildcard knetpy/kernels/*.[ch])
PY     := $(VENV)/bin/python
RECENT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11 python,\
            $(shell $(p) -c "$(RECENT)" 2>/dev/null && echo $(p))))

# The shipped data, whatever lies in the user's cache: the same numbers on every machine.
export KNETPY_DATA := $(CURDIR)/data
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test check test-all bench
.NOTPARALLEL:

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s%s\n", $$1, $$2 }' Makefile
	@echo "  The first call sets up $(VENV); PYTHON=/path/to/python3 chooses the interpreter."

run: $(VENV)/.run  ## train LeNet on MNIST, save it, load it back
	$(PY) examples/mnist_lenet.py

test: $(VENV)/.test  ## every test and documentation block, without the slow ones
	$(PY) -m pytest -n 2 -m "not slow"

check: $(VENV)/.dev  ## formatting, lint and types; changes nothing
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

test-all: $(VENV)/.test $(VENV)/.peers  ## the slow tests too, and live comparison with other frameworks
	$(PY) -m pytest

bench: $(VENV)/.peers  ## time KnetPy against other frameworks
	$(PY) -m benchmarks

# Stamps: a set-up step runs again only when what it installs or compiles has changed since.
$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "no Python >= 3.11 found; make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c "$(RECENT)" || { echo "$(PYTHON) is older than Python 3.11"; exit 1; }
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: pyproject.toml $(LOOPS) | $(VENV)/.made
	@echo "installing knetpy"
	@$(PY) -m pip install --quiet --editable .
	@touch $@

$(VENV)/.test $(VENV)/.dev $(VENV)/.peers: $(VENV)/.%: pyproject.toml $(LOOPS) | $(VENV)/.made
	@echo "installing knetpy[$*]"
	@$(PY) -m pip install --quiet --editable ".[$*]"
	@touch $@
