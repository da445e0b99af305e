"""Runs one command and ends it, with all that it started, when whoever asked for it is gone.

Started by its path with the command as JSON: a text for the platform's shell, or a list of arguments. Whoever starts
it holds the other end of its standard input; that closes however the other process ends, by `kill -9` too.
Standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading


def main() -> None:
    """Run the command and end with its exit code."""
    command = json.loads(sys.argv[1])
    # Ctrl-C ends whoever started us; then our input closes. A function, since ignoring would be inherited.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    # A session of its own: it can be ended as a whole, and cannot ask for a password at the user's terminal.
    child = subprocess.Popen(
        command,
        shell=isinstance(command, str),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=_watch, args=(child,), daemon=True).start()
    try:
        code = child.wait()
    finally:
        _end_all(child)
    # Not sys.exit: it would wait for the thread that reads.
    os._exit(code if code >= 0 else 128 - code)


def _watch(child: subprocess.Popen[bytes]) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    _end_all(child)
    os._exit(1)


def _end_all(child: subprocess.Popen[bytes]) -> None:
    """End the command's process group; on Windows its tree, which is known only while the command runs."""
    if sys.platform == "win32":
        arguments = ["taskkill", "/T", "/F", "/PID", str(child.pid)]
        subprocess.run(arguments, capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
