"""The report: one page, opened in a real browser from disk, without a network."""

import dataclasses
import json
import os
import re
import subprocess
import sys
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from browser import Opened, browser
from hypothesis import given
from hypothesis import strategies as st
from test_curve import between

from t800.cli.page import LARGEST, Shown, ready, render, write
from t800.cli.page.pack import LETTERS, LEVELS, pack, packed
from t800.cli.story import minor, sentence
from t800.core import Event
from t800.errors import UsageError
from t800.simulation.footage import Figure, Footage
from t800.simulation.opening import open_scenario
from t800.simulation.runner import run
from t800.stream import Stream
from t800.types import Point

CHECK = "document.documentElement.scrollWidth <= innerWidth"


def shown(without=()):
    spec = open_scenario("corridor", without=without)
    footage = Footage(spec)
    return Shown(footage, run(spec, on_tick=footage.tick), "without" if without else "as it is")


@pytest.fixture(scope="module")
def corridor():
    return shown()


@pytest.fixture(scope="module")
def counterfactual():
    return shown(["t800:protect"])


@pytest.fixture(scope="module")
def running():
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def files(corridor, counterfactual, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    write(folder / "one.html", render(corridor))
    write(folder / "two.html", render(corridor, counterfactual))
    return folder


@pytest.fixture
def one(running, files):
    with Opened(running, files / "one.html") as opened:
        yield opened
        assert opened.quiet, (opened.said, opened.asked)


@pytest.fixture
def two(running, files):
    with Opened(running, files / "two.html") as opened:
        yield opened
        assert opened.quiet, (opened.said, opened.asked)


def data_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])


def told(corridor, kind):
    """The first event of a kind, and its sentence."""
    event = next(each for each in corridor.footage.events if each.kind == kind)
    return event, sentence(event)


def before(corridor, event):
    """The sentences of all events that led to one."""
    known = {each.id: each for each in corridor.footage.events}
    found, waiting = {}, [event]
    while waiting:
        for cause in waiting.pop().causes:
            if isinstance(cause, int) and cause not in found:
                found[cause] = sentence(known[cause])
                waiting.append(known[cause])
    return list(found.values())


# ---- in the browser


