import os

import psutil
import pytest

from pytest_perfgate.measure import pinning


class Cores:
    """A system whose affinity calls are known. `allowed`: the cores; `forbidden`: refuses every change."""

    def __init__(self, monkeypatch, allowed, *, forbidden=False):
        self.set = []
        monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(allowed), raising=False)

        def setaffinity(pid, cores):
            if forbidden:
                raise PermissionError
            self.set.append((pid, set(cores)))

        monkeypatch.setattr(os, "sched_setaffinity", setaffinity, raising=False)


def test_all_threads_are_held_on_the_core(monkeypatch):
    cores = Cores(monkeypatch, {0, 1})
    monkeypatch.setattr(pinning, "_threads", lambda: [11, 12])
    assert pinning.pin(1) is True
    assert cores.set == [(11, {1}), (12, {1})]


def test_a_container_without_the_right_is_told(monkeypatch):
    Cores(monkeypatch, {0, 1}, forbidden=True)
    assert pinning.pin(1) is False


def test_processes_are_started_all_the_same_where_they_cannot_be_kept_off_a_core(monkeypatch):
    Cores(monkeypatch, {0, 1}, forbidden=True)
    with pinning.elsewhere(1):
        started = True
    assert started


@pytest.mark.parametrize("works", [True, False])
def test_where_the_system_has_no_such_call_psutil_is_asked(monkeypatch, works):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)

    class Process:
        def cpu_affinity(self, cores=None):
            if not works:
                raise AttributeError  # macOS
            return cores

    monkeypatch.setattr(psutil, "Process", Process)
    assert pinning.pin(1) is works


def test_the_last_core_is_measured_on(monkeypatch):
    Cores(monkeypatch, {2, 5})
    assert pinning.measuring_core() == 5


def test_without_any_such_call_the_system_chooses(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)

    class Process:
        def cpu_affinity(self):
            raise AttributeError

    monkeypatch.setattr(psutil, "Process", Process)
    assert pinning.measuring_core() is None


def test_others_start_elsewhere_and_everything_is_put_back(monkeypatch):
    cores = Cores(monkeypatch, {0, 1})
    with pinning.elsewhere(1):
        assert cores.set == [(0, {0})]
    assert cores.set == [(0, {0}), (0, {0, 1})]


@pytest.mark.parametrize(("allowed", "core"), [({0}, 0), ({0, 1}, None)])
def test_with_nowhere_else_to_go_nothing_is_moved(monkeypatch, allowed, core):
    cores = Cores(monkeypatch, allowed)
    with pinning.elsewhere(core):
        pass
    assert cores.set == []


def test_a_process_is_sent_off_the_core_and_set_free_again(monkeypatch):
    cores = Cores(monkeypatch, {0, 1, 2})
    assert pinning.move_away(7, 1)
    assert pinning.set_free(7)
    assert cores.set == [(7, {0, 2}), (7, {0, 1, 2})]


def test_where_a_process_cannot_be_moved_this_is_told(monkeypatch):
    Cores(monkeypatch, {0, 1}, forbidden=True)
    assert not pinning.move_away(7, 1)
    assert not pinning.set_free(7)
    monkeypatch.delattr(os, "sched_setaffinity")
    assert not pinning.move_away(7, 1)
    assert not pinning.set_free(7)
