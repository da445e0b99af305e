"""An import finder that lets the ordinary ones find a module, and takes the same module of the tree it belongs to.

What was found decides, not how: so it works for a source layout, a flat one, editable installs by path and by import
hook, and namespace packages. Standard library only, as in `trees`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.util import spec_from_file_location
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_perfgate.measure.trees import Place, Trees

_INIT = "__init__."


class TreeFinder:
    """Stands first in `sys.meta_path` and asks all others.

    `unbuilt`: module -> (its compiled file in the wrong tree, where it should be): asked for, and not built there.
    """

    def __init__(self, trees: Trees) -> None:
        self.trees = trees
        self.unbuilt: dict[str, tuple[str, str]] = {}

    def install(self) -> None:
        """Stand first from now on, also when others insert themselves at the front."""
        sys.meta_path = _MetaPath([self, *sys.meta_path])

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of the module in the tree that it should come from.

        Raises ModuleNotFoundError where only another tree has it.
        """
        if sys.meta_path[0] is not self:
            self.install_again()
        search = _Search(self, name, path, target)
        found = search.ask(path)
        if found is None:
            return search.instead_of_nothing()
        if found.origin is None and found.submodule_search_locations is not None:
            return search.instead_of_namespace(found)
        return search.instead_of(found)

    def install_again(self) -> None:
        """Stand first again after the list was replaced by a plain one."""
        sys.meta_path = _MetaPath([self, *(each for each in sys.meta_path if each is not self)])


class _Search:
    """The search for one module."""

    def __init__(self, finder: TreeFinder, name: str, path: Sequence[str] | None, target: ModuleType | None) -> None:
        self._finder, self._trees = finder, finder.trees
        self._name, self._path, self._target = name, path, target

    def ask(
        self, path: Sequence[str] | None, accept: Callable[[ModuleSpec], bool] = lambda _spec: True
    ) -> ModuleSpec | None:
        """What the first of the other finders finds that is accepted."""
        for other in list(sys.meta_path):
            find_spec = getattr(other, "find_spec", None)
            if other is self._finder or find_spec is None:
                continue
            spec: ModuleSpec | None = find_spec(self._name, path, self._target)
            if spec is not None and accept(spec):
                return spec
        return None

    def instead_of(self, found: ModuleSpec) -> ModuleSpec:
        """The same module of the right tree."""
        place = self._trees.place(found.origin) if found.has_location and found.origin else None
        if place is None and self._trees.installed:
            return self._benchmark_code_at_home() or found
        if place is None or self._trees.is_right(place):
            return found
        right = self._find_in(self._trees.wanted(place.relative), place) or self._installed()
        if right is None:
            return self._only_in_wrong_tree(found, place)
        if self._is_asked_for_in(place.root):
            return _disguise(found, right)
        return right

    def instead_of_namespace(self, found: ModuleSpec) -> ModuleSpec:
        """The same namespace, its portions in the right trees; or the package that the right tree has in its place."""
        folders = list(found.submodule_search_locations or ())
        if all(self._is_right_folder(folder) for folder in folders):
            return found
        right = self.ask(self._translated_path(), lambda spec: self._is_right(spec) or spec.origin is None)
        if right is not None and right.origin is not None:
            return right
        own = list(right.submodule_search_locations or ()) if right is not None else []
        spec = ModuleSpec(self._name, None, is_package=True)
        # The type is wider at run time: any iterable of texts, as the standard library's own namespaces are.
        spec.submodule_search_locations = _Portions(found.submodule_search_locations or (), own, self._translated)  # type: ignore[assignment]
        return spec

    def instead_of_nothing(self) -> ModuleSpec | None:
        """What is found only in the tree that the ordinary finders do not look into."""
        trees = self._trees
        if trees.home == trees.tree and not trees.copies:
            return None
        if self._path is None:
            return self._search_entries(self._translated_path(), trees.tree)
        if (package := self._package_by_its_own_folder()) is not None:
            return self.instead_of(package)
        for root in (trees.home, *trees.copies):
            entries = [entry for folder in self._path if (entry := trees.counterpart(folder, root)) is not None]
            spec = self.ask(entries, lambda spec, root=root: self._root_of(spec) == root) if entries else None  # type: ignore[misc]
            if spec is not None:
                return self.instead_of(spec)
        return None

    def _package_by_its_own_folder(self) -> ModuleSpec | None:
        """A package that is sought in its own folder: pytest's importlib mode does, then reads the file past us."""
        for folder in self._path or ():
            origin = os.path.join(folder, "__init__.py")
            if os.path.basename(folder) == self._name.rpartition(".")[2] and os.path.isfile(origin):
                return spec_from_file_location(self._name, origin, submodule_search_locations=[folder])
        return None

    def _find_in(self, root: str, place: Place) -> ModuleSpec | None:
        twin = os.path.join(root, *place.relative.split("/"))
        folder = os.path.dirname(os.path.dirname(twin) if os.path.basename(twin).startswith(_INIT) else twin)
        found = self._search_entries([folder, *self._translated_path()], root)
        if found is not None or not os.path.isfile(twin):
            return found
        # An editable install may give a folder another name than it has.
        inside = [os.path.dirname(twin)] if os.path.basename(twin).startswith(_INIT) else None
        return spec_from_file_location(self._name, twin, submodule_search_locations=inside)

    def _installed(self) -> ModuleSpec | None:
        """The module outside of all trees, where that is where the side's code is."""
        if not self._trees.installed:
            return None
        entries = sys.path if self._path is None else self._path
        outside = [entry for entry in entries if self._trees.place(entry or os.getcwd()) is None]
        return self.ask(outside, lambda spec: not self._root_of(spec))

    def _benchmark_code_at_home(self) -> ModuleSpec | None:
        """A release may bring its own benchmarks along, beside its code; both sides run those of `home`."""
        parents = self._name.split(".")[:-1]
        folders = [os.path.join(self._trees.home, top, *parents) for top in ("src", "")]
        entries = [folder for folder in folders if parents and os.path.isdir(folder)]
        return self.ask(entries, self._is_right) if entries else None

    def _search_entries(self, entries: Sequence[str], root: str) -> ModuleSpec | None:
        found = self.ask(list(dict.fromkeys(entries)), self._is_right)
        if found is None and self._path is None:
            # The layout may have changed between the two.
            found = self.ask([os.path.join(root, "src"), root], self._is_right)
        return found

    def _only_in_wrong_tree(self, found: ModuleSpec, place: Place) -> ModuleSpec:
        if self._trees.is_version_file(place.relative):
            return found
        origin, wanted = str(found.origin), self._trees.wanted(place.relative)
        remedy = "it does not exist there"
        if origin.endswith(tuple(EXTENSION_SUFFIXES)):
            expected = os.path.join(wanted, *place.relative.split("/"))
            self._finder.unbuilt[self._name] = (origin, expected)
            remedy = "compiled modules are in no checkout: build each side with '--perfgate-setup COMMAND'"
        raise ModuleNotFoundError(
            f"No module named '{self._name}' in '{wanted}' (only in '{place.root}', as '{place.relative}'; {remedy})",
            name=self._name,
        )

    def _translated_path(self) -> list[str]:
        return [self._translated(entry) for entry in (sys.path if self._path is None else self._path)]

    def _translated(self, entry: str) -> str:
        place = self._trees.place(entry or os.getcwd())
        if place is None:
            return entry
        relative = f"{place.relative}/" if place.relative else ""
        return os.path.join(self._trees.wanted(relative), *place.relative.split("/")).rstrip(os.sep)

    def _is_right_folder(self, folder: str) -> bool:
        place = self._trees.place(folder)
        return place is None or place.root == self._trees.wanted(f"{place.relative}/")

    def _is_right(self, spec: ModuleSpec) -> bool:
        place = self._trees.place(spec.origin) if spec.has_location and spec.origin else None
        return place is not None and self._trees.is_right(place)

    def _root_of(self, spec: ModuleSpec) -> str:
        place = self._trees.place(spec.origin) if spec.has_location and spec.origin else None
        return "" if place is None else place.root

    def _is_asked_for_in(self, root: str) -> bool:
        places = [self._trees.place(entry) for entry in self._path or ()]
        return any(place is not None and place.root == root for place in places)


