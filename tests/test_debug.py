"""`t800 debug` without a screen: the same commands, a line each."""

import json
import re
import subprocess
import sys

import pytest
import toy

from t800 import Debugger, UsageError
from t800.cli.console import COMMANDS, SHORT, Console
from t800.cli.story import sentence
from t800.simulation.opening import open_scenario
from t800.simulation.replay import replay
from t800.simulation.runner import Moment, run


@pytest.fixture
def tag(tmp_path):
    toy.write(tmp_path)
    return tmp_path / "configs/scenarios/tag.yaml"


@pytest.fixture
def console(tag):
    return Console(Debugger(open_scenario(tag, ["toy"])))


@pytest.fixture(scope="module")
def corridor():
    return open_scenario("corridor")


def debug(tag, commands, *arguments, code=0, source=None):
    """The program's two outputs after these commands."""
    done = subprocess.run(
        [sys.executable, "-m", "t800", "debug", str(source or tag), "--commands", "-", *arguments],
        input=commands,
        capture_output=True,
        text=True,
        check=False,
        env=toy.environment(PYTHONIOENCODING="utf-8"),
    )
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def test_commands_are_echoed_and_answered(tag):
    out, err = debug(tag, "# by hand\n\nstep 10\nwatch distance(anna, ben)\nback\nprint ben.touched\n", "--pack", "toy")
    assert err == ""
    assert out.splitlines() == [
        "> step 10",
        "tick 9  0.9 s",
        "> watch distance(anna, ben)",
        "  distance(anna, ben) = 16.373",
        "> back",
        "tick 8  0.8 s",
        "  distance(anna, ben) = 16.73",
        "> print ben.touched",
        "ben.touched = 0",
    ]


def test_a_wrong_command_ends_it_with_its_line_and_what_was_meant(tag):
    out, err = debug(tag, "step\nunitl ben.touched > 0\nstep\n", "--pack", "toy", code=2)
    assert out == "> step\ntick 0  0.0 s\n  #0 tick 0  anna arrived\n"
    assert err == "t800: line 2: unitl ben.touched > 0: no command 'unitl'; did you mean 'until'?\n"


def test_quit_leaves_the_rest_undone(tag):
    out, _ = debug(tag, "step\nquit\nnonsense\n", "--pack", "toy")
    assert out.splitlines()[-1] == "> quit"


def test_json_is_one_document_whatever_went_wrong(tag):
    out, err = debug(tag, "seek 0.5s\nnode\ntree\nboard\nasks\nstpe\n", "--pack", "toy", "--json", code=2)
    seek, node, tree, board, asks = json.loads(out)
    assert (seek["command"], seek["tick"], seek["over"]) == ("seek 0.5s", 5, False)
    assert [event["kind"] for event in seek["events"]] == ["Arrived"]
    assert node["node"] == {"agent": "anna", "id": "catch/toy_chase", "status": "RUNNING"}
    assert [each["status"] for each in tree["nodes"]] == ["RUNNING", "RUNNING", "INVALID"]
    assert board["blackboard"]["quarry"] == "ben"
    assert asks["asks"][0] == {
        "node": "catch/toy_chase", "intent": "MoveTo", "channel": "legs", "fate": "pending",
        "why": "all trees speak before anything is settled",
    }  # fmt: skip
    assert "did you mean 'step'" in err


