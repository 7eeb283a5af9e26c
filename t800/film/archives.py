"""Archives: work that exists in several copies is gone with the last of them."""

from __future__ import annotations

from t800.film.bodies import Machine
from t800.film.combat import Combat
from t800.film.events import DESTROYED
from t800.registry import mechanic
from t800.spec.world import component
from t800.world.mechanic import Rules

__all__ = ["Archives", "Transcript", "Work"]


@component
class Work:
    """Something that was worked out, and is called so by its copies. It is destroyed when none of them is left."""

    title: str = ""


@component
class Transcript:
    """Holds a copy of a work."""

    of: str = ""


@mechanic
class Archives(Rules):
    """Knowledge is where its copies are, and nowhere else."""

    order = 49
    components = (Work, Transcript)

    def pass_time(self) -> None:
        combat = self.world.rules(Combat)
        landed = combat.landed if combat is not None else []
        for entity, work in self.world.having(Work):
            machine = entity.get(Machine)
            if machine is None or machine.destroyed:
                continue
            copies = [copy for copy, transcript in self.world.having(Transcript) if transcript.of == work.title]
            left = [copy for copy in copies if not _gone(copy.get(Machine))]
            if left or not copies:
                continue
            machine.destroyed = True
            hits = [hit for hit in landed if any(hit.target is copy for copy in copies)]
            last = self.world.lot("the last copy", hits) if hits else None
            where = self.world.map.place(last.target.position) if last is not None else None
            what = {"what": entity.id, "by": last.by.id if last is not None else None, "in": where or ""}
            self.world.emit(DESTROYED, "the last copy", [hit.event for hit in hits], **what)


def _gone(machine: Machine | None) -> bool:
    return machine is not None and machine.destroyed
