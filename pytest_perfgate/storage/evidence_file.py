"""A report with the numbers behind it, as one zip file: what a job without any right hands to one that may comment.

Members: `report.json`; `candidate.jsonl`, the run that was judged; `reference.jsonl`, the runs that it was compared
with, one recorded run after the other; `confirming.jsonl`, both sides of what was measured in turns after a first
look (or nothing); `acceptances.json`. Slices are kept only where a verdict is made of them.
The reader trusts nothing: whoever opened a pull request could have made the file.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.errors import DamagedFileError, PerfgateError, RefusedEvidenceError
from pytest_perfgate.model import Acceptance, GateReport, Run
from pytest_perfgate.report.json_report import parse_report, render_json
from pytest_perfgate.storage.run_file import decode_run, encode_run

MOST_PACKED_BYTES = 32 * 1024 * 1024
MOST_UNPACKED_BYTES = 128 * 1024 * 1024
_MEMBERS = ("report.json", "candidate.jsonl", "reference.jsonl", "confirming.jsonl", "acceptances.json")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CLOSING_LINE = b'{"end":'
_BY_SLICES = {"paired", "welch"}


class Evidence(Struct, frozen=True):
    """`stated`: the report as its maker says it is; `candidate`: None where nothing was judged."""

    stated: GateReport
    candidate: Run | None = None
    reference: tuple[Run, ...] = ()
    confirming: tuple[Run, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()


def encode_evidence(report: GateReport) -> bytes:
    """The file's content; `report.baseline` must have its samples."""
    by_slices = needs_slices(report)
    runs = [run if by_slices else _without_slices(run) for run in report.baseline if run.samples]
    members = {
        "report.json": render_json(report).encode(),
        "candidate.jsonl": b"" if report.candidate is None else _encoded(report.candidate, by_slices=by_slices),
        "reference.jsonl": b"".join(encode_run(run) for run in runs),
        "confirming.jsonl": b"".join(encode_run(run) for run in report.confirming),
        "acceptances.json": msgspec.json.encode(report.acceptances),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def needs_slices(report: GateReport) -> bool:
    """Whether the verdicts were made of slices, not of the processes' locations alone."""
    return any(row.comparison is not None and row.comparison.method in _BY_SLICES for row in report.judgements)


def _encoded(run: Run, *, by_slices: bool) -> bytes:
    return encode_run(run if by_slices else _without_slices(run))


def _without_slices(run: Run) -> Run:
    return replace(run, samples=tuple(replace(sample, values=(), canaries={}) for sample in run.samples))


def decode_evidence(data: bytes) -> Evidence:
    """What the file says, in its own types; nothing is written, no name in it is a path to anything.

    Raises RefusedEvidenceError. The values themselves are checked by `storage.evidence_checks`.
    """
    members = _unpacked(data)
    try:
        stated = parse_report(members["report.json"].decode())
        candidate = next(_runs(members["candidate.jsonl"], "candidate.jsonl"), None)
        reference = tuple(_runs(members["reference.jsonl"], "reference.jsonl"))
        confirming = tuple(_runs(members["confirming.jsonl"], "confirming.jsonl"))
        acceptances = msgspec.json.decode(members["acceptances.json"], type=tuple[Acceptance, ...])
    except (PerfgateError, msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise RefusedEvidenceError(f"The artifact can't be read: {error!s:.300}") from error
    return Evidence(stated, candidate, reference, confirming, acceptances)


def _unpacked(data: bytes, *, wrapped: bool = False) -> dict[str, bytes]:
    """The members; GitHub wraps an uploaded file in a zip file of its own (then with `wrapped` once more)."""
    if len(data) > MOST_PACKED_BYTES:
        raise RefusedEvidenceError(f"The artifact is larger than {MOST_PACKED_BYTES:,} bytes.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            listed = file.infolist()
            _check_packing(listed)
            if len(listed) == 1 and not wrapped:
                inner = _read(file, listed[0], MOST_PACKED_BYTES)
            else:
                return _read_members(file, listed)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise RefusedEvidenceError("The artifact is no zip file, or a damaged one.") from error
    return _unpacked(inner, wrapped=True)


def _check_packing(listed: list[zipfile.ZipInfo]) -> None:
    for info in listed:
        if info.flag_bits & 0x1 or info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise RefusedEvidenceError("The artifact is encrypted, or packed in another way than ours.")


def _read_members(file: zipfile.ZipFile, listed: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    """Exactly our members, once each: no path, no link, no other file."""
    if sorted(info.filename for info in listed) != sorted(_MEMBERS):
        raise RefusedEvidenceError(f"The artifact must hold {', '.join(_MEMBERS)}, each once, and nothing else.")
    left = MOST_UNPACKED_BYTES
    members = {}
    for info in listed:
        members[info.filename] = _read(file, info, left)
        left -= len(members[info.filename])
    return members


def _read(file: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """One member, in memory; the size that the listing gives may be a lie, so no more than `limit` is unpacked."""
    with file.open(info) as member:
        content = member.read(limit + 1)
    if len(content) > limit:
        raise RefusedEvidenceError(f"The artifact unpacks to more than {limit:,} bytes.")
    return content


def _runs(text: bytes, name: str) -> Iterator[Run]:
    """Recorded runs, one after the other: each ends with its closing line."""
    lines: list[bytes] = []
    for line in text.splitlines(keepends=True):
        lines.append(line)
        if line.startswith(_CLOSING_LINE):
            yield decode_run(b"".join(lines), name, slices=True)
            lines = []
    if lines:
        raise DamagedFileError(name, 1, "it ends in the middle of a run", "Nothing of it was used.")
