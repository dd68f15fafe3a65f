# Everything a newcomer needs: `make demo` and `make test` set themselves up.
PYTHON ?= python3
VENV   := .venv
ifeq ($(OS),Windows_NT)
BIN    := $(VENV)/Scripts
else
BIN    := $(VENV)/bin
endif
STAMP  := $(VENV)/.installed
LOCKED := requirements/dev.txt
CODE   := geo maps api tests $(wildcard benchmarks data/demo)
MONACO  := ../shared/data/monaco/monaco.osm.pbf
COMPILE := $(BIN)/python -m uv pip compile pyproject.toml --quiet --universal --generate-hashes \
	--no-emit-index-url --python-version 3.11 --custom-compile-command "make lock"

.PHONY: help demo serve test check bench docs lock clean

help:
	@echo "make demo   run the demo study from files to map"
	@echo "make serve  serve the demo on 127.0.0.1:8000"
	@echo "make test   run the tests"
	@echo "make test-slow  run the tests that take minutes each"
	@echo "make check  format, lint, types, import contracts"
	@echo "make bench  measure search, isochrones and the map page against other libraries"
	@echo "make docs   write docs/cli.md from the command line itself"
	@echo "make lock   compile requirements/*.txt again"
	@echo "make clean  remove .venv and out"

# The stamp is written last, so an interrupted installation starts again.
$(STAMP): $(LOCKED) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	 { echo "需要 Python 3.11 或更高版本 / Python >= 3.11 is needed ($$($(PYTHON) --version))"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	 { rm -rf $(VENV); echo "缺少 venv 模块 / the venv module is missing: apt install python3-venv"; exit 2; }
	@echo "安装依赖（仅首次，约几分钟）/ installing, once ..."
	@if command -v uv >/dev/null 2>&1 && \
	    uv pip install --quiet --python $(BIN)/python --require-hashes -r $(LOCKED); then :; \
	 else $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCKED); fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)
	@$(BIN)/servicecircle run data/demo/study.toml --out out/demo

serve: $(STAMP)
	@test -f out/demo/manifest.json || $(BIN)/servicecircle run data/demo/study.toml --out out/demo
	@$(BIN)/servicecircle serve out/demo

test: $(STAMP)
	@$(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: $(STAMP)
	@$(BIN)/python -m pytest -n 2 -m slow

check: $(STAMP)
	$(BIN)/python -m ruff format --check $(CODE)
	$(BIN)/python -m ruff check $(CODE)
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

bench: $(STAMP)
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks --isochrones $(if $(wildcard $(MONACO)),--pbf $(MONACO))
	@test -f out/demo/manifest.json || $(BIN)/servicecircle run data/demo/study.toml --out out/demo
	@$(BIN)/python -m benchmarks --page-speed out/demo

docs: $(STAMP)
	@$(BIN)/python -m api.cli_docs

lock: $(STAMP)
	@$(BIN)/python -c 'import uv' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(COMPILE) --output-file requirements/runtime.txt >/dev/null
	$(COMPILE) --group dev --output-file $(LOCKED) >/dev/null

clean:
	rm -rf $(VENV) out
