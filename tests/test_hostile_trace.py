"""A trace from a stranger: its sums may be right and what they are of nonsense. It is refused by its line."""

import json
import os
import zlib
from hashlib import sha256
from pathlib import Path

import pytest
import toy

from t800.cli.program import perform
from t800.simulation.checkpoint import FORMAT, Checkpoint
from t800.simulation.opening import open_scenario
from t800.simulation.resume import Resumption, resume
from t800.simulation.runner import run
from t800.simulation.trace import TraceReader
from t800.simulation.tracefile import Recording


@pytest.fixture
def good(tmp_path, monkeypatch):
    """The header, meta, ticks and end of a good trace, `t.jsonl` in the current folder."""
    toy.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    run(open_scenario("tag", ["toy"]), record="t.jsonl")
    reader = TraceReader(Path("t.jsonl"))
    lines = [json.loads(line.raw) for line in reader]
    return [reader.header.body(), *lines, {"end": dict(reader.end)}], dict(reader.meta)


def forged(bodies, meta):
    """A trace with these bodies, and every sum right."""
    digest, text = bytes(32).hex(), b""
    for number, body in enumerate(bodies):
        data = body if isinstance(body, bytes) else json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        digest = sha256(bytes.fromhex(digest) + data).hexdigest()
        told = b"" if number else b'"meta":' + json.dumps(meta).encode() + b","
        rest = b'"hash":"' + digest.encode() + b'",' + told + b'"body":' + data + b"}"
        text += b'{"sum":"%08x",' % zlib.crc32(rest) + rest + b"\n"
    Path("bad.jsonl").write_bytes(text)


COMMANDS = [
    ["replay", "bad.jsonl"],
    ["resume", "-q", "bad.jsonl"],
    ["diff", "t.jsonl", "bad.jsonl"],
    ["history", "bad.jsonl", "anna.toy_look"],
    ["why", "bad.jsonl", "anna:catch@3"],
    ["why", "bad.jsonl", "Touched@60"],
    ["replay", "bad.jsonl", "--with", "catch"],
]

DEEP = b'{"agents":{},"events":' + b"[" * 100_000 + b"]" * 100_000 + b',"tick":0}'


def in_header(**members):
    return lambda bodies, meta: bodies[0].update(members)


def in_meta(**members):
    return lambda bodies, meta: meta.update(members)


def in_tick(**members):
    return lambda bodies, meta: bodies[4].update(members)


def in_agent(**members):
    return lambda bodies, meta: bodies[4]["agents"]["anna"].update(members)


def lacking(name):
    return lambda bodies, meta: bodies[0].pop(name)


def instead(number, body):
    return lambda bodies, meta: bodies.__setitem__(number, body)


REFUSED = {
    "header: seed cannot be 'x'": in_header(seed="x"),
    "header: seed cannot be 1.5": in_header(seed=1.5),
    "header: dt cannot be 0": in_header(dt=0),
    "header: specs cannot be [1]": in_header(specs=[1]),
    "header: without cannot be 3": in_header(without=3),
    "header: unreplayable cannot be 3": in_header(unreplayable=3),
    "of format 2, and this": in_header(format=2),
    "header has no dt": lacking("dt"),
    "header has no scenario": lacking("scenario"),
    "this is not the header": instead(0, {"tick": 1}),
    "line 1: this is no line of a trace": instead(0, b""),
    "meta: packs cannot be 'toy'": in_meta(packs="toy"),
    "meta: limit cannot be -1": in_meta(limit=-1),
    "meta: agents cannot be": in_meta(agents={"anna": 3}),
    "line 5: its tick: agents cannot be [1]": in_tick(agents=[1]),
    "line 5: its tick: agents cannot be []": in_tick(agents=[]),
    "line 5: anna: fault cannot be {}": in_agent(fault={}),
    "line 5: its events cannot be [3]": in_tick(events=[3]),
    "line 5: its tick: tick cannot be 'x'": in_tick(tick="x"),
    "line 5: what it says was reloaded cannot be 3": in_tick(reloaded=3),
    "line 5: what was reloaded has no texts": in_tick(reloaded={"agents": {}}),
    "line 5: anna: asks cannot be [3]": in_agent(asks=[3]),
    "line 5: anna: statuses cannot be {'catch': '0X'}": in_agent(statuses={"catch": "0X"}),
    "line 5: anna: set cannot be []": in_agent(set=[]),
    "line 5: it holds no tick": instead(4, ["tick"]),
    "line 5: this is no line of a trace": instead(4, DEEP),
    "line 66: its end has no outcome": instead(65, {"end": {}}),
}


