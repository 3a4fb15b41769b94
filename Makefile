# Every target makes what it needs, from a bare Debian or Ubuntu with python3 (>= 3.11) and make.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install -q
HOME_OF_DEMO ?= demo-home
ASSETS := src/tenshu/web/static/vendor/assets.sha256

.PHONY: help demo test lint types layers format tests bench docs pictures assets install clean

help: ## say what can be made
	@echo "tenshu: make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install assets ## a shop's two files in, 60 simulated days of scenarios, the report on 127.0.0.1
	.venv/bin/tenshu demo --home $(HOME_OF_DEMO) $(DEMO)

test: lint browser postgres tests ## everything that CI checks: lint, types, layers, house rules, tests

lint: format types layers ## ruff, mypy --strict and the layers of the rooms

format: .venv/.dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: .venv/.dev
	.venv/bin/mypy

layers: .venv/.dev
	.venv/bin/lint-imports

tests: .venv/.dev assets
	PATH="$(CURDIR)/.venv/bin:$$PATH" $(PY) -m pytest -n 2 --dist worksteal $(TESTS)

bench: .venv/.dev assets ## all short benchmarks and one table; one by name: make bench PART=rfm, make bench-rfm
	@$(PY) benchmarks/__main__.py $(PART) $(BENCH)

bench-%: .venv/.dev assets
	@$(PY) benchmarks/__main__.py $* $(BENCH)

docs: .venv/.dev ## the documents as pages in build/docs, links checked
	$(PY) scripts/build_docs.py build/docs

pictures: .venv/.dev assets browser ## the pictures of the guide, taken anew by the test that plays the first hour
	TENSHU_PICTURES=docs/pictures PATH="$(CURDIR)/.venv/bin:$$PATH" $(PY) -m pytest tests/acceptance/test_first_hour.py

install: .venv/.run ## the program itself in .venv (.venv/bin/tenshu)

assets: $(ASSETS) ## the web assets, from npm

clean: ## remove everything that was made here
	rm -rf .venv build dist node_modules src/tenshu/web/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: browser postgres
browser: .venv/.dev
	@scripts/machine.sh browser

postgres: .venv/.dev
	@scripts/machine.sh postgres

# A file that is newer than what it was made from is left alone, so a second make starts at once.
.venv/.made: scripts/machine.sh
	scripts/machine.sh venv
	@touch $@

.venv/.run: .venv/.made requirements/run.txt pyproject.toml
	$(PIP) -r requirements/run.txt -r requirements/build.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	$(PIP) -r requirements/dev.txt
	@touch $@

$(ASSETS): package.json package-lock.json scripts/build_assets.py | .venv/.run
	scripts/machine.sh node
	$(PY) scripts/build_assets.py
	@touch $@