class _MetaPath(list[Any]):
    """`sys.meta_path` whose first stays first: pytest's assertion rewriter puts itself at the front."""

    def insert(self, index: Any, finder: Any) -> None:  # noqa: ANN401 - as list has it
        super().insert(1 if index == 0 and self else index, finder)


class _Portions(Sequence[str]):
    """A namespace's search path: the portions as the import system now sees them, each in the right tree."""

    def __init__(self, original: Sequence[str], own: Sequence[str], translated: Callable[[str], str]) -> None:
        self._original, self._own, self._translated = original, own, translated

    def _now(self) -> list[str]:
        # What pytest puts on sys.path later may add portions.
        now = [self._translated(folder) for folder in self._original]
        return [folder for folder in dict.fromkeys([*self._own, *now]) if os.path.isdir(folder)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - index or slice
        return self._now()[index]

    def __repr__(self) -> str:
        # importlib.resources takes a search path for a namespace's by this name.
        return f"_NamespacePath({self._now()!r})"


class _Disguise:
    """The loader of a spec that names the file that was asked for until the module is made.

    pytest's importlib mode names a package's file and passes over every spec that names another one, past our finder.
    """

    def __init__(self, right: ModuleSpec) -> None:
        self._right = right

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the spec what it stands for, before the module takes its attributes from it."""
        right = self._right
        spec.origin, spec.loader, spec.cached = right.origin, right.loader, right.cached
        spec.submodule_search_locations = right.submodule_search_locations
        return right.loader.create_module(spec) if right.loader is not None else None

    def exec_module(self, module: ModuleType) -> None:
        """For whoever kept the loader."""
        if self._right.loader is not None:
            self._right.loader.exec_module(module)


def _disguise(found: ModuleSpec, right: ModuleSpec) -> ModuleSpec:
    spec = spec_from_file_location(
        found.name,
        found.origin,
        loader=_Disguise(right),  # type: ignore[arg-type]
        submodule_search_locations=found.submodule_search_locations,
    )
    return spec if spec is not None else right
