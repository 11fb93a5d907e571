.DEFAULT_GOAL := help
PYTHON := .venv/bin/python

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: install
install: ## Install the locked Python dependencies into .venv
	@scripts/install

.PHONY: tools
tools: install ## Find or build the programs that the local cloud runs: make tools [KUBERNETES=1.37] [WITH=all]
	@$(PYTHON) -m localcloud tools $(addprefix --kubernetes ,$(KUBERNETES)) $(addprefix --with ,$(WITH))

.PHONY: demo
demo: install ## Bring the whole platform up on the local cloud and show it: make demo [WITH=all] [PLUGINS=FOLDER]
	@$(PYTHON) -m localcloud demo $(addprefix --with ,$(WITH)) $(addprefix --plugins ,$(PLUGINS))

.PHONY: demo-switch
demo-switch: install ## Move production to the other colour while answered requests are counted
	@$(PYTHON) -m localcloud demo-switch

.PHONY: up
up: install ## Start an empty local cloud: make up [WITH=all] [PLUGINS=FOLDER]
	@$(PYTHON) -m localcloud up $(addprefix --with ,$(WITH)) $(addprefix --plugins ,$(PLUGINS))

.PHONY: shell
shell: install ## Open a shell in which pulumi, kubectl, aws and dig use the local cloud
	@$(PYTHON) -m localcloud shell

.PHONY: status
status: install ## Show what the local cloud runs
	@$(PYTHON) -m localcloud status

.PHONY: down
down: install ## End the local cloud and remove its state
	@$(PYTHON) -m localcloud down

.PHONY: preview
preview: install ## Preview stacks on the local cloud, as a comment: make preview STACK=blue
	@$(PYTHON) -m localcloud preview $(if $(STACK),--stack $(STACK))

.PHONY: record-previews
record-previews: install ## Record anew the previews that the golden comments are made of
	@$(PYTHON) -m development.recordings.record

.PHONY: record-walk
record-walk: tools ## Record anew the demo and the switch that the documentation shows
	@$(PYTHON) -m development.recordings.walk

.PHONY: lint
lint: install ## Check style, types, generated files and what linters of others say
	@development/scripts/lint-workflows
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/basedpyright
	@development/scripts/second-opinion

.PHONY: test
test: tools ## Run every test but the long stories
	@development/scripts/test $(PYTHON)

.PHONY: test-unit
test-unit: install ## Run the unit tests alone
	@$(PYTHON) -m pytest tests/unit -n logical --maxprocesses 4 --dist worksteal

.PHONY: test-long
test-long: tools ## Run the long stories: whole switches, interrupted updates, canaries
	@development/scripts/test-long $(PYTHON)

.PHONY: test-real-plugins
test-real-plugins: tools ## Both colours, a switch and a retirement on real plugins: make test-real-plugins PLUGINS=FOLDER
	@LOCALCLOUD_PLUGINS=$(or $(PLUGINS),real) $(PYTHON) -m pytest tests/e2e/real_plugins -q -s

.PHONY: test-minor
test-minor: install ## Bring the platform up on the pair after the shipped one, and switch there and back
	@$(PYTHON) -m pytest tests/e2e/next_minor -q

BENCH := $(PYTHON) -m development.bench $(addprefix --only ,$(ONLY)) $(if $(ROUNDS),--rounds $(ROUNDS))

.PHONY: test-extras
test-extras: install ## Show what the real programs of charts do on the local cloud; a new machine builds them first
	@$(PYTHON) -m pytest tests/e2e/extras -q

.PHONY: bench
bench: tools ## Measure what things take over the least they could: make bench [ONLY=… ROUNDS=…]
	@$(BENCH)

.PHONY: bench-check
bench-check: tools ## Measure, and fail where a ratio is worse than the recorded one: [ONLY=… ROUNDS=…]
	@$(BENCH) --check

.PHONY: bench-record
bench-record: tools ## Measure, and record the ratios that bench-check compares with: [ONLY=… ROUNDS=…]
	@$(BENCH) --record

.PHONY: chaos
chaos: tools ## Interrupt 200 switches and check every rule after each: make chaos [SEED=… ONLY=…]
	@$(PYTHON) -m development.chaos --interruptions $(or $(INTERRUPTIONS),200) $(if $(SEED),--seed $(SEED)) \
	  $(addprefix --only ,$(ONLY)) $(if $(START),--start $(START)) \
	  $(if $(REPORT),--report $(REPORT)) $(if $(RESUME),--resume)

.PHONY: chaos-retire
chaos-retire: install ## Interrupt 10 retirements of a colour with Karpenter's nodes and look for what is left: [SEED=… ONLY=…]
	@$(PYTHON) -m development.chaos.retirements $(if $(INTERRUPTIONS),--interruptions $(INTERRUPTIONS)) \
	  $(if $(SEED),--seed $(SEED)) $(addprefix --only ,$(ONLY)) $(if $(REPORT),--report $(REPORT))

.PHONY: experiments
experiments: install ## Compare ways of scaling on a load: make experiments [POLICY=A SEED=1 TRACE=evening|day|switch FACTOR=15]
	@$(PYTHON) -m development.experiments $(addprefix --policy ,$(POLICY)) $(addprefix --seed ,$(SEED)) \
	  $(addprefix --trace ,$(TRACE)) $(addprefix --factor ,$(FACTOR)) $(addprefix --folder ,$(FOLDER)) \
	  $(if $(AGAIN),--again)

.PHONY: experiments-report
experiments-report: install ## Make the table and the pictures of experiments' results: make experiments-report [FOLDER=…]
	@$(PYTHON) -m development.experiments --report $(addprefix --folder ,$(FOLDER))

.PHONY: docs
docs: install ## Build the documentation site into .site, strictly
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --quiet

.PHONY: generate
generate: install ## Write the files that are made from the code: schemas, references, pictures
	@$(PYTHON) -m development.docsite
	@PYTHONPATH=policy $(PYTHON) -m guardrails.table docs/policies.md
	@$(PYTHON) -m eks_platform_contract.schema
