"""What becomes of an order: judged, answered, done."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from t800.context import Context
from t800.core import FAILURE, SUCCESS, Status
from t800.film.intents import Answer
from t800.film.records import Deed, Order, Threat
from t800.registry import skill
from t800.types import Entity, Out

__all__ = ["answer", "close_order", "judge_order", "keep_order", "put_in_charge"]

ASKED = 0.4
"""The danger to the mission that is accepted because somebody in charge asks for it."""

COMMANDED = 0.8
"""The danger to the mission that is accepted when they insist on it."""

DEAR = 0.5
"""The worth of a human life from which on none is taken on anybody's word."""


@skill
def judge_order(
    ctx: Context,
    order: Order,
    ward: Entity,
    authority: list[Entity],
    deeds: list[Deed],
    judged: Out[Order],
    threat: Threat | None = None,
    worth: float = 0.0,
    merciful: bool = False,
    others_open: int | None = None,
) -> Status:
    """Accept or refuse an order, by the one rule there is: who gives it, what it would do to the mission and to the
    routes to Skynet, and what a life is worth.

    `deeds` say of each verb what doing it brings about; those at the ward's cost weigh in full while there is a
    `threat`. `merciful` says that nobody is to be killed. `others_open` counts the routes that are open besides the
    own chip; with none left and no threat, the chip must not stay to be found.
    """
    deed = next((deed for deed in deeds if deed.verb == order.verb), None)
    why = ""
    if order.by not in authority:
        why = "it comes from nobody in charge"
    elif deed is None:
        why = "it is not understood"
    elif deed.leaves_chip and threat is None and others_open == 0:
        why = "its chip would be left to be found"
    elif deed.takes_life and order.object == ward:
        why = f"{ward} is to live"
    elif deed.takes_life and (merciful or worth >= DEAR):
        why = "a life is worth more than that"
    elif deed.leaves_ward and threat is not None:
        why = f"{ward} would be left to the threat"
    elif deed.danger > (COMMANDED if order.tone == "commanding" else ASKED):
        why = f"it would be dangerous for {ward}"
    ctx.feedback(why or "accepted")
    ctx.out(judged=replace(order, state="refused" if why else "accepted", why=why))
    return SUCCESS


@skill(one_shot=True)
def answer(ctx: Context, order: Order) -> Status:
    """Say what became of an order; fails as long as nothing has."""
    if order.state == "heard" or order.state == "under_way":  # noqa: PLR1714  # so that the type is narrowed
        return FAILURE
    return ctx.intend(Answer(order.handle, order.state, order.why))


@skill
def close_order(
    ctx: Context,
    order: Order,
    judged: Out[Order],
    state: Literal["under_way", "done", "failed", "superseded"] = "done",
    why: str = "",
) -> Status:
    """Note how far an order is: under way, carried out, given up, or overtaken by another."""
    ctx.out(judged=replace(order, state=state, why=why))
    return SUCCESS


@skill
def keep_order(ctx: Context, order: Order, kept: Out[list[Order]], standing: list[Order]) -> Status:
    """Keep an order in force from now on, with those that are `standing` already; a second one of its kind and object
    takes the place of the first."""
    rest = [old for old in standing if (old.verb, old.object) != (order.verb, order.object)]
    ctx.out(kept=[*rest, replace(order, state="under_way")])
    return SUCCESS


@skill
def put_in_charge(ctx: Context, who: Entity, authority: list[Entity], extended: Out[list[Entity]]) -> Status:
    """Let somebody give orders from now on."""
    ctx.out(extended=[*authority, *([] if who in authority else [who])])
    return SUCCESS
