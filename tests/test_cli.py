"""The program as people call it: what it says, where, and with which exit code."""

import fcntl
import json
import os
import pty
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
import toy
from click.testing import CliRunner

from t800.cli.program import t800 as program
from t800.cli.story import clock, sentence
from t800.core import Event
from t800.errors import UsageError
from t800.loader.files import FOLDERS, Files, shipped
from t800.loader.scenario import load_scenario
from t800.packs import installed
from t800.simulation.opening import load
from t800.simulation.trace import Recorder, TraceFile, TraceReader
from t800.spec.agent import AgentSpec
from t800.spec.scenario import ScenarioSpec
from t800.spec.tree import TreeSpec

HEAVY = ["pydantic", "transitions", "py_trees", "rich", "yaml"]


def t800(*arguments, cwd=None, **options):
    """Run the program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "t800", *arguments], capture_output=True, text=True, check=False, cwd=cwd, **options
    )


@pytest.mark.parametrize("command", [[], *([name] for name in program.names)])
def test_help_imports_nothing_heavy_and_has_an_example(command):
    code = (
        "import sys\n"
        "from t800.cli import main\n"
        "try:\n"
        f"    main({[*command, '--help']!r})\n"
        "except SystemExit as stop:\n"
        "    assert not stop.code, stop.code\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("HEAVY []\n")
    assert f"t800 {command[0]} " in done.stdout if command else "t800 run mall" in done.stdout


@pytest.mark.parametrize("command", ["skills", "why"])
def test_what_the_help_shows_works(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    Path("skills.py").touch()
    runner = CliRunner()
    if command == "why":
        assert runner.invoke(program, ["run", "corridor", "--record", "corridor.jsonl", "--quiet"]).exit_code == 0
    shown = re.findall(r"^ +t800 (.*)", runner.invoke(program, [command, "--help"]).stdout, re.MULTILINE)
    assert [line for line in shown if runner.invoke(program, shlex.split(line)).exit_code] == []
    assert len(shown) == 4


def test_completion_imports_nothing_heavy():
    code = (
        "import sys, os\n"
        "os.environ.update(_T800_COMPLETE='bash_complete', COMP_WORDS='t800 run corr', COMP_CWORD='2')\n"
        "from t800.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        "    pass\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["plain,corridor", "HEAVY []"]


def test_the_version_is_the_packages():
    done = t800("--version")
    assert (done.returncode, done.stdout) == (0, "t800 0.1.0\n")


def test_an_unknown_command_is_exit_2_with_a_suggestion():
    done = t800("chekc")
    assert done.returncode == 2
    assert "Did you mean 'check'?" in done.stderr


def test_without_a_command_it_says_what_there_is():
    done = t800()
    assert done.returncode == 2
    assert "Commands:" in done.stderr + done.stdout


def tag(tmp_path, *arguments, **options):
    """A command in a folder that holds the game of tag."""
    environment = toy.environment(**options.pop("env", {}))
    return t800(*arguments, cwd=toy.write(tmp_path, **options.pop("changes", {})), env=environment, **options)


def run(tmp_path, *arguments, **options):
    return tag(tmp_path, "run", "tag", "--pack", "toy", *arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [([], 0, "passed"), (["--until", "1"], 1, "failed"), (["--without", "anna:catch"], 1, "failed")],
)
def test_the_exit_code_is_the_outcome(tmp_path, arguments, code, word):
    done = run(tmp_path, *arguments)
    assert done.returncode == code
    assert f"\n{word}" in done.stdout
    assert done.stderr == ""


def test_what_is_undecided_at_the_limit_is_exit_3(tmp_path):
    done = run(tmp_path, "--until", "1", changes={"tag": "distance(anna, ben) < 2.0 => ben.touched < 1"})
    assert done.returncode == 3
    assert "undecided" in done.stdout


def test_a_run_is_told_in_sentences_and_judged_in_a_table(tmp_path):
    text = run(tmp_path).stdout
    assert "tag  seed 3" in text
    assert "0.5 s  ben arrived" in text
    assert "anna touched ben" in text
    assert "happened   Touched(who: anna, whom: ben)" in text
    assert "t800 run tag --pack toy --seed 4" in text
    assert "\x1b" not in text


def test_quiet_says_the_verdict_only(tmp_path):
    assert len(run(tmp_path, "--quiet").stdout.splitlines()) == 1


def test_json_is_one_document_and_people_read_stderr(tmp_path):
    done = run(tmp_path, "--json")
    document = json.loads(done.stdout)
    assert document["scenario"] == "tag"
    assert document["outcome"] == "passed"
    assert "anna touched ben" in done.stderr


def test_options_reach_the_run(tmp_path):
    done = run(
        tmp_path, "--json", "--seed", "9", "--set", "ben.arrives=2.5", "--without", "pole", "--record", "t.jsonl"
    )
    document = json.loads(done.stdout)
    assert document["seed"] == 9
    assert "pole" not in document["final"]
    assert document["trace"]["path"] == "t.jsonl"
    again = tag(tmp_path, "replay", "t.jsonl")
    assert (again.returncode, again.stdout[:8]) == (0, "the same")


@pytest.mark.parametrize(
    ("arguments", "way"),
    [
        (["run", "tga", "--pack", "toy"], "did you mean 'tag'"),
        (["run", "tag", "--pack", "toyz"], "toyz cannot be imported"),
        (["run", "tag", "--pack", "toy", "--set", "anna.runn=1"], "did you mean 'run'"),
        (["run", "tag", "--pack", "toy", "--set", "limit=-1"], "E205"),
        (["run", "tag", "--pack", "toy", "--without", "annna"], "did you mean 'anna'"),
        (["run", "tag", "--pack", "toy", "--until", "never"], "'never' is not a number of seconds"),
        (["run", "tag", "--pack", "toy", "--seed", "x"], "--seed"),
        (["run", "tag", "--pack", "toy", "--seed", "5", "--set", "seed=6"], "give one of them"),
        (["debug", "tag", "--pack", "toy", "--seed", "5", "--set", "seed=6", "--commands", "-"], "give one of them"),
        (["run", "tag", "--pack", "toy", "--record", "no/such/t.jsonl"], "No such file or directory"),
        (["run", "tag", "--pack", "toy", "--sed", "1"], "--seed"),
        (["run", "agent:tagger", "--pack", "toy"], "is an agent, not a scenario"),
        (["run", "configs/agents/tagger.yaml", "--pack", "toy"], "is an agent, not a scenario"),
        (["show", "tger", "--pack", "toy"], "did you mean 'tagger'"),
        (["show", "tag", "--code", "--pack", "toy"], "tag is a scenario, not a tree"),
        (["skills", "toy_chas", "--pack", "toy"], "did you mean 'toy_chase'"),
        (["diff", "nothing.jsonl", "nothing.jsonl"], "there is no file nothing.jsonl"),
        (["diff", "tag.trace", "pyproject.toml"], "tag.trace is no trace (there is no file of that name)"),
        (["replay", "nothing.jsonl"], "No such file or directory"),
        (["check", "nothing.yaml"], "there is no file"),
    ],
)
def test_a_wrong_call_is_exit_2_with_a_way_out(tmp_path, arguments, way):
    done = tag(tmp_path, *arguments)
    assert done.returncode == 2
    assert way in done.stderr
    assert "Traceback" not in done.stderr


def test_a_name_that_means_two_things_is_exit_2_and_lists_both(tmp_path):
    toy.write(tmp_path)
    (tmp_path / "configs/agents/tag.yaml").write_text(toy.FILES["configs/agents/runner.yaml"].replace("runner", "tag"))
    done = tag(tmp_path, "show", "tag", "--pack", "toy")
    assert done.returncode == 2
    assert "agent:tag, scenario:tag" in done.stderr
    assert tag(tmp_path, "show", "agent:tag", "--pack", "toy").returncode == 0
    assert tag(tmp_path, "run", "tag", "--pack", "toy", "--quiet").returncode == 0


def test_check_says_what_it_checked(tmp_path):
    done = tag(tmp_path, "check", "trees", "configs", "tag", "agent:tagger", "--pack", "toy")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 6
    assert "scenario tag  2 agents in yard, 3 expectations" in done.stdout
    assert "tree     catch  3 nodes" in done.stdout


def test_check_says_every_problem_once_and_is_exit_2(tmp_path):
    done = tag(tmp_path, "check", "trees", "configs", "--pack", "toy", changes={"catch": "toy_chase => toy_chaze"})
    assert done.returncode == 2
    assert done.stderr.count("trees/catch.yaml:6:7: E") == 1
    assert "did you mean: toy_chase" in done.stderr
    assert "1 problem\n" in done.stderr


@pytest.mark.parametrize("paths", [["trees"], ["trees/b.yaml", "trees/c.yaml", "trees/d.yaml", "catch", "trees"]])
def test_what_is_no_yaml_is_told_with_the_rest(tmp_path, paths):
    toy.write(tmp_path)
    for name, data in {"b": b"tree: b\nroot:\n\tsucceed:\n", "c": b"", "d": b"tree: \xff\n"}.items():
        (tmp_path / f"trees/{name}.yaml").write_bytes(data)
    done = tag(tmp_path, "check", *paths, "--pack", "toy")
    assert done.returncode == 2
    assert [done.stdout.count(f"✗ file     trees/{name}.yaml") for name in "bcd"] == [1, 1, 1]
    assert "✓ tree     catch" in done.stdout
    assert [done.stderr.count(f"trees/{name}.yaml:") for name in "bcd"] == [1, 1, 1]
    assert done.stderr.endswith("3 problems\n")


def test_a_folder_without_files_is_exit_2(tmp_path):
    (tmp_path / "empty").mkdir()
    done = tag(tmp_path, "check", "empty")
    assert (done.returncode, done.stderr) == (
        2,
        "t800: 'empty' holds no tree, agent, world or scenario: nothing to check\n",
    )
    assert tag(tmp_path, "check", "").returncode == 2


def test_a_file_with_another_ending_is_passed_over_and_that_is_said(tmp_path):
    toy.write(tmp_path)
    (tmp_path / "trees/catch.yaml").rename(tmp_path / "trees/zigzag.yml")
    (tmp_path / "compose.yml").write_text("services: {db: {image: x}}\n")
    done = tag(tmp_path, "check", "trees", "compose.yml", "--pack", "toy")
    assert done.returncode == 2  # the one that was named is no file of ours
    done = tag(tmp_path, "check", ".", "--pack", "toy")
    assert (done.returncode, done.stdout.count("passed over")) == (0, 1)
    assert "passed over trees/zigzag.yml: only names that end in .yaml are looked up" in done.stdout
    done = tag(tmp_path, "show", "zigzag", "--pack", "toy")
    assert (done.returncode, "expected .yaml at the end of trees/zigzag.yml" in done.stderr) == (2, True)
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone/zigzag.yml").write_text("tree: zigzag\nroot: succeed\n")
    done = tag(tmp_path, "check", "alone", "--pack", "toy")
    assert (done.returncode, "expected .yaml at the end of alone/zigzag.yml" in done.stderr) == (2, True)
    assert "zigzag" not in tag(tmp_path, "check", "configs", "--pack", "toy").stdout


def test_files_of_others_in_a_folder_are_passed_over(tmp_path):
    toy.write(tmp_path)
    (tmp_path / ".venv/trees").mkdir(parents=True)
    (tmp_path / ".venv/trees/x.yaml").write_text("tree: y\n")
    (tmp_path / "compose.yaml").write_text("services: {db: {image: x}}\n")
    done = tag(tmp_path, "check", ".", "--pack", "toy")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 6


def test_a_file_that_needs_a_pack_is_told_which(tmp_path):
    lamp = tmp_path / "lamp"
    (lamp / "trees").mkdir(parents=True)
    (lamp / "trees/glow.yaml").write_text("tree: glow\nuses: {now: Shine}\nroot: {sequence: [shine, shine]}\n")
    (lamp / "trees/blink.yaml").write_text("tree: blink\nroot: {sequence: [qqq, {wait: soon}]}\n")
    (lamp / "shiny.py").write_text(
        "from t800 import SUCCESS, Context, Status, record, skill\n\n\n@record\nclass Shine:\n    'Light.'\n\n"
        "    power: float\n\n\n@skill\ndef shine(ctx: Context) -> Status:\n    'Shine.'\n    return SUCCESS\n"
    )
    done = tag(tmp_path, "check", "lamp/trees/glow.yaml")
    assert done.returncode == 2
    assert done.stdout == "✗ tree     lamp/trees/glow.yaml  needs --pack lamp/shiny.py\n"
    again = "t800 check lamp/trees/glow.yaml --pack lamp/shiny.py"
    assert done.stderr == f"t800: some files need a pack that is not installed; with it: {again}\n"
    assert tag(tmp_path, *again.split()[1:]).returncode == 0
    (lamp / "shiny.py").write_text((lamp / "shiny.py").read_text().replace("@skill", ""))
    assert "no kind of node or skill is named 'shine'" in tag(tmp_path, *again.split()[1:]).stderr
    done = tag(tmp_path, "check", "lamp")
    assert "lamp/trees/blink.yaml  names what no pack here has" in done.stdout
    assert done.stderr.endswith("\n2 problems\n")


def test_a_run_that_needs_a_pack_is_told_which(tmp_path):
    toy.write(tmp_path)
    (tmp_path / "game.py").write_text(Path(toy.__file__).read_text())
    done = tag(tmp_path, "show", "catch")
    assert done.returncode == 2
    assert "t800: some of these names are in a pack that is not installed: --pack game.py\n" in done.stderr
    assert tag(tmp_path, "run", "tag", "--pack", "game.py", "--quiet").returncode == 0


def test_what_follows_from_a_pack_that_is_not_named_is_no_problem_of_its_own(tmp_path):
    # `greet` looks like `repeat`, which would ask for `times`, and for a node where the port stands.
    (tmp_path / "trees").mkdir()
    (tmp_path / "trees/meet.yaml").write_text("tree: meet\nuses: {n: int}\nroot: {greet: {people: $n}}\n")
    (tmp_path / "manners.py").write_text(
        "from t800 import SUCCESS, Context, Status, skill\n\n\n"
        "@skill\ndef greet(ctx: Context, people: int) -> Status:\n    'Greet.'\n    return SUCCESS\n"
    )
    done = t800("show", "trees/meet.yaml", cwd=tmp_path)
    assert done.stderr.count("E5") == 1
    assert "\n1 problem\n" in done.stderr
    done = t800("check", "trees", cwd=tmp_path)
    assert done.stderr.endswith("with it: t800 check trees --pack manners.py\n")
    assert "E5" not in done.stderr


def test_a_package_is_named_whole_and_needed_for_a_world_too(tmp_path):
    shutil.copytree(Path(__file__).parents[1] / "docs/warehouse/t800_warehouse", tmp_path / "halls/t800_warehouse")
    done = t800("check", "halls", cwd=tmp_path)
    assert done.returncode == 2
    again = "t800 check halls --pack halls/t800_warehouse"
    assert done.stderr == f"t800: some files need a pack that is not installed; with it: {again}\n"
    assert t800(*again.split()[1:], cwd=tmp_path).returncode == 0


def test_code_of_a_pack_that_ends_the_program_is_no_verdict(tmp_path):
    (tmp_path / "leaves.py").write_text(
        "import sys\n\nfrom t800 import Context, Status, skill\n\n\n"
        "@skill\ndef leave(ctx: Context) -> Status:\n    'Leave.'\n    sys.exit(0)\n"
    )
    changes = {"roam": "toy_wander: {far: 8.0} => leave: {}"}
    for command in (["run", "tag"], ["sweep", "tag", "--seeds", "1..2", "--jobs", "2"]):
        done = tag(tmp_path, *command, "--pack", "toy", "--pack", "leaves.py", changes=changes)
        assert done.returncode == 2
        assert "code of a pack ended the program, with sys.exit(0) (leaves.py, line 9)" in done.stderr


RULES = """\
from t800.registry import mechanic, section
from t800.story import Entry
from t800.world import Rules


