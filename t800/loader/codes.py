"""What each problem code means, in one line. Loaders append; codes never change their meaning.

E1xx the YAML itself, E2xx shapes, E3xx names, E4xx expressions, E5xx tree grammar, E6xx modes and
agents, E7xx worlds and scenarios.
"""

from __future__ import annotations

__all__ = ["CODES"]

CODES: dict[str, str] = {
    "E101": "the file cannot be read, or is no regular file",
    "E102": "the file is larger than 1 MiB",
    "E103": "the file is not UTF-8",
    "E104": "a control character stands in the file",
    "E105": "this is not YAML",
    "E106": "the file is empty, or holds more than one document",
    "E107": "a key is given twice in one mapping",
    "E108": "a key is not text",
    "E109": "merge keys (`<<`) are not allowed",
    "E110": "tags and directives are not allowed",
    "E111": "an alias names no anchor, or an anchor that holds it",
    "E112": "the file nests deeper than 200 levels",
    "E113": "the file has too many nodes or aliases, or too many problems",
    "E114": "a number is infinite, not a number, or too long",
    "E115": "a key in a flow mapping has no `:`",
    "E201": "a field is unknown here",
    "E202": "a field is missing",
    "E203": "a value has the wrong type",
    "E204": "a value is not one of the choices",
    "E205": "a number is out of range",
    "E206": "a text has the wrong form",
    "E207": "a value is not possible here",
    "E301": "a name or path leads to no file",
    "E302": "a name leads to more than one file in one place",
    "E303": "a path leaves its root, or leads to something that is no regular file",
    "E304": "a file's name and the name inside it differ",
    "E401": "this is not an expression",
    "E402": "an expression is too long, too deep, or its numbers are too large",
    "E403": "something is not part of the language of expressions",
    "E404": "an expression names what is not there",
    "E405": "a value has no such field",
    "E406": "an expression calls a function that is not there",
    "E407": "an operator does not take a value of this type",
    "E408": "two types do not compare",
    "E409": "a text is none of the choices that it is compared with",
    "E410": "an expression compares with None: write known(x)",
    "E411": "a function does not take these arguments",
    "E412": "an expression has another type than is wanted here",
    "E701": "a world lists a mechanic that no pack has",
    "E702": "a mechanic is listed twice",
    "E703": "two components have a field of the same name",
    "E704": "a place has no area, or a wall no length",
    "E705": "a doorway is not between two places",
    "E706": "a doorway leads to a place that is not there",
    "E707": "a doorway is in no wall",
    "E708": "a body has a component that no mechanic of the world brings",
    "E709": "an entity has a body that is not there",
    "E710": "two entities have the same stream",
    "E711": "an entity is at a place that is not there",
}