def test_a_file_of_commands_and_a_trace(tag, tmp_path):
    run(open_scenario(tag, ["toy"]), record=tmp_path / "t.jsonl")
    (tmp_path / "steps.txt").write_text("seek end\nreverse distance(anna, ben) > 5\n")
    done = subprocess.run(
        [sys.executable, "-m", "t800", "debug", str(tmp_path / "t.jsonl"), "--commands", str(tmp_path / "steps.txt")],
        capture_output=True, text=True, check=True, env=toy.environment(),
    )  # fmt: skip
    assert re.search(r"> seek end\ntick \d+ .* the end\n", done.stdout)
    assert "distance(anna, ben) > 5\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["corridr", "--commands", "-"], "did you mean 'corridor'"),
        (["none.jsonl", "--commands", "-"], "cannot read none.jsonl: No such file"),
        (["corridor", "--commands", "none.txt"], "cannot read none.txt: No such file"),
        (["corridor", "--json"], "needs --commands FILE"),
        (["corridor"], "there is no terminal to show the screen on; `--commands FILE` does without one"),
        (["corridor", "--commands", "-", "--set", "t800.quary=x"], "quary"),
    ],
)
def test_a_wrong_call_is_told_and_ends_with_2(tmp_path, arguments, said):
    done = subprocess.run(
        [sys.executable, "-m", "t800", "debug", *arguments],
        capture_output=True, text=True, check=False, cwd=tmp_path, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_without_textual_the_screen_says_how_to_get_it(tmp_path):
    """As on a terminal where the extra is not installed."""
    code = (
        "import io, sys\n"
        "sys.stdin = io.StringIO()\n"
        "sys.modules['textual'] = None\n"
        "for stream in (sys.stdin, sys.stdout):\n"
        "    stream.isatty = lambda: True\n"
        "from t800.cli import main\n"
        "main(['debug', 'corridor'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 2
    assert "pip install 't800[tui]'" in done.stderr


def test_every_command_is_there_has_a_page_of_help_and_its_examples_can_be_typed(corridor, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    listed = Console(Debugger(corridor)).do("help").lines
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    for name, command in COMMANDS.items():
        console = Console(Debugger(corridor))
        for line in ("seek 154", "break fault", "watch t800.threat", "set t800.patience_=1", "set t800.ward=john"):
            try:
                console.do(line)
            except UsageError:
                assert "patience_" in line
        assert console.do(f"help {name}").lines[0].startswith(command.form)
        for example in command.examples or (name,):
            if "sarah" not in example and example != "clear 2":
                console.do(example)


def test_short_names_are_names():
    assert set(SHORT.values()) <= set(COMMANDS)
    assert len({each.short for each in COMMANDS.values() if each.short}) == sum(
        bool(c.short) for c in COMMANDS.values()
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("stepp", "did you mean 'step'"),
        ("step -1", "from 1 on"),
        ("step 1.5", "from 1 on"),
        ("step " + "9" * 5000, "from 1 on"),
        ("seek soon", "expected a tick like 154"),
        ("seek", "expected a tick like 154"),
        ("seek nans", "expected a tick like 154"),
        ("seek infs", "expected a tick like 154"),
        ("seek -7", "the start is -1"),
        ("until", "`until` needs more: until EXPR"),
        ("until ben.touchd", "did you mean: touched"),
        ("run 5", "takes nothing more"),
        ("reverse", "no breakpoint to go back to"),
        ("break", "where to stop is missing"),
        ("break nod x", "did you mean 'node'"),
        ("break node", "`break node` needs more"),
        ("break node anna:catch RUNNING now", "'now' is too much"),
        ("break event Touched who", "expected FIELD=VALUE"),
        ("break event 'Touched", "no closing quotation"),
        ("clear", "needs more"),
        ("clear 9", "there is: none"),
        ("unwatch x", "is not watched"),
        ("print", None),
        ("print anna", "say which of its fields"),
        ("agent anne", "did you mean 'anna'"),
        ("tree anne", "did you mean 'anna'"),
        ("events -1", "from 1 on"),
        ("map near", "takes metres"),
        ("set anna.quarry", "expected PATH=VALUE"),
        ("set anna.quarry={", "is no value"),
        ("set anna.quarry=[1, 2]", "expected entity"),
        ("undo", "nothing was edited"),
        ("branch", "needs more"),
        ("branch x.jsonl", "nothing was edited"),
        ("help stepp", "did you mean 'step'"),
        ("\x00", "no command"),
        ("until " + "(" * 500, "needs more"),
    ],
)
def test_what_is_typed_wrong_is_refused_and_nothing_moves(console, line, said):
    if said is None:
        assert console.do(line).lines[0] == "at the start"
        return
    try:
        with pytest.raises(UsageError) as refused:
            console.do(line)
    finally:
        assert console.debugger.tick == -1
    assert said in str(refused.value) or line.startswith("until (")


def test_a_breakpoint_of_each_kind_is_said_and_stops(corridor):
    console = Console(Debugger(corridor))
    said = [
        console.do(line).lines[0]
        for line in (
            "break node t800:protect/legs/shield RUNNING",
            "break status FAILURE john",
            "break mode t800 active.combat",
            "break mode hunter",
            "break event Shielded whom=john",
            "break when distance(t800, john) < 2",
            "break constraint never_the_ward",
            "break fault",
        )
    ]
    assert said == [
        "1: node t800:protect/legs/shield RUNNING",
        "2: node john:* FAILURE",
        "3: mode t800 active.combat",
        "4: mode hunter",
        "5: event Shielded(whom: john)",
        "6: when distance(t800, john) < 2",
        "7: constraint never_the_ward",
        "8: fault",
    ]
    console.do("clear 2")
    first = console.do("run").lines[0]
    assert first.startswith("tick 1  0.1 s  breakpoint 6: ") or "breakpoint" in first
    console.do("clear all")
    assert console.do("run").lines[0].endswith("the end")


def test_moving_tells_where_why_what_happened_and_what_is_watched(corridor):
    console = Console(Debugger(corridor))
    console.do("watch threat.distance")
    console.do("break event Shielded")
    answer = console.do("run")
    happened: list[Moment] = []
    run(corridor, on_tick=happened.append)
    moment = next(each for each in happened if any(event.kind == "Shielded" for event in each.events))
    tick, metres = moment.number, console.debugger.value("threat.distance")
    assert answer.lines == [
        f"tick {tick}  {tick / 10:.1f} s  breakpoint 1: Shielded(who: t800, whom: john)",
        *(f"  #{event.id} tick {tick}  {sentence(event)}" for event in moment.events),
        f"  threat.distance = {round(metres, 3)}",
    ]
    assert answer.data["stop"] == {"kind": "break", "why": "Shielded(who: t800, whom: john)"}


def test_the_tree_shows_statuses_guards_and_where_it_stands_within_a_tick(corridor):
    console = Console(Debugger(corridor))
    console.do("seek 153")
    whole = console.do("tree").lines
    assert whole[0] == "t800  active.combat"
    assert "R ├─ voice" in whole
    assert "F │  ├─ call_ward  while ward_seen and not known(order) and ward_last.distance < 12.0" in whole
    assert "- │  │  ├─ give_order" in whole
    console.do("seek start")
    # More important trees come first: up to the second node of the one that is looked at.
    while "protect/voice/running" not in "".join(map(str, console.do("node").lines)):
        pass
    within = console.do("tree").lines
    # Its parents have not answered yet, and its siblings have not been asked.
    assert within[1:3] == ["- protect", "- ├─ voice"]
    assert "R │  └─ running" in within
    assert "- └─ legs" in within


def test_the_blackboard_marks_what_the_tick_changed(console):
    console.do("seek 9")
    lines = console.do("board anna").lines
    assert lines[0] == "anna  on"
    marks = {line.split()[-2 if line.startswith("  ") else 1]: line[0] for line in lines[1:]}
    assert lines[1].startswith("  patience")
    assert any(line.startswith("* toy_look") for line in lines), marks


def test_an_edit_says_from_when_on_and_who_may_write_over_it(console):
    console.do("seek 10")
    assert console.do("set anna.quarry=pole").lines == ["anna.quarry = pole from tick 11 on"]
    said = console.do("set anna.toy_look={who: ben, position: {x: 1, y: 2}}").lines
    assert said[1] == "the sense toy_look writes this key, and may write over it in the next tick"
    assert console.do("edits").lines[0] == "before tick 11: anna.quarry = pole"
    console.do("undo")
    console.do("undo")
    assert console.do("edits").lines == ["nothing was edited"]


def test_a_branch_is_judged_and_replays(console, tag, tmp_path):
    console.do("seek 10")
    console.do("set ben.position={x: 39, y: 39}")
    answer = console.do(f"branch {tmp_path / 'b.jsonl'}")
    assert answer.lines[0].startswith(("failed after", "passed after", "undecided"))
    assert answer.data["branch"]["trace"]["sha256"] == replay(tmp_path / "b.jsonl").sha256
    assert console.debugger.tick == 10


def test_the_map_shows_walls_and_who_looks_where(corridor):
    console = Console(Debugger(corridor))
    console.do("seek 284")
    text = "\n".join(console.do("map").lines)
    assert "hunter" in text
    assert "corridor" in text
    assert re.search("[\u2801-\u28ff]{10}", text)
    assert re.search("H[→↗↑↖←↙↓↘]", text)
    plain = "\n".join(Console(Debugger(corridor), fancy=False).do("map").lines)
    assert plain.isascii()
    assert "#####" in plain
