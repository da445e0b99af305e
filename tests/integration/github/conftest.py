"""A GitHub that plays by GitHub's own description, and a job that talks to it."""

import pytest
from github_api import published
from github_api.job import Job
from github_api.server import FakeGitHub


@pytest.fixture
def github():
    published.openapi()  # without it nothing that is said can be judged
    with FakeGitHub() as server:
        yield server
        assert server.violations == []


@pytest.fixture
def job(github, tmp_path, monkeypatch):
    return Job(github, tmp_path, monkeypatch)
