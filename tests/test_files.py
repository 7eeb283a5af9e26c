"""Where names lead, and where they must not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from t800.errors import ConfigError, UsageError
from t800.loader.files import Files, shipped
from t800.registry import Registry


def put(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x: 1\n")


@pytest.fixture(autouse=True)
def nothing_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("t800.loader.files.shipped", lambda: tmp_path / "shipped")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project, whose top is marked so that no look-up leaves it."""
    top = tmp_path / "project"
    put(top / "pyproject.toml")
    put(top / "trees/protect.yaml", top / "trees/film/shield.yaml")
    put(top / "configs/agents/t800.yaml", top / "configs/agents/people/john.yaml", top / "configs/scenarios/john.yaml")
    return top


@pytest.fixture
def files(project: Path) -> Files:
    return Files(Registry(), project)


def fault(files: Files, kind: str, name: str, near: Path) -> tuple[str, str | None]:
    with pytest.raises(ConfigError) as caught:
        files.find(kind, name, near)
    (problem,) = caught.value.problems
    return problem.code, problem.hint


def test_a_name_is_found_above_the_file_that_uses_it(files: Files, project: Path) -> None:
    agent = project / "configs/agents/t800.yaml"
    assert files.find("tree", "protect", agent) == project / "trees/protect.yaml"


def test_a_file_that_would_be_meant_but_for_its_ending_is_told(files: Files, project: Path) -> None:
    put(project / "trees/shout.yml", project / "trees/.hidden.yml")
    with pytest.raises(ConfigError) as caught:
        files.find("tree", "shout", project / "configs/agents/t800.yaml")
    (problem,) = caught.value.problems
    assert (problem.code, problem.hint) == ("E301", None)
    assert problem.expected == ".yaml at the end of trees/shout.yml: it is passed over"
    assert files.misnamed("agent", "shout") is None
    assert files.below(project, ".yml") == [project / "trees/shout.yml"]


def test_what_lies_in_folders_of_all_projects_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, anybodys = tmp_path / "home", tmp_path / "home/tmp"
    monkeypatch.setenv("HOME", str(home))
    put(tmp_path / "trees/a.yaml", home / "trees/b.yaml", anybodys / "trees/c.yaml")
    put(home / "robot/trees/d.yaml", home / "robot/part/trees/e.yaml", anybodys / "new/trees/f.yaml")
    anybodys.chmod(0o1777)

    def names(start: Path) -> list[str]:
        return Files(Registry(), start).names("tree")

    assert names(home / "robot/part") == ["d", "e"]
    assert names(anybodys / "new") == ["f"]
    assert names(home) == ["b"]
    assert names(anybodys) == ["c"]


def test_sub_folders_are_looked_into(files: Files, project: Path) -> None:
    assert files.find("tree", "shield", project / "trees/protect.yaml") == project / "trees/film/shield.yaml"
    assert files.find("agent", "john") == project / "configs/agents/people/john.yaml"


def test_each_kind_has_its_own_names(files: Files, project: Path) -> None:
    assert files.find("scenario", "john") == project / "configs/scenarios/john.yaml"
    assert files.names("agent") == ["john", "t800"]


def test_the_nearest_place_wins(files: Files, project: Path) -> None:
    put(project / "sub/trees/protect.yaml", project / "sub/agent.yaml")
    assert files.find("tree", "protect", project / "sub/agent.yaml") == project / "sub/trees/protect.yaml"
    assert files.find("tree", "shield", project / "sub/agent.yaml") == project / "trees/film/shield.yaml"


