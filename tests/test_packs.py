"""Packs that are not installed: found, or refused in a sentence that says where to look."""

import sys

import pytest

from t800.errors import RegistrationError, UsageError
from t800.packs import installed


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


def test_a_pack_that_raises_is_refused_with_the_line(tmp_path):
    said = refused(tmp_path, "raising_pack.py", "x = 1\ny = x / 0\n")
    assert said == (
        "the pack raising_pack.py cannot be imported: ZeroDivisionError: division by zero (raising_pack.py, line 2)"
    )


def test_a_pack_that_is_no_python_is_refused_with_the_line(tmp_path):
    said = refused(tmp_path, "garbled_pack.py", "x = 1\ndef (\n")
    assert said == "the pack garbled_pack.py cannot be imported: SyntaxError: invalid syntax (garbled_pack.py, line 2)"


def test_a_skill_that_is_declared_wrongly_keeps_its_own_words(tmp_path):
    (tmp_path / "untyped_pack.py").write_text("from t800 import skill\n\n@skill\ndef wave(ctx, hand): ...\n")
    with pytest.raises(RegistrationError, match="port 'hand' has no type annotation"):
        installed([str(tmp_path / "untyped_pack.py")])
