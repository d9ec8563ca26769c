# Needs make, and a Python 3.11 to 3.13 with its own venv and pip. Everything else is installed into .venv.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
STAMP := .venv/.installed
CODE := services shared adapters cli demo audit review simulate prove bench
# The first of these that is new enough; name another with `make setup PYTHON=/path/to/python3`.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) ## build .venv from the hashed lock (quick the second time)

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 was found. Install one, or: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v < (3, 14) or sys.exit("Python 3.11 to 3.13 is needed; this is %d.%d: " % v + sys.executable)'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) lacks venv or ensurepip (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@echo "[1/3] .venv with $(PYTHON)"
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@echo "[2/3] libraries from requirements.lock, every one checked by its hash (a minute or two the first time)"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock
	@echo "[3/3] the project itself"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $(STAMP)
	@echo "ready: $(BIN)/sav --help"

.PHONY: demo
demo: setup ## the whole procedure, played (ONCE=1: one pass, TICKETS=200: how many)
	@$(BIN)/sav demo $(if $(ONCE),--once) $(if $(TICKETS),--tickets $(TICKETS))

# Tests that need engines are one group: one process, one broker, beside the others.
.PHONY: test
test: setup lint types contracts ## style, types, contracts between packages, then every test
	@$(BIN)/python -m pytest -n 2 --dist loadscope

.PHONY: mutants
mutants: setup ## planted bugs (tests/mutants/*.patch): which checker finds each; 30 minutes at most
	@$(BIN)/python -m tests.mutants.hunt

.PHONY: bench
bench: setup ## the speed, in one interleaved run (LIVES=1500 ROUNDS=3 OLD=40000: twenty-four minutes)
	@$(BIN)/python -m bench $(if $(LIVES),--lives $(LIVES)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(OLD),--tickets $(OLD))

.PHONY: chaos
chaos: setup ## rows of the fault matrix on real processes (ROWS="F2 F21", LONG=1: seven minutes too)
	@$(BIN)/python -m tests.chaos $(ROWS) $(if $(LONG),--long)

.PHONY: unit
unit: setup ## only the tests that need no engine
	@$(BIN)/python -m pytest -n 2 -m "not kafka and not chaos"

.PHONY: lint
lint: setup ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: types
types: setup ## mypy --strict
	@$(BIN)/mypy

.PHONY: contracts
contracts: setup ## who may import whom
	@$(BIN)/lint-imports

.PHONY: alerts
alerts: setup ## fifteen minutes: Prometheus watches the services, triage is stopped, one alert must fire
	@$(BIN)/python -m deploy.prometheus.rehearse

.PHONY: lock
lock: setup ## make both locks again from pyproject.toml: all of it, and what the image needs
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes -c requirements.lock \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml -o deploy/requirements.lock

.PHONY: clean
clean: ## remove .venv, caches and the data of local engines
	rm -rf .venv .sav .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist build
	find $(CODE) tests -name __pycache__ -type d -prune -exec rm -rf {} +