def test_packs_come_after_the_user_and_before_the_shipped(project: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    put(pack / "trees/protect.yaml", pack / "trees/from_pack.yaml")
    files = Files(Registry(folders=[pack]), project)
    agent = project / "configs/agents/t800.yaml"
    assert files.find("tree", "protect", agent) == project / "trees/protect.yaml"
    assert files.find("tree", "from_pack", agent) == pack / "trees/from_pack.yaml"
    # What a pack's own file names, it finds in the pack.
    assert files.find("tree", "protect", pack / "trees/from_pack.yaml") == pack / "trees/protect.yaml"


def test_what_is_shipped_is_found_from_anywhere(files: Files, project: Path, tmp_path: Path) -> None:
    put(tmp_path / "shipped/trees/emergency.yaml")
    found = files.find("tree", "emergency", project / "configs/agents/t800.yaml")
    assert found == tmp_path / "shipped/trees/emergency.yaml"


def test_the_shipped_place_of_a_checkout_is_its_top() -> None:
    assert (shipped() / "trees").is_dir()


def test_a_project_ends_at_its_top(project: Path) -> None:
    put(project.parent / "trees/stray.yaml")
    assert fault(Files(Registry(), project), "tree", "stray", project / "trees/protect.yaml")[0] == "E301"


def test_twice_in_one_place_is_refused(files: Files, project: Path) -> None:
    put(project / "trees/old/protect.yaml")
    with pytest.raises(
        ConfigError, match=r"E302 tree 'protect' is twice in one place: trees/protect\.yaml and trees/old"
    ):
        files.find("tree", "protect", project / "trees/film/shield.yaml")


def test_a_typo_gets_a_suggestion(files: Files, project: Path) -> None:
    assert fault(files, "tree", "protct", project / "configs/agents/t800.yaml") == ("E301", "protect")
    with pytest.raises(UsageError, match="no agent is named 't80'; did you mean 't800'"):
        files.find("agent", "t80")


def test_a_path_is_relative_to_the_file_that_uses_it(files: Files, project: Path) -> None:
    agent = project / "configs/agents/t800.yaml"
    assert files.find("tree", "../../trees/protect.yaml", agent) == project / "trees/protect.yaml"
    assert files.find("agent", "john.yaml", project / "configs/agents/people/x.yaml").name == "john.yaml"
    assert fault(files, "tree", "../gone.yaml", agent)[0] == "E301"


def test_a_path_must_not_leave_its_root(files: Files, project: Path) -> None:
    put(project.parent / "secret.yaml", project / "beside.yaml")
    agent = project / "configs/agents/t800.yaml"
    assert fault(files, "tree", "../../../secret.yaml", agent)[0] == "E303"
    assert fault(files, "tree", str(project.parent / "secret.yaml"), agent)[0] == "E303"
    assert files.find("tree", "../../beside.yaml", agent) == project / "beside.yaml"
    # On the command line no file is to be confined: who types may read what he may read.
    assert files.find("tree", "../secret.yaml") == project.parent / "secret.yaml"


def test_a_link_must_not_leave_its_root(files: Files, project: Path) -> None:
    put(project.parent / "secret.yaml")
    (project / "trees/linked.yaml").symlink_to(project.parent / "secret.yaml")
    (project / "trees/round.yaml").symlink_to(project / "trees/round.yaml")
    agent = project / "configs/agents/t800.yaml"
    assert fault(files, "tree", "linked", agent)[0] == "E303"
    assert fault(files, "tree", "../../trees/linked.yaml", agent)[0] == "E303"
    assert fault(files, "tree", "round", agent)[0] == "E301"


def test_links_to_folders_are_not_followed(project: Path) -> None:
    (project / "trees/again").symlink_to(project / "trees")
    assert Files(Registry(), project).find("tree", "protect") == project / "trees/protect.yaml"


def test_what_is_no_regular_file_is_refused(files: Files, project: Path) -> None:
    os.mkfifo(project / "trees/pipe.yaml")
    agent = project / "configs/agents/t800.yaml"
    assert fault(files, "tree", "pipe", agent)[0] == "E303"
    assert fault(files, "tree", "../../trees/", agent)[0] == "E303"


@pytest.mark.parametrize("name", ["", "\x00.yaml", "a" * 5000 + ".yaml", "..", "/"])
def test_no_name_makes_it_crash(files: Files, project: Path, name: str) -> None:
    code, _ = fault(files, "tree", name, project / "configs/agents/t800.yaml")
    assert code in {"E301", "E303"}


def test_paths_are_shown_from_the_start(files: Files, project: Path) -> None:
    assert files.shown(project / "trees/protect.yaml") == "trees/protect.yaml"
    assert files.shown(project.parent / "x.yaml") == str(project.parent / "x.yaml")
