# make start   the course          make test   the tests
# Both set up .venv themselves and use it again afterwards. Nothing else is needed but Python 3.11 or later.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: start test test-all lint bench web web-check clean
.DEFAULT_GOAL := start

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Groundup needs Python 3.11 or later, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.course: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (once)"
	$(PIP) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.course
	@echo "Adding PyTorch and the test tools to $(VENV) (once)"
	$(PIP) -e '.[dev]'
	@touch $@

start: $(VENV)/.course
	@$(BIN)/python -m groundup start workspace --demo --studio

test: $(VENV)/.dev
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" -n auto --dist worksteal

$(VENV)/.track: $(VENV)/.dev
	@echo "Adding TensorBoard, Weights & Biases and MLflow to $(VENV) (once)"
	$(PIP) -e '.[track]'
	@touch $@

test-all: $(VENV)/.track lint
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered
	@$(BIN)/coverage report --fail-under=100 --skip-covered --include="src/groundup/core/*,src/groundup/nn/*,src/groundup/optim/*,src/groundup/models/*" --omit="*/torch_twin.py,*/misconceptions*.py,*/variants*.py,*/repair_*.py,*/testing_*.py,*/speed_*.py,*/test_*"
	@OPENBLAS_NUM_THREADS=1 $(BIN)/groundup audit
	@$(MAKE) --no-print-directory web-check

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet src tests || $(BIN)/ruff format --diff --quiet src tests
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

$(VENV)/.bench: $(VENV)/.dev
	@$(PIP) -e '.[bench]'
	@touch $@

bench: $(VENV)/.bench
	@$(BIN)/python -m benchmarks

web:
	cd web && npm ci --no-audit --no-fund --silent && npm run --silent build

web-check: web
	@git diff --exit-code --stat -- src/groundup/studio/static || { echo "the committed bundle is not what web/ builds: run make web and commit it"; exit 1; }

clean:
	rm -rf $(VENV) web/node_modules
