"""Where an agent believes everybody to be, and who it takes them for, tick by tick: what its blackboard says by type.

A record that has a point and a name of an entity is about somebody: one in a list is in sight, one that is a key
of its own is remembered. A list of records without a point that join a text (a look) with a name says who is who.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from t800.types import Point, Type

__all__ = ["Belief", "Beliefs"]

NEAR = 0.15
"""Metres by which a believed position may be off and still count as where somebody is: it is not told then."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of somebody from a tick on.

    `label` is how they look, or by what name they are kept apart; `who` they are taken for. `entity` is who it really
    is, as far as the world can tell. `at` is where they are believed to be; None: where that entity really is.
    `seen` says that they are in sight, and not remembered. One that is `gone` is believed no longer.
    """

    tick: int
    label: str = ""
    who: str | None = None
    entity: str | None = None
    at: tuple[float, float] | None = None
    seen: bool = False
    gone: bool = False

    def like(self, other: Belief) -> bool:
        """Whether it says the same, whenever."""
        return (self.at, self.who, self.label, self.entity, self.seen, self.gone) == (
            (other.at, other.who, other.label, other.entity, other.seen, other.gone)
        )


@dataclass(frozen=True, slots=True)
class _Form:
    """How a type of record tells of somebody, by the names of its fields; `point` None is a record about who is who."""

    point: str | None
    handle: str | None
    who: str | None
    label: str | None


@dataclass(slots=True)
class _Slot:
    """One of those whom an agent keeps apart under one key."""

    key: str
    handle: str
    entity: str | None = None
    told: list[Belief] = field(default_factory=list)

    def tell(self, belief: Belief) -> None:
        if self.told and self.told[-1].like(belief):
            return
        if not self.told and belief.gone:
            return
        self.told.append(belief)

    @property
    def open(self) -> bool:
        return bool(self.told) and not self.told[-1].gone


class Beliefs:
    """What one agent believes of others, from its blackboard.

        beliefs = Beliefs(agent.blackboard.schema)
        beliefs.look(tick, agent.blackboard.values, truth, whom)       # after each of its ticks
        beliefs.slots                                                  # {(key, handle): what is believed, from when on}

    `truth` says where everybody was when it looked, and `whom` who is behind one of its handles.
    """

    def __init__(self, schema: Mapping[str, Type]) -> None:
        self._lists: list[tuple[str, _Form]] = []
        self._singles: list[tuple[str, _Form]] = []
        self._faces: list[tuple[str, _Form]] = []
        self._slots: dict[tuple[str, str], _Slot] = {}
        self._listed: dict[str, dict[str, _Slot]] = {}
        self._current: dict[str, _Slot] = {}
        self._names: dict[str, str] = {}
        for key, kind in schema.items():
            form = _form(kind.item if kind.item is not None else kind)
            if form is None:
                continue
            if form.point is None:
                if kind.item is not None and form.label and form.who:
                    self._faces.append((key, form))
            elif kind.item is None:
                self._singles.append((key, form))
            elif form.handle or form.who:
                self._lists.append((key, form))
                self._listed[key] = {}

    @property
    def slots(self) -> Mapping[tuple[str, str], list[Belief]]:
        """By key and handle, what was believed, each from its tick on."""
        return {name: slot.told for name, slot in self._slots.items() if slot.told}

    def look(
        self,
        tick: int,
        values: Mapping[str, Any],
        truth: Mapping[str, Point],
        whom: Callable[[str], str | None],
        own: Point | None = None,
    ) -> None:
        """Take down what is believed in a tick. What an agent knows to be where itself is, `own`, is itself."""
        if self._faces:
            self._names = {}
            for key, form in self._faces:
                for item in values[key] or ():
                    label, who = _text(item, form.label), _text(item, form.who)
                    if label and who:
                        self._names[label] = who
        seen = set()
        for key, form in self._lists:
            now: dict[str, _Slot] = {}
            for item in values[key] or ():
                handle = _text(item, form.handle) or _text(item, form.who) or ""
                slot = self._slot(key, handle)
                if not slot.open:
                    slot.entity = whom(handle) or slot.entity
                now[handle] = slot
                seen.add(handle)
                slot.tell(self._belief(tick, item, form, slot, truth, seen=True))
            for handle, slot in self._listed[key].items():
                if handle not in now:
                    slot.tell(Belief(tick, gone=True))
            self._listed[key] = now
        for key, form in self._singles:
            item = values[key]
            handle = _text(item, form.handle) or ""
            point = None if item is None else item if form.point == "" else getattr(item, form.point or "")
            # Who is in sight is told of in the list already.
            if point is None or handle in seen or (not handle and point == own):
                self._leave(key, tick)
                continue
            slot = self._slot(key, handle)
            if self._current.get(key) is not slot:
                self._leave(key, tick)
                self._current[key] = slot
                if handle:
                    slot.entity = whom(handle) or slot.entity or self._known(handle)
            slot.tell(self._belief(tick, item, form, slot, truth, seen=False))

    def forget(self, tick: int) -> None:
        """It thinks no more, and looks at nobody: what was in sight is believed no longer."""
        for key, listed in self._listed.items():
            for slot in listed.values():
                slot.tell(Belief(tick, gone=True))
            self._listed[key] = {}

    def _leave(self, key: str, tick: int) -> None:
        slot = self._current.pop(key, None)
        if slot is not None:
            slot.tell(Belief(tick, gone=True))

    def _known(self, handle: str) -> str | None:
        """Who was behind a handle while it was in sight."""
        found = (self._slots.get((key, handle)) for key, _ in self._lists)
        return next((slot.entity for slot in found if slot is not None and slot.entity), None)

    def _slot(self, key: str, handle: str) -> _Slot:
        found = self._slots.get((key, handle))
        if found is None:
            found = self._slots[key, handle] = _Slot(key, handle)
        return found

    def _belief(self, tick: int, item: Any, form: _Form, slot: _Slot, truth: Mapping[str, Point], seen: bool) -> Belief:
        point = item if form.point == "" else getattr(item, form.point or "", None)
        label = _text(item, form.label) or slot.handle or slot.key
        who = self._names.get(label) or _text(item, form.who)
        real = truth.get(slot.entity) if slot.entity is not None else None
        if point is None:
            return Belief(tick, gone=True)
        if seen and real is not None and abs(real.x - point.x) <= NEAR and abs(real.y - point.y) <= NEAR:
            return Belief(tick, label, who, slot.entity, None, seen)
        return Belief(tick, label, who, slot.entity, (point.x, point.y), seen)


def _text(item: Any, name: str | None) -> str | None:
    value = getattr(item, name, None) if name is not None else None
    return value if isinstance(value, str) and value else None


def _form(kind: Type) -> _Form | None:
    """How values of a type tell of somebody, or of a place; None if they do not."""
    if kind.record is Point:
        return _Form("", None, None, None)
    if kind.kind != "record":
        return None
    fields = kind.fields
    point = next((name for name, each in fields.items() if each.record is Point), None)
    handle = next((name for name, each in fields.items() if each.kind == "entity" and not each.optional), None)
    named = [name for name, each in fields.items() if each.kind == "entity" and name != handle]
    # A field `who` is what a belief is about, wherever it stands (as everywhere where minds are shown).
    who = "who" if "who" in named else next(iter(named), None)
    label = next((name for name, each in fields.items() if each.kind == "str"), None)
    if point is None and who is None:
        who = handle
    return _Form(point, handle, who, label)