def test_the_slider_moves_agents_along_their_paths(one, corridor):
    one.page.select_option("#follow", "free")
    # In the midst of its two longest pieces, of which nothing is kept but the ends; and far from there.
    points = corridor.footage.figures["john"].path.points
    pieces = sorted(pairwise(points), key=lambda piece: Point(*piece[0][1]).distance(Point(*piece[1][1])))
    places = dict.fromkeys([100, 300, *((begin[0] + end[0]) // 2 for begin, end in pieces[-2:])])
    for tick in places:
        one.seek(tick)
        places[tick] = one.place("john")
    real = {tick: between(corridor.footage.figures["john"].path.points, tick) for tick in places}
    # So many pixels a metre, to the east and up.
    scale = (places[300][0] - places[100][0]) / (real[300][0] - real[100][0])
    assert scale > 1
    for tick in places:
        assert (places[tick][0] - places[100][0]) / scale == pytest.approx(real[tick][0] - real[100][0], abs=0.3)
        assert (places[100][1] - places[tick][1]) / scale == pytest.approx(real[tick][1] - real[100][1], abs=0.3)
    assert len({tuple(map(round, place)) for place in places.values()}) == len(places)


def test_who_has_not_arrived_is_not_on_the_map(one):
    one.seek(30)
    assert one.place("hunter") is None
    one.seek(70)
    assert one.place("hunter") is not None


def test_a_turn_that_is_chosen_is_explained_by_its_chain_of_causes(one, corridor):
    event, said = told(corridor, "Shielded")
    one.page.locator("#list button", has_text="Shielded").click()
    chain = one.page.locator("#why .chain")
    assert chain.locator("> li > .cause .what").inner_text() == said
    known = {each.id: each for each in corridor.footage.events}
    shot = known[next(cause for cause in event.causes if isinstance(cause, int))]
    assert f"hunter {shot.kind.lower()}" in chain.locator("> li > ol").first.inner_text()
    reasons = chain.locator(".reason").all_inner_texts()
    asked = next(each for (event_id, _), each in corridor.footage.reasons.items() if event_id == shot.id)
    assert asked.values
    assert any(all(part in text for part in ("hunter", asked.node, asked.values[0])) for text in reasons)
    one.stands_at(event.tick)


def test_an_event_is_found_chosen_and_gone_to(one, corridor):
    event, said = told(corridor, "OrderDone")
    one.page.get_by_role("tab", name="Events").click()
    one.page.locator("#search").fill("carried out the order")
    (button,) = one.page.locator("#list button.event").all()
    assert said in button.inner_text()
    button.click()
    assert button.get_attribute("aria-current") == "true"
    one.stands_at(event.tick)
    causes = before(corridor, event)
    assert len(causes) == 2
    assert one.page.locator("#why .cause .what").all_inner_texts() == [said, *causes]


def test_the_map_changes_to_what_an_agent_believes(one, corridor):
    tick = next(
        each.tick
        for (key, _), told in sorted(corridor.footage.beliefs["t800"].slots.items())
        for each in told
        if key == "ward_last" and not each.gone
    )
    one.seek(tick)
    assert one.page.locator(".belief").count() == 0
    one.page.select_option("#view", "t800")
    one.page.wait_for_selector(".belief")
    remembered = one.page.locator(".belief.remembered[data-who=john]")
    assert remembered.count() == 1
    assert "john" in remembered.locator("title").text_content()
    assert one.place("john") is not None
    one.page.locator("#truth").uncheck()
    one.page.locator(".figure[data-id=john]").wait_for(state="hidden")
    assert one.place("t800") is not None
    one.page.select_option("#view", "")
    one.page.locator(".figure[data-id=john]").wait_for(state="visible")
    assert one.page.locator(".belief").count() == 0


def test_who_is_taken_for_somebody_else_is_marked(one, corridor):
    wrong = [
        each
        for told in corridor.footage.beliefs["t800"].slots.values()
        for each in told
        if each.who and each.entity and each.who != each.entity
    ]
    one.page.select_option("#view", "t800")
    one.seek(wrong[0].tick)
    one.page.wait_for_selector(f".belief.wrong[data-who={wrong[0].who}]")
    assert one.page.locator(".belief.wrong .alarm").count() >= 1


def test_lines_tell_who_sees_whom(one, corridor):
    seen_from = next(
        each.tick
        for told in corridor.footage.beliefs["t800"].slots.values()
        for each in told
        if each.seen and each.entity == "john"
    )
    one.seek(seen_from)
    seen = "line.ray[data-from=t800][data-to=john]"
    assert one.page.locator(seen).first.is_visible()
    one.page.locator("#sight").uncheck()
    one.page.locator(seen).first.wait_for(state="hidden")


def test_modes_quantities_and_causes_are_drawn(one, corridor):
    modes = {mode.rpartition(".")[2] for _, mode in corridor.footage.modes["t800"]}
    titles = " ".join(one.page.locator(".lane .span title").all_text_contents())
    assert {mode for mode in modes if mode in titles} == modes
    gauge = one.page.locator("[data-gauge='hunter.structure']")
    dot = gauge.locator(".move").first
    assert "knocked back by t800" in dot.get_attribute("aria-label")
    dot.press("Enter")
    assert "knocked back by t800" in one.page.locator("#why").inner_text()
    nodes = one.page.locator("#graph .node")
    assert nodes.count() > 5
    assert one.page.locator("#graph .edge").count() > 4
    assert any("shielded" in text for text in nodes.locator("title").all_text_contents())


def test_keys_play_step_and_go_from_event_to_event(one, corridor):
    one.page.locator("#time").focus()
    one.seek(100)
    tick = one.page.locator("html")
    one.page.keyboard.press(".")
    one.stands_at(101)
    one.page.keyboard.press("ArrowRight")
    one.stands_at(102)
    one.page.keyboard.press("]")
    main = {figure.id for figure in corridor.footage.figures.values() if figure.main}
    ticks = [each.tick for each in corridor.footage.events if each.tick > 102 and not minor(each, main)]
    one.page.wait_for_selector("html:not([data-tick='102'])")
    later = int(tick.get_attribute("data-tick"))
    assert later in ticks
    one.page.keyboard.press("[")
    one.page.wait_for_selector(f"html:not([data-tick='{later}'])")
    assert int(tick.get_attribute("data-tick")) < later
    one.page.keyboard.press("b")
    one.page.wait_for_selector("html[data-view]:not([data-view=''])")
    one.page.keyboard.press(" ")
    assert one.page.locator("#play").get_attribute("aria-pressed") == "true"
    one.page.keyboard.press(" ")
    assert one.page.locator("#play").get_attribute("aria-pressed") == "false"


def test_playing_moves_time_as_fast_as_is_said(running, files):
    with Opened(running, files / "one.html") as opened:
        opened.page.clock.install(time=datetime(1995, 6, 8, 12, 0))
        opened.page.reload()
        opened.page.select_option("#speed", "3")
        opened.seek(60)
        # The page's own clock, which stands still from here until it is told to go on; so a click waits for nothing.
        opened.page.clock.pause_at(datetime(1995, 6, 8, 13, 0))
        opened.page.evaluate("document.querySelector('#play').click()")
        opened.page.clock.run_for(2000)
        tick = int(opened.page.locator("html").get_attribute("data-tick"))
        assert tick == pytest.approx(60 + 2.0 * 3 / 0.1, abs=3)
        assert opened.said == []


def test_a_second_run_is_shown_beside_the_first_from_where_they_part(two, corridor, counterfactual):
    assert two.page.locator("svg.map").count() == 2
    verdicts = two.page.locator(".verdict").all_inner_texts()
    assert "passed" in verdicts[0]
    assert "failed" in verdicts[1]
    assert "without t800:protect" in verdicts[1]
    parting = two.page.locator("#parting").inner_text()
    tick = data_of((Path(two.url.removeprefix("file://"))).read_text())["parting"]["tick"]
    assert f"same until {tick * 0.1:.1f} s" in parting
    two.page.locator("#to-parting").click()
    two.stands_at(tick)
    two.page.locator(".parted").wait_for()
    tags = two.page.locator("#list button.event .tag").all_inner_texts()
    assert {"A", "B"} <= set(tags)
    # All that is told above the line is of both.
    first = two.page.locator("#list li").all_inner_texts()
    place = next(i for i, text in enumerate(first) if "from here on" in text)
    assert place > 1
    two.seek(115)
    assert two.place("john", 0) is not None
    assert two.place("john", 0) != two.place("john", 1)
    _, said = told(counterfactual, "Killed")
    two.page.locator("#search").fill("killed")
    two.page.locator("#list button.event").first.click()
    assert said in two.page.locator("#why").inner_text()
    assert two.page.locator("#why-title").inner_text() == "Why, in B"


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844), (320, 640), (1920, 1080)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["one.html", "two.html"])
def test_it_fits_every_screen(running, files, name, width, height, scheme):
    with Opened(running, files / name, width, height, color_scheme=scheme) as opened:
        assert opened.page.evaluate(CHECK)
        paper = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", paper)[:3])) < 200) == (scheme == "dark")
        for name in ("play", "time", "view"):
            box = opened.page.locator(f"#{name}").bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        assert opened.quiet


CONTRAST = """() => {
    const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const paper = light(getComputedStyle(document.body).backgroundColor);
    const probe = document.body.appendChild(document.createElement("i"));
    const found = {};
    for (const name of "ink soft c0 c1 c2 c3 c4 c5 c6 c7 good bad maybe accent".split(" ")) {
        probe.style.color = `var(--${name})`;
        const own = light(getComputedStyle(probe).color);
        found[name] = (Math.max(own, paper) + 0.05) / (Math.min(own, paper) + 0.05);
    }
    return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_of_a_text_can_be_read(running, files, scheme):
    with Opened(running, files / "one.html", color_scheme=scheme) as opened:
        found = opened.page.evaluate(CONTRAST)
        low = {name: round(ratio, 2) for name, ratio in found.items() if ratio < 4.5 and name != "c5"}
        assert low == {}
        assert found["c5"] >= 3


def test_the_policy_lets_nothing_out_and_nothing_foreign_run(running, files):
    with Opened(running, files / "one.html") as opened:
        refused = opened.page.evaluate(
            """async () => {
                const refused = new Set();
                document.addEventListener("securitypolicyviolation", (event) => refused.add(event.effectiveDirective));
                const add = (tag, more) => document.body.append(Object.assign(document.createElement(tag), more));
                add("script", { textContent: "window.foreign = true" });
                add("style", { textContent: "body { display: none }" });
                await fetch("https://example.org/").catch(() => null);
                await fetch(location.href).catch(() => null);
                await new Promise((done) => add("img", { onerror: done, src: "https://example.org/x.png" }));
                return [...refused].sort();
            }"""
        )
        assert refused == ["connect-src", "img-src", "script-src-elem", "style-src-elem"]
        assert opened.page.evaluate("window.foreign === undefined")


NASTY = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> & \" ' \u2028 \ud800 ${1} \\u003c"


def test_hostile_names_are_only_text(running, corridor, tmp_path):
    spec = dataclasses.replace(corridor.footage.spec, name=NASTY, doc=NASTY)
    footage = Footage(spec)
    result = run(spec, on_tick=footage.tick)
    last = footage.events[-1]
    footage.events.append(Event(last.id + 1, last.tick, NASTY, {"who": "john", "text": NASTY}, NASTY, (last.id,)))
    figure = footage.figures["john"]
    figure.id = figure.body = figure.agent = NASTY
    write(tmp_path / "nasty.html", render(Shown(footage, result, NASTY), corridor))
    with Opened(running, tmp_path / "nasty.html") as opened:
        opened.page.get_by_role("tab", name="Events").click()
        opened.page.locator("#search").fill("alert(1)")
        opened.page.locator("#list button.event").first.click()
        assert "<script>alert(1)</script>" in opened.page.locator("#why").inner_text()
        assert opened.page.locator("img").count() == 0
        assert "<img src=x" in opened.page.locator("#doc").inner_text()
        assert opened.page.title().startswith("</script>")
        assert opened.quiet, opened.said


# ---- the file


def unpacked(text):
    found, rest, shift = [], 0, 0
    for letter in text:
        bits = LETTERS.index(letter)
        rest |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            found.append(-(rest >> 1) if rest & 1 else rest >> 1)
            rest = shift = 0
    return found


@given(st.lists(st.integers(-(2**40), 2**40)))
def test_numbers_come_back_as_they_were_packed(numbers):
    assert unpacked(packed(numbers)) == numbers


def test_a_page_is_one_file_that_names_no_other(corridor):
    page = render(corridor)
    assert len(page.encode()) < 200_000 < LARGEST
    assert "src=" not in page.replace("img-src", "")
    links = set(re.findall(r"https?://[^\s\"'<>)]+", page))
    assert links == {"http://www.w3.org/2000/svg"}
    assert re.search(r"\bimport\b|\burl\(|@font-face", page) is None


def test_the_same_run_makes_the_same_page(corridor):
    assert render(shown()) == render(corridor)


def test_a_long_run_of_many_fits(corridor):
    """30 who are never still and turn all the time, and an event in each of 15,000 ticks: more than a film has."""
    footage = Footage(corridor.footage.spec)
    dice = Stream(1, 0, "walks")
    for number in range(30):
        figure = Figure(f"walker_{number}", "boy", "shopper", True)
        x = y = 0.0
        for tick in range(15_000):
            x, y = x + dice.uniform(-0.4, 0.4), y + dice.uniform(-0.4, 0.4)
            figure.path.add(tick, (x, y))
            if tick % 5 == 0:
                figure.facing.append((tick, tick % 8, 8))
        footage.figures[figure.id] = figure
    for tick in range(15_000):
        who = {"by": f"walker_{tick % 30}", "whom": f"walker_{tick % 29}", "text": f"words {tick}"}
        footage.events.append(Event(tick, tick, "Said", who, "speech", (tick - 1,) if tick else ()))
    footage.last = 14_999
    page = render(Shown(footage, corridor.result))
    assert len(page.encode()) <= LARGEST
    assert data_of(page)["left_out"] == ""
    assert data_of(page)["runs"][0]["events"]["count"] > 10_000


def test_what_does_not_fit_is_left_out_and_said(corridor, monkeypatch):
    whole = len(render(corridor).encode())
    sizes = [len(json.dumps(pack(corridor.footage, corridor.result, level))) for level in LEVELS]
    assert sizes == sorted(sizes, reverse=True)
    monkeypatch.setattr("t800.cli.page.LARGEST", whole - 1)
    page = render(corridor)
    assert data_of(page)["left_out"]
    assert len(page.encode()) < whole
    monkeypatch.setattr("t800.cli.page.LARGEST", 1000)
    with pytest.raises(UsageError, match="whatever is left out"):
        render(corridor)


def test_events_that_say_the_same_again_are_counted(corridor):
    footage = Footage(corridor.footage.spec)
    result = run(footage.spec, on_tick=footage.tick)
    last = footage.events[-1]
    again = [Event(last.id + n, last.tick + n, "Refused", {"by": "john"}, "refusal") for n in range(1, 11)]
    footage.events += [*again, Event(last.id + 11, last.tick + 100, "Refused", {"by": "john"}, "refusal")]
    events = pack(footage, result)["events"]
    assert events["of"] - events["count"] >= 9


def test_only_a_report_is_written_over(tmp_path):
    file = tmp_path / "page.html"
    ready(file)
    file.write_text("my own page")
    with pytest.raises(UsageError, match="is no report"):
        ready(file)
    file.write_text("")
    ready(file)
    write(file, render(shown()))
    ready(file)
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]
    (tmp_path / "link.html").symlink_to(file)
    write(tmp_path / "link.html", render(shown()))
    assert (tmp_path / "link.html").is_symlink()
    os.mkfifo(tmp_path / "pipe.html")
    with pytest.raises(UsageError, match="no regular file"):
        ready(tmp_path / "pipe.html")
    with pytest.raises(UsageError, match="no folder"):
        ready(tmp_path / "nowhere/page.html")
    with pytest.raises(UsageError, match="is a folder"):
        ready(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.html", "page.html", "pipe.html"]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="the folder in which nobody can make a file is Linux's")
def test_a_folder_that_takes_no_file_is_found_out_before_the_run():
    with pytest.raises(UsageError, match="cannot write '/proc/page\\.html'"):
        ready(Path("/proc/page.html"))


def t800(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "t800", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_run_replay_and_diff_write_reports(tmp_path):
    code, out, _ = t800(tmp_path, "run", "corridor", "--quiet", "--record", "a.jsonl", "--report", "a.html")
    assert code == 0
    assert re.search(r"^report  a\.html, 0\.\d\d MB$", out, re.MULTILINE)
    code, out, _ = t800(tmp_path, "replay", "a.jsonl", "--report", "again.html", "--json")
    assert code == 0
    assert json.loads(out)["same"] is True
    assert (
        data_of((tmp_path / "again.html").read_text())["runs"][0] | {"label": ""}
        == (data_of((tmp_path / "a.html").read_text())["runs"][0])
    )
    t800(tmp_path, "run", "corridor", "--quiet", "--without", "t800:protect", "--record", "b.jsonl")
    code, out, _ = t800(tmp_path, "diff", "a.jsonl", "b.jsonl", "--report", "both.html", "--json")
    assert code == 1
    assert json.loads(out)["same"] is False
    found = data_of((tmp_path / "both.html").read_text())
    assert [each["label"] for each in found["runs"]] == ["a", "b"]
    assert found["runs"][1]["without"] == ["t800:protect"]


def test_a_report_that_cannot_be_is_refused_before_anything_is_run(tmp_path):
    (tmp_path / "mine.html").write_text("my own page")
    code, out, err = t800(tmp_path, "run", "corridor", "--report", "mine.html")
    assert (code, out) == (2, "")
    assert "is no report" in err
    assert (tmp_path / "mine.html").read_text() == "my own page"
    t800(tmp_path, "run", "corridor", "--quiet", "--record", "a.jsonl")
    code, _, err = t800(tmp_path, "replay", "a.jsonl", "--with", "protect", "--report", "x.html")
    assert code == 2
    assert "--report shows a run as it was" in err
    code, _, err = t800(tmp_path, "diff", "agent:t800", "agent:t1000", "--report", "x.html")
    assert code == 2
    assert "give it two traces" in err
    assert not (tmp_path / "x.html").exists()


def test_a_full_disk_leaves_the_old_report(tmp_path, monkeypatch):
    file = tmp_path / "page.html"
    write(file, "<!doctype html>old")

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write(file, "new")
    assert file.read_text() == "<!doctype html>old"
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]
