# Two commands matter: `make deploy-local` and `make test`. Each does its own set-up, says what it does, and is quick the second time.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
CLI := node_modules/.installed

# One process more than cores: the tests of the local cloud mostly wait for it.
TEST_PROCESSES ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

# The banner says that Node 20 is old; the variable must hold the major version.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION ?= 20

.PHONY: bench cli-docs cli-docs-check docs docs-serve faults field-pages interleavings mutants soak switches help deploy-local diff-local destroy-local reset-local test test-unit check format synth wheel model pictures clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(INSTALLED): pyproject.toml requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.10 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed, this is " + sys.version)'
	@echo "==> installing the Python packages into .venv (a minute or two, once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt --group dev
	@touch $@

$(CLI): package.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is needed: https://nodejs.org"; exit 1; }
	@echo "==> installing the CDK CLI of package.json into node_modules"
	@npm install --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

deploy-local: $(INSTALLED) $(CLI) ## Deploy app.py for real, to an AWS on this machine; prints ARN and ID
	@$(BIN)/python -m local_cloud deploy

diff-local: $(INSTALLED) $(CLI) ## What a deploy-local would change
	@$(BIN)/python -m local_cloud diff

destroy-local: $(INSTALLED) $(CLI) ## Take down what deploy-local put up
	@$(BIN)/python -m local_cloud destroy

reset-local: $(INSTALLED) ## Forget the local AWS with all that is in it
	@$(BIN)/python -m local_cloud reset

test: $(INSTALLED) $(CLI) ## Every test: units, the wheel, real deployments to the local AWS
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

test-unit: $(INSTALLED) ## The tests that need neither Node's CLI nor a network
	@$(BIN)/python -m pytest -n auto --dist loadfile -m "not wheel and not local_cloud"

faults: $(INSTALLED) ## Write into docs/faults.md which tests cover each row
	@$(BIN)/python tools/faults.py

soak: $(INSTALLED) ## Very many random deployments against a misbehaving service; `SOAK_SEQUENCES=n SOAK_SEED=n` (docs/reliability.md)
	@$(BIN)/python tools/soak.py $(if $(SOAK_MACHINE),--machine $(SOAK_MACHINE)) $(if $(SOAK_SEQUENCES),--sequences $(SOAK_SEQUENCES)) $(if $(SOAK_SEED),--seed $(SOAK_SEED)) $(if $(SOAK_CHUNK),--chunk $(SOAK_CHUNK)) $(if $(SOAK_MINUTES),--minutes $(SOAK_MINUTES))

interleavings: $(INSTALLED) ## Every order of the requests of two runs at once (docs/reliability.md)
	@INTERLEAVINGS_EVERY=1 $(BIN)/python -m pytest -q -n auto tests/reliability/test_interleavings.py

mutants: $(INSTALLED) ## Change the handler's decisions one by one; what does no test notice? `MUTANTS=form/claim MUTANTS_MINUTES=n` (docs/reliability.md)
	@$(BIN)/python tools/mutants.py $(MUTANTS) $(if $(MUTANTS_MINUTES),--minutes $(MUTANTS_MINUTES))

switches: $(INSTALLED) ## The handler's tests under every unverified assumption about AWS; `SWITCH=page_size` for one (docs/reliability.md)
	@$(BIN)/python tools/switches.py $(SWITCH)

cli-docs: $(INSTALLED) $(CLI) ## Run the commands of docs/cli.md and of the two stories, and write what they print
	@$(BIN)/python tools/cli_docs.py
	@CLI_STORY=docs/cli-story.md $(BIN)/python -m pytest -q tests/local_cloud/test_command_line.py
	@WATCH_STORY=docs/watch-story.md $(BIN)/python -m pytest -q tests/local_cloud/test_watch_story.py
	@$(MAKE) --no-print-directory pictures

cli-docs-check: $(INSTALLED) $(CLI) ## Whether every output in docs/cli.md is what the command prints now
	@CLI_DOCS_CHECK=1 $(BIN)/python -m pytest -q tests/local_cloud/test_cli_docs.py

pictures: $(INSTALLED) $(CLI) ## Draw docs/images from its sources and from recorded outputs; `make cli-docs` records the terminals
	@node tools/diagrams.mjs
	@$(BIN)/python tools/pictures.py

field-pages: $(INSTALLED) ## Write docs/fields, a page for each registration type, from the definitions
	@$(BIN)/python tools/field_pages.py

docs: $(INSTALLED) ## Build the documentation site into build/site; a broken link is an error
	@echo "==> mkdocs build --strict"
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

docs-serve: $(INSTALLED) ## Show the documentation site at http://127.0.0.1:8000, and build it again at each change
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

bench: $(INSTALLED) ## What it costs, measured beside its peers; `BENCH=quota` for one of them (docs/performance.md)
	@$(BIN)/python -m benchmarks $(BENCH)

check: $(INSTALLED) ## ruff, mypy --strict, codespell, validate-pyproject, the documentation site
	@echo "==> ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "==> mypy --strict"
	@$(BIN)/mypy
	@echo "==> codespell"
	@$(BIN)/codespell
	@echo "==> validate-pyproject"
	@$(BIN)/validate-pyproject pyproject.toml
	@$(MAKE) --no-print-directory docs

format: $(INSTALLED) ## Let ruff fix what it can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

synth: $(INSTALLED) $(CLI) ## Synthesize app.py into cdk.out and lint the templates
	@PATH="$(CURDIR)/$(BIN):$$PATH" node_modules/.bin/cdk synth --quiet
	@$(BIN)/cfn-lint --ignore-checks W3005 -- cdk.out/*.template.json
	@echo "cdk.out:" && ls cdk.out/*.template.json

wheel: $(INSTALLED) ## Build the wheel into dist
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

model: $(INSTALLED) ## Trim the service model again, after a change of the pinned botocore
	@$(BIN)/python tools/service_model.py

clean: ## Remove everything that is built or installed here
	rm -rf .venv .local-cloud node_modules cdk.out dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .mutants .soak .switches
