# Everything runs with the tools of .venv, which the README's test command makes.
bin := if os_family() == "windows" { ".venv/Scripts/" } else { ".venv/bin/" }

# Everything that must be green before a commit lands.
check: format-check ruff types lint test docs build

# What .ci/run does after the README's own test command: everything but the tests.
static: format-check ruff types lint docs build

format:
    {{bin}}ruff format .
    {{bin}}ruff check --fix --quiet .

format-check:
    {{bin}}ruff format --check .

ruff:
    {{bin}}ruff check .

types:
    {{bin}}mypy

# The layers of the package, as contracts.
lint:
    {{bin}}lint-imports

test:
    {{bin}}pytest

docs:
    {{bin}}mkdocs build --strict --quiet

build:
    {{bin}}python -m build --quiet --installer uv
    {{bin}}python tests/packaging/check_wheel.py

# The oldest dependencies that we promise to work with, in an environment of their own; without the tests that no
# dependency's age can change: of documents, workflows, git, Rust's compiler and killed processes.
lowest:
    {{bin}}uv venv --quiet --clear .venv-lowest
    {{bin}}uv pip install --quiet --python .venv-lowest --resolution lowest-direct -e '.[github,parquet]'
    {{bin}}uv pip install --quiet --python .venv-lowest hypothesis jsonschema markdown-it-py linkify-it-py pytest-xdist pytest-cov check-jsonschema zizmor pyyaml pyperf
    .venv-lowest/bin/python -m pytest -q tests --ignore=tests/docs --ignore=tests/packaging --ignore=tests/end_to_end \
        --ignore=tests/integration/test_workflows.py --ignore=tests/integration/test_kills.py \
        --ignore=tests/integration/test_git.py --ignore=tests/integration/test_worktree.py \
        --ignore=tests/integration/test_bisect_command.py --ignore=tests/integration/test_bisection.py
