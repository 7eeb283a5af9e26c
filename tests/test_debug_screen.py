"""The screen of `t800 debug`, in a real terminal: keys go in, and what stands on the screen is looked at."""

import os
import re
import signal
import sys
from pathlib import Path

import pytest
import yaml

pytest.importorskip("textual")
pyte = pytest.importorskip("pyte")
if not hasattr(os, "fork"):
    pytest.skip("needs a pty", allow_module_level=True)

from terminal import PATIENCE, Terminal  # noqa: E402  # it needs pyte

from t800 import Debugger, run  # noqa: E402
from t800.cli.story import sentence  # noqa: E402

CORRIDOR = Path(__file__).parent.parent / "configs" / "scenarios" / "corridor.yaml"


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened = []

    def open_(columns=80, rows=24, source="corridor", **environment):
        terminal = Terminal([sys.executable, "-m", "t800", "debug", source], columns, rows, **environment)
        opened.append(terminal)
        terminal.wait("at the start", "s step b back")
        return terminal

    yield open_
    for each in opened:
        each.__exit__(None, None, None)


def command(terminal, text, *wanted):
    """Type a command into the line, see its answer, and leave the line."""
    terminal.press(":", text, "enter")
    terminal.wait(*wanted, "esc leaves the line")
    terminal.press("escape")
    # Not before: a key right behind an escape would be another key.
    terminal.wait("s step b back")


def head(terminal):
    return terminal.lines[0]


def test_a_script_of_keys_at_80_by_24(terminal):
    t = terminal()
    assert head(t).startswith(" corridor  seed 1995  at the start")
    t.press("s")
    t.wait("tick 0 of 0")
    t.press("right", "s", "b")
    t.wait("tick 1 of 2")
    command(t, "watch threat.distance", "threat.distance = unknown")
    there = Debugger("corridor")
    there.run_until("threat.distance < 3.0")
    tick, metres = there.tick, round(there.value("threat.distance"), 3)
    why = rf"tick {tick}  {tick / 10:.1f} s  threat\.distance < 3\.0"
    command(t, "until threat.distance < 3.0", f"tick {tick} of {tick}  {tick / 10:.1f} s", "threat.distance < 3.0")
    changed = [key for key, value in there.mind("t800").values.items() if there.mind("t800").before[key] != value]
    t.shows(
        rf" corridor  seed 1995  tick {tick} of {tick}  {tick / 10:.1f} s",
        rf"  t800 active\.combat   john {there.mind('john').mode}   hunter .*",
        r" +•.*◆.*",
        rf" 0 ━{{60,}}▲ {tick}",
        r"─t800 · active\.combat─+map · [a-z]+─+",
        r" R protect .*[\u2801-\u28ff].*",
        r" F │  ├─ call_ward  while ward_seen an… .*",
        r" .*H[→↗↑↖←↙↓↘].*",
        r" .*─blackboard─+",
        rf".* \* {changed[0]} .*",
        why,
        r": a command: .*",
        r" s step b back n node c run r rev a agent z zoom tab page : cmd \? help q quit",
    )
    assert len(t.lines) == 24
    t.press("tab")
    last = next(there.events)
    t.shows(
        r"─t800 · active\.combat─+intents─+",
        r" R protect +[✓~✗] [A-Z]\w+\(.*",
        r" R ├─ voice +(granted|suppressed|vetoed|refused) .*",
        r" .*─events─+",
        rf" .* {last.tick} {re.escape(sentence(last)[:20])}.*",
        r" .*─watch─+",
        rf" .* threat\.distance = {metres}",
    )
    t.press("q")
    assert t.end() == 0
    assert t.restored


def test_all_panels_stand_side_by_side_at_120_by_40(terminal):
    t = terminal(120, 40)
    command(t, "watch threat.distance", "threat.distance = unknown")
    command(t, "break event Shielded whom=john", "1: event Shielded")
    t.press("c")
    there = Debugger("corridor")
    there.break_on(event="Shielded", whom="john")
    there.run()
    tick = there.tick
    t.shows(
        rf" corridor  seed 1995  tick {tick} of {tick}  {tick / 10:.1f} s",
        r"─t800 · active\.combat─+map · [a-z]+─+",
        r" .*H[→↗↑↖←↙↓↘].*",
        r" .*─blackboard─+intents─+",
        r" .*[✓~✗] [A-Z]\w+\(.*",
        r" .*─events─+watch─+",
        rf" .*threat\.distance = {round(there.value('threat.distance'), 3)}",
        r" .*1: break event Shielded\(whom: joh…",
        rf" .*  {tick} t800 shielded john.*",
        rf"tick {tick}  {tick / 10:.1f} s  breakpoint 1: Shielded\(who: t800, whom: john\)",
    )


def first_steps():
    """The nodes that the corridor's first tick ticks, in their order."""
    return list(iter(Debugger("corridor").step_node, None))


def test_nodes_are_stepped_through_in_both_directions(terminal):
    t = terminal()
    steps = [f"{step.status.name} {step.agent}:{step.node}" for step in first_steps()]
    place = steps.index("FAILURE t800:protect/voice/call_ward.guard")
    for step in steps[: place + 1]:
        t.press("n")
        t.wait(step.removesuffix(".guard"))
    assert " - protect" in t.text
    t.press("n")
    t.wait("RUNNING t800:protect/voice/running")
    t.press("n")
    t.wait("RUNNING t800:protect/voice\n")
    t.press("p", "p")
    t.wait("FAILURE t800:protect/voice/call_ward")
    t.press(*"p" * (place + 1))
    t.wait("at the start")


