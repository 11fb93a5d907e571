.DEFAULT_GOAL := help
PYTHON := .venv/bin/python

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: install
install: ## Install the locked Python dependencies into .venv
	@scripts/install

.PHONY: tools
tools: install ## Find or build the programs that the local cloud runs
	@$(PYTHON) -m localcloud tools

.PHONY: demo
demo: install ## Bring the whole platform up on the local cloud and show it
	@$(PYTHON) -m localcloud demo

.PHONY: up
up: install ## Start an empty local cloud
	@$(PYTHON) -m localcloud up

.PHONY: shell
shell: install ## Open a shell in which pulumi, kubectl, aws and dig use the local cloud
	@$(PYTHON) -m localcloud shell

.PHONY: status
status: install ## Show what the local cloud runs
	@$(PYTHON) -m localcloud status

.PHONY: down
down: install ## End the local cloud and remove its state
	@$(PYTHON) -m localcloud down

.PHONY: lint
lint: install ## Check style, types and generated files
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/basedpyright

.PHONY: test
test: tools ## Run every test
	@$(PYTHON) -m pytest -n 2 --dist loadgroup

.PHONY: docs
docs: install ## Draw the order of the add-ons
	@$(PYTHON) -m components.addons.order

.PHONY: bench
bench: tools ## Measure the Route 53 calls and the time of a switch of 1,000 live names
	@$(PYTHON) -m bench.live_names

.PHONY: schema
schema: install ## Write the JSON Schemas of the stack files and of the outputs
	@$(PYTHON) -m settings.schema
	@$(PYTHON) -m eks_platform_contract.schema
