"""The grammar of nodes: what stands in a tree file under `root:`, read into a flat preorder."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping as AnyMapping
from typing import Any

from t800.errors import Problem, closest, shorten
from t800.expressions import ExpressionError, Scope, parse
from t800.loader.arguments import UNREAD, check_expression, is_excused, not_writable, read_argument, read_arguments
from t800.loader.compose import scalar
from t800.loader.document import Document, Mapping, Node, Scalar, Sequence, plain
from t800.loader.guess import is_node, likeliest_kind, meant
from t800.loader.names import IDENTIFIER, SPELLING
from t800.registry import RESERVED, Port, Registry
from t800.spec.argument import Argument
from t800.spec.kind import Field, Kind
from t800.spec.tree import DEEPEST, HookSpec, NodeSpec, TreeSpec
from t800.types import BOOL, FLOAT, INT, STR, Type

__all__ = ["GUARDS", "HOOKS", "NodeReader"]

GUARDS = ("fail_if", "succeed_if", "skip_if", "if", "while")
"""Options that ask before a node is ticked, in the order in which they ask."""

HOOKS = ("on_success", "on_failure", "on_halt", "always")
"""Options that act when a node ends."""

SURE = 0.75
"""How much alike (see `closest`) a name must be to one that there is, to be read as that one."""

_LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ -]{0,59}")
_EVERYWHERE = ("name", *GUARDS, *HOOKS)


class NodeReader:
    """Reads the nodes of one tree file whose names and included trees are known.

    `scope` holds what expressions may name, `writable` the keys that nodes may write. Whatever is wrong
    goes to `problems`, and reading goes on.
    """

    def __init__(
        self,
        document: Document,
        registry: Registry,
        included: AnyMapping[str, TreeSpec],
        scope: Scope,
        writable: AnyMapping[str, Type],
        problems: list[Problem],
    ) -> None:
        self.document = document
        self.registry = registry
        self.included = included
        self.scope = scope
        self.writable = writable
        self.problems = problems

    def problem(
        self, node: Node, code: str, message: str, expected: str | None = None, hint: str | None = None
    ) -> None:
        """Note what is wrong at a node."""
        self.problems.append(self.document.problem(node, code, message, expected, hint))

    def _pairs(self, node: Node | None, expected: str) -> list[tuple[Scalar, Node]]:
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return []
        if not isinstance(node, Mapping):
            self.problem(node, "E203", "a mapping must stand here", expected)
            return []
        return list(node.pairs.values())

    def read(self, start: Node) -> list[NodeSpec]:
        """All nodes in preorder, without recursion."""
        found: list[NodeSpec] = []
        waiting: list[tuple[Node, int, str] | int] = [(start, 1, "")]
        while waiting:
            item = waiting.pop()
            if isinstance(item, int):
                found[item] = dataclasses.replace(found[item], end=len(found))
                continue
            node, depth, parent = item
            if depth > DEEPEST:
                self.problem(node, "E509", f"nodes nest deeper than {DEEPEST} levels", "a subtree for the deep part")
                continue
            one = self._node(node, parent)
            if one is None:
                continue
            spec, children = one
            found.append(spec)
            waiting.append(len(found) - 1)
            waiting.extend((child, depth + 1, spec.kind) for child in reversed(children))
        return found

    def _node(self, node: Node, parent: str) -> tuple[NodeSpec, list[Node]] | None:
        """One node, and its children yet to be read."""
        more: list[Node] = []
        if isinstance(node, Scalar) and isinstance(node.value, str):
            owner, body = node, None
            options: dict[str, tuple[Scalar, Node]] = {}
        elif isinstance(node, Mapping):
            split = self._split(node, parent)
            if split is None:
                return None
            owner, body, options, more = split
        else:
            message, expected = "a node must stand here", "`KIND: ...`, or the bare name of a leaf"
            if isinstance(node, Sequence):
                message, expected = "a list is no node", "`sequence:` or `selector:` above it"
            self.problem(node, "E501", message, expected)
            return (NodeSpec("", "", 0, node.line), list(node.items)) if isinstance(node, Sequence) else None
        name = self._known(str(owner.value), owner, body)
        kind: Kind | None = self.registry.kinds.get(name)
        leaf = self.registry.skills.get(name) or self.registry.behaviours.get(name)
        spec = NodeSpec(name, self._label(name, body, options), 0, owner.line)
        spec = dataclasses.replace(
            spec,
            guards=self._guards(parent, options),
            hooks={name: self._hook(options.pop(name)[1]) for name in HOOKS if name in options},
        )
        if kind is None and leaf is None:
            inside = [body, *(body.items if isinstance(body, Sequence) else ())]
            return spec, [each for each in inside if each is not None and is_node(each, self.registry)] + more
        allowed = self._allowed(name)
        everywhere = self._everywhere(parent)
        for option, (key, _) in options.items():
            if option not in allowed:
                choices = (*everywhere, *allowed)
                self.problem(
                    key, "E503", f"{name} has no option {option!r}", ", ".join(choices), closest(option, choices)
                )
        for option, required in allowed.items():
            if required and option not in options:
                self.problem(owner, "E504", f"{name} needs the option {option!r}", f"{option}: ...")
        if leaf is not None:
            arguments = read_arguments(
                self.document, body, owner, name, leaf.ports, self.scope, self.problems, self.writable
            )
            if name in self.registry.behaviours:
                self._literals(name, body, arguments)
            within = {"halt": self._within(options["halt"][1])} if "halt" in options and allowed else {}
            return dataclasses.replace(spec, arguments=arguments, options=within), more
        assert kind is not None
        if name == "check" and parent == "invert":
            self.problem(
                owner,
                "E508",
                "invert over check would take what is unknown for true",
                "`check: not (...)`, where unknown stays unknown",
            )
        found = self._body(kind, spec, owner, body, options)
        return (found[0], found[1] + more) if found is not None else (spec, more) if more else None

    def _known(self, name: str, owner: Scalar, body: Node | None) -> str:
        """The name of a kind or leaf; of one that there is not, what was most likely meant, and a problem."""
        known = [*self.registry.kinds, *self.registry.skills, *self.registry.behaviours]
        if name in known:
            return name
        guess = meant(name, body, self.registry)
        self.problem(
            owner,
            "E502",
            f"no kind of node or skill is named {shorten(name)}",
            "a kind or a registered skill (`t800 skills` lists them; `--pack` adds a file's)",
            f"subtree: {name}" if name in self.included else guess or closest(name, known),
        )
        # Read as what it is not, it would have problems that nobody made.
        sure = name not in self.included and guess is not None and closest(name, [guess], SURE)
        return sure or name

    def _allowed(self, name: str) -> AnyMapping[str, bool]:
        """The options that a kind or leaf declares, and whether each must be given."""
        kind: Kind | None = self.registry.kinds.get(name)
        if kind is not None:
            return kind.options
        # `halt: {within: SECONDS}` is for skills that have a `stop`.
        found = self.registry.skills.get(name)
        return {"halt": False} if found is not None and hasattr(found.call, "stop") else {}

    def _everywhere(self, parent: str) -> tuple[str, ...]:
        """The options of every node under such a parent."""
        return tuple(option for option in _EVERYWHERE if option != "skip_if" or self._skips(parent))

    def _skips(self, parent: str) -> bool:
        """Whether a child can be as if it were not there."""
        return parent in self.registry.kinds and bool(self.registry.kinds[parent].neutral)

    def _within(self, node: Node) -> float | None:
        within = node.get("within") if isinstance(node, Mapping) and set(node.pairs) == {"within"} else None
        value = within.value if isinstance(within, Scalar) else None
        if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
            self.problem(node, "E205", "halt says how long stopping may take", "halt: {within: 2.0}, in seconds")
            return None
        return float(value)

    def _literals(self, name: str, body: Node | None, arguments: dict[str, Argument]) -> None:
        """A third-party behaviour is made before anything ticks, so its ports cannot follow a key."""
        for port, argument in arguments.items():
            if argument.expression is not None and body is not None:
                place = body.pairs[port][1] if isinstance(body, Mapping) else body
                self.problem(place, "E505", f"{name} is made when the tree is built: its ports are fixed", "a literal")

    def _split(
        self, node: Mapping, parent: str
    ) -> tuple[Scalar, Node, dict[str, tuple[Scalar, Node]], list[Node]] | None:
        """A node's mapping as its kind, what stands under it, its options, and what else is a node in it."""
        names = [name for name in node.pairs if name not in RESERVED]
        options = {name: pair for name, pair in node.pairs.items() if name in RESERVED}
        if not names:
            self.problem(node, "E501", "a node needs its kind", "exactly one key that is no option")
            self._guards(parent, options)
            return None
        known = [name for name in names if is_node(Mapping({name: node.pairs[name]}, 0, 0, node.source), self.registry)]
        name = known[0] if known else likeliest_kind(names, node, self.registry)
        read_as = name if known else meant(name, node.get(name), self.registry)
        here = (*self._everywhere(parent), *self._allowed(read_as)) if read_as else tuple(sorted(RESERVED))
        more: list[Node] = []
        for wrong in names:
            if wrong == name:
                continue
            key, value = node.pairs[wrong]
            near = closest(wrong, here)
            self.problem(
                key,
                "E501",
                f"a node has one kind, and {shorten(wrong)} is no option",
                f"one kind; options here are {', '.join(here)}",
                near or closest(wrong, RESERVED),
            )
            if wrong in known:
                more.append(Mapping({wrong: (key, value)}, key.line, key.column, node.source))
            elif near is not None:
                options.setdefault(near, (key, value))
        key, body = node.pairs[name]
        return key, body, options, more

    def _label(self, name: str, body: Node | None, options: dict[str, tuple[Scalar, Node]]) -> str:
        if "name" not in options:
            return str(body.value) if name == "subtree" and isinstance(body, Scalar) else name
        _, node = options.pop("name")
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or not _LABEL.fullmatch(node.value):
            self.problem(node, "E511", "a node's name is letters, digits, blanks, _ and -", "at most 60 of them")
            return name
        return node.value

    def _guards(self, parent: str, options: dict[str, tuple[Scalar, Node]]) -> dict[str, str]:
        guards = {}
        for name in GUARDS:
            if name not in options:
                continue
            key, node = options.pop(name)
            if name == "skip_if" and not self._skips(parent):
                message = "skip_if needs a parent to which a skipped node can be as if it were not there"
                self.problem(key, "E503", message, "a child of a sequence or selector", "if")
            text = check_expression(self.document, node, self.scope, BOOL, self.problems)
            if text is not None:
                guards[name] = text
        return guards

    def _hook(self, node: Node) -> HookSpec:
        """What a post-action does: `{set: {...}}`, `{signal: NAME}`, or both."""
        assignments: dict[str, Argument] = {}
        signal = None
        pairs = self._pairs(node, "{set: {KEY: VALUE}} or {signal: NAME}")
        for key, value in pairs:
            if key.value == "set":
                assignments = self._assignments(value)
            elif key.value == "signal":
                word = plain(value)
                if isinstance(word, str) and IDENTIFIER.fullmatch(word):
                    signal = word
                else:
                    self.problem(value, "E206", f"{shorten(word)} is no name", SPELLING)
            else:
                message = f"{shorten(key.value)} cannot be done here"
                self.problem(key, "E515", message, "set or signal", closest(str(key.value), ["set", "signal"]))
        if isinstance(node, Mapping) and not pairs:
            self.problem(node, "E507", "nothing is done here", "{set: {KEY: VALUE}} or {signal: NAME}")
        return HookSpec(assignments, signal)

    def _body(
        self, kind: Kind, spec: NodeSpec, owner: Scalar, body: Node | None, options: dict[str, tuple[Scalar, Node]]
    ) -> tuple[NodeSpec, list[Node]] | None:
        values = {
            name: self._option(kind, name, node, len(body.items) if isinstance(body, Sequence) else 0)
            for name, (_, node) in options.items()
            if name in kind.options and name != "with"
        }
        spec = dataclasses.replace(spec, options=values)
        empty = body is None or (isinstance(body, Scalar) and body.value is None)
        if kind.body == "children":
            if empty or (isinstance(body, Sequence) and not body.items):
                self.problem(owner, "E507", f"{kind.name} is empty", "a list of at least one node")
                return None
            if not isinstance(body, Sequence):
                assert body is not None
                self.problem(body, "E203", f"{kind.name} holds a list of nodes", "`- ` in front of each")
                return spec, self._apart(body)
            return spec, list(body.items)
        if kind.body == "child":
            if empty or isinstance(body, Sequence):
                self.problem(owner, "E507", f"{kind.name} holds one node", f"`{kind.name}:` and a node under it")
                return spec, list(body.items) if isinstance(body, Sequence) else []
            assert body is not None
            return spec, [body]
        if kind.body == "ports":
            arguments = read_arguments(self.document, body, owner, kind.name, kind.ports, self.scope, self.problems)
            for name, argument in arguments.items():
                if argument.type is FLOAT and argument.value is not None and argument.value < 0:
                    place = body.pairs[name][1] if isinstance(body, Mapping) else body
                    self.problem(place or owner, "E205", f"{name} cannot be negative", "0.0 or more")
            return dataclasses.replace(spec, arguments=arguments), []
        if empty:
            self.problem(owner, "E504", f"{kind.name} needs something to stand under it", self._form(kind))
            return None
        assert body is not None
        if kind.body == "fields":
            return self._fields(kind, spec, owner, body)
        if kind.body == "expression":
            text = check_expression(self.document, body, self.scope, BOOL, self.problems)
            return dataclasses.replace(spec, expression=text), []
        if kind.body == "assignments":
            return dataclasses.replace(spec, arguments=self._assignments(body)), []
        named = isinstance(body, Scalar) and isinstance(body.value, str)
        # A subtree may also be named by its path; whether there is one was looked up already.
        if not named or (kind.body == "signal" and not IDENTIFIER.fullmatch(str(plain(body)))):
            self.problem(body, "E513", f"{kind.name} takes a name", SPELLING)
            return None
        assert isinstance(body, Scalar)
        given = options["with"][1] if "with" in options else None
        if kind.body == "signal":
            return dataclasses.replace(spec, signal=str(body.value), arguments=self._data(given)), []
        tree = self.included.get(str(body.value))
        if tree is None:
            return None  # the name was looked up already, and its problem noted
        arguments = read_arguments(
            self.document, given, body, f"subtree {tree.name}", tree.ports, self.scope, self.problems, self.writable
        )
        label = tree.name if spec.label == str(body.value) else spec.label
        return dataclasses.replace(spec, tree=tree, label=label, arguments=arguments), []

    def _apart(self, body: Node) -> list[Node]:
        """The nodes of a mapping that should have been a list."""
        if not isinstance(body, Mapping):
            return []
        each = [
            Mapping({key.text: (key, value)}, key.line, key.column, body.source) for key, value in body.pairs.values()
        ]
        nodes: list[Node] = [node for node in each if is_node(node, self.registry)]
        return [body] if len(nodes) == 1 else nodes

    def _form(self, kind: Kind) -> str:
        """How a kind is written, in a few words."""
        if kind.body == "fields":
            needed = (f"{name}: ..." for name, field in kind.fields.items() if field.required)
            return f"`{kind.name}: {{{', '.join(needed)}}}`"
        holds = {"expression": "EXPR", "assignments": "{KEY: VALUE}"}.get(kind.body, "NAME")
        return f"`{kind.name}: {holds}`"

    def _fields(self, kind: Kind, spec: NodeSpec, owner: Scalar, body: Node) -> tuple[NodeSpec, list[Node]] | None:
        """A kind's own fields, in its order; the nodes among them become children."""
        if kind.positional and not (isinstance(body, Mapping) and set(body.pairs) & set(kind.fields)):
            given: dict[str, tuple[Node, Node]] = {kind.positional: (body, body)}
        elif isinstance(body, Mapping):
            given = dict(body.pairs)
        else:
            self.problem(body, "E203", f"{kind.name} holds fields", ", ".join(f"{name}:" for name in kind.fields))
            return None
        for name, (key, value) in list(given.items()):
            if name not in kind.fields:
                near = closest(name, [field for field in kind.fields if field not in given])
                if name in (*_EVERYWHERE, *kind.options):
                    message = f"{name} is an option: it stands beside {kind.name}, not under it"
                    self.problem(key, "E201", message, f"`{name}: ...` in a line with `{kind.name}:`")
                    continue
                self.problem(key, "E201", f"{kind.name} has no field {shorten(name)}", ", ".join(kind.fields), near)
                if near is not None:
                    given[near] = (key, value)
        fields: dict[str, Any] = {}
        children: list[Node] = []
        slots: list[str] = []
        for name, field in kind.fields.items():
            if name not in given:
                if field.required:
                    self.problem(owner, "E504", f"{kind.name} needs its field {name!r}", f"{name}: ...")
                continue
            value = given[name][1]
            if field.holds == "node":
                found: list[Node] = [value]
            elif field.holds == "branches":
                fields[name], found = self._branches(kind, field, value)
            elif field.holds == "cases":
                fields[name], found = self._cases(kind, value, fields.get("on"))
            else:
                found = []
                fields[name] = self._field(kind, name, field, value, fields)
            children += found
            slots += [name] * len(found)
        return dataclasses.replace(spec, fields=fields, slots=tuple(slots)), children

    def _field(self, kind: Kind, name: str, field: Field, node: Node, before: dict[str, Any]) -> Any:
        """A field that is no node: the text of an expression, an Argument, a name, or a flag."""
        value = node.value if isinstance(node, Scalar) else None
        if field.holds in ("condition", "number"):
            wanted = BOOL if field.holds == "condition" else FLOAT
            return check_expression(self.document, node, self.scope, wanted, self.problems)
        if field.holds == "flag":
            if not isinstance(value, bool):
                self.problem(node, "E203", f"{name} is true or false")
            return value
        if field.holds == "name":
            if not isinstance(value, str) or not IDENTIFIER.fullmatch(value):
                self.problem(node, "E513", f"{name} is a name", SPELLING)
            return value
        if field.holds == "key":
            port = Port(name, field.type or STR, out=True)
            return read_argument(self.document, node, port, self.scope, self.problems, self.writable)
        if field.holds == "item":
            return self._item(kind, name, node, before)
        if field.type is not None:
            argument = read_argument(self.document, node, Port(name, field.type), self.scope, self.problems)
            if field.type is FLOAT and argument is not None and argument.expression is None and argument.value < 0:
                self.problem(node, "E205", f"{name} cannot be negative", "0.0 or more")
            return argument
        return self._any(node)

    def _item(self, kind: Kind, name: str, node: Node, before: dict[str, Any]) -> Argument | None:
        """The key that takes each item of the list that `in` names."""
        key = node.value if isinstance(node, Scalar) else None
        if not isinstance(key, str) or key not in self.writable:
            near = closest(str(key), self.writable)
            self.problem(node, "E306", f"{name} is a key of this tree", "a key that `uses` lists", near)
            return None
        items = before.get("in")
        if isinstance(items, Argument) and UNREAD not in (items.type, self.writable[key]):
            if items.type.kind != "list" or items.type.item is None:
                self.problem(node, "E506", f"{kind.name} goes over a list, not over {items.type}")
            elif not self.writable[key].accepts(items.type.item):
                self.problem(node, "E506", f"the items are {items.type.item}, and {key} is {self.writable[key]}")
        return Argument(self.writable[key], key=key)

    def _any(self, node: Node) -> Argument | None:
        """A value of whatever type: `$name` or `=EXPR`."""
        text = node.value if isinstance(node, Scalar) else None
        if not isinstance(text, str) or not text.startswith(("$", "=")):
            self.problem(node, "E505", "a value from the blackboard must stand here", "`$name` or `=EXPR`")
            return None
        try:
            expression = parse(text[1:].strip(), self.scope)
        except ExpressionError as error:
            if is_excused(error, text, self.scope):
                return Argument(UNREAD)
            problem = self.document.problem(
                node, error.code, str(error), error.expected, error.hint, offset=error.offset + 1
            )
            self.problems.append(problem)
            return None
        return Argument(expression.type, expression=expression.text)

    def _branches(self, kind: Kind, field: Field, node: Node) -> tuple[tuple[str | None, ...], list[Node]]:
        """`- {when: EXPR, do: NODE}`: the expressions, and the nodes."""
        form = f"{{{field.ask}: ..., do: NODE}}"
        texts: list[str | None] = []
        children: list[Node] = []
        if not isinstance(node, Sequence) or not node.items:
            self.problem(node, "E507", f"{kind.name} holds a list of branches", f"- {form}")
            return (), []
        names = (field.ask, "do")
        for item in node.items:
            if not isinstance(item, Mapping) or set(item.pairs) != {field.ask, "do"}:
                wrong = [name for name in item.pairs if name not in names] if isinstance(item, Mapping) else []
                self.problem(
                    item, "E203", "a branch must stand here", form, closest(wrong[0], names) if wrong else None
                )
            # What is there of a branch with something missing or misspelt is read all the same.
            parts = item.pairs if isinstance(item, Mapping) else {}
            spelt = {
                name if name in parts else closest(name, [each for each in parts if each not in names]): name
                for name in names
            }
            wanted = BOOL if field.asks == "condition" else FLOAT
            for name, (_, value) in parts.items():
                if spelt.get(name) == field.ask:
                    texts.append(check_expression(self.document, value, self.scope, wanted, self.problems))
                elif spelt.get(name) == "do":
                    children.append(value)
        return tuple(texts), children

    def _cases(self, kind: Kind, node: Node, on: Argument | None) -> tuple[tuple[Any, ...], list[Node]]:
        """`{LITERAL: NODE}`: the literals, of the type that is switched on, and the nodes."""
        if not isinstance(node, Mapping) or not node.pairs:
            self.problem(node, "E507", f"{kind.name} needs at least one case", "cases: {VALUE: NODE}")
            return (), []
        if on is not None and on.type.kind in ("float", "list", "record"):
            self.problem(
                node, "E506", f"cases are compared with ==, which {on.type} is not made for", "text, int, bool"
            )
            return (), [child for _, child in node.pairs.values()]
        if on is not None and on.type is UNREAD:
            on = None
        values = []
        for text, (key, _) in node.pairs.items():
            value: Any = text
            try:
                if on is not None and on.type.kind in ("int", "bool"):
                    value = scalar(text)
                values.append(on.type.conform(value) if on is not None else value)
            except ValueError as error:
                near = closest(text, map(str, on.type.choices)) if on is not None else None
                self.problem(key, "E203", str(error), None, near)
        return tuple(values), [child for _, child in node.pairs.values()]

    def _assignments(self, body: Node) -> dict[str, Argument]:
        arguments = {}
        for key, value in self._pairs(body, "set: {KEY: VALUE}"):
            name = str(key.value)
            if name not in self.writable:
                self.problem(key, "E306", *not_writable(name, self.scope), closest(name, self.writable))
                continue
            if self.writable[name] is UNREAD:
                continue
            kind = dataclasses.replace(self.writable[name], optional=True)
            argument = read_argument(self.document, value, Port(name, kind), self.scope, self.problems)
            if argument is not None:
                arguments[name] = dataclasses.replace(argument, key=name)
        if isinstance(body, Mapping) and not body.pairs:
            self.problem(body, "E507", "set is empty", "set: {KEY: VALUE}")
        return arguments

    def _data(self, node: Node | None) -> dict[str, Argument]:
        """What a signal carries: any plain values, or expressions of whatever type."""
        arguments = {}
        for key, value in self._pairs(node, "with: {NAME: VALUE}"):
            name = str(key.value)
            if not isinstance(value, Scalar) or value.value is None:
                self.problem(value, "E203", "a signal carries single values", "a literal, `$name` or `=EXPR`")
                continue
            if isinstance(value.value, str) and value.value.startswith(("$", "=")):
                argument = self._any(value)
                if argument is not None:
                    arguments[name] = argument
            else:
                kind = {bool: BOOL, int: INT, float: FLOAT}.get(type(value.value), STR)
                arguments[name] = Argument(kind, value=value.value)
        return arguments

    def _option(self, kind: Kind, name: str, node: Node, children: int) -> Any:
        value = node.value if isinstance(node, Scalar) else None
        if name in kind.choices:
            words = kind.choices[name]
            if value not in words:
                self.problem(
                    node, "E204", f"{name} is one of a few words", ", ".join(words), closest(str(value), words)
                )
            return value
        if name == "seconds":
            argument = read_argument(self.document, node, Port("seconds", FLOAT), self.scope, self.problems)
            if argument is not None and argument.expression is None and not argument.value >= 0:
                self.problem(node, "E205", "seconds cannot be negative", "0.0 or more")
            return argument
        if isinstance(value, str) and value.startswith("$"):
            self.problem(node, "E505", f"{name} is fixed when the tree is built", "a number")
            return None
        if name == "times":
            if value == "forever":
                return None
            if type(value) is not int or not 1 <= value <= 1_000_000_000:
                self.problem(
                    node,
                    "E205",
                    "times is how often it is done in all",
                    "1 to 1,000,000,000, or forever",
                    closest(value, ["forever"]) if isinstance(value, str) else None,
                )
            return value
        if name == "policy" and value in ("all", "any"):
            return value
        expected = "all, any, or a number" if name == "policy" else "a number"
        if type(value) is not int or not 1 <= value <= max(children, 1):
            near = closest(value, ["all", "any"]) if name == "policy" and isinstance(value, str) else None
            self.problem(node, "E205", f"{name} is out of range", f"{expected} from 1 to {children}", near)
        return value
