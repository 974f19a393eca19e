# Two commands do everything on a fresh Debian or Ubuntu: `make run` (the examples' verdicts) and `make test`.
# All they need goes into .venv of this checkout, except for system packages, which apt installs where it may.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEVICES ?= web android:pixel-8-api34
EXAMPLES := acme mixpanel amplitude braze clicks banner
BUILT := $(patsubst examples/%/package.json,examples/%/build/.done,$(wildcard examples/*/package.json)) \
  $(patsubst examples/%/android/pom.xml,examples/%/build/android/.done,$(wildcard examples/*/android/pom.xml))
HARNESS := testbed/devices/chromium/assets/.done
ANDROID := testbed/apk/assets/.done
MVN := mvn -q -B -Dmaven.test.skip=true
STRANGER := tests/virtual/adb/stranger/node_modules/.done

.PHONY: help
help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: run
run: setup ## Bring a fleet up, run every example on it, take it down
	@$(BIN)/testbed up $(addprefix --device ,$(DEVICES))
	@trap '$(BIN)/testbed down' EXIT; code=0; \
	for name in $(EXAMPLES); do $(BIN)/testbed run examples/$$name || code=$$?; done; exit $$code

.PHONY: test
test: setup lint $(STRANGER) ## Check and test everything
	$(BIN)/pytest

.PHONY: soak
soak: setup ## The examples COUNT times on one warm fleet, PLATFORM=web or android: one and the same report, nothing grows
	@$(BIN)/python -m tests.soak --count $(or $(COUNT),50) $(if $(WORKERS),--workers $(WORKERS)) \
	  $(if $(SEED),--seed $(SEED)) $(if $(PLATFORM),--platform $(PLATFORM))

.PHONY: bench
bench: setup ## Figures beside their budgets, on a machine that does nothing else; JSON=FILE, PROFILE=1
	@$(BIN)/python -m pip install --quiet --group bench
	@$(BIN)/python -m tests.bench $(if $(TIMES),--times $(TIMES)) $(if $(FLOWS),--flows $(FLOWS)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(JSON),--json $(JSON)) $(if $(PROFILE),--profile bench-profile.txt)

.PHONY: lint
lint: $(VENV)/.done ## Format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

.PHONY: wheel
wheel: $(VENV)/.done $(HARNESS) $(ANDROID) ## Build the wheel, with the harnesses and the web SDK in it
	$(BIN)/python -m build --wheel --outdir dist .

.PHONY: acme
acme: $(VENV)/.done ## Write examples/acme and the published schemas anew, as the code makes them
	rm -rf examples/acme
	@$(BIN)/testbed new Acme --into examples/acme --platform web --platform android
	cp examples/acme/.testbed/schema/*.json docs/schema/

.PHONY: screenshot
screenshot: setup ## Draw the README's picture anew, and print its transcript
	$(BIN)/python -m tests.readme

.PHONY: setup
setup: system $(VENV)/.done $(HARNESS) $(ANDROID) $(BUILT) ## Everything that run and test need
	@$(BIN)/testbed setup android

.PHONY: clean
clean: ## Remove what was built
	rm -rf $(VENV) dist build testbed/devices/chromium/assets testbed/segment/assets testbed/apk/assets testbed/runtimes/jvm/assets examples/*/build
	rm -rf harnesses/web/node_modules harnesses/android/*/target examples/*/node_modules

.PHONY: system
system: ## Python 3.11+, Node 18+, JDK 17, Maven, a headless Chromium, Android's and the jail's tools: installed where apt is at hand, else named
	@PYTHON='$(PYTHON)' bash harnesses/system.sh

$(VENV)/.done: pyproject.toml
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

$(HARNESS): $(wildcard harnesses/web/package*.json harnesses/web/*.mjs harnesses/web/src/*)
	@cd harnesses/web && npm ci --silent --no-audit --no-fund && npm run --silent build
	@touch $@

# What goes into the app, and what goes beside it into the JVM. Offline where Maven has all that it needs.
$(ANDROID): $(shell find harnesses/android -name target -prune -o \( -name pom.xml -o -path '*/src/*' -type f \) -print)
	@cd harnesses/android && { $(MVN) -o package 2>/dev/null >&2 || $(MVN) package; }
	@mkdir -p testbed/apk/assets testbed/runtimes/jvm/assets
	@cd harnesses/android && cp app-java/target/app-java.jar app-kotlin/target/app-kotlin.jar shims/target/shims.jar ../../testbed/apk/assets
	@cd harnesses/android && cp worker/target/worker.jar agent/target/agent.jar bridge/target/bridge.jar shims/target/shims-host.jar ../../testbed/runtimes/jvm/assets
	@touch $@

$(STRANGER): tests/virtual/adb/stranger/package-lock.json
	@cd $(<D) && npm ci --silent --no-audit --no-fund
	@touch $@

examples/%/build/.done: examples/%/package.json examples/%/package-lock.json $(wildcard examples/*/src/*) $(wildcard examples/*/*.mjs)
	@cd examples/$* && npm ci --silent --no-audit --no-fund && npm run --silent build
	@touch $@

examples/%/build/android/.done: examples/%/android/pom.xml $(wildcard examples/*/android/*/pom.xml) $(shell find examples/*/android -path '*/src/*' -type f)
	@cd examples/$*/android && mvn --quiet --batch-mode package
	@mkdir -p $(@D) && touch $@
