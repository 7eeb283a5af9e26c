"""Charges, and what sets them off."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.film.explosives import Plant
from t800.film.intents import GoTo
from t800.film.plungers import HoldOver
from t800.film.records import Body
from t800.film.skills.asking import ask
from t800.film.triggers import Transmit
from t800.registry import skill
from t800.types import Entity, Keep, Point

__all__ = ["SetCharges", "hold_over", "press_trigger"]


@skill(name="set_charges")
class SetCharges:
    """Take the charges in hand to one mark after the other, and fit one at each; succeeds with none left in hand.

    `marks` are points of places; with more charges than marks, one begins anew at the first.
    """

    done: Keep[int] = 0
    had: Keep[int] = 0
    there: bool = False
    at: Point | None = None

    def tick(self, ctx: Context, marks: list[str], body: Body, called: str = "charge") -> Status:
        has = body.holds.count(called)
        if has < self.had:
            self.done, self.there, self.at = self.done + 1, False, None
        self.had = has
        if has == 0:
            return SUCCESS
        mark = marks[self.done % len(marks)]
        ctx.feedback(mark)
        if not self.there:
            # Whoever goes to a point and gets no further is there.
            self.there = ctx.obs.position == self.at and ctx.obs.place == mark.partition(".")[0]
            self.at = ctx.obs.position
            return RUNNING if self.there else ctx.intend(GoTo(mark, run=True))
        # Whoever fits a charge stands there: the legs are asked for too.
        ctx.intend(GoTo(mark))
        return ctx.intend(Plant())


@skill
def press_trigger(ctx: Context) -> Status:
    """Press the button of the trigger in hand; fails when the world says that it does nothing."""
    fate = ctx.fate("arms")
    if fate is not None:
        ctx.feedback(fate.why)
        return SUCCESS if fate.outcome == "granted" else FAILURE
    return ctx.intend(Transmit())


@skill
def hold_over(ctx: Context, plunger: Entity) -> Status:
    """Hold something heavy over a plunger within reach, for as long as one can; fails when it cannot be."""
    return ask(ctx, HoldOver(plunger))
