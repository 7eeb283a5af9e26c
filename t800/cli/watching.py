"""What `t800 run --watch` says of a tree that was saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from t800.cli.live import Live
    from t800.cli.paper import Paper
    from t800.engine import Transfer
    from t800.simulation.reload import Reload

__all__ = ["sentences", "tell"]

MOST = 4
"""How many nodes that start afresh are named."""


def tell(paper: Paper, live: Live | None, reload: Reload, dt: float) -> None:
    """Say what was replaced, or why not; also to who asked for the verdict only, as a bad file is theirs to mend."""
    from t800.simulation.runner import seconds

    colour = "yellow" if reload.problems or reload.refused else "cyan"
    now = seconds(reload.tick, dt)
    for text in sentences(reload):
        if live is not None:
            live.note(now, text, colour)
        else:
            paper.say(paper.paint(text, colour))


def sentences(reload: Reload) -> Iterator[str]:
    """A reload in words.

    >>> list(sentences(Reload(120, ("tree:protect",), {"t800": {"protect": Transfer(("protect",), {})}})))
    ['protect replaced in t800: 1 active node kept, none reset']
    """
    names = " and ".join(name.partition(":")[2] for name in reload.changed)
    if reload.problems:
        yield "\n".join([f"{names} not replaced, the old goes on:", *map(str, reload.problems)])
    elif reload.refused:
        yield f"{names} not replaced, the old goes on: {reload.refused}"
    elif not reload.done:
        yield f"{names} saved: no agent's trees mean anything else now"
    for agent, trees in reload.done.items():
        for tree, found in trees.items():
            yield f"{tree} replaced in {agent}: {_kept(found)}, {_reset(found.reset)}"


def _kept(found: Transfer) -> str:
    count = len(found.kept)
    return "no active node kept" if not count else f"{count} active node{'s' * (count != 1)} kept"


def _reset(reset: Mapping[str, str]) -> str:
    """The topmost of those that start afresh, each with the reason."""
    top = {id_: why for id_, why in reset.items() if not any(id_.startswith(f"{each}/") for each in reset)}
    if not top:
        return "none reset"
    said = [f"{id_} ({why})" for id_, why in list(top.items())[:MOST]]
    more = f" and {len(top) - MOST} more" if len(top) > MOST else ""
    return f"reset: {', '.join(said)}{more}"
