"""A pack of one skill, for the lamp that this robot has and the T-800 has not."""

from typing import Literal

from t800 import RUNNING, Context, Status, skill


@skill
def shine(ctx: Context, colour: Literal["green", "red"]) -> Status:
    """Let the lamp shine, for as long as this is ticked."""
    ctx.services["sdk"].lamp(colour)
    return RUNNING
