# The project's own commands. `make run` and `make test` are all the set-up there is.
PYTHON ?= python3
BIN := .venv/bin
export HF_HUB_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false
export ANONYMIZED_TELEMETRY := False
export GRADIO_ANALYTICS_ENABLED := False

.PHONY: run test kill hostile fuzz load crash sessions browser postgresql image model check fix bench clean

run: .venv/installed  ## install, index the documents when there is no index yet, serve on http://127.0.0.1:7860
	@test -f $${QA_DATA:-data}/CURRENT || { echo "首次运行：正在把 documents/ 入库……"; $(BIN)/python -m ingest; }
	@echo "正在启动网页（几秒钟）……"
	@$(BIN)/python app.py

test: .venv/installed-dev  ## all quick tests, by two processes; a file's tests stay together, since they share what they open
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not browser and not postgresql"

kill: .venv/installed-dev  ## ingests ended by SIGKILL, thirty times in each phase, and pairs begun at once; half an hour
	@$(BIN)/python -m tests.kills $(or $(TIMES),30)
	@$(BIN)/python -m tests.writers $(or $(TIMES),30)

hostile: .venv/installed-dev  ## every hostile and broken file of our own, as root and as an ordinary user; some minutes
	@$(BIN)/python -m tests.hostile $(ONLY)

fuzz: .venv/installed-dev  ## laws tried with inputs that nobody would think of, and the HTTP API: make fuzz MINUTES=30
	@$(BIN)/python -m tests.fuzz $(or $(MINUTES),10) $(SEED)

load: .venv/installed-dev  ## fifty people asking while the documents change, a hundred switches: make load SECONDS=600
	@$(BIN)/python -m tests.load $(or $(SECONDS),120)

crash: .venv/installed-dev  ## the server ended by SIGKILL while fifty people ask: nothing that was answered is lost; some five minutes
	@$(BIN)/python -m tests.crashes $(or $(TIMES),20)

sessions: .venv/installed-dev  ## fifty people at once on every door, each with a mark of their own: nobody sees another's
	@$(BIN)/python -m tests.sessions

browser: .venv/installed-dev  ## the pages in a real Chromium: desktop, phone, light, dark, keyboard, axe
	@$(BIN)/python -m pytest -m browser tests/browser

postgresql: .venv/installed-dev  ## whatever is kept in records, kept on a PostgreSQL server of the tests' own
	@$(BIN)/python -m pytest --postgresql tests/test_postgresql.py tests/test_records.py tests/test_login.py tests/test_desk.py tests/test_unanswered.py tests/test_figures.py

image: .venv/installed-dev  ## the Dockerfile's steps, run in a clean root
	@QA_SLOW_TESTS=1 $(BIN)/python -m pytest tests/test_dockerfile.py

model: .venv/installed-dev  ## an endpoint that hangs, with real patience; how soon a written sentence is seen
	@QA_SLOW_TESTS=1 $(BIN)/python -m pytest tests/test_patience.py
	@$(BIN)/python -m benchmarks.streaming

check: .venv/installed-dev  ## lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy app.py
	@$(BIN)/lint-imports

fix: .venv/installed-dev  ## what the linter can mend by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/installed-dev  ## quality and speed on question sets: make bench SETS=../shared/bench
	@$(BIN)/python -m benchmarks $(SETS)

.venv/created:
	@echo "正在建立虚拟环境 .venv ……"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新版本：make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: requirements.txt | .venv/created
	@echo "正在安装依赖（首次约需几分钟，下载约 1 GB）……"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt requirements-mcp.txt .venv/installed
	@echo "正在安装测试工具……"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
