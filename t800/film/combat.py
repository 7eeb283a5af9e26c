"""Combat: shots and blows, what stops them, and what they do to bodies."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Annotated, Any

from t800.core import Intent
from t800.film.bodies import Appearance, Balance, Conduct, Frame, Living, Machine, awake
from t800.film.events import DAMAGED, DESTROYED, FIRED, KILLED, KNOCKED_BACK, SHIELDED, STRUCK, WOUNDED
from t800.film.heat import Warmth, dissolved, fall
from t800.film.intents import Fire, Strike, Torment
from t800.film.items import Item, Melee, Weapon, weapon_of
from t800.film.sight import seen_by
from t800.film.supply import PowerSupply
from t800.registry import mechanic
from t800.spec.quantity import NOT_NEGATIVE, Seconds
from t800.spec.world import component
from t800.types import Entity as Name
from t800.types import Point
from t800.world.entity import Entity
from t800.world.geometry import SLACK, along, distance_to_line
from t800.world.items import carry
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules
from t800.world.walking import Mover

__all__ = ["Combat", "Hit", "Marksman"]

MOVING = 0.75
"""The share of hits that are left on a target that moves."""

BARELY_ALIVE = 0.1
"""What torment leaves of a structure."""

BROAD = 1.0
"""Metres of width from which on a body is harder to miss."""

FARTHEST = 300.0
"""Metres beyond which nobody is thrown, whatever hits them."""

NEAREST_TO_WALL = 0.2
"""Metres from a wall at which somebody thrown against it comes to rest."""

SPLASHED = 4.0
"""Seconds that liquid metal lies about when nothing is left of its structure."""

LEAST = 0.15
"""The share of its structure that is left to a body by whoever means to disable it and not to kill."""

LAME = 240.0
"""Seconds, on average, until somebody whose leg was shot is on their feet again."""

SECONDS_DOWN = 1.2
"""Seconds that somebody stays down, on average, for each metre thrown."""


@component
class Marksman:
    """Can aim. `steady` is how long it has aimed at `mark`, of the `draw` it takes before a shot."""

    changes = ("steady", "mark")

    accuracy: Annotated[float, NOT_NEGATIVE] = 0.8
    draw: Seconds = 0.6
    steady: Seconds = 0.0
    mark: Name | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """What a body took in this tick: `through` is what got through its armour, `push` the impulse and its way."""

    target: Entity
    by: Entity
    tool: str
    through: float
    push: float
    origin: Point
    event: int
    disables: float = 0.0
    """Seconds, on average, that it keeps somebody down whom it is not to kill; 0 for a hit that is meant to kill."""


@dataclass(frozen=True, slots=True)
class _Attack:
    actor: Entity
    target: Entity
    cause: str
    disable: bool
    weapon: Weapon | None = None
    melee: Melee | None = None
    manner: str = "blow"


@mechanic
class Combat(Rules):
    """Shots and blows land on the first body in their way, and all that lands in a tick lands together."""

    order = 30
    components = (Marksman, Item, Weapon, Melee)
    intents = (Fire, Strike, Torment)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._attacks: list[_Attack] = []
        # Where everybody stood at the start of the tick, and the same by stream in a tick with attacks.
        self._stood: list[Point] = []
        self._places: dict[int, Point] = {}
        self._hits: list[Hit] = []
        self._taken: list[Hit] = []
        # What bodies took in this tick, for the rules that come after.
        self.landed: list[Hit] = []
        # Who was thrown over a railing in this tick, into which vat, by whom, and the event that says so.
        self.over_the_rail: list[tuple[Entity, Entity, Entity, int]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Fire | Strike | Torment)
        target = seen_by(self.world, actor, intent.target)
        if target is None:
            return "it is not in sight"
        distance = actor.position.distance(target.position)
        if not isinstance(intent, Fire):
            return self._take_up(actor, target, intent, distance, cause)
        weapon = weapon_of(self.world, actor, intent.kind)
        if weapon is None or actor.get(Marksman) is None:
            return "it has no weapon in hand"
        if weapon.rounds <= 0:
            return "the weapon is empty"
        if distance > weapon.range:
            return "it is out of range"
        self._attacks.append(_Attack(actor, target, cause, intent.disable, weapon=weapon))
        return None

    def _take_up(
        self, actor: Entity, target: Entity, intent: Strike | Torment, distance: float, cause: str
    ) -> str | None:
        """Take up a blow, or say why it cannot be."""
        melee = actor.get(Melee)
        lance = isinstance(intent, Strike) and intent.lance
        if melee is None or (lance and melee.lance <= 0.0):
            return "it has nothing to strike with"
        if isinstance(intent, Torment) and (melee.torment <= 0.0 or target.get(Living) is None):
            return "it could not be tormented"
        if distance > (melee.lance if lance else melee.grasp):
            return "it is out of reach"
        manner = "lance" if lance else "torment" if isinstance(intent, Torment) else "blow"
        disable = isinstance(intent, Strike) and intent.disable
        self._attacks.append(_Attack(actor, target, cause, disable, melee=melee, manner=manner))
        return None

    def perceive(self) -> None:
        # Shots of the coming tick go by where everybody stands at its start; legs move before arms act.
        self._stood = [entity.position for entity in self.world.present]

    def apply(self) -> None:
        attacks, self._attacks, self._hits, self.landed = self._attacks, [], self._taken, []
        self.over_the_rail = []
        self._taken = []
        if attacks:
            self._places = {e.stream: at for e, at in zip(self.world.present, self._stood, strict=True)}
        busy = {attack.actor.stream for attack in attacks}
        self._rest(busy)
        for attack in attacks:
            conduct = attack.actor.get(Conduct)
            if conduct is not None:
                conduct.aim = self._places[attack.target.stream]
                conduct.activity = "aiming" if attack.weapon is not None else "striking"
            if attack.weapon is not None:
                self._shoot(attack, attack.weapon)
            elif attack.melee is not None:
                self._strike(attack, attack.melee)
        for entity in self.world.present if self._hits else ():
            hits = [hit for hit in self._hits if hit.target is entity]
            if hits:
                self._suffer(entity, hits)
        carry(self.world)

    def take(self, hit: Hit) -> None:
        """Let a body take what other rules did to it in this tick, together with all that lands."""
        self._taken.append(hit)

    def restore(self, data: Mapping[str, Any]) -> None:
        self.perceive()

    def _rest(self, busy: Collection[int]) -> None:
        """Weapons and arms get ready again; whoever does not aim loses their aim."""
        dt = self.world.dt
        for _, weapon in self.world.having(Weapon):
            if weapon.ready:
                weapon.ready = max(0.0, weapon.ready - dt)
        living = sorted(
            [(other.position.x, other.stream, other) for other, body in self.world.having(Living) if body.alive]
        )
        for fighter, melee in self.world.having(Melee):
            if melee.rest:
                melee.rest = max(0.0, melee.rest - dt)
            melee.away = 0.0 if _grasps(fighter, melee, living) else min(1000.0, melee.away + dt)
        for _, conduct in self.world.having(Conduct):
            conduct.activity, conduct.aim = "", None
        for _, balance in self.world.having(Balance):
            balance.flung = False
        for entity, marksman in self.world.having(Marksman):
            if entity.stream not in busy:
                marksman.steady, marksman.mark = 0.0, None

    def _shoot(self, attack: _Attack, weapon: Weapon) -> None:
        actor, target = attack.actor, attack.target
        marksman = actor.get(Marksman)
        assert marksman is not None
        if marksman.mark != target.id:
            marksman.mark, marksman.steady = Name(target.id), 0.0
        marksman.steady += self.world.dt
        # Half a tick of slack: sums of tenths are not exact.
        if marksman.steady + self.world.dt / 2 < marksman.draw or weapon.ready > self.world.dt / 2:
            return
        weapon.rounds -= 1
        weapon.ready = weapon.interval
        conduct = actor.get(Conduct)
        if conduct is not None:
            conduct.activity = "shooting"
        shot = self.world.emit(FIRED, "shot", [attack.cause], by=actor.id, at=target.id)
        self.world.sound(actor, weapon.reach, "shot", cause=shot)
        distance = self._places[actor.stream].distance(self._places[target.stream])
        mover = target.get(Mover)
        share = MOVING if mover is not None and mover.speed > 0.0 else 1.0
        # One that reaches nowhere is fired at somebody in the very same spot.
        off = distance / weapon.range if weapon.range > 0.0 else 0.0
        odds = marksman.accuracy * (1.0 - 0.8 * off) * share
        appearance = target.get(Appearance)
        if appearance is not None and appearance.width > BROAD:
            odds = 1.0 - (1.0 - odds) * BROAD / appearance.width
        if self.world.chance(actor, "aim").chance(odds):
            self._land(attack, weapon.kind, weapon.damage, weapon.knock_back, shot, LAME)

    def _strike(self, attack: _Attack, melee: Melee) -> None:
        if melee.rest > self.world.dt / 2:
            return
        manner = attack.manner
        melee.rest = melee.pause if manner == "blow" else 2.0 * melee.pause
        blow = self.world.emit(STRUCK, manner, [attack.cause], by=attack.actor.id, at=attack.target.id)
        if manner == "torment":
            balance = attack.target.get(Balance)
            if balance is not None:
                balance.pinned = max(balance.pinned, melee.rest + self.world.dt)
            # Whoever is to cry out is not to die of it.
            frame = attack.target.get(Frame)
            hurt = min(melee.torment, frame.structure - BARELY_ALIVE) if frame is not None else melee.torment
            if hurt > 0.0:
                self._hits.append(self._hit(attack, attack.target, melee.tool, hurt, 0.0, blow, 0.0))
        elif self.world.chance(attack.actor, "blow").chance(melee.sure):
            cut = melee.cut if manner == "blow" else melee.pierce
            self._land(attack, melee.tool, cut, melee.throw * _strength(attack.actor), blow, melee.stuns)

    def _land(self, attack: _Attack, tool: str, damage: float, push: float, event: int, disables: float) -> None:
        """Hit whoever stands first in the way to the target."""
        body = self._first(attack.actor, attack.target)
        if body is not attack.target:
            event = self.world.emit(SHIELDED, "a body in the way", [event], who=body.id, whom=attack.target.id)
        self._hits.append(self._hit(attack, body, tool, damage, push, event, disables))

    def _hit(
        self, attack: _Attack, body: Entity, tool: str, damage: float, push: float, event: int, disables: float
    ) -> Hit:
        frame = body.get(Frame)
        through = damage * (1.0 - frame.armour) if frame is not None else 0.0
        seconds = disables if attack.disable and body.get(Living) is not None else 0.0
        return Hit(body, attack.actor, tool, through, push, self._places[attack.actor.stream], event, seconds)

    def _first(self, actor: Entity, target: Entity) -> Entity:
        start, end = self._places[actor.stream], self._places[target.stream]
        nearest, found = 1.0, [target]
        for other in self.world.present:
            appearance = other.get(Appearance)
            if other is actor or other is target or appearance is None or not _standing(other):
                continue
            off, share = distance_to_line(self._places[other.stream], start, end)
            if off <= appearance.width / 2 and 0.0 < share < nearest:
                nearest, found = share, [other]
            elif off <= appearance.width / 2 and share == nearest < 1.0:
                found.append(other)
        return self.world.lot("first in the way", found)

    def _suffer(self, entity: Entity, hits: list[Hit]) -> None:
        """Add up all that hit a body, then apply it."""
        frame, living, machine = entity.get(Frame), entity.get(Living), entity.get(Machine)
        if frame is None or not awake(entity):
            return
        wounds = []
        total = 0.0
        for hit in hits:
            total += hit.through
            kind = DAMAGED if living is None else WOUNDED
            wounds.append(self.world.emit(kind, "hit", [hit.event], who=entity.id, by=hit.by.id))
            self.landed.append(replace(hit, event=wounds[-1]))
        spared = all(hit.disables > 0.0 for hit in hits)
        frame.structure = max(min(frame.structure, LEAST * frame.whole) if spared else 0.0, frame.structure - total)
        self._throw(entity, hits)
        self._disable(entity, hits)
        if frame.structure > 0.0:
            return
        last = self.world.lot("the last of several hits", hits)
        if living is not None:
            living.alive = False
            self.world.emit(KILLED, "wounds", wounds, **{"who": entity.id, "by": last.by.id, "with": last.tool})
        elif machine is not None and machine.only_melts:
            balance = entity.get(Balance)
            if balance is not None:
                balance.down = max(balance.down, SPLASHED)
        elif machine is not None:
            machine.destroyed = True
            place = self.world.map.place(entity.position) or ""
            self.world.emit(DESTROYED, "damage", wounds, **{"what": entity.id, "by": last.by.id, "in": place})

    def _disable(self, entity: Entity, hits: list[Hit]) -> None:
        """Keep somebody down whom a blow or a shot has disabled."""
        balance = entity.get(Balance)
        for hit in hits:
            if hit.disables > 0.0 and balance is not None:
                spread = self.world.chance(entity, "disabled").uniform(0.5, 1.5)
                balance.down = max(balance.down, hit.disables * spread)

    def _throw(self, entity: Entity, hits: list[Hit]) -> None:
        balance = entity.get(Balance)
        x = y = 0.0
        for hit in hits:
            length = hit.origin.distance(entity.position)
            if hit.push > 0.0 and length > 0.0:
                x += (entity.position.x - hit.origin.x) / length * hit.push
                y += (entity.position.y - hit.origin.y) / length * hit.push
        warmth = entity.get(Warmth)
        if (
            balance is None
            or balance.mass <= 0.0
            or (x == 0.0 and y == 0.0)
            or (warmth is not None and warmth.within is not None)
        ):
            return
        start = entity.position
        push = sqrt(x * x + y * y)
        aim = along(start, Point(start.x + x / balance.mass, start.y + y / balance.mass), FARTHEST)
        metres = start.distance(aim)
        while metres > 0.0 and not self.world.clear(start, along(start, aim, metres + NEAREST_TO_WALL)):
            metres = max(0.0, metres - NEAREST_TO_WALL)
        entity.position, vat = fall(self.world, start, along(start, aim, metres), push)
        balance.flung = True
        far = start.distance(aim)
        balance.down = max(balance.down, far * self.world.chance(entity, "fall").uniform(0.5, 1.5) * SECONDS_DOWN)
        into = vat.id if vat is not None else self.world.map.place(entity.position) or ""
        causes = [hit.event for hit in hits if hit.push > 0.0]
        by = hits[0].by
        event = self.world.emit(KNOCKED_BACK, "push", causes, who=entity.id, by=by.id, into=into)
        if vat is not None:
            self.over_the_rail.append((entity, vat, by, event))


def _grasps(fighter: Entity, melee: Melee, living: Sequence[tuple[float, int, Entity]]) -> bool:
    """Whether somebody living stands within reach of the hands; all are given with where they are to the east, which
    they are in the order of."""
    here, reach = fighter.position, melee.grasp + SLACK
    # Most are out of the question by one coordinate.
    west, east = bisect(living, (here.x - reach,)), bisect(living, (here.x + reach,))
    for _, _, other in living[west:east]:
        if other is not fighter and other.position.distance(here) <= melee.grasp:
            return True
    return False


def _strength(entity: Entity) -> float:
    """The share of its strength that a body has: that of a machine falls with the square of its power."""
    supply = entity.get(PowerSupply)
    return supply.power * supply.power if supply is not None else 1.0


def _standing(entity: Entity) -> bool:
    balance = entity.get(Balance)
    if dissolved(entity):
        return False
    return awake(entity) and (balance is None or balance.down <= 0.0)
