# Everything a person does with this project. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo dev test check fast fix screenshots rehearse campaign lock browser

# The system's own Python first, if it can make virtual environments: distributions optimise theirs by profile, and the
# same code runs half again as fast as on one that was compiled without.
PYTHON ?= $(shell for needed in "sys, ensurepip, venv" sys; do \
	for each in /usr/bin/python3 python3.11 python3.12 python3.13 python3; do \
	$$each -c "import $$needed; sys.exit(not (3, 11) <= sys.version_info < (3, 14))" 2>/dev/null && echo $$each && break 2; done; done)
BIN := .venv/bin
PORT ?= 8000
# Large pages where the C library knows how: Python walks its small objects a third faster on a virtual machine.
export PYTHONMALLOC ?= malloc
export GLIBC_TUNABLES ?= glibc.malloc.hugetlb=1
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 4 ] && echo 4 || echo $$n)
TEMPLATES := find templates $(wildcard */templates) -name "*.html"
APPS := jlseko carriers sync exceptions
SEVERAL := $(if $(MULTI_SHIPMENT),$(if $(filter 1 yes true,$(MULTI_SHIPMENT)),--multi-shipment,--no-multi-shipment))
DEMO := $(BIN)/python -m jlseko.demo --port $(PORT) $(if $(SEED),--seed $(SEED)) $(if $(SPEED),--speed $(SPEED)) \
	$(if $(ORDERS),--orders "$(ORDERS)") $(SEVERAL) $(if $(filter 1 yes true,$(FRESH)),--fresh)
INSTALL := $(BIN)/pip install --quiet --quiet --disable-pip-version-check --no-input --no-deps --require-hashes

help: ## list what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.dev ## install everything for working on the project into .venv

demo: .venv/.run ## run the whole loop with two simulated partners (PORT=8000 SEED= SPEED=120 ORDERS=file.csv MULTI_SHIPMENT=1 FRESH=1)
	@exec $(DEMO)

dev: .venv/.dev ## the demo with code reloading and error pages
	@JLSEKO_DEBUG=1 exec $(DEMO) --reload

test: .venv/.dev browser fast ## the fast checks, then all tests
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(TESTS)

fast: .venv/.dev
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/lint-imports --no-logo
	@$(TEMPLATES) | xargs --no-run-if-empty $(BIN)/djade --check
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run

check: fast ## every check: style, types, imports, templates, deployment, migrations, security, lock
	$(BIN)/bandit --quiet --recursive -c pyproject.toml $(APPS) manage.py
	env -i PATH="$$PATH" JLSEKO_ENV=production ALLOWED_HOSTS=desk.example CSRF_TRUSTED_ORIGINS=https://desk.example \
		DATABASE_URL=postgres://desk@db.example/desk REDIS_URL=rediss://queue.example:6379/0 ALLOWED_REMOTE_HOSTS=partner.example \
		DJANGO_SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
		JLSEKO_FIELD_KEYS="$$($(BIN)/python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())')" \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	@! grep -nE '://|--(extra-)?index-url|--find-links|--trusted-host' requirements/*.txt || { echo "The lock names an index"; exit 1; }
	@echo "All checks passed."

fix: .venv/.dev ## mend what the checks can mend by themselves
	$(BIN)/ruff check --quiet --fix . || true
	$(BIN)/ruff format --quiet .
	@$(TEMPLATES) | xargs --no-run-if-empty $(BIN)/djade

screenshots: .venv/.dev browser ## photograph every screen of a running demo into .data/screenshots (PORT=8000 KEEP=1 renews docs/screenshots)
	$(BIN)/python -m docs.screenshots --url http://127.0.0.1:$(PORT) $(if $(filter 1 yes true,$(KEEP)),--keep)

rehearse: .venv/.dev ## live a busy day with faults on and judge it (HOURS=24 SPEED=240 SEED= MULTI_SHIPMENT=1)
	$(BIN)/python -m tests.rehearsal $(if $(HOURS),--hours $(HOURS)) $(if $(SPEED),--speed $(SPEED)) \
		$(if $(SEED),--seed $(SEED)) $(SEVERAL)

campaign: .venv/.dev ## live simulated days full of faults and judge them (TIER=core SEEDS=1:60 ORDERS=150 AFRESH=1 KEEP=folder RESUME=folder)
	$(BIN)/python -m tests.campaign --tier $(or $(TIER),core) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(ORDERS),--orders $(ORDERS)) \
		$(if $(filter 1 yes true,$(AFRESH)),--afresh) $(if $(KEEP),--folder $(KEEP)) $(if $(RESUME),--resume $(RESUME)) $(OPTIONS)

lock: .venv/.dev ## resolve pyproject.toml anew into requirements/*.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra embedded pyproject.toml --output-file requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra embedded --extra dev pyproject.toml --output-file requirements/dev.txt

# The browser journeys need Chromium: root gets Debian's, anybody else the command that brings it
browser:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests ..."; export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 \
			|| echo "Chromium could not be installed; the browser tests will be skipped."; \
	else \
		echo "No Chromium: the browser tests will be skipped. It comes with"; \
		echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium"; \
	fi

.venv/bin/pip:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11, 3.12 or 3.13 is needed: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null; } \
		|| { echo "Python's venv module is missing: sudo apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv --clear .venv

.venv/.run: requirements/run.txt | .venv/bin/pip
	@echo "Installing what the application needs ..."
	@$(INSTALL) -r requirements/run.txt
	@touch $@

.venv/.dev: requirements/dev.txt requirements/run.txt | .venv/bin/pip
	@echo "Installing what working on the application needs ..."
	@$(INSTALL) -r requirements/dev.txt
	@touch .venv/.run $@
