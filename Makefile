# Two commands do all the set-up: `make chat` and `make test`. Each is quick the second time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup chat test faults lint format bench quality soak attack audit screens clean

help:
	@echo "make chat     install, index seeds/ and open the chat in the browser"
	@echo "make test     install and run the tests"
	@echo "make faults   the long form of the tests that kill, fill disks and damage files (needs strace and root for all)"
	@echo "make lint     ruff and mypy --strict"
	@echo "make bench    speed on 100,000 passages and quality on the development questions (needs ../shared)"
	@echo "make quality  quality alone"
	@echo "make soak     10,000 questions and 50 swaps: memory, files and threads stay (six minutes)"
	@echo "make attack   12,000 requests made up from the description of the API, bombs, bait (tens of minutes)"
	@echo "make audit    bandit and pip-audit; docs/security.md explains what they find"
	@echo "make screens  make the screenshots in docs/screens again (needs chromium)"
	@echo "make clean    remove the environment and the index made from seeds/"

setup: $(VENV)/.installed

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Tanya needs Python 3.11 or newer; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[benchmarks]'
	@touch $@

chat: setup
	$(BIN)/tanya chat

# A worker more than there are cores, as each waits for processes that it starts; `make test WORKERS=0` runs all in one
# process, where a debugger is of use. Each has an archive, a browser and a PostgreSQL of its own, hence no more than four;
# a file stays whole. Python keeps what it has compiled, whatever the environment says: some hundred processes are started.
WORKERS ?= $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')
test faults: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 4 --dist loadfile

faults: $(VENV)/.dev
	TANYA_FAULTS=full $(BIN)/python -m pytest -m faults

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

quality: $(VENV)/.bench
	$(BIN)/python -m benchmarks.quality $(ARGS)

soak: $(VENV)/.bench
	$(BIN)/python -m benchmarks.soak --plot docs/plots/soak.png --save soak.json

attack: $(VENV)/.dev
	TANYA_ATTACK=1 $(BIN)/python -m pytest tests/assistant/test_schemathesis.py tests/test_regexes.py tests/index/test_bombs.py \
		tests/assistant/test_naughty.py tests/assistant/test_poisoned.py tests/assistant/test_verify.py -rP

audit: $(VENV)/.dev
	$(BIN)/bandit --quiet --recursive index assistant prompts
	$(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks.quality
	$(BIN)/python -m benchmarks.speed

screens: $(VENV)/.dev
	$(BIN)/python docs/screens/make.py

clean:
	rm -rf $(VENV) data build *.egg-info
