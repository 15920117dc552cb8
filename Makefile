# make run    install, breed 50 generations on the embedded digits, plot the front, export a network
# make test   install, run the whole test suite
# make lint   ruff and mypy
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NAME ?= digits-$(shell date +%Y%m%d-%H%M%S)
ARGS ?=

.PHONY: run test lint clean
.DEFAULT_GOAL := run

# Set-up runs again only when what is to be installed has changed.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "evo needs Python 3.11 or later; call make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,onnx,parquet,tensorboard,mlflow,signals,text,events]'
	# The networks of strangers that tests import; its own demands would bring torchvision along.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps pytorchcv
	@touch $@

run: $(READY)
	$(BIN)/evo run --generations 50 --name $(NAME) $(ARGS)
	$(BIN)/evo export $(NAME)
	$(BIN)/evo plot $(NAME)

test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
