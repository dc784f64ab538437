# Everything runs in .venv, which the first target that needs it builds from constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test soak lint proto bench bench-full clean install

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/python -m automl_tl.cli.demo

test: $(STAMP)
	$(BIN)/python -m pytest

# The long forms of the tests that kill and starve the service: most of an hour, with figures at the end.
SOAK := tests/crash tests/load tests/fuzz tests/cluster
soak: $(STAMP)
	AUTOML_TL_SOAK=1 $(BIN)/python -m pytest --timeout=7200 $(SOAK)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

proto: $(STAMP)
	$(BIN)/python proto/generate.py

bench: $(STAMP)
	$(BIN)/python -m benchmarks

# Hours; stop it at any time, it goes on where it stopped. AUTOML_TL_REAL_DATA names a directory with data/ and weights/.
bench-full: $(STAMP)
	$(BIN)/python -m benchmarks.truth --fill all
	$(BIN)/python -m benchmarks.search_accuracy --fill
	$(BIN)/python -m benchmarks --long --write

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
