# Every command of studymesh. `make` alone lists them.
#
#   MESH_PORT_BASE=8080   the gateway's port; every other one lies within the 100 after it
#   MESH_DATA=.data       where everything is kept
#   PYTHON=python3        the Python (3.11 or newer) that the environment is made with, once: it stays with it

# Who made .venv with another Python than `python3` need not name it ever after.
PYTHON ?= $(shell [ -f .venv/installed ] && [ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)
VENV := .venv/bin
MESH := $(VENV)/python -m deploy.local

.DEFAULT_GOAL := help
.PHONY: help setup run up down status logs reset backup restore test simulate test-opensearch test-thoughts test-crowd chaos-cluster chaos check format formatted lint types layers quick bench bench-bus bench-search contracts clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  MESH_PORT_BASE (8080) moves the ports, MESH_DATA (.data) moves the data."

setup: ## Make .venv from the hash-pinned lock (every other command does it when needed)
	@$(PYTHON) deploy/setup.py

run: setup ## Start the whole mesh here and now; Ctrl-C stops it, data stays
	@exec $(MESH) run

up: setup ## Start it in the background; returns when everything is ready
	@$(MESH) up

down: setup ## Stop what run or up started
	@$(MESH) down

status: setup ## Tell how every process is; 0 only when all are ready
	@$(MESH) status

logs: setup ## Show what every process says, as it says it (Ctrl-C ends it)
	@$(MESH) logs

reset: setup ## Stop everything and forget all data
	@$(MESH) reset

backup: setup ## Write the running mesh into a new directory, TO=path (default: .data/backups/<time>)
	@$(VENV)/python -m deploy.mesh backup $(TO)

restore: setup ## Make a stopped, empty mesh what the backup FROM=path is; REPLACE=1 forgets what it keeps
	@$(VENV)/python -m deploy.mesh restore $(FROM) $(if $(REPLACE),--replace)

test: setup ## Run all tests against real servers on free ports
	@$(VENV)/python -m pytest --durations=10

test-thoughts: setup ## Change minds at random, SECOND_THOUGHTS=20 times with and without kills
	@SECOND_THOUGHTS=$${SECOND_THOUGHTS:-20} $(VENV)/python -m pytest tests/e2e/test_second_thoughts.py

test-crowd: setup ## Let 500 documents of one and one of another through a mesh
	@CROWD=$${CROWD:-500} $(VENV)/python -m pytest tests/e2e/test_fairness.py

chaos: setup ## Do FAULTS=200 to a mesh under load until EVENTS=100000 went by; SEED=, HOLD=30, BROKERS=3, REPORT=file
	@FAULTS=$${FAULTS:-200} EVENTS=$${EVENTS:-100000} $(VENV)/python -m tests.chaos

simulate: setup ## Let the state machines run EXAMPLES=200 random examples each; SEED=n repeats a run
	@seed=$${SEED:-$$(date +%s)}; echo "SEED=$$seed"; SIMULATE_EXAMPLES=$${EXAMPLES:-200} \
		$(VENV)/python -m pytest --hypothesis-seed=$$seed --timeout=0 -x tests/simulation

chaos-cluster: setup ## Kill KILLS=24 and freeze FREEZES=3 leaders of three brokers under EVENTS=50000 messages
	@$(VENV)/python -m tests.chaos.broker

test-opensearch: setup ## Hold a real OpenSearch to search's suites and the stories (Java 17, Maven)
	@$(VENV)/python -m deploy.opensearch $(VENV)/python -m pytest --durations=5 \
		tests/integration/search/test_opensearch.py tests/integration/search/test_replicas.py \
		tests/integration/search/test_rebuild.py \
		tests/e2e/test_stories.py tests/e2e/test_stories_search.py tests/e2e/test_stories_rebuild.py

check: setup formatted lint types layers quick ## Format, lint, types, layers; unit, contract, architecture tests

format: setup ## Rewrite the code as the formatter likes it
	@$(VENV)/ruff format --quiet .

formatted: setup
	@$(VENV)/ruff format --check --quiet . || { echo "Not formatted: make format"; exit 1; }

lint: setup ## Ask ruff about everything
	@$(VENV)/ruff check .

types: setup ## Ask mypy, strictly
	@$(VENV)/mypy

layers: setup ## See that imports point inward
	@$(VENV)/lint-imports

quick: setup ## Run unit, contract and architecture tests
	@$(VENV)/python -m pytest tests/unit tests/contract tests/architecture

bench: setup ## Measure DOCUMENTS=200 through the mesh and through a bare script, side by side
	@$(VENV)/python -m benchmarks.documents

bench-bus: setup ## Measure a message's way with bare nats-py and with outbox, relay and inbox
	@$(VENV)/python -m benchmarks.bus

bench-search: setup ## Rate search on the judged COLLECTION=path, and time it at SIZES=1000,10000,100000
	@$(VENV)/python -m benchmarks.search

contracts: setup ## Write schemas and AsyncAPI again after a change of messages or manifests
	@$(VENV)/python -m contracts

clean: ## Remove caches; .venv and data stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
