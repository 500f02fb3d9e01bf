from reprise.cli.show.pieces import ENSEMBLE, Wish
from reprise.cli.verbs.demo import NO_ENSEMBLE, engine_for
from reprise.service.messages import Vary

FLAGSHIP = Wish("Variation", Vary, engine=ENSEMBLE)


def offer(name: str, model: str = "") -> dict[str, object]:
    return {"name": name, "model": model}


def test_the_flagship_answers_where_its_model_is_installed() -> None:
    welcome = {"engines": [offer("markov"), offer("ensemble", "ensemble-s-v1")]}
    assert engine_for(FLAGSHIP, welcome) == ("ensemble", ())


def test_without_a_model_of_the_flagship_the_demo_says_so_and_goes_on() -> None:
    for engines in ([offer("markov"), offer("ensemble")], [offer("markov")]):
        assert engine_for(FLAGSHIP, {"engines": engines}) == ("markov", (NO_ENSEMBLE,))


def test_a_wish_for_another_engine_needs_no_flagship() -> None:
    welcome = {"engines": [offer("markov")]}
    assert engine_for(Wish("Variation", Vary), welcome) == ("auto", ())
