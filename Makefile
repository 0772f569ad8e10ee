# make run    start the explorer            make run ARGS="--server.port 8600"
#             with models of your own       make run MODELS=~/models HUB=1        (see docs/serving.md)
#             with studies of your own      make run STUDIES=~/studies
# make test   lint, types, docs, every test make test ARGS="tests/core -x"
#             in more or fewer processes    make test JOBS=2
# Both set up .venv first and leave it alone while it is fresh. Another interpreter: PYTHON=python3.12 make run

PYTHON ?= python3
ARGS ?=
# One more than two cores: a test that waits for its page leaves its core to another.
JOBS ?= 3

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input install
RUNTIME := $(VENV)/.runtime-installed
TESTING := $(VENV)/.testing-installed

.PHONY: run test checks lint types docs browser clean

run: $(RUNTIME)
	$(PY) -m strace_explorer $(ARGS)

ifdef MODELS
run: export STRACE_MODEL_ROOTS := $(MODELS)
endif
ifdef STUDIES
run: export STRACE_STUDY_ROOTS := $(STUDIES)
endif
ifdef HUB
run: export STRACE_ALLOW_HUB := $(HUB)
endif

test: $(TESTING)
	$(MAKE) --jobs=$(JOBS) --output-sync=target checks
	$(PY) -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

checks: lint types docs browser

lint: $(TESTING)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(VENV)/bin/lint-imports

types: $(TESTING)
	$(PY) -m mypy

docs: $(TESTING)
	$(PY) -m mkdocs build --strict --quiet

browser: $(TESTING)
	$(PY) -m tests.e2e.browser

clean:
	rm -rf $(VENV) build dist site *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis test-artifacts

# The interpreter's own date says nothing about what is installed, hence `|`.
$(RUNTIME): requirements.txt pyproject.toml setup.py | $(PY)
	$(PIP) --requirement requirements.txt
	@touch $@

$(TESTING): $(RUNTIME)
	$(PIP) --editable '.[test]'
	@touch $@

$(PY):
	@command -v $(PYTHON) >/dev/null || { \
	  echo "There is no $(PYTHON). Install Python 3.11 or newer, or name one: PYTHON=python3.12 make run" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$($(PYTHON) -V), older than 3.11. Name a newer one: PYTHON=python3.12 make run" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) lacks its venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
