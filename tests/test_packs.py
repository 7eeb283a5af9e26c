"""Packs that are not installed: found, or refused in a sentence that says where to look."""

import re
import sys
import types
from pathlib import Path

import pytest

import t800
from t800.cli.program import Terminated
from t800.errors import RegistrationError, UsageError, place_in
from t800.packs import installed
from t800.registry import skill


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """Modules and paths that a test adds are gone after it."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))


def refused(tmp_path, name, text):
    """What is said of a pack with this text."""
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError) as caught:
        installed([str(tmp_path / name)])
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_a_file_is_a_pack(tmp_path):
    (tmp_path / "wave_pack.py").write_text(
        "from t800 import SUCCESS, skill\n\n@skill\ndef wave_once(): return SUCCESS\n"
    )
    assert "wave_once" in installed([str(tmp_path / "wave_pack.py")]).skills


def test_a_file_named_like_another_module_is_refused(tmp_path):
    said = refused(tmp_path, "types.py", "")
    assert said == "the pack types.py cannot be imported: another module is named types; rename the file"


def test_a_folder_is_a_pack(tmp_path):
    (tmp_path / "limbs").mkdir()
    (tmp_path / "limbs/__init__.py").write_text(
        "from t800 import SUCCESS, skill\n\n@skill\ndef kick(): return SUCCESS\n"
    )
    assert "kick" in installed([str(tmp_path / "limbs")]).skills


def test_a_pack_that_is_not_there_is_refused():
    with pytest.raises(UsageError, match="the pack no_such_pack cannot be imported: No module named 'no_such_pack'"):
        installed(["no_such_pack"])


def test_the_line_is_that_of_ones_own_code(tmp_path):
    ours, python = Path(t800.__file__).parent, Path(re.__file__).parents[1]

    def told(*paths):
        return place_in("".join(f'  File "{path}", line {number}, in f\n' for number, path in enumerate(paths, 1)))

    own = tmp_path / "own.py"
    assert told(own, ours / "context.py", python / "json/decoder.py", "<string>") == " (own.py, line 1)"
    assert told(own, tmp_path / "lib/site-packages/click/core.py") == " (own.py, line 1)"
    # A library is better than nothing, and what begins as t800 does is none of its files.
    assert told(ours / "agent.py", python / "site-packages/rover/legs.py") == " (legs.py, line 2)"
    assert told(f"{ours}_warehouse/minds.py") == " (minds.py, line 1)"
    assert told(ours / "agent.py", python / "re/__init__.py") == ""


def test_a_pack_that_raises_is_refused_with_the_line(tmp_path):
    said = refused(tmp_path, "raising_pack.py", "x = 1\ny = x / 0\n")
    assert said == (
        "the pack raising_pack.py cannot be imported: ZeroDivisionError: division by zero (raising_pack.py, line 2)"
    )


def test_a_pack_that_ends_the_program_is_refused_too(tmp_path):
    said = refused(tmp_path, "leaving_pack.py", "import sys\nsys.exit(0)\n")
    assert said == "the pack leaving_pack.py cannot be imported: SystemExit: 0 (leaving_pack.py, line 2)"


def test_a_signal_that_comes_while_a_pack_is_imported_is_not_taken_for_its_own_doing(tmp_path):
    (tmp_path / "slow_pack.py").write_text("from t800.cli.program import Terminated\nraise Terminated\n")
    with pytest.raises(Terminated):
        installed([str(tmp_path / "slow_pack.py")])


def test_a_pack_without_a_name_is_none():
    with pytest.raises(UsageError, match="a pack has a name"):
        installed([""])


def test_a_pack_that_is_no_python_is_refused_with_the_line(tmp_path):
    said = refused(tmp_path, "garbled_pack.py", "x = 1\ndef (\n")
    assert said == "the pack garbled_pack.py cannot be imported: SyntaxError: invalid syntax (garbled_pack.py, line 2)"


def test_a_skill_that_is_declared_wrongly_keeps_its_own_words(tmp_path):
    (tmp_path / "untyped_pack.py").write_text("from t800 import skill\n\n@skill\ndef wave(ctx, hand): ...\n")
    with pytest.raises(RegistrationError, match="port 'hand' has no type annotation"):
        installed([str(tmp_path / "untyped_pack.py")])


def test_a_pack_of_ones_own_may_use_a_name_that_an_installed_one_has(tmp_path):
    pack = tmp_path / "shadowing.py"
    pack.write_text(
        "from t800 import Entity, Status, record, sense, skill\n"
        "@record\nclass Threat:\n    degree: int\n"
        "@skill\ndef fire_at(ctx, degree: int = 1) -> Status:\n    return Status.SUCCESS\n"
    )
    registry = installed([str(pack)])
    assert set(registry.records["Threat"].__record_fields__) == {"degree"}
    assert list(registry.skills["fire_at"].ports) == ["degree"]
    assert "degree" not in installed().records["Threat"].__record_fields__


def test_two_packs_of_ones_own_may_not_use_one_name(tmp_path):
    for name in ("one_pack", "other_pack"):
        (tmp_path / f"{name}.py").write_text(
            "from t800 import SUCCESS, skill\n\n@skill\ndef bow_low(): return SUCCESS\n"
        )
    with pytest.raises(RegistrationError, match="'bow_low' is registered by one_pack and by other_pack"):
        installed([str(tmp_path / "one_pack.py"), str(tmp_path / "other_pack.py")])


def test_a_pack_that_is_not_there_is_told_what_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good_manners.py").write_text("")
    (tmp_path / "plain").mkdir()
    for name, said in [
        ("good_manner.py", "no such file; did you mean 'good_manners.py'"),
        ("good_manners", "no module good_manners is installed; its file is --pack good_manners.py"),
        ("plain", "the folder plain is no pack: it has no __init__.py"),
    ]:
        with pytest.raises(UsageError, match=re.escape(said)):
            installed([name])


def test_a_mistake_in_a_declaration_is_told_with_its_line(tmp_path):
    (tmp_path / "wrong_pack.py").write_text("from t800 import skill\n\n@skill\ndef wave(ctx, hand): ...\n")
    with pytest.raises(RegistrationError, match=r"type annotation \(wrong_pack.py, line 3\)"):
        installed([str(tmp_path / "wrong_pack.py")])


def test_two_packs_that_declare_one_name_are_told_apart(tmp_path):
    made = []
    for number in range(2):
        module = types.ModuleType(f"pack{number}")

        def lift(ctx):
            return ctx

        lift.__annotations__ = {}
        module.lift = skill(lift)
        made.append(module)
    registry = installed()
    registry.add_pack(made[0])
    with pytest.raises(RegistrationError, match="'lift' is registered by pack0 and by pack1"):
        registry.add_pack(made[1])