@mechanic
class Weather(Rules):
    "It rains, once."

    def apply(self):
        if self.world.tick == 3:
            open("no/such/file") if {reads} else [][0]


@section("clouds")
def clouds(story):
    "Clouds."
    yield Entry("one cloud")
    {tells}
"""


@pytest.mark.parametrize("command", [["run", "tag"], ["sweep", "tag", "--seeds", "1..2", "--jobs", "2"]])
@pytest.mark.parametrize(("reads", "said"), [(False, "IndexError: list index"), (True, "FileNotFoundError: [Errno 2]")])
def test_rules_of_a_pack_that_break_are_no_bug_of_ours(tmp_path, command, reads, said):
    (tmp_path / "weather.py").write_text(RULES.format(reads=reads, tells=""))
    changes = {"yard": "walking, tag => walking, tag, weather"}
    done = tag(tmp_path, *command, "--pack", "toy", "--pack", "weather.py", changes=changes)
    assert done.returncode == 2
    assert f"t800: code of a pack raised {said}" in done.stderr
    assert "(weather.py, line 12)" in done.stderr


@pytest.mark.parametrize(
    ("tells", "said"),
    [
        ("1 / 0", "it cannot be told: ZeroDivisionError: division by zero (weather.py, line 19)"),
        ("yield 'rain'", "it cannot be told: TypeError: 'rain' is no Entry"),
        ("yield Entry('rain', mark='perhaps')", "it cannot be told: TypeError: Entry(text='rain'"),
    ],
)
def test_a_section_that_breaks_says_so_and_the_verdict_stands(tmp_path, tells, said):
    (tmp_path / "weather.py").write_text(RULES.format(reads=False, tells=tells))
    done = run(tmp_path, "--pack", "weather.py", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["outcome"] == "passed"
    assert said in done.stderr


def test_a_sweep_knows_a_file_beside_the_pack_that_was_changed(tmp_path):
    (tmp_path / "helper.py").write_text("FAR = 5.0\n")
    (tmp_path / "game.py").write_text(Path(toy.__file__).read_text() + "\n\nfrom helper import FAR\n")
    sweep = ["sweep", "tag", "--seeds", "1..2", "--pack", "game.py", "--out", "runs.sqlite", "--jobs", "1"]
    first, again = (tag(tmp_path, *sweep) for _ in range(2))
    (tmp_path / "other.py").write_text("FAR = 6.0\n")
    unconcerned = tag(tmp_path, *sweep)
    (tmp_path / "helper.py").write_text("FAR = 6.0\n")
    changed = tag(tmp_path, *sweep)
    told = ["2 of them done before" in done.stdout + done.stderr for done in (first, again, unconcerned, changed)]
    assert told == [False, True, True, False]


def test_a_page_is_not_written_over_the_trace_of_the_same_run(tmp_path):
    done = run(tmp_path, "--record", "a.jsonl", "--report", "./a.jsonl")
    assert done.returncode == 2
    assert "--record and --report name one file" in done.stderr
    assert not (tmp_path / "a.jsonl").exists()


def test_each_fault_is_told_and_where_the_code_broke(tmp_path):
    (tmp_path / "breaks.py").write_text(
        "from t800 import Context, Status, skill\n\n\n"
        "@skill\ndef trip(ctx: Context) -> Status:\n    'Trip.'\n    return 1 / 0\n"
    )
    changes = {"roam": "toy_wander: {far: 8.0} => trip: {}"}
    done = tag(tmp_path, "run", "tag", "--pack", "toy", "--pack", "breaks.py", changes=changes)
    told = "ben has a fault in roam: ZeroDivisionError: division by zero (breaks.py, line 7)"
    assert done.stdout.count(told) == int(re.search(r"(\d+) faults", done.stdout)[1]) > 1


def test_a_trace_finds_its_pack_from_another_folder(tmp_path):
    toy.write(tmp_path)
    (tmp_path / "game.py").write_text(Path(toy.__file__).read_text())
    (tmp_path / "elsewhere").mkdir()
    assert t800("run", "tag", "--pack", "game.py", "--record", "a.jsonl", cwd=tmp_path).returncode == 0
    done = t800("replay", "../a.jsonl", cwd=tmp_path / "elsewhere")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_component_can_be_looked_up_and_is_told_who_brings_it(tmp_path):
    done = t800("skills", "mover", cwd=tmp_path)
    assert "In a world that lists one of its mechanics: walking." in done.stdout
    assert re.search(r"speed +float +0.0 m/s, changes", done.stdout)
    (tmp_path / "set.py").write_text("from t800 import record\n\n@record\nclass Settings:\n    defaults: int = 3\n")
    assert t800("skills", "Settings", "--pack", "set.py", cwd=tmp_path).returncode == 0
    (tmp_path / "configs/worlds").mkdir(parents=True)
    (tmp_path / "configs/worlds/hall.yaml").write_text("world: hall\nmechanics: [sight]\nbodies: {man: {mover: }}\n")
    done = t800("check", "configs", cwd=tmp_path)
    assert "E708 no component 'mover' in this world's mechanics; walking brings it" in done.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
def test_pipes_are_not_waited_for(tmp_path):
    (tmp_path / "trees").mkdir()
    (tmp_path / "trees/un.yaml").write_text("tree: un\nroot: no_such_skill\n")
    os.mkfifo(tmp_path / "skills.py")
    assert tag(tmp_path, "check", "trees/un.yaml", timeout=60).returncode == 2
    assert tag(tmp_path, "debug", "skills.py", "--commands", "trees/un.yaml", timeout=60).returncode == 2


def test_a_value_that_does_not_fit_is_not_looked_for_in_a_pack(tmp_path):
    (tmp_path / "trees").mkdir()
    (tmp_path / "trees/un.yaml").write_text("tree: un\nroot: {wait: wave}\n")
    (tmp_path / "main.py").write_text("import t800\n\ndef wave(): ...\n")
    done = tag(tmp_path, "check", "trees/un.yaml")
    assert "trees/un.yaml:2:14: E203" in done.stderr
    assert "pack" not in done.stdout + done.stderr


@pytest.mark.skipif(os.name == "nt", reason="there a folder that one stands in cannot be taken away")
def test_who_stands_in_a_folder_that_is_gone_is_told(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    code = "import os; os.rmdir(os.getcwd()); from t800.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "corridor"], cwd=gone, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "t800: the current folder is gone: change to one that exists\n")


def test_what_one_may_type_next_is_of_this_run_and_can_be_typed(tmp_path):
    done = run(tmp_path, "--set", "ben.touched=0", "--until", "9", "--record", "my trace.jsonl")
    assert "  t800 replay 'my trace.jsonl'\n" in done.stdout
    assert "  t800 run tag --set ben.touched=0 --pack toy --until 9 --seed 4\n" in done.stdout
    done = run(tmp_path, "--seed", "7", "--until", "1234567")
    assert "  t800 run tag --pack toy --until 1234567 --seed 7 --record tag.jsonl\n" in done.stdout
    assert "  t800 run tag --pack toy --until 1234567 --seed 8\n" in done.stdout
    assert "  t800 run tag --without anna:catch --pack toy --until 1234567 --seed 7\n" in done.stdout
    done = run(tmp_path, "--without", "anna:catch", "--jitter", "0.01")
    assert "  t800 run tag --without anna:catch --pack toy --jitter 0.01 --seed 4\n" in done.stdout
    assert "  t800 run tag --pack toy --jitter 0.01\n" in done.stdout


def test_check_says_what_cannot_be_done_with_an_agent(tmp_path):
    (tmp_path / "slow.py").write_text(
        "import py_trees\nfrom t800 import Context, behaviour, skill\n\n\n"
        "@skill(worker=True)\ndef ponder(ctx: Context) -> None:\n    'Think.'\n\n\n"
        "@behaviour\ndef blink() -> py_trees.behaviour.Behaviour:\n    return py_trees.behaviours.Success('blink')\n"
    )
    changes = {"roam": "  toy_wander: {far: 8.0} =>   selector: [ponder, blink]"}
    done = tag(tmp_path, "check", "agent:runner", "scenario:tag", "--pack", "toy", "--pack", "slow.py", changes=changes)
    assert done.returncode == 0
    text = " ".join(done.stdout.split())
    assert text.count("cannot be replayed (in threads: ponder), cannot be saved (third-party: blink)") == 2


def test_a_trace_that_cannot_be_played_again_is_not_offered_for_it(tmp_path):
    (tmp_path / "slow.py").write_text(
        "from t800 import Context, skill\n\n\n@skill(worker=True)\ndef ponder(ctx: Context) -> None:\n    'Think.'\n"
    )
    changes = {"roam": "  toy_wander: {far: 8.0} =>   selector: [ponder]"}
    done = tag(tmp_path, "run", "tag", "--pack", "toy", "--pack", "slow.py", "--record", "a.jsonl", changes=changes)
    assert (tmp_path / "a.jsonl").exists()
    assert "  t800 run tag --pack toy --pack slow.py --seed 4\n" in done.stdout
    assert "t800 replay" not in done.stdout
    assert "t800 replay b.jsonl" in run(tmp_path, "--record", "b.jsonl").stdout


def test_what_is_of_another_kind_is_named_by_its_kind(tmp_path):
    done = tag(tmp_path, "run", "tagger", "--pack", "toy")
    assert done.returncode == 2
    assert done.stderr.startswith("t800: tagger is an agent, not a scenario; there is: ")
    assert "tag" in done.stderr.partition(";")[2]


def test_a_trace_is_not_recorded_over_a_file(tmp_path):
    done = run(tmp_path, "--record", "trees/catch.yaml")
    assert done.returncode == 2
    assert done.stderr == "t800: will not record over trees/catch.yaml: what it holds is no trace\n"
    assert (tmp_path / "trees/catch.yaml").read_text() == toy.FILES["trees/catch.yaml"]


def test_load_knows_what_kind_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(toy.write(tmp_path))
    packs = [str(Path(toy.__file__))]
    assert load("tag", packs=packs, kind=ScenarioSpec).name == "tag"
    assert load("catch", packs=packs, kind=TreeSpec).name == "catch"
    with pytest.raises(UsageError, match="tagger is an agent, not a tree; there is: "):
        load("tagger", packs=packs, kind=TreeSpec)
    with pytest.raises(UsageError, match=r"trees/catch.yaml is a tree, not an agent"):
        load("trees/catch.yaml", packs=packs, kind=AgentSpec)
    with pytest.raises(UsageError, match="kind is TreeSpec, AgentSpec"):
        load("tag", packs=packs, kind=str)


def test_show_draws_trees_agents_and_scenarios(tmp_path):
    tree = tag(tmp_path, "show", "catch", "--pack", "toy").stdout
    assert "sequence\n├─ toy_chase other=$toy_look\n└─ toy_touch other=$toy_look\n" in tree
    agent = tag(tmp_path, "show", "tagger", "--pack", "toy").stdout
    assert "toy_look quarry=$quarry  writes toy_look" in agent
    assert "gently: never anything when count(intent.touches) > 5" in agent
    scenario = tag(tmp_path, "show", "tag", "--pack", "toy").stdout
    assert "anna  mind tagger, body kid, at yard.gate, stream 1" in scenario


def test_show_prints_the_code_of_a_tree(tmp_path):
    code = tag(tmp_path, "show", "catch", "--code", "--pack", "toy").stdout
    compile(code, "catch", "exec")
    assert "def tick(" in code


def test_knobs_are_listed_with_where_they_are_set_and_each_can_be(tmp_path):
    listed = tag(tmp_path, "show", "tag", "--knobs", "--pack", "toy").stdout
    rows = {line.split()[0]: line for line in listed.splitlines()}
    assert rows["limit"].endswith("configs/scenarios/tag.yaml:6")
    assert rows["agents.ben.arrives"].split()[1:4] == ["float", "s", "0.5"]
    assert rows["agents.anna.blackboard.patience"].endswith("configs/agents/tagger.yaml:5")
    assert rows["anna.run"].split()[1:4] == ["float", "m/s", "3.0"]
    assert rows["anna.run"].endswith("configs/worlds/yard.yaml:7")
    files = Files(installed(["toy"]), tmp_path)
    for path, line in rows.items():
        value = "x1" if line.split()[1] in ("int", "float") else None
        if value:
            load_scenario(tmp_path / "configs/scenarios/tag.yaml", installed(["toy"]), files, [f"{path}={value}"])


def test_a_knob_is_told_with_the_line_that_sets_it(tmp_path):
    changes = {
        "yard": "pole: {body: post, => pole:\n    {body: post, reach: 0.5,",
        "tag": "limit: 30.0 => limit: 30.0\nstart: {pole: {touched: 2}}",
    }
    listed = tag(tmp_path, "show", "tag", "--knobs", "--pack", "toy", changes=changes).stdout
    rows = {line.split()[0]: line.split()[-1] for line in listed.splitlines()}
    assert rows["pole.reach"] == "configs/worlds/yard.yaml:11"
    assert rows["pole.touched"] == "configs/scenarios/tag.yaml:7"
    listed = t800("show", "goodbye", "--knobs", cwd=Path(__file__).parents[1]).stdout
    assert re.search(r"^john\.look +str +boy_in_army_jacket +configs/worlds/cast\.yaml:\d+$", listed, re.MULTILINE)


def test_skills_lists_all_and_tells_of_one(tmp_path):
    listed = tag(tmp_path, "skills", "--pack", "toy").stdout
    for name in ("reactive_sequence", "toy_chase", "toy_look", "Touched", "Other"):
        assert f"  {name} " in listed
    one = tag(tmp_path, "skills", "toy_wander", "--pack", "toy").stdout
    assert "Walk to and fro" in one
    assert "far  float  default 5.0" in one


def test_skills_are_listed_in_groups_a_line_each(tmp_path):
    piped = tag(tmp_path, "skills", "--pack", "toy").stdout
    assert "go on there next tick." in piped
    listed = on_a_terminal(tmp_path, "skills", "--pack", "toy", env={"NO_COLOR": "1"}).splitlines()
    assert len(listed) == len(piped.splitlines())
    assert max(map(len, listed)) <= 80
    heads = [line.partition("  ")[0] for line in listed if line and not line.startswith(" ")]
    assert heads[:4] == ["Composites", "Decorators", "Leaves", "Skills"]
    rows = {line.split()[0]: line for line in listed if line.startswith("  ")}
    assert len(rows) == sum(line.startswith("  ") for line in listed)
    assert rows["keep_running_until_failure"].startswith("  keep_running_until_failure  Tick the child over")
    where = {head: listed.index(next(line for line in listed if line.startswith(head))) for head in heads}
    for name, head, following in (
        ("switch", "Composites", "Decorators"),
        ("for_each", "Decorators", "Leaves"),
        ("wait_until", "Leaves", "Skills"),
    ):
        assert where[head] < listed.index(rows[name]) < where[following]
    narrow = on_a_terminal(tmp_path, "skills", "--pack", "toy", columns=40, env={"NO_COLOR": "1"}).splitlines()
    assert max(map(len, narrow)) <= 40


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("switch", ["on       $name or =EXPR  required", "cases    {VALUE: NODE}   required", "follow: {stay_near:"]),
        ("utility", ["of          a list of {score: EXPR, do: NODE}  required", "hysteresis  float, $name or =EXPR"]),
        ("retry", ["retry:  a node", "times  a whole number, or forever  required", "on_failure, on_halt"]),
        ("once", ["policy  "]),
        ("wait", ["lasts  float  required", "wait: 2.0"]),
        ("wait_until", ["when     EXPR, true or false    required; may stand alone"]),
        ("Touched", ["whom  entity"]),
        ("toy_look", ["quarry  entity  required", "toy_look  Other"]),
    ],
)
def test_all_about_one_thing(tmp_path, name, rows):
    told = tag(tmp_path, "skills", name, "--pack", "toy").stdout
    for row in rows:
        assert row in told


def test_every_kind_and_skill_can_be_told_about():
    registry = installed()
    for name in [*registry.kinds, *registry.skills, *registry.senses, *registry.records, *registry.events]:
        told = CliRunner().invoke(program, ["skills", name], catch_exceptions=False)
        assert told.exit_code == 0
        assert told.output.startswith(f"{name}  ")


def test_a_replay_that_differs_is_exit_1(tmp_path):
    run(tmp_path, "--record", "t.jsonl")
    path = tmp_path / "t.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    reader = TraceReader(path)
    count = len(list(reader))
    file = TraceFile(path)
    recorder = Recorder({}, file)
    recorder.begin(reader.header, reader.meta)
    for line in lines[1:-1]:
        recorder._line(json.dumps(json.loads(line)["body"], sort_keys=True, separators=(",", ":")), None)
    recorder.end({"outcome": "failed", "ticks": count})
    file.close()
    done = tag(tmp_path, "replay", "t.jsonl", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["divergence"]["was"] == "failed"
    assert done.stderr.startswith("differs  at tick")


def test_a_bug_of_ours_is_exit_70_and_one_short_line(tmp_path):
    code = (
        "from t800.cli import main\n"
        "import t800.simulation.runner as runner\n"
        "def broken(*_): raise KeyError('oh')\n"
        "runner.Simulation.step = broken\n"
        "main(['run', 'tag', '--pack', 'toy'])\n"
    )
    toy.write(tmp_path)
    environment = toy.environment()
    for debug, traced in (("", False), ("1", True)):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env={**environment, "T800_DEBUG": debug},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 70
        assert ("Traceback" in done.stderr) is traced
        assert traced or "bug in t800" in done.stderr


ENDLESS = ("--set", "limit=1000000", "--without", "anna:catch")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_run_that_is_stopped_leaves_a_whole_trace(tmp_path, number, code):
    toy.write(tmp_path)
    # A process that is killed cannot finish its measurement of coverage, and would leave half a file.
    environment = {name: value for name, value in toy.environment().items() if not name.startswith("COVERAGE_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "t800", "run", "tag", "--pack", "toy", *ENDLESS, "--record", "t.jsonl"],
        cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        # Whoever runs the tests may ignore Ctrl-C, and a child would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    path = tmp_path / "t.jsonl"
    while not (path.exists() and path.stat().st_size > 10_000):
        assert process.poll() is None
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in said
    reader = TraceReader(path)
    assert list(reader)
    assert "cut off" in reader.cut


def test_whoever_reads_may_go(tmp_path):
    toy.write(tmp_path)
    environment = toy.environment()
    process = subprocess.Popen(
        [sys.executable, "-m", "t800", "show", "tag", "--knobs", "--pack", "toy"],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.stdout.close()
    with process.stderr as said:
        assert said.read() == ""
    assert process.wait() == 141


@pytest.mark.parametrize(
    "arguments",
    [["run", "tag"], ["run", "tag", "--quiet"], ["run", "tag", "--quiet", "--json"], ["check", "trees"], ["skills"]],
)
def test_a_disk_that_is_full_is_said_in_one_line(tmp_path, arguments):
    toy.write(tmp_path)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "t800", *arguments, "--pack", "toy"],
            cwd=tmp_path, env=toy.environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "t800: cannot write the output: No space left on device"
    assert "bug" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_name_that_no_file_can_have_is_told_in_short(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "t800", "check", "a" * 5000], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.endswith("...: File name too long\n")) == (2, True)
    assert len(done.stderr) < 300


def test_a_stream_that_is_closed_is_no_bug(tmp_path):
    toy.write(tmp_path)
    command = f"{sys.executable} -m t800 check trees --pack toy >&-"
    done = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, env=toy.environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("module", ["click", "t800.cli.program", "t800.errors", "t800.simulation.opening", "yaml"])
def test_ctrl_c_while_it_starts_is_exit_130_without_a_traceback(module):
    code = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "class Finder:\n"
        "    def find_spec(name, path=None, target=None):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder)\n"
        "from t800.cli import main\n"
        "main(['check', 'agent:t800'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert done.stderr.strip() in ("", "t800: interrupted")


def on_a_terminal(tmp_path, *arguments, columns=80, env=None):
    """What a command writes on a terminal."""
    toy.write(tmp_path)
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = toy.environment(TERM="xterm", COLUMNS="", **(env or {}))
    process = subprocess.Popen(
        [sys.executable, "-m", "t800", *arguments], cwd=tmp_path, env=environment, stdout=slave, stderr=slave
    )
    os.close(slave)
    data = b""
    try:
        while chunk := os.read(master, 65536):
            data += chunk
    except OSError:
        pass
    os.close(master)
    process.wait()
    return data.decode()


def test_a_terminal_gets_colour_and_a_live_picture(tmp_path):
    text = on_a_terminal(tmp_path, "run", "tag", "--pack", "toy", "--until", "300", "--without", "anna:catch")
    assert "\x1b[31m✗" in text
    assert re.search(r"ben\S*  on  roam", text)
    assert max(len(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line)) for line in text.replace("\r", "\n").splitlines()) <= 80


def test_a_narrow_terminal_breaks_no_words(tmp_path):
    text = on_a_terminal(tmp_path, "run", "tag", "--pack", "toy", columns=40, env={"NO_COLOR": "1"})
    table = text.replace("\r", "").partition("  ✓ happened")[2].partition("passed")[0]
    rows = [re.sub(r"\d\.\d s", "N s", line) for line in table.splitlines()[:4]]
    assert rows == ["  N s", "    Touched(who: anna, whom: ben)", "  ✓ always  N s", "    ben.touched < 2"]


def test_no_color_is_obeyed(tmp_path):
    text = on_a_terminal(tmp_path, "run", "tag", "--pack", "toy", env={"NO_COLOR": "1"})
    assert not re.search(r"\x1b\[[0-9;]*m", text)


def test_a_terminal_that_shows_ascii_only_gets_ascii(tmp_path):
    text = on_a_terminal(tmp_path, "run", "tag", "--pack", "toy", "--quiet", env={"PYTHONIOENCODING": "ascii"})
    assert text.isascii()
    tree = tag(tmp_path, "show", "catch", "--pack", "toy", env={"PYTHONIOENCODING": "ascii"}).stdout
    assert "|- toy_chase" in tree


SHIPPED = [
    f"{kind}:{path.stem}"
    for kind in ("tree", "agent", "scenario")
    for path in sorted((shipped() / FOLDERS[kind]).rglob("*.yaml"))
]


@pytest.mark.parametrize("name", SHIPPED)
def test_everything_that_ships_is_drawn(name):
    drawn = CliRunner().invoke(program, ["show", name], catch_exceptions=False)
    assert drawn.exit_code == 0
    assert drawn.output.startswith(name.replace(":", " "))
    path = Files(installed()).find(*name.split(":"))
    for word in re.findall(r"(?:tree|fire_at|follow|to|name|always): '?(\w+)", path.read_text()):
        assert word in drawn.output


def test_a_tree_is_drawn_with_its_guards_and_subtrees(tmp_path):
    toy.write(tmp_path)
    (tmp_path / "trees/both.yaml").write_text(
        "tree: both\nports: {far: {type: float, default: 2.0}}\nuses: {toy_look: Other, tired: bool}\n"
        "root:\n"
        "  selector:\n"
        "    - subtree: catch\n"
        "      if: known(toy_look) and toy_look.position.x > 0.0 and toy_look.position.y > 0.0 and not tired\n"
        "    - sequence:\n"
        "        - check: toy_look.position.x < 5.0\n"
        "        - set: {tired: true}\n"
        "        - signal: done\n"
        "      name: rest\n"
        "      while: not tired\n"
        "    - retry: {toy_wander: {far: $far}}\n"
        "      times: 3\n"
    )
    drawn = tag(tmp_path, "show", "both", "--pack", "toy").stdout
    assert drawn == (
        "tree both(far: float = 2.0)\n\n"
        "keys  toy_look: Other, tired: bool\n\n"
        "selector\n"
        "├─ catch subtree\n"
        "│       if known(toy_look) and toy_look.position.x > 0.0 and toy_look.position.y > 0.0 and not tired\n"
        "├─ rest sequence  while not tired\n"
        "│  ├─ check toy_look.position.x < 5.0\n"
        "│  ├─ set tired=true\n"
        "│  └─ signal done\n"
        "└─ retry times=3\n"
        "   └─ toy_wander far=$far\n"
    )


def test_what_parents_say_of_their_children_is_drawn(tmp_path):
    toy.write(tmp_path)
    (tmp_path / "stops.py").write_text(
        "from t800 import RUNNING, SUCCESS, Context, Status, skill\n\n\n@skill\nclass stops:\n    'Stop slowly.'\n\n"
        "    def tick(self, ctx: Context) -> Status:\n        return RUNNING\n\n"
        "    def stop(self, ctx: Context) -> Status:\n        return SUCCESS\n"
    )
    (tmp_path / "trees/all.yaml").write_text(
        "tree: all\nuses: {word: str, far: float, tired: bool}\n"
        "root:\n"
        "  selector:\n"
        "    - switch: {on: $word, cases: {go: {sequence: [fail]}, stay put: fail}, default: fail}\n"
        "    - either_or: [{when: not tired and far > 2.0, do: fail}]\n"
        "    - utility: {of: [{score: far, do: fail}], hysteresis: 0.1}\n"
        "    - if_then_else: {if: {check: tired}, then: fail}\n"
        "    - wait_until: {when: tired or far > 3.0, at_most: 5.0}\n"
        "    - retry: fail\n"
        "      times: forever\n"
        "      skip_if: tired\n"
        "      on_failure: {set: {far: =far + 1.0}, signal: worn_out}\n"
        "    - timeout: stops\n"
        "      seconds: =far * 2.0\n"
        "    - stops:\n"
        "      halt: {within: 2.0}\n"
    )
    drawn = tag(tmp_path, "show", "all", "--pack", "toy", "--pack", "stops.py").stdout
    assert drawn.partition("selector\n")[2] == (
        "├─ switch on=$word\n"
        "│  ├─ case go: sequence\n"
        "│  │  └─ fail\n"
        "│  ├─ case 'stay put': fail\n"
        "│  └─ default: fail\n"
        "├─ either_or\n"
        "│  └─ when not tired and far > 2.0: fail\n"
        "├─ utility hysteresis=0.1\n"
        "│  └─ score far: fail\n"
        "├─ if_then_else\n"
        "│  ├─ if: check tired\n"
        "│  └─ then: fail\n"
        "├─ wait_until when=(tired or far > 3.0) at_most=5.0\n"
        "├─ retry times=forever  skip_if tired  on_failure set far=(far + 1.0), signal worn_out\n"
        "│  └─ fail\n"
        "├─ timeout seconds=(far * 2.0)\n"
        "│  └─ stops\n"
        "└─ stops  halt within 2 s\n"
    )
    narrow = on_a_terminal(
        tmp_path, "show", "all", "--pack", "toy", "--pack", "stops.py", columns=32, env={"NO_COLOR": "1"}
    ).replace("\r", "")
    assert "│  └─ when not tired and far >\n│     2.0:\n│     fail\n" in narrow


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            Event(0, 0, "KnockedBack", {"who": "t1000", "by": "t800", "into": "vat"}, ""),
            "t1000 knocked back by t800 into vat",
        ),
        (Event(0, 0, "Said", {"by": "john", "text": "Hide!"}, ""), 'john said: "Hide!"'),
        (Event(0, 0, "Refused", {"by": "john", "what": "MoveTo", "why": "no way"}, ""), "john cannot MoveTo: no way"),
        (Event(0, 0, "ShutDown", {"who": "t800", "cause": "damage"}, ""), "t800 shut down (cause: damage)"),
        (Event(0, 0, "Told", {"topic": "skynet", "by": "t800", "to": "sarah"}, ""), "t800 told sarah about skynet"),
        (Event(0, 0, "Lapsed", {}, ""), "lapsed"),
    ],
)
def test_an_event_is_a_sentence(event, said):
    assert sentence(event) == said


def test_times_read_like_times():
    assert [clock(seconds) for seconds in (0.0, 59.9, 60.0, 75.04, 3725.0)] == [
        "0.0 s",
        "59.9 s",
        "1:00.0",
        "1:15.0",
        "1:02:05.0",
    ]
