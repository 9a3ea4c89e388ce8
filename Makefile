# glassgrad: `make demo` and `make test` do all of it on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PACKAGES ?= $(PIP)
EXTRAS ?= test,dev
PYTEST_FLAGS ?= -n auto --dist loadfile --no-loadscope-reorder
PXD := $(wildcard autograd/*.pxd autograd/compiler/*.pxd autograd/compiler/loops/*.pxd)
NATIVE := $(wildcard autograd/compiler/executors/native/*.pyx autograd/compiler/executors/native/c/*)
BOOK := $(addprefix autograd/,operations.py formulas.py powers.py symbolic.py updates.py) $(wildcard autograd/rules_in_c/*.py)
CORE := setup.py autograd/_build.py $(wildcard autograd/*.h) $(NATIVE) $(PXD) $(PXD:.pxd=.py) $(BOOK)  # what is compiled, and how

unexport PYTHONDONTWRITEBYTECODE  # set in many containers: every process would compile every module again

.DEFAULT_GOAL := help
.PHONY: help install demo test coverage soak mutants lint format types stubs notebooks docs pictures bench accuracy clean

SAY_BUILD := import autograd; print("the core of autograd is compiled" if autograd.is_compiled() else \
	"the core of autograd is plain Python, and slower: no C compiler was found, or GLASSGRAD_PURE is set")

# What the package needs, with these extras: installed while the core compiles, which is the package's own installation.
define NEEDS
import re, sys, tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
needs = [*project["dependencies"], f"glassgrad[{sys.argv[1]}]"]
for need in needs:  # which grows
    own = re.fullmatch(r"glassgrad\[(.*)\]", need)
    needs += [each for extra in own[1].split(",") for each in project["optional-dependencies"][extra]] if own else []
print(*(need for need in needs if not need.startswith("glassgrad[")), sep="\n")
endef
export NEEDS
WITH = needs=$$($(BIN)/python -c "$$NEEDS" $(1)) && echo "$$needs" | $(PACKAGES) install --requirement /dev/stdin

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/builders: pyproject.toml  # wheels of what compiles the core: from then on that needs no network
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "glassgrad needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' | \
		$(PIP) download --only-binary :all: --dest $@ --requirement /dev/stdin
	@touch $@

$(VENV)/compiled: $(CORE) $(VENV)/builders
	@echo "compiling the core, where there is a C compiler: a minute or two on two processors"
	@start=$$(date +%s); $(PIP) install --no-index --find-links $(VENV)/builders --no-deps -e . && \
		echo "done in $$(($$(date +%s) - start)) s"
	@$(BIN)/python -c '$(SAY_BUILD)'
	@touch $@

$(VENV)/for-demo: pyproject.toml $(VENV)/builders
	@echo "what the demo needs: 240 MB of packages from the index"
	@$(call WITH,plots) && touch $@

$(VENV)/installed: pyproject.toml $(VENV)/builders
	@echo "the packages of the extras $(EXTRAS): 1 GB from the index"
	@$(call WITH,$(EXTRAS)) && touch $@

$(VENV)/for-docs: pyproject.toml | $(VENV)/compiled
	@echo "what builds the site: 660 MB of packages from the index, of which make install has brought 540"
	@$(call WITH,docs) && touch $@

install: $(VENV)/builders  ## create .venv with the package, its core compiled, the test and the development tools
	@$(MAKE) --jobs 2 --no-print-directory $(VENV)/compiled $(VENV)/installed

demo: $(VENV)/builders  ## train on real digits, in half a minute at most; write the report and the pictures to runs/digits
	@$(MAKE) --jobs 2 --no-print-directory $(VENV)/compiled $(VENV)/for-demo
	@echo "Training on 1,293 digits: 3 seconds (8 in plain Python); then the report with its pictures: 5 to 10 seconds."
	$(BIN)/glassgrad train digits --out runs/digits
	@echo "The report, to be opened in a browser: runs/digits/report.html"

# What does not depend on the build runs once, on the compiled core: tests/test_once.py looks that it asks for none.
# The first of it runs what is written in Python there, too: `make coverage` counts it.
COUNTED := $(addprefix nn/,report cli data support) $(addprefix tests/autograd/compiler/executors/test_,jax.py jax_loops.py) \
	$(addprefix tests/nn/,report cli data reading support training/test_metrics.py training/devices)
ONCE := viz tests/viz $(COUNTED) tests/nn/test_package.py \
	tests/autograd/builds/test_builds.py tests/autograd/compiler/executors/test_elementary.py \
	$(addprefix tests/,alone benchmarks test_docs.py test_extras.py test_imports.py test_mutants_tool.py test_notebooks.py) \
	$(addprefix tests/,test_pages.py test_readme.py test_release.py test_site.py test_types.py)

test: install demo  ## the demo, then every test, doctests too: on plain Python, and on the compiled core; what knows no build once
	@set -x; if $(BIN)/python -c 'import autograd, sys; sys.exit(not autograd.is_compiled())'; then \
		GLASSGRAD_PURE=1 $(BIN)/python -m pytest $(PYTEST_FLAGS) $(PLAIN_FLAGS) $(ONCE:%=--ignore=%) && \
		$(BIN)/python -m pytest $(PYTEST_FLAGS) $(COMPILED_FLAGS); \
	else GLASSGRAD_PURE=1 $(BIN)/python -m pytest $(PYTEST_FLAGS) $(PLAIN_FLAGS) && $(BIN)/python -c '$(SAY_BUILD)'; fi

coverage: PLAIN_FLAGS := --cov --cov-report=
coverage: COMPILED_FLAGS := --cov-append --cov-report= --cov=nn --cov=autograd/compiler/executors/jax --counted="$(COUNTED)"
coverage: test  ## the same, and the lines of autograd/ and nn/ that no test runs: at most 5 in 100
	$(BIN)/coverage report --fail-under=95

SOAK := tests/autograd/test_random_machine.py tests/autograd/test_mutants.py \
	tests/autograd/compiler/test_random_functions.py \
	tests/autograd/accuracy/test_accuracy.py

soak: install  ## the tests on random input with 10,000 examples each, for an hour: on both builds; 100,000 damaged files a reader
	GLASSGRAD_EXAMPLES=10000 GLASSGRAD_PURE=1 $(BIN)/python -m pytest -n auto $(SOAK)
	GLASSGRAD_EXAMPLES=10000 $(BIN)/python -m pytest -n auto $(SOAK)
	GLASSGRAD_FILES=100000 $(BIN)/python -m pytest tests/nn/reading/test_reading.py

mutants: install  ## plant 150 faults, one by one, and list those that no test sees, in 90 minutes; goes on where it was
	$(BIN)/python -m tests.mutants

lint: install  ## check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: install  ## format, and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: install  ## check the types; those beside a stub, which hides them, apart
	$(BIN)/mypy
	$(BIN)/mypy --follow-imports=silent autograd/value.py autograd/functions.py

stubs: install  ## write the types of the operations from the rule book
	$(BIN)/python docs/scripts/stubs.py

notebooks: install  ## run every notebook from top to bottom
	$(BIN)/python -m pytest $(PYTEST_FLAGS) --nbmake --nbmake-timeout=120 notebooks

docs: $(VENV)/for-docs  ## build the site, to build/site; a warning, or a link that leads nowhere, is an error; npm fetches Pyodide
	@rm -rf build/site  # Sphinx would keep what it showed of sources, and lose entries of the index
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --jobs auto docs build/site
	$(BIN)/python docs/scripts/links.py build/site

pictures: install  ## draw the pictures of the README again; MNIST=FOLDER for the one of MNIST, too
	$(BIN)/python docs/scripts/pictures.py $(MNIST)
	$(BIN)/python docs/scripts/programs.py
	$(BIN)/python -m docs.scripts.explorer
	$(BIN)/python -m docs.scripts.animation

$(BENCH)/installed: pyproject.toml $(CORE) benchmarks/requirements.txt
	test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[all]'
	@grep -v '^#' benchmarks/requirements.txt | while read -r peer; do \
		$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: "$$peer" \
		|| echo "$$peer has no wheel for this Python and system: it is left out"; done
	@touch $@

bench: $(BENCH)/installed  ## measure side by side with other libraries, in an hour; writes benchmarks/RESULTS.md; with QUICK=1 only to try it, in three minutes
	$(BENCH)/bin/python -m benchmarks

accuracy: install $(BENCH)/installed  ## measure how exact we are beside other libraries, in ten minutes; writes docs/how_it_works/accuracy.md
	$(BIN)/python -m docs.scripts.accuracy $(BENCH)/bin/python

clean:  ## remove everything that make has made
	rm -rf $(VENV) $(BENCH) runs build docs/notebooks *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache .coverage
	find autograd -name '*.so' -o -name '*.pyd' | xargs rm -f
