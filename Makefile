# The commands of this project. `make` alone lists them.
# A Python of your choice: make book PYTHON=python3.12. Tests on four cores: make test WORKERS=4

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
SITE := _build/html/index.html

.PHONY: help book test check lab edit clean
.DEFAULT_GOAL := help

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 14

book: $(INSTALLED)  ## build the site (the first time also the virtual environment)
	$(BIN)/jupyter-book build .
	@echo
	@echo "The book is in $(CURDIR)/$(SITE)"
	@echo "Open that file in a browser; it needs no server and no network. From a terminal:"
	@echo "    $(PYTHON) -m webbrowser -t \"file://$(CURDIR)/$(SITE)\""

test: $(INSTALLED)  ## run every test: code, notebooks, site, JupyterLab
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: $(INSTALLED)  ## lint, types and unit tests, in under two minutes
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests -n $(WORKERS) --dist loadfile -m "not browser and not lab and not slow"

lab: $(INSTALLED)  ## open JupyterLab on working copies of the chapters, in lab/
	$(BIN)/python -m tools.working_copies lab
	$(BIN)/jupyter lab --ServerApp.root_dir=lab

edit: $(INSTALLED)  ## open JupyterLab on the chapters themselves
	$(BIN)/jupyter lab --ServerApp.root_dir=book

clean:  ## remove what was built (not the virtual environment, not your copies in lab/)
	rm -rf _build .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find minillm tools tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Installs again only when what is required has changed.
$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@