def test_colours_tell_statuses_apart(terminal):
    t = terminal()
    t.press("s")
    t.wait("tick 0 of 0", "R protect")
    rows = {line[:14].strip(): number for number, line in enumerate(t.lines)}
    running, failed = t.screen.buffer[rows["R protect"]], t.screen.buffer[rows["R protect"] + 2]
    assert running[3].data == "p"
    assert running[3].bold
    assert running[3].fg != failed[9].fg


def test_no_color_is_obeyed(terminal):
    t = terminal(NO_COLOR="1")
    t.press("s")
    t.wait("tick 0 of 0", "R protect")
    shades = {cell.fg for row in t.screen.buffer.values() for cell in row.values()} - {"default"}
    assert all(len(set(re.findall("..", shade))) == 1 for shade in shades if re.fullmatch("[0-9a-f]{6}", shade)), shades


def test_a_click_on_the_time_line_goes_there(terminal):
    t = terminal()
    command(t, "seek 100", "tick 100 of 100")
    t.click(40, 3)
    t.until(lambda text: re.search(r"tick (4[5-9]|5[0-5]) of 100", text) is not None, "a tick in the middle")
    t.until(lambda text: re.search(r"^ 0 ━+▲─+ 100", text, re.MULTILINE) is not None, "the mark below the mouse")
    t.press("end")
    t.wait("tick 100 of 100")
    t.press("home")
    t.wait("at the start")


def test_a_click_on_an_agent_and_a_key_put_others_into_focus(terminal):
    t = terminal()
    t.press("s", "a")
    t.wait("john · up")
    t.click(t.lines[1].index("t800") + 1, 1)
    t.wait("t800 · active.escort")
    t.press("A")
    t.wait("hunter ·")


def test_what_is_typed_wrong_is_said_and_nothing_moves(terminal):
    t = terminal()
    command(t, "unitl x", "no command 'unitl'; did you mean 'until'?")
    t.press(":", "print t800.thread", "enter")
    t.wait("did you mean: threat", "any other key closes")
    t.press("escape")
    t.wait("at the start", gone="any other key closes")


def test_long_answers_stand_above_all_until_a_key_is_pressed(terminal):
    t = terminal()
    t.press("?")
    t.wait("the next tick", "any other key closes")
    t.press("x")
    t.wait("at the start", gone="any other key closes")
    command(t, "seek 5", "tick 5 of 5")
    t.press(":", "tree john", "enter")
    t.wait("john  up", "lessons", "any other key closes")


def test_an_edit_is_marked_and_a_branch_is_judged(terminal, tmp_path):
    t = terminal()
    command(t, "seek 100", "tick 100 of 100")
    command(t, "set t800.ward=hunter", "1 edit")
    assert "✎" in t.lines[2]
    t.press(":", "branch otherwise.jsonl", "enter")
    t.wait("trace", "in otherwise.jsonl", "failed  john.alive")
    assert (tmp_path / "otherwise.jsonl").exists()


def test_a_long_run_can_be_stopped(terminal, tmp_path):
    # It would go on for a day: however slow the keys are, they come while it runs.
    spec = yaml.safe_load(CORRIDOR.read_text(encoding="utf-8"))
    spec.update(limit=86_400.0, expect=[{"always": "john.structure >= 0"}])
    (tmp_path / "corridor.yaml").write_text(yaml.safe_dump(spec), encoding="utf-8")
    t = terminal(source="corridor.yaml")
    t.press(":", "until john.structure < 0", "enter", "escape")
    # The line is there again when the run has come to a stop.
    t.until(lambda text: re.search(r" at tick \d+\n", text) and "enter does it" in text, "a stop")
    assert "the end" not in t.text
    before = int(re.search(r"tick (\d+) of", t.text)[1])
    t.press("escape")
    t.wait("s step b back", gone="enter does it")
    t.press("s")
    t.wait(f"tick {before + 1} of")


def test_a_trace_is_gone_through_and_its_name_is_shown(terminal, tmp_path):
    last = run("corridor", record=tmp_path / "c.jsonl").ticks - 1
    t = terminal(source="c.jsonl")
    t.shows(r" corridor .* c\.jsonl", rf" 0 ▲─+ {last}")
    t.press("end")
    t.wait(f"tick {last} of {last}", "the end")


@pytest.mark.parametrize(("how", "code"), [("q", 0), ("ctrl+c", 130), (signal.SIGTERM, 143)])
def test_however_it_ends_the_terminal_is_as_it_was(terminal, how, code):
    t = terminal()
    if isinstance(how, str):
        t.press(how)
    else:
        t.process.send_signal(how)
    assert t.end() == code
    assert t.restored


def test_when_its_window_is_closed_it_ends(terminal):
    t = terminal()
    t.vanish()
    assert t.process.wait(PATIENCE) == -signal.SIGHUP


def test_a_terminal_of_another_size_is_filled(terminal):
    t = terminal(60, 18)
    t.press("s")
    t.shows(r" corridor .* tick 0 of 0 .*", r" R protect .*", r" s step .*")
    assert {len(line) for line in t.lines} == {60}
