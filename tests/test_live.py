"""What a person sees of a run: sentences with their causes, minds in a line, the life of orders."""

import io
import re
import sys

import pytest
import test_cli
import toy

from t800.cli.live import LINES, Live
from t800.cli.mind import beliefs, doing, soundness
from t800.cli.paper import Paper
from t800.cli.story import because, sentence
from t800.core import Event
from t800.simulation.opening import open_scenario
from t800.simulation.runner import Moment, Simulation, run


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("OrderHeard", {"who": "john", "by": "t800", "order": "come"}, 'john heard the order "come" by t800'),
        ("OrderDone", {"who": "t800", "by": "john", "order": "lead"}, 't800 carried out the order "lead" by john'),
        ("LookTaken", {"by": "t1000", "of": "guard"}, "t1000 took the look of guard"),
        ("PathFound", {"who": "t800", "path": 2}, "t800 found the path 2"),
        ("ShutDown", {"who": "t800"}, "t800 shut down"),
        ("Forced", {"who": "t800", "what": "gate"}, "t800 forced gate"),
        ("Flowed", {"who": "t1000", "through": "gate"}, "t1000 flowed through gate"),
        ("Lapsed", {"from": 0.1, "to": 75.0, "why": "sleep ends"}, "time passed over from 0.1 s to 1:15.0: sleep ends"),
    ],
)
def test_kinds_of_two_words_are_sentences_too(kind, fields, said):
    assert sentence(Event(0, 0, kind, fields, "")) == said


def test_a_cause_is_an_earlier_event_or_a_node():
    shot = Event(1, 5, "Fired", {"by": "m", "at": "john"}, "shot", ("m:fight/fire_at",))
    taken = Event(2, 5, "Shielded", {"who": "t800", "whom": "john"}, "a body in the way", (1,))
    assert because(shot, {}) == "shot: fight/fire_at"
    assert because(taken, {1: shot}) == "a body in the way: m fired at john"
    assert because(taken, {}) == "a body in the way"
    assert because(Event(3, 6, "Said", {}, "speech", ("m:call",)), {}) == "speech: m, call"
    assert because(Event(4, 0, "Arrived", {"who": "m"}, "arrival"), {}) == "arrival"


@pytest.fixture(scope="module")
def minds():
    """Everybody's mind in the corridor, when they have met and know whom to fear."""
    simulation = Simulation.of(open_scenario("corridor"), 1)
    while True:
        moment = simulation.step()
        boards = {name: agent.blackboard.values for name, agent in moment.agents.items()}
        met = boards["t800"]["threat"], boards["t800"]["ward_last"], boards["john"]["friend_last"]
        if None not in met:
            return moment


def test_beliefs_tell_first_what_the_mode_asks_for_then_who_is_near(minds):
    believed = {name: beliefs(agent) for name, agent in minds.agents.items()}
    assert re.match(r"threat policeman [\d.]+ m", believed["t800"][1])
    assert any("ward boy in army jacket = john" in text for text in believed["t800"])
    assert any(text.startswith("friend man in leather jacket") for text in believed["john"])
    # What it was given at the start it does not come to believe, and its body has a bar of its own.
    assert not any(text.startswith(("haunt", "verbs", "faces", "body")) for text in believed["t800"])


def test_a_belief_by_degrees_comes_first_and_an_old_one_last(minds):
    board = minds.agents["t800"].blackboard
    found = beliefs(minds.agents["t800"])
    assert re.fullmatch(r"suspected policeman = t1000 \d+ %.*", found[0])
    assert found[0].count("%") == 1
    name = found[1].partition(" ")[0]
    key = next(key for key in board.values if key.startswith(name) and board.written.get(key, 0) > 0)
    board.written[key] -= 200
    assert beliefs(minds.agents["t800"])[-1].startswith(name)
    board.written[key] += 200


def test_a_body_is_a_share_and_some_have_none(minds, tmp_path):
    assert soundness(minds.agents["t800"]) == minds.agents["t800"].blackboard.values["body"].structure
    toy.write(tmp_path)
    simulation = Simulation.of(open_scenario(tmp_path / "configs/scenarios/tag.yaml", ["toy"]), 1)
    assert soundness(simulation.agents["anna"]) is None


def test_the_deepest_node_is_told_with_what_it_says(minds):
    words = {name: doing(minds.agents[name], tick) for name, tick in minds.ticks.items()}
    assert words["t800"]
    assert not any("/" in text or "_" in text.partition(":")[0] for text in words.values())


def plain(call):
    """What is written on something that is no terminal."""
    stream = io.StringIO()
    call(Paper(stream))
    return stream.getvalue()


def test_orders_are_told_with_their_life():
    def tell(paper):
        live = Live(open_scenario("corridor"), paper)
        for number, kind, more in [
            (10, "OrderHeard", {}),
            (10, "OrderAccepted", {}),
            (95, "OrderDone", {}),
            (100, "OrderHeard", {}),
            (101, "OrderRefused", {"why": "it would harm the ward"}),
        ]:
            fields = {"who": "t800", "by": "john", "order": "lead", **more}
            live.tick(Moment(number, {}, [Event(number, number, kind, fields, "hearing")], {}, None))
        live.orders()

    told = plain(tell).splitlines()[-2:]
    assert told[0] == "    1.0 s  order john to t800  lead  heard, accepted, done 9.5 s"
    assert told[1] == "   10.0 s  order john to t800  lead  heard, refused (it would harm the ward) 10.1 s"


def test_a_run_without_orders_has_no_log_of_them(tmp_path):
    spec = open_scenario(toy.write(tmp_path) / "configs/scenarios/tag.yaml", ["toy"])

    def tell(paper):
        live = Live(spec, paper)
        run(spec, on_tick=live.tick)
        live.end()
        live.orders()

    assert plain(tell).splitlines()[-1].endswith("anna touched ben")


def test_looking_on_changes_nothing():
    spec = open_scenario("corridor", overrides=["limit=20.0"])
    live = Live(spec, Paper(io.StringIO()), 1, speed=1000)
    assert run(spec, 1, on_tick=live.tick).sha256 == run(spec, 1).sha256


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
def test_a_picture_has_twelve_lines_at_most_and_tells_causes(tmp_path):
    text = test_cli.on_a_terminal(tmp_path, "run", "corridor", "--seed", "2")
    rises = [len(each) // len("\x1b[1A\x1b[2K") for each in re.findall(r"(?:\x1b\[1A\x1b\[2K)+", text)]
    assert rises
    assert max(rises) < LINES + 1
    bare = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    assert "t800  active" in bare
    assert re.search(r"■+□* +\d+%", bare)
    assert re.search(r"t800 noticed \w+  ← noticing: ", bare)
