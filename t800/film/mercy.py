"""Whom one spares: those one was told to, and all, once a human life is worth enough to one."""

from __future__ import annotations

from t800.context import Context
from t800.film.records import Belief, Order, Person
from t800.registry import sense
from t800.types import Entity, Out

__all__ = ["weigh_life"]

NO_HUMAN = 0.7
"""The suspicion from which on somebody is taken for no human being."""


@sense(reads=[])
def weigh_life(
    ctx: Context,
    people: list[Person],
    spared: Out[list[Entity]],
    merciful: Out[bool],
    standing: tuple[Order, ...] = (),
    beliefs: tuple[Belief, ...] = (),
    worth: float | None = None,
    enough: float = 0.5,
    inhuman: tuple[str, ...] = (),
    but: Entity | None = None,
) -> None:
    """The tracks of those in sight whom one is to spare, and whether that is everybody: by an order to `spare` that is
    in force, of somebody or of all; or because a life is `worth` so much as is `enough`. `but` is whom one means to
    kill all the same.

    Only human beings are spared: what is warm, to eyes that can tell; to others, whose look is under no suspicion and
    none of those that are known to be `inhuman`.
    """
    spares = [order for order in standing if order.verb == "spare" and order.state in ("accepted", "under_way")]
    everybody = any(order.object is None for order in spares) or (worth is not None and worth >= enough)
    named = {order.object for order in spares if order.object is not None}
    if not people:
        ctx.out(spared=(), merciful=everybody)
        return
    suspected = {*inhuman, *(belief.look for belief in beliefs if belief.suspicion >= NO_HUMAN)}
    found = []
    for person in people:
        human = person.warm if person.warm is not None else person.look not in suspected
        if human and (everybody or person.who in named) and (but is None or person.who != but):
            found.append(person.track)
    ctx.out(spared=found, merciful=everybody)