@pytest.mark.parametrize("said", REFUSED)
def test_nonsense_with_the_right_sums_is_named_by_every_command(good, capsys, said):
    bodies, meta = good
    REFUSED[said](bodies, meta)
    forged(bodies, meta)
    for command in COMMANDS:
        code, told = perform(command), capsys.readouterr().err
        # Who asks about an early tick does not read the end.
        if code == 0 and command[0] == "why":
            continue
        assert code == 2, (command, told)
        assert said in told or "does not come about again" in told, (command, told)


@pytest.mark.parametrize(
    "change", [in_agent(statuses={"catch": "9999R"}), in_tick(agents={"zorro": {}}), in_header(dt=0.2)]
)
def test_what_could_have_been_and_was_not_is_no_bug_of_ours(good, capsys, change):
    bodies, meta = good
    change(bodies, meta)
    forged(bodies, meta)
    for command in COMMANDS:
        code = perform(command)
        assert code in (0, 1, 2), (command, capsys.readouterr().err)


@pytest.mark.parametrize("kind", ["fifo", "folder", "loop", "gzip", "huge", "empty", "missing"])
def test_what_is_no_trace_is_refused_and_not_waited_for(good, capsys, kind):
    path = Path("bad.jsonl")
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "gzip":
        path.write_bytes(b"\x1f\x8b\x08\x00" + bytes(range(256)) * 9)
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(65 * 1024 * 1024)
    elif kind == "empty":
        path.touch()
    for command in COMMANDS:
        assert perform(command) == 2, command
        assert "bug" not in capsys.readouterr().err


# ---- checkpoints


@pytest.fixture
def cut(good):
    """A run that was cut after ten ticks, with a checkpoint after the eighth; and the whole trace."""

    class Cut(Exception):  # it is no error
        pass

    def look(moment):
        if moment.number == 9:
            raise Cut

    with pytest.raises(Cut):
        run(open_scenario("tag", ["toy"]), record=Recording(Path("cut.jsonl"), checkpoint=4), on_tick=look)
    return Path("t.jsonl").read_bytes()


def rewrite(change):
    """Change what the newest checkpoint says, with its digest right, and take the older one away."""
    found = Checkpoint.found(Path("cut.jsonl"))[0]
    state = json.loads(json.dumps(found.state))
    change(state)
    Checkpoint(found.lines, found.sha256, state).write(Path("cut.jsonl"))
    Path("cut.jsonl.ckpt.old").unlink()


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.clear(),
        lambda state: state["simulation"].clear(),
        lambda state: state["simulation"].update(agents=3),
        lambda state: state["simulation"]["agents"]["anna"].update(trees=[]),
        lambda state: state["simulation"]["agents"]["anna"].update(mode={"path": "off", "since": {}}),
        lambda state: state["simulation"]["agents"]["anna"].update(agent="0" * 64),
        lambda state: state["simulation"]["world"].clear(),
        lambda state: state["simulation"].update(trace={"sha256": 3, "agents": {}}),
        lambda state: state["account"].update(watch=None),
    ],
)
def test_a_checkpoint_of_nonsense_is_as_good_as_none(cut, change):
    rewrite(change)
    resume("cut.jsonl")
    assert Path("cut.jsonl").read_bytes() == cut


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"sha256":"00","body":{}}\n', "\x00" * 100, "é"])
def test_a_file_that_is_no_checkpoint_is_passed_over(cut, text):
    for name in ("cut.jsonl.ckpt", "cut.jsonl.ckpt.old"):
        Path(name).write_text(text)
    with Resumption(Path("cut.jsonl")) as found:
        assert found.saved == 0
    resume("cut.jsonl")
    assert Path("cut.jsonl").read_bytes() == cut


@pytest.mark.parametrize("body", ["3", "[]", "{}", f'{{"format":{FORMAT},"lines":3,"trace":5,"state":7}}'])
def test_a_checkpoint_whose_digest_is_right_may_still_be_none(cut, body):
    digest = sha256(body.encode()).hexdigest()
    for name in ("cut.jsonl.ckpt", "cut.jsonl.ckpt.old"):
        Path(name).write_text(f'{{"sha256":"{digest}","body":{body}}}\n')
    resume("cut.jsonl")
    assert Path("cut.jsonl").read_bytes() == cut


@pytest.mark.parametrize("kind", ["fifo", "folder", "loop"])
def test_what_lies_in_a_checkpoints_place_is_passed_over(cut, kind):
    path = Path("cut.jsonl.ckpt")
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path)
    with Resumption(Path("cut.jsonl")) as found:
        assert found.saved == 4


def test_an_intent_that_nobody_can_have_asked_for_is_not_carried_out(good, capsys):
    bodies, meta = good
    ask = {"fate": "granted", "intent": "Touch", "node": "catch/toy_touch", "with": {"whom": None}}
    bodies[4]["agents"]["anna"]["asks"] = [ask]
    forged(bodies, meta)
    assert perform(["replay", "bad.jsonl", "--with", "catch"]) == 2
    assert "line 5: 'Touch' cannot be carried out again" in capsys.readouterr().err
