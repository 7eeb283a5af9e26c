"""The simulated world: what every robot and human stands in, and the rules that all of them obey."""

from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules
from t800.world.sound import Sound

__all__ = ["Entity", "Kernel", "Rules", "Sound"]
