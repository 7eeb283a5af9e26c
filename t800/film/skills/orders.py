"""What becomes of an order: judged, answered, done."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from t800.context import Context
from t800.core import SUCCESS, Status
from t800.film.intents import Answer
from t800.film.records import Order, Threat
from t800.registry import skill
from t800.types import Entity, Out

__all__ = ["answer", "close_order", "judge_order"]

LEAVES_WARD = ("leave", "stay", "stop")
"""What cannot be done at the ward's side."""

LEAVES_CHIP = ("follow", "leave", "reconsider", "stay", "stop")
"""What cannot be done without going on to exist, with a chip in one's head that could be found."""


@skill
def judge_order(
    ctx: Context,
    order: Order,
    ward: Entity,
    authority: list[Entity],
    verbs: list[str],
    judged: Out[Order],
    threat: Threat | None = None,
    others_open: int | None = None,
) -> Status:
    """Accept or refuse an order, by the one rule there is: who gives it, whether it can be done, what it does to the
    mission and to the routes to what is to be prevented.

    `others_open` counts the routes that are open besides the own chip; with none left and no threat, the chip must
    not stay to be found.
    """
    why = ""
    if order.by not in authority:
        why = "it comes from nobody in charge"
    elif order.verb not in verbs:
        why = "it is not understood"
    elif order.verb in LEAVES_WARD and threat is not None:
        why = f"{ward} would be left to the threat"
    elif order.verb in LEAVES_CHIP and threat is None and others_open == 0:
        why = "its chip would be left to be found"
    ctx.feedback(why or "accepted")
    ctx.out(judged=replace(order, state="refused" if why else "accepted", why=why))
    return SUCCESS


@skill(one_shot=True)
def answer(ctx: Context, order: Order) -> Status:
    """Say what became of an order."""
    assert order.state != "heard"
    return ctx.intend(Answer(order.handle, order.state, order.why))


@skill
def close_order(ctx: Context, order: Order, judged: Out[Order], state: Literal["done", "failed"] = "done") -> Status:
    """Note that an order was carried out, or could not be."""
    ctx.out(judged=replace(order, state=state))
    return SUCCESS
