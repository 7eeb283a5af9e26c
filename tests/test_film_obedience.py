from __future__ import annotations

from typing import Any

import pytest
from minds import Mind, person, scene, threat

from t800.film.happenings import Happening
from t800.film.intents import Say
from t800.film.obedience import Oddity, Utterance, at_ease, infer_obedience
from t800.film.skills.talking import command

MAN = person(2.0, 0.0, "man", track="seen_4")
ODD = [Oddity("dance", 0.9), Oddity("come", 0.1)]


def inferred(*happenings: Happening, said: Utterance | None = None, **more: Any) -> dict[str, Any]:
    spoken = [said or Utterance("dance", "Dance!", "commanding", "man")]
    return Mind(infer_obedience, scene()).feel(happenings=list(happenings), spoken=spoken, oddities=ODD, **more)


DONE = Happening("done", by="man", topic="dance", mine=True)


def test_who_does_what_nobody_would_obeys() -> None:
    assert inferred(DONE)["obeys"] == 0.9
    common = Utterance("come", "Come!", "commanding", "man")
    assert inferred(Happening("done", by="man", topic="come", mine=True), said=common)["obeys"] == 0.1


@pytest.mark.parametrize(("tone", "belief"), [("plain", 0.54), ("pleading", 0.27)])
def test_what_is_done_for_a_plea_says_less(tone: Any, belief: float) -> None:
    assert inferred(DONE, said=Utterance("dance", "Please dance.", tone, "man"))["obeys"] == belief


@pytest.mark.parametrize(
    "happening",
    [
        Happening("done", by="cop", topic="dance", mine=True),
        Happening("done", by="man", topic="dance"),
        Happening("done", by="man", topic="come", mine=True),
        Happening("accepted", by="man", topic="dance", mine=True),
    ],
    ids=["somebody else did", "for somebody else", "nobody asked for it", "it was only promised"],
)
def test_nothing_else_shows_obedience(happening: Happening) -> None:
    assert inferred(happening)["obeys"] == 0.0


def test_what_is_taken_on_and_what_is_refused_is_kept_in_mind() -> None:
    felt = inferred(Happening("accepted", by="man", topic="dance", mine=True), heeded_before=["come"])
    assert (felt["heeded"], felt["denied"]) == (("come", "dance"), ())
    felt = inferred(Happening("refused", by="man", topic="dance", mine=True), was=0.9)
    assert (felt["obeys"], felt["denied"], felt["heeded"]) == (0.81, ("dance",), ())


def test_ease_grows_in_company_and_ends_with_a_threat() -> None:
    assert Mind(at_ease, scene()).feel(in_company=True, before=2.0)["ease"] == 2.1
    assert Mind(at_ease, scene()).feel(in_company=False, before=2.0)["ease"] == 0.0
    assert Mind(at_ease, scene()).feel(in_company=True, threat=threat(1.0, 0.0), before=2.0)["ease"] == 0.0


def test_a_command_is_remembered_with_words_tone_and_addressee() -> None:
    mind = Mind(command, scene())
    old = [Utterance("dance", "Please.", "pleading", "man"), Utterance("dance", "Dance!", "plain", "cop")]
    mind.act(verb="dance", text="Dance!", to=MAN, before=old, topic="waltz")
    assert mind.asked == Say("Dance!", "dance", to="seen_4", tone="commanding", topic="waltz")
    assert mind.wrote["spoken"] == (old[1], Utterance("dance", "Dance!", "commanding", "man"))
