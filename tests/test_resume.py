"""Resuming: a run that was cut at any point goes on to the very trace that it would have left."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import toy

from t800.context import Context
from t800.core import SUCCESS, Status
from t800.errors import TraceError, UsageError
from t800.loader.files import Files
from t800.loader.scenario import load_scenario
from t800.packs import installed
from t800.registry import skill
from t800.simulation.checkpoint import Checkpoint
from t800.simulation.replay import replay
from t800.simulation.resume import Resumption, resume
from t800.simulation.runner import run
from t800.simulation.trace import Header, Recorder, TraceReader
from t800.simulation.tracefile import Recording, TraceFile

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills children")


@pytest.fixture(scope="module")
def registry():
    return installed(["toy"])


@pytest.fixture
def tag(registry, tmp_path):
    def load(overrides=(), **changes):
        toy.write(tmp_path, **changes)
        return load_scenario(tmp_path / "configs/scenarios/tag.yaml", registry, Files(registry, tmp_path), overrides)

    return load


@pytest.fixture
def whole(tag, tmp_path):
    """The bytes of the unbroken run's trace."""
    run(tag(), record=tmp_path / "whole")
    return (tmp_path / "whole").read_bytes()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def died(work: Callable[[], object]) -> bool:
    """Do something in a child; whether it was killed, where it could also have come to an end."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def after(tick: int) -> Callable[[object], None]:
    """An `on_tick` that kills its own process after so many ticks."""
    seen = []

    def count(moment: object) -> None:
        seen.append(moment)
        if len(seen) == tick:
            die()

    return count


def cut_at(spec, path, tick, checkpoint=7):
    assert died(lambda: run(spec, record=Recording(path, checkpoint=checkpoint), on_tick=after(tick)))


def beside(path):
    return sorted(each.name for each in path.parent.glob(path.name + ".*"))


@pytest.mark.parametrize("tick", [1, 6, 7, 8, 13, 14, 15, 21, 29])
def test_a_run_killed_at_a_tick_goes_on_to_the_same_bytes_and_result(tag, whole, tmp_path, tick):
    path, spec = tmp_path / "t", tag()
    cut_at(spec, path, tick)
    assert path.read_bytes() == whole[: path.stat().st_size] != whole
    result, unbroken = resume(path, spec).to_json(), run(spec).to_json()
    assert path.read_bytes() == whole
    assert beside(path) == []
    assert {**result, "trace": 0, "wall": 0} == {**unbroken, "trace": 0, "wall": 0}


def test_only_what_follows_the_last_checkpoint_is_played_again(tag, tmp_path):
    cut_at(tag(), tmp_path / "t", 18)
    assert beside(tmp_path / "t") == ["t.ckpt", "t.ckpt.old"]
    with Resumption(tmp_path / "t", tag()) as cut:
        assert (cut.ticks, cut.saved) == (18, 14)
        new: list[int] = []
        result = cut.play(lambda moment: new.append(moment.number))
    assert len(new) == round(result.played / result.dt) - 18


MUSING = (
    "toy_wander: {far: 8.0} => "
    "parallel: [{toy_wander: {far: 8.0}}, {repeat: {sequence: [{toy_muse: 1.0}, {wait: 0.3}]}, times: forever}]"
)
"""From tick 5, in which the runner arrives, to 14, and from 19 to 28, a coroutine is under way."""


@pytest.mark.parametrize(("tick", "saved"), [(9, 0), (15, 0), (16, 16), (29, 16), (30, 30)])
def test_while_a_coroutine_is_under_way_no_checkpoint_is_made_but_in_the_first_tick_without(tag, tmp_path, tick, saved):
    path, spec = tmp_path / "t", tag(roam=MUSING)
    run(spec, record=tmp_path / "unbroken")
    cut_at(spec, path, tick)
    with Resumption(path, spec) as cut:
        assert (cut.ticks, cut.saved) == (tick, saved)
        cut.play()
    assert path.read_bytes() == (tmp_path / "unbroken").read_bytes()


def test_without_a_checkpoint_it_is_played_again_from_the_header(tag, whole, tmp_path):
    cut_at(tag(), tmp_path / "t", 18, checkpoint=0)
    assert beside(tmp_path / "t") == []
    resume(tmp_path / "t", tag())
    assert (tmp_path / "t").read_bytes() == whole


def test_a_resumption_that_is_killed_can_be_resumed(tag, whole, tmp_path):
    path, spec = tmp_path / "t", tag()
    cut_at(spec, path, 5)

    def again() -> None:
        with Resumption(path, spec) as cut:
            cut.play(after(4), checkpoint=3)

    assert died(again)
    assert len(whole) > path.stat().st_size > 0
    resume(path, spec)
    assert path.read_bytes() == whole


CALLS = ["open", "write", "fsync", "close", "replace"]


@pytest.mark.parametrize("way", ["before", "half", "behind"])
@pytest.mark.parametrize("name", CALLS)
def test_a_kill_inside_any_step_of_a_checkpoint_loses_nothing(tag, whole, tmp_path, monkeypatch, name, way):
    """The third checkpoint is the one that dies: by then two generations are there."""
    path, spec = tmp_path / "t", tag()
    write = Checkpoint.write

    def steps(count: int) -> Callable[[], object]:
        """A run that dies in the `count`-th call of that name while it writes its third checkpoint."""
        made = [0, 0]
        real = getattr(os, name)

        def call(*given: object, **more: object) -> object:
            made[1] += 1
            fatal = made[0] == 3 and made[1] == count
            if fatal and way == "half" and name == "write":
                real(given[0], given[1][: len(given[1]) // 2])
            if fatal and way != "behind":
                die()
            result = real(*given, **more)
            if fatal:
                die()
            return result

        def third(self: Checkpoint, trace: Path) -> None:
            made[0] += 1
            if made[0] == 3:
                setattr(os, name, call)
            write(self, trace)
            if made[0] == 3:
                setattr(os, name, real)

        def work() -> None:
            Checkpoint.write = third  # type: ignore[method-assign]  # in a child, which ends with it
            run(spec, record=Recording(path, checkpoint=7))

        return work

    count = 0
    while died(steps(count + 1)):
        count += 1
        assert len(path.read_bytes().splitlines()) == 1 + 21
        with Resumption(path, spec) as cut:
            assert cut.saved in (14, 21)
        resume(path, spec)
        assert path.read_bytes() == whole
        path.unlink()
    # The file and its folder are opened, waited for and closed; two files take other names.
    assert count == {"write": 1}.get(name, 2)


def test_a_kill_before_the_first_line_is_safe_leaves_the_older_trace(tag, whole, tmp_path, monkeypatch):
    path, spec = tmp_path / "t", tag()
    path.write_bytes(whole)

    def killed() -> None:
        os.replace = lambda *_: die()
        run(spec, 8, path)

    assert died(killed)
    assert path.read_bytes() == whole
    assert run(spec, 8, path).path == str(path)
    assert TraceReader(path).header.seed == 8
    assert beside(path) == []


def test_a_damaged_checkpoint_is_passed_over_for_the_older_one_and_for_none(tag, whole, tmp_path):
    path = tmp_path / "t"
    for damaged, saved in (([], 14), ([".ckpt"], 7), ([".ckpt", ".ckpt.old"], 0)):
        cut_at(tag(), path, 16)
        for suffix in damaged:
            data = bytearray(Path(f"{path}{suffix}").read_bytes())
            data[len(data) // 2] ^= 1
            Path(f"{path}{suffix}").write_bytes(data)
        with Resumption(path, tag()) as cut:
            assert cut.saved == saved
        resume(path, tag())
        assert path.read_bytes() == whole


def test_a_checkpoint_of_another_run_is_passed_over(tag, tmp_path):
    cut_at(tag(["anna.run=2.0"]), tmp_path / "other", 16)
    cut_at(tag(), tmp_path / "t", 16)
    for suffix in (".ckpt", ".ckpt.old"):
        Path(f"{tmp_path / 'other'}{suffix}").replace(f"{tmp_path / 't'}{suffix}")
    with Resumption(tmp_path / "t", tag()) as cut:
        assert cut.saved == 0


def test_a_trace_cut_at_every_byte_resumes_or_says_that_it_has_no_beginning(tag, tmp_path):
    spec, path = tag(["limit=0.2"]), tmp_path / "t"
    run(spec, record=tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    header = whole.index(b"\n") + 1
    cut_at(spec, path, 1, checkpoint=1)
    saved = Path(f"{path}.ckpt").read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        Path(f"{path}.ckpt").write_bytes(saved)
        if size < header:
            with pytest.raises(TraceError, match="holds no whole line: nothing was recorded"):
                resume(path, spec)
            assert path.read_bytes() == whole[:size]
        else:
            resume(path, spec)
            assert path.read_bytes() == whole


def test_what_a_disk_left_behind_the_last_line_is_cut_away(tag, whole, tmp_path):
    path = tmp_path / "t"
    cut_at(tag(), path, 16)
    path.write_bytes(path.read_bytes() + bytes(len(whole)))
    resume(path, tag())
    assert path.read_bytes() == whole


def test_damage_that_is_no_torn_line_is_named_and_nothing_is_written(tag, tmp_path):
    path = tmp_path / "t"
    cut_at(tag(), path, 16)
    data = bytearray(path.read_bytes())
    at = data.index(b'"tick":9}')
    data[at + 7] = ord("8")
    path.write_bytes(data)
    with pytest.raises(TraceError, match="line 11: it is not what was written"):
        resume(path, tag())
    assert path.read_bytes() == data


def test_lines_that_do_not_play_again_are_named_and_nothing_is_written(tag, tmp_path):
    path = tmp_path / "t"
    cut_at(tag(), path, 9, checkpoint=0)
    reader = TraceReader(path)
    lines = [dict(line.body) for line in reader]
    lines[4]["events"] = []
    lines[4]["agents"] = {}
    file = TraceFile(path)
    recorder = Recorder({}, file)
    recorder.begin(reader.header, reader.meta)
    for line in lines:
        recorder._line(json.dumps(line, sort_keys=True, separators=(",", ":")), None)
    file.close()
    data = path.read_bytes()
    with pytest.raises(TraceError, match="line 6: it cannot be gone on with: tick 4 does not play as it was recorded"):
        resume(path, tag())
    assert path.read_bytes() == data


def test_files_that_mean_something_else_are_refused_by_name(tag, tmp_path):
    cut_at(tag(), tmp_path / "t", 16)
    data = (tmp_path / "t").read_bytes()
    with pytest.raises(UsageError, match="tree:roam means something else"):
        resume(tmp_path / "t", tag(roam="far: 8.0 => far: 8.5"))
    assert (tmp_path / "t").read_bytes() == data


def test_what_worked_in_threads_is_refused(tag, tmp_path):
    path = tmp_path / "t"
    spec = tag()
    file = TraceFile(path)
    recorder = Recorder({}, file)
    recorder.begin(Header(spec.name, 1, spec.dt, (), (), spec.digests, ("toy_plan",)))
    file.close()
    with pytest.raises(UsageError, match="toy_plan worked in a thread"):
        resume(path, spec)


@pytest.mark.parametrize("on_error", ["stop", "go-on"])
def test_a_skill_whose_field_is_no_plain_data_ends_no_recording(tmp_path, on_error):
    registry = installed(["toy"])

    @skill
    class spoil:
        """Write a text where a number belongs."""

        n: int = 0

        def tick(self, ctx: Context) -> Status:
            self.n = "text"
            return SUCCESS

    registry.add(spoil)
    toy.write(tmp_path, roam="  toy_wander: {far: 8.0} =>   sequence: [spoil, {toy_wander: {far: 8.0}}]")
    spec = load_scenario(tmp_path / "configs/scenarios/tag.yaml", registry, Files(registry, tmp_path))
    recorded = run(spec, record=Recording(tmp_path / "t", on_error=on_error, checkpoint=1))
    assert recorded.lost is None
    assert (recorded.outcome, recorded.sha256) == (run(spec).outcome, run(spec).sha256)
    faults = [
        part["fault"]
        for line in TraceReader(tmp_path / "t")
        for part in line.body["agents"].values()
        if "fault" in part
    ]
    assert {fault["site"] for fault in faults} == {"skill"}
    assert "field n: expected int" in faults[0]["message"]


def test_a_finished_trace_is_not_touched(tag, whole, tmp_path):
    path = tmp_path / "whole"
    path.chmod(0o400)
    os.utime(path, ns=(1, 1))
    with Resumption(path, tag()) as cut:
        assert cut.end is not None
        with pytest.raises(UsageError, match="came to its end"):
            cut.play()
    assert resume(path, tag()).outcome == replay(path, tag()).outcome
    assert path.stat().st_mtime_ns == 1
    assert path.read_bytes() == whole


def test_two_cannot_record_to_one_trace(tag, tmp_path):
    path, spec = tmp_path / "t", tag()

    def meddle(moment) -> None:
        if moment.number == 3:
            for attempt in (lambda: resume(path, spec), lambda: run(spec, 8, path)):
                with pytest.raises(TraceError, match=r"being recorded to .* at this moment"):
                    attempt()

    result = run(spec, record=path, on_tick=meddle)
    assert replay(path, spec).sha256 == result.sha256
    assert replay(path, spec).divergence is None


def test_what_is_no_trace_is_not_recorded_over(tag, tmp_path):
    (tmp_path / "notes").write_text("buy milk")
    with pytest.raises(TraceError, match="what it holds is no trace"):
        run(tag(), record=tmp_path / "notes")
    assert (tmp_path / "notes").read_text() == "buy milk"
    assert beside(tmp_path / "notes") == []


@pytest.mark.parametrize("name", ["run.ckpt", "run.ckpt.old", "run.ckpt.new"])
def test_a_checkpoint_is_not_written_over_what_is_none(tag, tmp_path, name):
    path, other = tmp_path / "run", tmp_path / name
    other.write_text("precious")
    with pytest.raises(TraceError, match=rf"will not write a checkpoint over .*{name}: what it holds is none"):
        run(tag(), record=Recording(path, checkpoint=7))
    assert not path.exists()
    assert run(tag(), record=Recording(path, checkpoint=7, on_error="go-on")).lost is None
    assert run(tag(), record=Recording(path, checkpoint=0)).lost is None
    assert other.read_text() == "precious"
    other.unlink()
    other.mkdir()
    assert run(tag(), record=Recording(path, checkpoint=7, on_error="go-on")).lost is None


def test_durable_waits_for_the_disk_after_every_line(tag, tmp_path, monkeypatch):
    waited = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: waited.append(os.fstat(file).st_ino) or fsync(file))
    result = run(tag(), record=Recording(tmp_path / "t", durable=True, checkpoint=0))
    assert waited.count((tmp_path / "t").stat().st_ino) == 2 + result.ticks
    waited.clear()
    run(tag(), record=Recording(tmp_path / "u", checkpoint=0))
    assert waited.count((tmp_path / "u").stat().st_ino) == 1


SHORT = """
import json, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
from t800.cli import main
main(sys.argv[1:])
"""


def short(tmp_path, *arguments):
    """`t800 run` where no file may grow beyond 6000 bytes."""
    toy.write(tmp_path)
    command = [sys.executable, "-c", SHORT, "run", "tag", "--pack", "toy", "-q", "--json", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=toy.environment(), check=False, timeout=60
    )


def t800(tmp_path, *arguments):
    command = [sys.executable, "-m", "t800", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=toy.environment(), check=False, timeout=60
    )


def test_a_full_disk_stops_the_run_with_a_way_on(tmp_path):
    done = short(tmp_path, "--record", "t", "--checkpoint", "0")
    assert done.returncode == 2
    assert "cannot go on recording to t: File too large" in done.stderr
    assert "`t800 resume t` goes on from there" in done.stderr
    assert len(list(TraceReader(tmp_path / "t"))) > 3
    resumed = t800(tmp_path, "resume", "t", "--json")
    whole = t800(tmp_path, "run", "tag", "--pack", "toy", "-q", "--json", "--record", "whole")
    assert (tmp_path / "t").read_bytes() == (tmp_path / "whole").read_bytes()
    assert resumed.returncode == whole.returncode
    first, second = json.loads(resumed.stdout), json.loads(whole.stdout)
    assert {**first, "wall": 0, "trace": first["trace"]["sha256"]} == {
        **second,
        "wall": 0,
        "trace": second["trace"]["sha256"],
    }
    again = t800(tmp_path, "resume", "t")
    assert (again.returncode, "finished already" in again.stdout) == (0, True)


def test_a_run_that_is_to_go_on_says_from_where_it_is_unrecorded_and_can_be_finished_later(tmp_path):
    done = short(tmp_path, "--record", "t", "--on-record-error", "go-on", "--checkpoint", "3")
    document = json.loads(done.stdout)
    lost = document["trace"]["lost"]
    assert lost["tick"] == len(list(TraceReader(tmp_path / "t")))
    assert "File too large" in lost["why"]
    assert f"unrecorded from tick {lost['tick']} on" in done.stderr
    whole = t800(tmp_path, "run", "tag", "--pack", "toy", "-q", "--json", "--record", "whole")
    assert done.returncode == whole.returncode
    assert document["trace"]["sha256"] == json.loads(whole.stdout)["trace"]["sha256"]
    t800(tmp_path, "resume", "t", "-q")
    assert (tmp_path / "t").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EMFILE])
def test_a_trace_that_cannot_be_begun_leaves_the_older_one_and_says_why(tag, whole, tmp_path, monkeypatch, code):
    path = tmp_path / "t"
    path.write_bytes(whole)
    really = os.open

    def refuse(name, *rest, **more):
        if str(name).endswith(".new"):
            raise OSError(code, os.strerror(code))
        return really(name, *rest, **more)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(TraceError, match=f"cannot record to .*{os.strerror(code)}"):
        run(tag(), 8, path)
    result = run(tag(), 8, Recording(path, on_error="go-on"))
    assert result.lost is not None
    assert (result.path, result.lost.tick) == (None, 0)
    assert path.read_bytes() == whole


def test_too_many_open_files_is_said(tag, tmp_path):
    spec = tag()

    def crowded() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1, 64))
        with pytest.raises(TraceError, match="Too many open files"):
            run(spec, record=tmp_path / "t")
        die()

    assert died(crowded)


@pytest.mark.parametrize("step", ["open", "write", "fsync", "replace"])
def test_a_checkpoint_that_cannot_be_written_stops_the_run_or_is_done_without(tag, whole, tmp_path, monkeypatch, step):
    write = Checkpoint.write

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def failing(self: Checkpoint, trace: Path) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(os, step, refused)
            write(self, trace)

    monkeypatch.setattr(Checkpoint, "write", failing)
    with pytest.raises(TraceError, match=r"cannot write a checkpoint beside .*No space left on device"):
        run(tag(), record=Recording(tmp_path / "t", checkpoint=7))
    assert len(list(TraceReader(tmp_path / "t"))) == 7
    result = run(tag(), record=Recording(tmp_path / "u", checkpoint=7, on_error="go-on"))
    assert result.lost is None
    assert (tmp_path / "u").read_bytes() == whole


def test_a_stop_asked_for_on_the_command_line_is_kept(tmp_path):
    toy.write(tmp_path)
    command = ["run", "tag", "--pack", "toy", "-q", "--until", "1.5", "--record"]
    t800(tmp_path, *command, "whole")
    data = (tmp_path / "whole").read_bytes()
    (tmp_path / "t").write_bytes(data[: len(data) * 2 // 3])
    t800(tmp_path, "resume", "t", "-q")
    assert (tmp_path / "t").read_bytes() == data


@pytest.mark.parametrize("option", [["--durable"], ["--checkpoint", "5"], ["--on-record-error", "go-on"]])
def test_how_to_record_without_a_trace_is_a_wrong_call(tmp_path, option):
    toy.write(tmp_path)
    done = t800(tmp_path, "run", "tag", "--pack", "toy", *option)
    assert (done.returncode, f"{option[0]} is about a trace: it needs --record FILE" in done.stderr) == (2, True)
