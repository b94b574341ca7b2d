# Two commands do all set-up on a fresh machine: `make demo` and `make test`.

PYTHON ?= python3
BIN := .venv/bin
# What measures no time and needs no Kafka of its own: two files at a time. The rest runs alone.
ALONE := $(addprefix tests/,integration/brokers integration/pipeline integration/alerts/test_leader.py faults/test_workers.py)

.PHONY: help setup demo test test-all lint types contracts bench bench-alerts faults faults-engine env clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/ready ## make .venv with everything in it

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup ## sample events (and real traces where present) through broker and worker; ends in a report and a page
	$(BIN)/tokentide demo

test: setup ## every test that fits 12 minutes, a real Kafka included where Java and Maven are
	$(BIN)/python -P -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not long" $(addprefix --ignore=,$(ALONE))
	$(BIN)/python -P -m pytest -m "not long" $(ALONE)

test-all: setup ## the long forms too; their summary is committed
	$(BIN)/python -P -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

contracts: setup
	$(BIN)/lint-imports

bench: setup ## side by side: plain Faust, our worker, ClickHouse alone
	$(BIN)/python -m bench

bench-alerts: setup ## false pages, recall and delays of the alerts: SCENARIOS (24) gateways from SEED (10000) on, or SCENARIO_DIR
	PYTHONPATH=. SCENARIOS="$(SCENARIOS)" SCENARIO_DIR="$(SCENARIO_DIR)" SEED="$(if $(filter command line environment,$(origin SEED)),$(SEED))" $(BIN)/python -m bench.alerts

SECONDS ?= 1200
SEED ?= 1
CASES ?= 1000000

faults: setup ## kill, stall and cut off everything on a real Kafka: seeded cases for SECONDS (1200), from SEED on
	PYTHONPATH=tests:infra/kafka $(BIN)/python -m faults --seconds $(SECONDS) --seed $(SEED) --cases $(CASES)

faults-engine: CASES = 11
faults-engine: setup ## kill at crash points and at the engine's commits, without Kafka: CASES seeds (11), from SEED on
	PYTHONPATH=tests:infra/kafka $(BIN)/python -m faults.engine --seed $(SEED) --cases $(CASES) --only "$(ONLY)"

env: ## write .env with secrets drawn at random, for docker compose; an existing one is kept
	$(PYTHON) infra/docker/env.py

clean: ## remove what the build made
	rm -rf .venv build dist out .work *.egg-info
