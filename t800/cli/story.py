"""Events and times in words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from t800.core import Event
from t800.errors import shorten

__all__ = ["because", "clock", "minor", "sentence"]

BARE = frozenset(["whom", "what", "vehicle", "place", "words"])
"""Fields whose value follows the verb without a word between."""

DONE = {
    "accepted": "accepted",
    "done": "carried out",
    "failed": "failed at",
    "found": "found",
    "heard": "heard",
    "lost": "lost",
    "refused": "refused",
    "rigged": "rigged",
    "taken": "took",
}
"""Kinds like `OrderHeard` name what was done to what: the verb as it stands in a sentence with a subject."""

PREPOSITIONS = frozenset(
    ["about", "at", "by", "for", "from", "in", "into", "near", "of", "on", "through", "to", "with"]
)

ADDRESSED = frozenset(["asked", "told"])
"""Verbs after which whom they are said to follows without a word between."""


def clock(seconds: float) -> str:
    """Seconds as a person reads them.

    >>> clock(12.3), clock(75.0), clock(3725.0)
    ('12.3 s', '1:15.0', '1:02:05.0')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def sentence(event: Event) -> str:
    """An event as a sentence.

    >>> sentence(Event(3, 12, "Shielded", {"who": "t800", "whom": "john"}, "shield"))
    't800 shielded john'
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", event.kind).lower()
    fields = {name: value for name, value in event.fields.items() if value is not None}
    if event.kind == "Refused" and {"by", "what", "why"} <= fields.keys():
        return f"{fields['by']} cannot {fields['what']}: {fields['why']}"
    if event.kind == "Lapsed" and {"from", "to", "why"} <= fields.keys():
        return f"time passed over from {clock(fields['from'])} to {clock(fields['to'])}: {fields['why']}"
    subject = "who" if "who" in fields else "by"
    noun, _, verb = words.partition(" ")
    if subject in fields and verb in DONE:
        what = fields.pop(noun, None)
        named = "" if what is None else f' "{what}"' if isinstance(what, str) else f" {what}"
        words = f"{DONE[verb]} the {noun}{named}"
    elif subject in fields and not verb:
        words = DONE.get(words, words)
    parts = [str(fields.pop(subject)), words] if subject in fields else [words]
    if words in ADDRESSED and "to" in fields:
        parts.append(str(fields.pop("to")))
    if "topic" in fields:
        fields["about"] = fields.pop("topic")
    tail = []
    words_said = fields.pop("text", None)
    for name, value in fields.items():
        if isinstance(value, bool):
            tail.append(name if value else f"not {name}")
            continue
        if isinstance(value, list | tuple):
            tail.append(f"{name}: {', '.join(map(str, value)) or 'none'}")
            continue
        said = value if isinstance(value, str) and len(value) <= 60 else shorten(value)
        if name in BARE:
            parts.append(said)
        elif name in PREPOSITIONS:
            parts.append(f"{name} {said}")
        else:
            tail.append(f"{name}: {said}")
    text = " ".join(parts) + (f" ({', '.join(tail)})" if tail else "")
    return text if words_said is None else f'{text}: "{words_said}"'


def minor(event: Event, people: Collection[str]) -> bool:
    """Whether an event is not worth a sentence: who woke up, and whom bystanders or things are noticed by or notice.

    `people` are those who are no bystanders.
    """
    if event.kind == "Noticed":
        return not {event.fields.get("by"), event.fields.get("whom")} <= set(people)
    return event.kind == "Roused"


def because(event: Event, earlier: Mapping[int, Event]) -> str:
    """Why an event happened: the world's rule, and its first cause as far as it is among the `earlier` events.

    >>> because(Event(4, 12, "Fired", {"by": "m"}, "shot", ("m:fight/fire_at",)), {})
    'shot: fight/fire_at'
    """
    words = event.rule
    if event.causes:
        first = event.causes[0]
        if isinstance(first, str):
            who, _, node = first.partition(":")
            # Who acts is the subject of the sentence already.
            words += f": {node}" if who in (event.fields.get("by"), event.fields.get("who")) else f": {who}, {node}"
        elif first in earlier:
            words += f": {sentence(earlier[first])}"
    return words
