from __future__ import annotations

from worlds import kinds, run, world

from t800.core import Event
from t800.film.intents import Answer, Say
from t800.film.records import Scene
from t800.spec.world import Participant
from t800.types import Point
from t800.world import Kernel

CHILD = Participant("child", 2, "child", Point(2.0, 4.0))
ROBOT = Participant("robot", 1, "robot", Point(6.0, 4.0))
ORDER = Say("Stop!", verb="stop", to="seen_1")


def scene(kernel: Kernel, who: str) -> Scene:
    seen = kernel.observe(who)
    assert isinstance(seen, Scene)
    return seen


def whys(events: list[Event]) -> list[str]:
    return [event.fields["why"] for event in events if event.kind == "Refused"]


def test_what_is_said_is_heard_one_tick_later_with_voice_and_words_but_no_name() -> None:
    kernel = world([CHILD, ROBOT])
    run(kernel, 1, child=Say("Hello?"))
    (heard,) = scene(kernel, "robot").sounds
    assert (heard.voice, heard.text, heard.verb, heard.to_me) == ("high", "Hello?", None, False)
    assert scene(kernel, "child").sounds == ()
    run(kernel, 1)
    assert scene(kernel, "robot").sounds == ()


def test_an_order_that_reaches_its_hearer_is_an_event() -> None:
    kernel = world([CHILD, ROBOT])
    (said,) = [event for event in run(kernel, 1, child=ORDER) if event.kind == "Said"]
    (heard,) = run(kernel, 1)
    assert (heard.kind, heard.causes) == ("OrderHeard", (said.id,))
    assert heard.fields == {"who": "robot", "by": "child", "order": "stop"}


def test_an_order_is_answered_by_the_handle_it_was_heard_under() -> None:
    kernel = world([CHILD, ROBOT])
    run(kernel, 1, child=ORDER)
    (heard,) = scene(kernel, "robot").sounds
    assert (heard.verb, heard.to_me) == ("stop", True)
    events = run(kernel, 1, robot=Answer(heard.handle, "refused", "I must not"))
    (order,) = [event for event in events if event.kind == "OrderHeard"]
    (answer,) = [event for event in events if event.kind == "OrderRefused"]
    assert answer.fields == {"who": "robot", "by": "child", "order": "stop", "why": "I must not"}
    assert answer.causes == ("robot:voice", order.id)
    assert [sound.text for sound in scene(kernel, "child").sounds] == ["refused"]


def test_nobody_answers_what_was_not_said() -> None:
    kernel = world([CHILD, ROBOT])
    assert whys(run(kernel, 1, robot=Answer("heard_1", "done"))) == ["there was no such order"]


def test_one_speaks_to_somebody_in_sight_only() -> None:
    kernel = world([CHILD, Participant("robot", 1, "robot", Point(15.0, 1.0))])
    assert whys(run(kernel, 1, child=ORDER)) == ["whom it speaks to is not in sight"]


def test_an_order_that_does_not_carry_is_not_heard() -> None:
    kernel = world([CHILD, Participant("robot", 1, "robot", Point(9.0, 4.0))])
    quiet = world([CHILD, ROBOT], spec=kernel.spec.override("child.carries", 3.0, [CHILD]))
    run(quiet, 1, child=ORDER)
    assert "OrderHeard" not in kinds(run(quiet, 1))


def test_orders_heard_survive_a_snapshot() -> None:
    kernel = world([CHILD, ROBOT])
    run(kernel, 1, child=ORDER)
    (heard,) = scene(kernel, "robot").sounds
    copy = world([CHILD, ROBOT])
    copy.restore(kernel.snapshot())
    assert scene(copy, "robot").sounds == (heard,)
    assert "OrderDone" in kinds(run(copy, 1, robot=Answer(heard.handle, "done")))
