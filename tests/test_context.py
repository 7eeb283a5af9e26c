"""What skills and senses see: time, chance, asks, Out ports."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pytest

from t800.blackboard import Blackboard
from t800.context import Context
from t800.core import RUNNING, Fate, Intent, Observation
from t800.nodes.frame import Notes
from t800.registry import Port, effect
from t800.types import FLOAT, Entity, Point, Type, record


@record
class Go(Intent):
    channel: ClassVar[str] = "legs"


@record
class Ride(Intent):
    channel: ClassVar[str] = "legs"
    place: Point
    way: list[Point] = ()  # type: ignore[assignment]  # a tuple is what it becomes
    pace: float | None = None
    whom: Entity | None = None


@record
class Nowhere(Intent):
    """An intent that forgot its channel."""


SPOT = Point(1.0, 2)


def context(**more: Any) -> Context:
    board = Blackboard({"speed": FLOAT, "fast": FLOAT})
    ctx = Context(board, effects={"harm": effect("harm", float, 0.0), "to": effect("to", list[Entity], [])}, **more)
    ctx.state = Notes(outs={0: {"pace": ("speed", Port("pace", FLOAT, out=True))}})
    return ctx


def test_time_is_the_tick_number_times_dt_without_drift() -> None:
    ctx = context(dt=0.1)
    ctx.tick = 3
    assert (ctx.now, ctx.dt) == (0.3, 0.1)
    ctx.tick = 1_000_000
    assert ctx.now == 100_000.0
    assert [ctx.ticks(seconds) for seconds in (0.0, 0.1, 0.11, 0.3, 0.3)] == [0, 1, 2, 3, 3]


def test_chance_is_by_purpose() -> None:
    ctx, other = context(seed=1, stream=2), context(seed=1, stream=2)
    ctx.rng("look").random()
    assert ctx.rng("aim").random() == other.rng("aim").random()
    assert ctx.rng("aim") is ctx.rng("aim")
    assert {name: stream.count for name, stream in ctx.streams.items()} == {"look": 1, "aim": 1}


def test_an_ask_is_noted_with_its_node_and_effects_and_is_running() -> None:
    ctx = context()
    ctx.node = 4
    assert ctx.intend(Go(), harm=1, to=["john"]) is RUNNING
    assert ctx.asks == [(ctx.state, 4, Go(), {"harm": 1.0, "to": ("john",)})]
    ctx.intend(Ride(SPOT, [SPOT], pace=1))
    ctx.asks.pop()
    ctx.intend(Go(), harm=None)
    assert ctx.asks[1][3] == {"harm": None}


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda ctx: ctx.intend(Go(), harn=1.0), TypeError, "did you mean 'harm'"),
        (lambda ctx: ctx.intend(Go(), harm="much"), ValueError, "expected float"),
        (lambda ctx: ctx.intend(Ride("kitchen")), ValueError, "expected Ride with place: Point, not 'kitchen'"),
        (lambda ctx: ctx.intend(Ride(None)), ValueError, "expected Ride with place: Point, not None"),
        (lambda ctx: ctx.intend(Ride(Point(float("nan"), 0.0))), ValueError, "expected Point with x: float, not nan"),
        (lambda ctx: ctx.intend(Ride(Point(0.0, 10**400))), OverflowError, "too large"),
        (lambda ctx: ctx.intend(Ride(SPOT, (SPOT, Point(0.0, float("inf"))))), ValueError, "with y: float, not inf"),
        (lambda ctx: ctx.intend(Ride(SPOT, pace=float("inf"))), ValueError, "pace: float or unknown, not inf"),
        (lambda ctx: ctx.intend(Ride(SPOT, whom=7)), ValueError, "whom: entity or unknown, not 7"),
        (lambda ctx: ctx.intend(Nowhere()), TypeError, "not an Intent with a channel"),
        (lambda ctx: ctx.intend("go"), TypeError, "not an Intent"),
        (lambda ctx: ctx.out(pase=1.0), TypeError, "there are: pace"),
        (lambda ctx: ctx.out(pace="fast"), ValueError, "expected float"),
    ],
)
def test_a_wrong_ask_or_write_is_refused_and_leaves_nothing(ask: Any, error: type[Exception], words: str) -> None:
    ctx = context()
    with pytest.raises(error, match=words):
        ask(ctx)
    assert ctx.asks == []
    assert ctx.board.written == {}


def test_nothing_is_asked_for_while_sensing_or_halting() -> None:
    ctx = context()
    ctx.silent = True
    with pytest.raises(RuntimeError, match="nothing can be asked for here"):
        ctx.intend(Go())
    ctx.out(pace=2)
    assert ctx.board.values["speed"] == 2.0


def test_an_out_port_writes_its_key_at_this_tick() -> None:
    ctx = context()
    ctx.tick = 9
    ctx.out(pace=3)
    assert (ctx.board.values["speed"], ctx.board.written) == (3.0, {"speed": 9})
    ctx.out(pace=None)
    assert ctx.board.values["speed"] is None
    ctx.node = 1
    with pytest.raises(TypeError, match="there are: none"):
        ctx.out(pace=3)


def test_what_is_said_again_is_the_same_object_and_new_at_this_tick() -> None:
    names = Type.of(list[Entity])
    ctx = context()
    ctx.board = Blackboard({"names": names})
    ctx.state = Notes(outs={0: {"names": ("names", Port("names", names, out=True))}})
    said: list[Any] = ["john", "sarah"]
    ctx.out(names=said)
    kept = ctx.board.values["names"]
    ctx.tick = 3
    ctx.out(names=said)
    assert ctx.board.values["names"] is kept
    assert ctx.board.written == {"names": 3}
    # The same list once more, and another one inside it: it is what it holds that counts.
    said[1] = 7
    with pytest.raises(ValueError, match="expected"):
        ctx.out(names=said)
    said.pop()
    ctx.out(names=said)
    assert ctx.board.values["names"] == ("john",)
    ctx.out(names=None)
    assert ctx.board.values["names"] is None


def test_what_fits_the_key_must_fit_the_port_as_well() -> None:
    mood = Type.of(str)
    ctx = context()
    ctx.board = Blackboard({"mood": mood}, {"mood": "grim"})
    calm = Type.of(Literal["calm"])
    ctx.state = Notes(outs={0: {"mood": ("mood", Port("mood", calm, out=True))}})
    with pytest.raises(ValueError, match="calm"):
        ctx.out(mood=ctx.board.values["mood"])


def test_a_fate_is_of_this_node_and_channel_only() -> None:
    ctx = context()
    ctx.state.fates = {0: {"legs": Fate("vetoed", "no")}}
    assert ctx.fate("legs") == Fate("vetoed", "no")
    assert ctx.fate("arms") is None
    ctx.node = 1
    assert ctx.fate("legs") is None


def test_progress_shows_as_feedback_in_per_cent() -> None:
    ctx = context()
    for share, text in ((0.0, "0 %"), (0.005, "1 %"), (0.5, "50 %"), (1.0, "100 %")):
        ctx.progress(share)
        assert ctx.state.feedback[0] == text
    ctx.feedback("nearly")
    assert ctx.state.feedback[0] == "nearly"


def test_the_observation_and_the_services_are_as_they_were_handed_in() -> None:
    arm = object()
    ctx = context(services={"arm": arm})
    assert ctx.services["arm"] is arm
    assert ctx.obs == Observation(0)
    with pytest.raises(AttributeError):
        ctx.dt = 0.2  # type: ignore[misc]


def test_a_type_is_needed_for_an_effect_s_neutral_value() -> None:
    with pytest.raises(ValueError, match="expected float"):
        effect("harm", float, "none")
    assert effect("to", list[Entity], []).type == Type.of(list[Entity])
