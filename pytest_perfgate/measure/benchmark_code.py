"""Which benchmarks were themselves rewritten between two versions of their file."""

from __future__ import annotations

import ast


def changed_functions(before: str, after: str) -> frozenset[str]:
    """Qualified names (`test_a`, `TestB::test_c`) of functions whose code differs; comments and layout do not count.

    A version that is no Python changes nothing that can be told.
    """
    try:
        theirs, ours = _functions(before), _functions(after)
    except SyntaxError:
        return frozenset()
    return frozenset(name for name, code in ours.items() if name in theirs and theirs[name] != code)


def _functions(source: str) -> dict[str, str]:
    found: dict[str, str] = {}

    def walk(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found[prefix + node.name] = ast.dump(node)
            elif isinstance(node, ast.ClassDef):
                walk(node.body, f"{prefix}{node.name}::")

    walk(ast.parse(source).body, "")
    return found
