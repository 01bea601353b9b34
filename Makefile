# Two commands: `make demo` and `make test`. Each installs what is missing first (.ci/setup).
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest --durations=15 $(PYTEST_ARGS)
CUTS := 1000
MINUTES := 1440
FUZZ := 20
CYCLES := 10000
LOSSES := 120
CASE := hw_sim/cases/terlantar-no-identity.json

# Pure tests run as they are, with their books in memory where there is room: they wait for the disk half their time, and whether
# the disk keeps what it says is the business of tests/power. All others meet daemons or ports: file by file, each worker in a private network and
# with a /run of its own. They wait more than they work, so three workers suit two cores. The longest files come first.
# What holds a page's time against a limit comes last and alone.
MEMORY := $(shell [ -w /dev/shm ] && [ $$(df --output=avail -m /dev/shm | tail -1) -gt 1000 ] && echo PYTEST_DEBUG_TEMPROOT=/dev/shm)
PURE := $(wildcard tests/unit/test_*.py tests/property/test_*.py)
LONG := $(wildcard tests/e2e/test_*.py tests/power/test_*.py)
WIRED := $(LONG) $(filter-out $(PURE) $(LONG),$(wildcard tests/*/test_*.py))
APART := --dist loadfile --tx '3*popen//python=$(PYTHON) -m hw_sim.sandbox -- $(PYTHON)'

.PHONY: help setup demo fuzz torture every-cut powerloss soak bench-devices bench-office bench-issue bench-biometrics bench-faces system test points lint docs assets lock clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 15

setup: ## Install everything that demo, test, lint and docs need
	@.ci/setup test

demo: ## Take one resident from report to handover (ARGS='--once --fast --case FILE --out DIR')
	@.ci/setup demo
	$(PYTHON) -m hw_sim demo --case $(CASE) $(ARGS)

fuzz: ## New bytes for every parser, new acts on a case, many times as many as in `make test` (FUZZ=20)
	@.ci/setup test
	SIAGA_FUZZ=$(FUZZ) $(PYTEST) --numprocesses auto --timeout 1800 tests/property/test_every_parser.py tests/property/test_case_acts.py

torture: ## Cut the power at random moments of case after case (CUTS=1000 MINUTES=60); report in build/torture.json
	@.ci/setup demo
	$(PYTHON) -m hw_sim torture --cuts $(CUTS) --minutes $(MINUTES) --abreast 2

every-cut: ## Cut the power at every point of a case, one in each turn of a step (about an hour); report in build/power.json
	@.ci/setup demo
	$(PYTHON) -m hw_sim power

powerloss: ## Lose the power for real, on a disk that forgets unflushed sectors (LOSSES=120; root, /dev/fuse); build/powerloss.json
	@.ci/setup demo
	$(PYTHON) -m hw_sim.sandbox -- $(PYTHON) tests/power/powerloss.py --cuts $(LOSSES)
	PYTHONPATH=tests $(PYTHON) -m hw_sim.sandbox -- $(PYTHON) tests/power/failing_disk.py

soak: ## Work each driver ten thousand times and see that it keeps no memory (CYCLES=10000); build/bench/soak.json
	@.ci/setup demo
	$(PYTHON) -m hw_sim.sandbox -- $(PYTHON) tests/bench/soak.py $(CYCLES)

bench-devices: ## Time each driver against the bare library or wire (NAMES='chip camera'); build/bench/devices.json
	@.ci/setup demo
	$(PYTHON) -m hw_sim.sandbox -- $(PYTHON) tests/bench/devices.py $(NAMES)

bench-office: ## A family card against typst and pyHanko; acts among a million cases (minutes; NAMES='kk', STORE=postgres); build/bench/office.json
	@.ci/setup test
	PYTHONPATH=tests $(PYTHON) tests/bench/office.py $(NAMES) $(CASES) $(STORE)

bench-faces: ## A resident's pages with fifty visits open against an empty page of Flask; build/bench/faces.json
	@.ci/setup test
	PYTHONPATH=tests $(PYTHON) tests/bench/faces.py

bench-issue: ## Issue cards against the hardware's own limits, some minutes (NAMES='issue_chip'); build/bench/issue.json
	@.ci/setup demo
	$(PYTHON) -m hw_sim.sandbox -- $(PYTHON) tests/bench/issue.py $(NAMES)

bench-biometrics: ## Error rates on invented fingers and times against the bare engine (minutes; DIR=pictures); docs/det.svg
	@.ci/setup test
	OMP_NUM_THREADS=1 $(PYTHON) tests/bench/biometrics.py $(DIR)

system: ## Run the units and rules in a real kernel with systemd (QEMU); report in build/system.json
	@.ci/setup system
	$(PYTHON) tests/system/guest.py

test: setup ## Run all tests, each suite with its slowest tests
	@echo '== pure tests'; time $(MEMORY) $(PYTEST) --numprocesses auto --dist worksteal -m 'not daemons' $(PURE)
	@echo '== tests on the wire, in private sandboxes'; time $(PYTEST) --cache-clear -m 'not timed' $(APART) $(WIRED) \
	  || $(PYTHON) .ci/alone.py $$? $(PYTHON) -m hw_sim.sandbox -- $(PYTEST)
	@echo '== tests against the clock, one by one'; time $(PYTHON) -m hw_sim.sandbox -- $(PYTEST) -m timed tests/ui tests/fault/test_unplugged.py

lint: setup ## Check style, types and layers
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

points: setup ## Run the tests of the faces' rules and write their results into docs/manual/points.md (many minutes)
	$(PYTHON) -m hw_sim.sandbox -- $(PYTEST) --junit-xml build/points.xml $$(PYTHONPATH=tests $(PYTHON) -c "from points import *; \
	  print(*sorted({'tests/' + t.split('::')[0] for p in POINTS for t in p.tests}))") || true
	$(PYTHON) .ci/point_results.py build/points.xml
	$(PYTHON) .ci/manuals.py

docs: setup ## Renew the made manuals, check every link, and lay all documents out as pages in build/docs
	$(PYTHON) .ci/manuals.py
	$(PYTHON) .ci/docs.py build/docs

assets: setup ## Build the browser assets again
	@rm -f build/setup/assets
	@.ci/setup test

lock: ## Renew the lock files (needs uv; see requirements/README.md)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --all-extras \
	  --python-version 3.11 --output-file requirements/lock.txt pyproject.toml

clean: ## Remove what was built, installed and cached here
	rm -rf build .venv node_modules appliance/kiosk_ui/static/vendor *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
