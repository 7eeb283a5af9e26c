"""Calling the police."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, SUCCESS, Status
from t800.film.intents import Call, GoTo
from t800.registry import skill
from t800.types import Point

__all__ = ["CallPolice"]


@skill(name="call_police")
class CallPolice:
    """Run to a telephone and say what was noticed, and where one was then; succeeds when the call is through, fails
    when the world says that it cannot be."""

    where: str = ""
    stood: Point | None = None
    called: bool = False

    def tick(self, ctx: Context, telephone: str, about: str, look: str | None = None) -> Status:
        position: Point = ctx.obs.position
        self.where = self.where or ctx.obs.place or ""
        if self.called:
            fate = ctx.fate("voice")
            if fate is not None and fate.outcome != "granted":
                ctx.feedback(fate.why)
                return FAILURE
            return SUCCESS
        # Whoever goes to a point and gets no further is there.
        if ctx.obs.place != telephone.partition(".")[0] or self.stood != position:
            self.stood = position
            ctx.feedback(telephone)
            return ctx.intend(GoTo(telephone, run=True))
        self.called = True
        return ctx.intend(Call(about, self.where, look))
