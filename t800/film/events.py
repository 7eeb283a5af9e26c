"""The facts that the film's rules report."""

from __future__ import annotations

from t800.registry import event
from t800.types import Entity
from t800.world.doors import FLOWED, FORCED, LOCKED, OPENED, SHUT, UNLOCKED
from t800.world.driving import DISMOUNTED, MOUNTED
from t800.world.kernel import ARRIVED, REFUSED
from t800.world.lapses import LAPSED

__all__ = [
    "ARRIVED",
    "DISMOUNTED",
    "FLOWED",
    "FORCED",
    "LAPSED",
    "LOCKED",
    "MOUNTED",
    "OPENED",
    "REFUSED",
    "SHUT",
    "UNLOCKED",
]

NOTICED = event("Noticed", "Somebody came into sight and was noticed.", by=Entity, whom=Entity)
SAID = event("Said", "Somebody spoke.", by=Entity, text=str)
ASKED = event("Asked", "Somebody was asked about somebody, or a topic.", by=Entity, to=Entity, topic=str)
CALLED = event("Called", "Somebody called the police.", **{"by": Entity, "about": str, "in": str})
TOLD = event("Told", "Somebody was told of somebody, or of a topic.", topic=str, by=Entity, to=Entity)
LOOK_TAKEN = event("LookTaken", "Somebody took the look of another.", by=Entity, of=Entity)
TAKEN = event("Taken", "A thing changed hands.", by=Entity, what=Entity, of=Entity)
FIRED = event("Fired", "A shot was fired.", by=Entity, at=Entity)
RAMMED = event("Rammed", "A vehicle ran into somebody or something.", by=Entity, what=Entity)
STRUCK = event("Struck", "A blow was struck.", by=Entity, at=Entity)
SHIELDED = event("Shielded", "A body took what was meant for another.", who=Entity, whom=Entity)
WOUNDED = event("Wounded", "Somebody living was hurt.", who=Entity, by=Entity)
DAMAGED = event("Damaged", "Something that does not live was hurt.", who=Entity, by=Entity)
KILLED = event("Killed", "Somebody died of what was done.", **{"who": Entity, "by": Entity, "with": str})
DESTROYED = event("Destroyed", "Something was broken for good.", **{"what": Entity, "by": Entity, "in": str})
KNOCKED_BACK = event("KnockedBack", "A blow threw somebody.", who=Entity, by=Entity, into=str)
SHUT_DOWN = event("ShutDown", "The current no longer reaches a machine.", who=Entity, cause=str)
PATH_FOUND = event("PathFound", "A machine found a path that carries current.", who=Entity, path=int)
RESTARTED = event("Restarted", "A machine has current again.", who=Entity, path=int, seen=bool)
ORDER_HEARD = event("OrderHeard", "An order reached the one it was meant for.", who=Entity, by=Entity, order=str)
ORDER_ACCEPTED = event("OrderAccepted", "The one who heard it will do it.", who=Entity, by=Entity, order=str)
ORDER_REFUSED = event("OrderRefused", "The one who heard it will not.", who=Entity, by=Entity, order=str, why=str)
ORDER_DONE = event("OrderDone", "It was done.", who=Entity, by=Entity, order=str)
ORDER_SUPERSEDED = event("OrderSuperseded", "Another order took its place.", who=Entity, by=Entity, order=str)
ORDER_FAILED = event("OrderFailed", "It could not be done.", who=Entity, by=Entity, order=str, why=str)
PATH_CLOSED = event("PathClosed", "A machine has current for its mind, not for its limbs.", who=Entity, path=int)
BURST = event("Burst", "A tank gave way, and what was in it runs out.", what=Entity, by=Entity)
FROZEN = event("Frozen", "Liquid metal got so cold that it is brittle.", who=Entity)
THAWED = event("Thawed", "Liquid metal that was frozen can move again.", who=Entity)
SHATTERED = event("Shattered", "A blow broke what was frozen to pieces.", who=Entity, by=Entity)
REFORMED = event("Reformed", "The pieces ran together.", who=Entity)
LOOK_LOST = event("LookLost", "Somebody cannot keep a look that is not their own.", who=Entity)
LOOK_RESUMED = event("LookResumed", "Somebody has taken up again a look that they had lost.", who=Entity)
STEPPED_IN = event("SteppedIn", "Somebody stepped over the rim of a vat.", who=Entity, into=str)
LOWERED = event("Lowered", "A hoist took somebody down to what is in the vat.", who=Entity, by=Entity)
THROWN = event("Thrown", "Something left the hand that held it.", by=Entity, what=Entity, into=str)
TRUST_CHANGED = event("TrustChanged", "Somebody trusts more, or less, than before.", who=Entity, value=float, why=str)
CONVICTION_CHANGED = event(
    "ConvictionChanged", "Somebody is convinced more, or less, than before.", who=Entity, value=float, why=str
)
DREAD_CHANGED = event(
    "DreadChanged", "Somebody dreads what will be more, or less, than before.", who=Entity, value=float, why=str
)
EMPATHY_CHANGED = event(
    "EmpathyChanged", "Somebody feels with others more, or less, than before.", who=Entity, value=float, why=str
)
HOPE_CHANGED = event("HopeChanged", "Somebody hopes more, or less, than before.", who=Entity, value=float, why=str)
WORTH_CHANGED = event(
    "WorthChanged", "Somebody holds a human life worth more, or less, than before.", who=Entity, value=float, why=str
)
GESTURE = event("Gesture", "Somebody did something to be seen.", who=Entity, what=str)
BOUND = event("Bound", "Somebody was put in restraints.", who=Entity, by=Entity)
BANDAGED = event("Bandaged", "Somebody's wounds were bound up, and bleed no more.", who=Entity, by=Entity)
FREED = event("Freed", "Somebody was taken out of restraints.", who=Entity, by=Entity)
BROKE_LOOSE = event("BrokeLoose", "Somebody worked themselves out of restraints.", who=Entity)
BROKE = event("PickBroke", "What a lock was picked with broke.", who=Entity)
ROUTE_CLOSED = event("RouteClosed", "Skynet can no longer come about in this way.", route=str)
BUILT = event("SkynetBuilt", "What was left was enough to build Skynet from.", over=list[str])
MISSILES_GIVEN = event("MissilesGiven", "It was given the missiles.", to=str)
JUDGMENT_DAY = event(
    "JudgmentDay",
    "Whether Judgment Day still comes, over which routes, and whether the Resistance has its leader.",
    averted=bool,
    open=list[str],
    closed=list[str],
    leader=bool,
    date=str | None,
)
