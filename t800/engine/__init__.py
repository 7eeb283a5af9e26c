"""The engine: py_trees trees compiled to fast code over plain data."""

from t800.engine.accelerate import Accelerated, accelerate
from t800.engine.plan import Plan, compile, graver, preorder
from t800.engine.state import State
from t800.engine.transfer import Transfer, transfer

__all__ = ["Accelerated", "Plan", "State", "Transfer", "accelerate", "compile", "graver", "preorder", "transfer"]
