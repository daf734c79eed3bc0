# The environment is made by the first target that needs it, once (workshop/machine/environment.py).
PYTHON ?= $(or $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && echo $$python && break; \
	done),python3)
BIN = .venv/bin
RUN = $(BIN)/python -m workshop

.DEFAULT_GOAL := help
.PHONY: help setup lab app page serve room demo test test-fast test-pins test-browser test-offline test-hub test-room test-stream notebooks slides site bench docker requirements

help:  ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup:  ## make the environment (the other commands do it too)
	@$(PYTHON) -m workshop setup

lab: setup  ## open the first notebook in JupyterLab
	@$(RUN) lab

app: setup  ## the playground as a page of its own, in the browser
	@$(RUN) app

page: setup  ## the model in one HTML file that opens with a double click, in outputs/
	@$(RUN) page

serve: setup  ## a server for stories: pages, accounts, an API, on this machine
	@$(RUN) serve

room: setup  ## the same for the whole room, and who needs help with what, live, for the instructor
	@$(RUN) serve --ip 0.0.0.0 --room

demo: setup  ## the whole pipeline without a notebook: from raw novels to generated text
	@$(RUN) demo

test: setup  ## every check, fast ones first, the notebooks last
	@$(RUN) test

test-fast: setup  ## the loop while you write: no training, no notebook
	@$(RUN) test --fast

test-pins: setup  ## ask the package index for a wheel of every pin, for each Python and system
	@$(BIN)/python -m pytest -q -p no:nbval -m index tests/test_requirements.py

test-browser: setup  ## the notebooks in a real JupyterLab and a real browser (needs chromium)
	@$(BIN)/python -m pip install -q --disable-pip-version-check "playwright>=1.50"
	@$(BIN)/python -m pytest -q -p no:nbval -o addopts=-ra tests/browser

test-offline: setup  ## the attendee's notebooks with the network cut (Linux)
	@$(RUN) test --offline

HUB = $(CURDIR)/.venv-hub
PURELIB = -c 'import sysconfig; print(sysconfig.get_path("purelib"))'

test-hub: setup  ## the class server: ten attendees on a real JupyterHub (Linux; as root, each under an account of their own)
	@test -x "$(HUB)/bin/configurable-http-proxy" || { $(BIN)/python -m venv "$(HUB)" \
		&& $(BIN)/python $(PURELIB) > "$$("$(HUB)/bin/python" $(PURELIB))/room.pth" \
		&& "$(HUB)/bin/python" -m pip install -q --disable-pip-version-check -r docker/hub/requirements.txt \
		&& PATH="$(HUB)/bin:$$PATH" npm install -g --prefix "$(HUB)" --no-audit --no-fund configurable-http-proxy@5.3.0; }
	@PYTHONPATH="$$("$(HUB)/bin/python" $(PURELIB))" PATH="$(HUB)/bin:$$PATH" \
		$(BIN)/python -m pytest -q -p no:nbval -o addopts=-ra tests/test_hub.py

test-room: setup  ## a whole room with real kernels: thirty attendees, ten at a time
	@ROOM_ATTENDEES=$${ROOM_ATTENDEES:-30} $(BIN)/python -m pytest -q -s -p no:nbval -o addopts=-ra tests/test_room_chapters.py

STREAM = $(CURDIR)/.venv-stream

test-stream:  ## many rooms at once: Spark, MariaDB and Kafka's protocol (needs Java 17 and Debian's mariadb-server)
	@test -x "$(STREAM)/bin/python" || { $(PYTHON) -m venv "$(STREAM)" \
		&& "$(STREAM)/bin/python" -m pip install -q --disable-pip-version-check -r docker/stream/requirements.txt pytest sqlalchemy; }
	@"$(STREAM)/bin/python" -m pytest -q -o addopts=-ra tests/test_streaming.py tests/test_room_mariadb.py

notebooks: setup  ## make notebooks/ and execute solutions/ from their sources
	@$(RUN) build --execute

slides: setup  ## the chapters as slides that need no network, in outputs/slides/
	@$(RUN) slides

site: setup  ## the page, the slides and the executed chapters as a static site, in outputs/site/
	@$(RUN) site

bench: setup  ## print the tables of speed and quality
	@$(BIN)/python -m tests.bench

docker:  ## build the image and open JupyterLab in it
	@docker compose --file docker/compose.yaml up --build lab

requirements: setup  ## compile requirements.txt from pyproject.toml (needs uv; CUDA is left to torch's own metadata)
	@printf '%s\n' "torch==2.13.0" "h5py>=3.15 ; python_version >= '3.14'" > .venv/constraints.txt
	@cp requirements.txt .venv/compiled.txt # the pins that are there stay; delete them to renew them
	@uv pip compile pyproject.toml --extra room --extra server --extra dev --universal --python-version 3.11 \
		-c .venv/constraints.txt --no-header --no-annotate --no-emit-index-url -q -o .venv/compiled.txt
	@{ echo "# Every version of the room's environment. Compiled from pyproject.toml by \`make requirements\`: do not edit."; \
		grep -vE '^(nvidia-|cuda-|triton)' .venv/compiled.txt; } > requirements.txt
