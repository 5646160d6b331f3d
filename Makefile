# Windows without make: the same commands stand in README.md.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export OMP_WAIT_POLICY = PASSIVE
# Whole paths, since notebooks run in another folder. (abspath would cut a name with a space in two.)
whole = $(if $(filter /% ~%,$(firstword $(1))),$(1),$(CURDIR)/$(1))
ifneq ($(COURSE_DATA),)
export COURSE_DATA := $(call whole,$(COURSE_DATA))
endif
ifneq ($(COURSE_MIRROR),)
export COURSE_MIRROR := $(call whole,$(COURSE_MIRROR))
endif

.PHONY: help setup lab hello test test-colab bands verified bench outputs scoreboard cards house map book links slides editions repo clean

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/ready  ## create .venv with the pinned versions, once

$(VENV)/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; try: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned versions: a few minutes, and 7 GB on Linux."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[lab,book,test]"
	@touch $@

# In a container one is often root, and JupyterLab would refuse to start.
ALLOW_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

lab: setup  ## open the course in JupyterLab
	$(BIN)/jupyter lab $(ALLOW_ROOT) --ServerApp.root_dir=. notebooks/$(notdir $(firstword $(sort $(wildcard notebooks/*.ipynb))))

hello: setup  ## run lesson 07 without a browser
	@$(BIN)/python -m course_utils hello

# Two lessons at a time, the longest first, then the package's tests. Each of these keeps its own file together.
PARALLEL := --numprocesses 2 --dist loadfile --no-loadscope-reorder
# PART=data leaves out what no data set and no stand-in can change.
FOLDERS := $(if $(filter data,$(PART)),tests/data $(wildcard tests/lessons/test_lesson_*.py),tests)

test: setup  ## test the package, and every lesson that changed (ALL=1: every lesson; PART=data: what data can change)
	@$(BIN)/python book/assets.py || true
	@$(BIN)/python -m ruff check . && $(BIN)/python -m ruff format --check .
	@$(BIN)/python -m pytest notebooks $(FOLDERS) --ignore tests/alone $(PARALLEL) --durations 20 $(if $(ALL),--all)
	@$(if $(PART),,$(BIN)/python -m pytest tests/alone)

# Python as on Colab; with pyenv also versions that are not on the path.
COLAB_PYTHON := $(firstword $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python) $(wildcard $(HOME)/.pyenv/versions/3.12*/bin/python) $(shell command -v python3.13 || command -v python3.12))

test-colab:  ## run the lessons with the versions that Colab has (needs Python 3.12 or 3.13)
ifeq ($(COLAB_PYTHON),)
	@echo "SKIPPED: neither Python 3.13 nor 3.12 is on this computer, so nothing was run with Colab's versions."
else
	$(COLAB_PYTHON) -m venv .venv-colab
	.venv-colab/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-colab.txt --editable . nbval pytest pytest-xdist psutil nbclient nbformat ipykernel
	.venv-colab/bin/python -m pytest notebooks $(PARALLEL) --all
endif

bands: setup  ## measure how far each number moves on other computers and with other seeds (LESSON=07 for one)
	@$(BIN)/python -m course_utils bands $(LESSON)

verified: setup  ## write the book's page "Last verified" from the test runs
	@$(BIN)/python -m course_utils verified

bench: setup  ## compare the loader of the course with three others (about a minute)
	@$(BIN)/python tests/benchmarks/bench_loader.py

outputs: setup  ## run the lessons anew and save their outputs (LESSON=07 for one)
	@$(BIN)/python -m course_utils outputs $(LESSON)

scoreboard: setup  ## write the scoreboard with its picture, the cards of the lessons and the timetables
	@$(BIN)/python -m course_utils scoreboard
	@$(BIN)/python book/timetables.py

cards: setup  ## write the book's page of data cards from the catalog
	@$(BIN)/python -m course_utils cards --book

house: setup  ## draw the picture of the package from its imports
	@$(BIN)/python book/house.py

map: setup  ## draw the map of the lessons
	@$(BIN)/python book/map.py

book: setup  ## build the book into build/book
	@$(BIN)/python book/assets.py || true
	@$(BIN)/python book/live.py || true
	$(BIN)/jupyter-book build . --config book/_config.yml --toc book/_toc.yml --path-output build/book -W --keep-going -q

links: setup  ## check every link of the book on the web
	@$(BIN)/python book/links.py

slides: setup  ## make slides of the lessons into build/slides (key S: speaker notes)
	@$(BIN)/python book/assets.py || true
	@$(BIN)/python -m course_utils slides $(LESSON)

editions: setup  ## write a student, an instructor and an nbgrader edition, and sheets to print, into build/editions
	@$(BIN)/python book/editions.py

repo: setup  ## write another repository into badges, set-up cells and book (SLUG=owner/name)
	@$(BIN)/python -m course_utils repo $(SLUG)

clean:  ## remove what was built; the data cache and .venv stay
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis book/_build
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
