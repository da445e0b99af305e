"""The machine and the software that measure, and the fingerprint that tells which runs are comparable."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import sys
import sysconfig
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import psutil

from pytest_perfgate.measure.canary import CANARY_VERSION
from pytest_perfgate.model import Environment

# Raised when slices, quantiles or metrics change their meaning: old and new runs are then not comparable.
MEASURING_VERSION = "1"
# The same for what importers make of other tools' values.
IMPORTING_VERSION = "1"
_FINGERPRINT_DIGITS = 12


def read_environment(
    environ: Mapping[str, str], *, key_dependencies: Sequence[str] = (), label: str = ""
) -> Environment:
    """Parts that split environments, and facts that do not.

    `key_dependencies`: distributions whose versions matter for the benchmarks; `label`: a name of your own for
    machines that look alike but are not.
    """
    parts = {
        "cpu": _cpu_model(),
        "cores": str(os.cpu_count() or 0),
        "os": _operating_system(),
        "architecture": platform.machine(),
        "python": _python(),
        "build": _build_flags(),
        "runner": _runner_label(environ),
        "label": label,
        "canaries": CANARY_VERSION,
        "measuring": MEASURING_VERSION,
    }
    parts.update({f"dependency {name}": _version(name) for name in sorted(key_dependencies)})
    parts = {key: value for key, value in parts.items() if value}
    return Environment(fingerprint=fingerprint(parts), parts=parts, facts=_facts())


def foreign_environment(
    environ: Mapping[str, str],
    told: Mapping[str, str],
    machine_parts: Collection[str],
    *,
    label: str = "",
    canaries: bool = False,
) -> Environment:
    """The environment of what another tool has measured: never equal to one of ours, nor to another tool's.

    `told`: what its output says. Where that includes one of `machine_parts`, it may come from another machine, and
    nothing of this one is added; else it was measured here. `canaries`: they were read beside it, by this Python.
    """
    elsewhere = not set(machine_parts).isdisjoint(told)
    here = {
        "cpu": _cpu_model(),
        "cores": str(os.cpu_count() or 0),
        "os": _operating_system(),
        "architecture": platform.machine(),
        "runner": _runner_label(environ),
    }
    parts = {**({} if elsewhere else here), "label": label, "importing": IMPORTING_VERSION, **told}
    if canaries:
        parts.update({"canaries": CANARY_VERSION, "canary python": _python()})
    parts = {key: value for key, value in parts.items() if value}
    # The load of this moment is not that of the measurement.
    facts = {} if elsewhere else {key: value for key, value in _facts().items() if key != "load"}
    return Environment(fingerprint=fingerprint(parts), parts=parts, facts=facts)


def fingerprint(parts: Mapping[str, str]) -> str:
    """Twelve hexadecimal digits that are equal for equal parts."""
    text = "\n".join(f"{key}={parts[key]}" for key in sorted(parts))
    return hashlib.sha256(text.encode()).hexdigest()[:_FINGERPRINT_DIGITS]


def _python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"


def _cpu_model() -> str:
    for line in _read("/proc/cpuinfo").splitlines():
        key, _, value = line.partition(":")
        if key.strip() in {"model name", "Model", "cpu model"}:
            return value.strip()
    return platform.processor() or platform.machine()


def _operating_system() -> str:
    if sys.platform.startswith("linux"):
        release = dict(line.split("=", 1) for line in _read("/etc/os-release").splitlines() if "=" in line)
        name = release.get("ID", "linux").strip('"')
        return f"{name} {release.get('VERSION_ID', '').strip(chr(34))}".strip()
    return f"{platform.system()} {platform.release().split('.')[0]}"


def _build_flags() -> str:
    """What makes a Python faster or slower at the same version."""
    flags = []
    if sysconfig.get_config_var("Py_DEBUG"):
        flags.append("debug")
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        flags.append("free-threaded")
    arguments = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    flags += [
        name for name in ("--enable-optimizations", "--with-lto", "--enable-experimental-jit") if name in arguments
    ]
    if sys.flags.optimize:
        flags.append(f"-O{sys.flags.optimize}")
    return " ".join(flags)


def _runner_label(environ: Mapping[str, str]) -> str:
    """The kind of CI machine, not the single one: a fleet of equal runners shares its baseline."""
    if environ.get("GITHUB_ACTIONS") == "true":
        names = ("RUNNER_OS", "RUNNER_ARCH", "ImageOS", "RUNNER_ENVIRONMENT")
        return "github " + " ".join(environ[name] for name in names if environ.get(name))
    if environ.get("GITLAB_CI") == "true":
        return f"gitlab {environ.get('CI_RUNNER_TAGS', '')}".strip()
    return "container" if _in_container() else ""


def _in_container() -> bool:
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _facts() -> dict[str, str]:
    facts = {
        "kernel": platform.release(),
        "libc": " ".join(platform.libc_ver()),
        "memory": str(psutil.virtual_memory().total),
        "load": _load(),
        "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "turbo": _turbo(),
        "virtualisation": "yes" if " hypervisor" in _read("/proc/cpuinfo") else "",
        "aslr": _read("/proc/sys/kernel/randomize_va_space"),
    }
    return {key: value for key, value in facts.items() if value.strip()}


def _load() -> str:
    try:
        return f"{psutil.getloadavg()[0]:.2f}"
    except (OSError, AttributeError):
        return ""


def _turbo() -> str:
    boost = _read("/sys/devices/system/cpu/cpufreq/boost")
    no_turbo = _read("/sys/devices/system/cpu/intel_pstate/no_turbo")
    if boost:
        return "on" if boost == "1" else "off"
    return {"0": "on", "1": "off"}.get(no_turbo, "")


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
