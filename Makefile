# Two commands: `make book` and `make test`. Both make .venv first, once.
#   make book               run the demo study, render every study that has results
#   make book STUDY=open    render the results of one study alone, without training
#   make study STUDY=open   train what is missing of a study, then render everything
#   make test  make lint  make clean  make unlock  make lock
# Settings: PYTHON (3.11 or newer), CORES (jobs at a time), GPUS (training jobs on a GPU at a time), PROFILE.

SHELL := /bin/bash
STUDY ?= demo
PROFILE ?= workflow/profiles/default
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NEEDED_GB := 10
# pip leaves the packages uncompiled (a minute less); what is imported is compiled once and kept.
unexport PYTHONDONTWRITEBYTECODE

SNAKEMAKE = PATH="$(abspath $(BIN)):$$PATH" $(BIN)/snakemake --snakefile workflow/Snakefile --workflow-profile $(PROFILE) \
	$(if $(CORES),--cores $(CORES)) $(if $(GPUS),--resources gpu=$(GPUS))
FER = $(BIN)/fer

# A misspelt variable would run another study than the one that was meant.
SETTINGS := STUDY PROFILE PYTHON CORES GPUS VENV
STRANGE := $(strip $(foreach name,$(filter-out $(SETTINGS) SHELL MAKE% .% -%,$(.VARIABLES)),$(if $(filter command,$(origin $(name))),$(name))))
ifneq ($(STRANGE),)
$(error make knows no variable $(STRANGE); it knows $(SETTINGS))
endif

.DEFAULT_GOAL := book
.PHONY: book study test lint clean unlock lock install
.DELETE_ON_ERROR:

ifeq ($(STUDY),demo)
book: study
else
book: $(STAMP)
	@$(SNAKEMAKE) book --config only=$(STUDY)
	@echo "The book: $(CURDIR)/_build/html/index.html"
endif

# A failed run is shown in the book, so the book is built either way; the exit code keeps the failure.
study: $(STAMP)
	@status=0; $(SNAKEMAKE) runs --config study=$(STUDY) || status=1; \
	$(SNAKEMAKE) book --config study=$(STUDY) || exit 1; \
	echo "The book: $(CURDIR)/_build/html/index.html"; \
	if [ $$status != 0 ]; then \
		echo "Some runs of '$(STUDY)' failed: \`$(FER) status $(STUDY)\` says which and why; mend it and run this again." >&2; \
	fi; exit $$status

test: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 8 --dist loadfile --no-loadscope-reorder

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/jupytext --test --to ipynb notebooks/*.py

install: $(STAMP)

$(STAMP): requirements.txt requirements-no-deps.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "error: $(or $(PYTHON),python3) is not Python 3.11 or newer; install one and say: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "error: no virtual environment could be made; on Debian or Ubuntu install python3-venv, then run this again" >&2; exit 2; }
	@$(BIN)/python -c 'import torch' 2>/dev/null || free=$$(df -Pk . | awk 'NR == 2 {print int($$4 / 1048576)}'); \
		if [ "$${free:-$(NEEDED_GB)}" -lt $(NEEDED_GB) ]; then \
		echo "error: $$free GB free here, the packages need about $(NEEDED_GB) GB; free some disk and run this again" >&2; exit 2; fi
	@echo "Installing the pinned packages into $(VENV), once: some minutes."
	@$(BIN)/python -m pip install --disable-pip-version-check --no-compile -r requirements.txt && \
		$(BIN)/python -m pip install --disable-pip-version-check --no-compile --quiet --no-deps -r requirements-no-deps.txt || { \
		echo "error: the packages could not be installed; check the network and the disk, then run this again (it goes on where it stopped)" >&2; exit 2; }
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --editable .
	@touch $(STAMP)

# Write the lock from what is installed; torch's own CUDA packages are left to torch.
lock:
	@{ sed '/^[^#]/,$$d' requirements.txt; \
	   $(BIN)/python -m pip freeze --exclude-editable | grep -viE '^(nvidia-|cuda-|triton==|facenet-pytorch==)'; } > requirements.txt.tmp
	@mv requirements.txt.tmp requirements.txt

# After a power cut or a killed workflow: forget its lock.
unlock: $(STAMP)
	@$(SNAKEMAKE) --unlock --config study=$(STUDY)

# Everything that can be made again, except the environment, the prepared data and the results.
clean:
	rm -rf _build book/report .snakemake .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
