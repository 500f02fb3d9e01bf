"""The registry: names to engines, lazily, and one broken engine leaves the others alone."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reprise.engines.base import Candidate, Engine, EngineInfo, Task, Verb, Watch
from reprise.engines.registry import Registry
from reprise.errors import CannotServeError, CorruptModelError, RepriseError, UnknownEngineError


class SilentEngine:
    """An engine that answers nothing."""

    def __init__(self, name: str = "silent") -> None:
        self.info = EngineInfo(
            name, name.title(), "Says nothing.", (Verb.VARY,), 1, serves_drums=True
        )

    def why_not(self, _task: Task) -> str | None:
        return None

    def suitability(self, _task: Task) -> float:
        return 0.0

    def candidates(self, task: Task, count: int, seed: int, watch: Watch) -> Iterator[Candidate]:
        watch.check()
        return iter((Candidate(task.fixed_places, ()),) * min(count, seed))


def _broken() -> Engine:
    raise ModuleNotFoundError("No module named 'flux_capacitor'")


def _corrupt() -> Engine:
    raise CorruptModelError("model.onnx of chorale-v1 is damaged; reinstall reprise")


def test_names_come_in_the_order_for_menus() -> None:
    registry = Registry({"zither": SilentEngine, "accordion": SilentEngine})
    assert registry.names() == ("zither", "accordion")


def test_an_engine_is_made_once_and_only_when_asked_for() -> None:
    made: list[str] = []

    def make(name: str) -> Engine:
        made.append(name)
        return SilentEngine(name)

    registry = Registry({"one": lambda: make("one"), "two": lambda: make("two")})
    assert made == []
    assert registry.get("two") is registry.get("two")
    assert made == ["two"]


def test_unknown_engine_is_told_which_there_are_and_which_was_meant() -> None:
    registry = Registry({"markov": SilentEngine, "chorale": SilentEngine})
    with pytest.raises(UnknownEngineError, match=r"did you mean 'markov'.*chorale, markov"):
        registry.get("marcov")
    with pytest.raises(UnknownEngineError, match=r"no engine 'xyz'; there are: chorale, markov"):
        registry.get("xyz")


def test_a_checkout_without_installation_says_so() -> None:
    with pytest.raises(UnknownEngineError, match=r"checkout.*pip install -e \."):
        Registry({}).get("markov")


@pytest.mark.parametrize(
    ("loader", "sentence"), [(_broken, "flux_capacitor"), (_corrupt, "damaged; reinstall")]
)
def test_a_broken_engine_is_listed_with_its_problem_and_the_others_go_on(
    loader: object, sentence: str
) -> None:
    registry = Registry({"bad": loader, "good": SilentEngine})  # type: ignore[dict-item]
    bad, good = registry.infos()
    assert bad.info.name == "bad"
    assert sentence in bad.problem
    assert good.problem == ""
    assert good.info.name == "silent"


def test_asking_for_a_broken_engine_raises_its_own_error_every_time() -> None:
    registry = Registry({"corrupt": _corrupt, "broken": _broken})
    for _ in range(2):
        with pytest.raises(CorruptModelError, match="damaged"):
            registry.get("corrupt")
        with pytest.raises(CannotServeError, match="could not be loaded: ModuleNotFoundError"):
            registry.get("broken")


def _install(folder: Path, distribution: str, lines: str) -> None:
    info = folder / f"{distribution}-1.0.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[reprise.engines]\n{lines}\n", encoding="utf-8")


def test_a_strangers_engine_comes_through_the_same_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "from test_registry_stranger_base import *\n"
    (tmp_path / "stranger_module.py").write_text(module, encoding="utf-8")
    base = (
        "from reprise.engines.base import EngineInfo, Verb\n"
        "class Stranger:\n"
        "    info = EngineInfo('stranger', 'Stranger', 'Odd.', (Verb.VARY,), 1, True)\n"
    )
    (tmp_path / "test_registry_stranger_base.py").write_text(base, encoding="utf-8")
    _install(tmp_path, "stranger", "stranger = stranger_module:Stranger\ngone = nowhere:Gone")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry.installed()
    assert {"stranger", "gone"} <= set(registry.names())
    assert registry.get("stranger").info.title == "Stranger"
    with pytest.raises(RepriseError, match="'gone' could not be loaded"):
        registry.get("gone")


def test_listing_names_imports_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lazy_engine_module.py").write_text("raise RuntimeError\n", encoding="utf-8")
    _install(tmp_path, "lazy", "lazy = lazy_engine_module:Lazy")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "lazy" in Registry.installed().names()
    assert "lazy_engine_module" not in sys.modules


def test_of_two_engines_with_one_name_the_answer_does_not_depend_on_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "twin_engines.py").write_text(
        "def first():\n    return 'first'\ndef second():\n    return 'second'\n", encoding="utf-8"
    )
    _install(tmp_path, "beta-package", "twin = twin_engines:second")
    _install(tmp_path, "alpha-package", "twin = twin_engines:first")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert str(Registry.installed().get("twin")) == "first"
