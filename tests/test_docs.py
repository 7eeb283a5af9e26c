"""The documentation does what it says: its commands are run, its files written, its output compared.

In a lesson, a fenced `yaml` or `python` block that begins with `# PATH` is that file, and every `$ COMMAND` of a
`console` block is run beside it, in the order of the page. Elsewhere such a block is an excerpt of the repo's own
file. In output, a line `…` stands for any lines; real seconds may differ, and so may the hash of a trace, which
is another one whenever a file that the run is made of means something else.

    python tests/test_docs.py        # writes what the commands say today into the pages
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from t800 import run
from t800.cli.program import t800 as program
from t800.simulation.opening import open_scenario
from t800.simulation.trace import Header
from t800.spec.scenario import Branch, Edit

REPO = Path(__file__).parents[1]
PAGES = sorted([REPO / "README.md", REPO / "CHANGELOG.md", *(REPO / "docs").rglob("*.md")])
LESSONS = [
    REPO / "docs" / f"{name}.md"
    for name in ("first-steps", "skills", "faults", "asking", "trace", "scenarios", "debugging", "report")
]
CAPTURES = [REPO / "README.md", REPO / "docs/embedding/index.md", REPO / "docs/warehouse/index.md"]
"""Pages whose commands are run in the repo itself."""

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w/]+\.(?:yaml|py))\n")
HASH = re.compile(r"(?<=trace )[0-9a-f]{12}\b")
VOLATILE = re.compile(rf"(?<=played in )\d+\.\d s|(?<=to the last bit; )\d+\.\d s|{HASH.pattern}")


def shell(command: str, folder: Path, code: int = 0) -> tuple[str, int]:
    """What a command prints, on both streams, and its exit code; `code` is what `$?` holds before it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", f"(exit {code})\n{command}"],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines()), done.returncode


def tells(page: str, output: str) -> bool:
    """Whether what a page shows is what a command prints."""
    parts = VOLATILE.sub("§", page).split("…\n")
    pattern = r"(?:.*\n)*?".join(re.escape(part) for part in parts)
    return re.fullmatch(pattern, VOLATILE.sub("§", output)) is not None


def excerpt(page: str, output: str) -> str:
    """The output, with as many lines at its start and end as the page shows of the old one."""
    if page.count("…\n") != 1:
        return output
    lines = output.splitlines(keepends=True)
    head, tail = (len(part.splitlines()) for part in page.split("…\n"))
    return "".join([*lines[:head], "…\n", *lines[len(lines) - tail :]])


def hashed(page: str, output: str) -> str:
    """What a page shows, with the hashes that traces have today."""
    today = HASH.findall(output)
    return HASH.sub(lambda _: today.pop(0), page) if len(HASH.findall(page)) == len(today) else page


def played(text: str, folder: Path, write: bool) -> str:
    """A page with the output that its commands have today; `write` makes the files that it shows."""
    code = 0

    def block(match: re.Match[str]) -> str:
        nonlocal code
        kind, body = match.groups()
        file = FILE.match(body)
        if write and kind in ("yaml", "python") and file:
            path = folder / file[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        if kind != "console":
            return match[0]
        new = ""
        for part in re.split(r"^(?=\$ )", body, flags=re.MULTILINE)[1:]:
            command, _, said = part.partition("\n")
            output, code = shell(command[2:], folder, code)
            new += f"{command}\n{hashed(said, output) if tells(said, output) else excerpt(said, output)}"
        return f"```console\n{new}```"

    return FENCE.sub(block, text)


def blocks(page: Path, kind: str) -> list[str]:
    """The fenced blocks of a kind in a page."""
    return [body for found, body in FENCE.findall(page.read_text(encoding="utf-8")) if found == kind]


def readme(kind: str, word: str) -> str:
    """The one block of a kind in the README that holds a word."""
    (block,) = [block for block in blocks(REPO / "README.md", kind) if word in block]
    return block


def command(marker: str) -> str:
    """The README's command after `<!-- MARKER command -->`, found as a script would find it."""
    text = (REPO / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^<!-- {marker} command -->\n```sh\n(.*)\n```$", text, re.MULTILINE)
    assert found, f"no {marker} command"
    return found[1]


@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.stem)
def test_a_lesson_shows_what_its_commands_print(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert played(text, tmp_path, write=True) == text, "`python tests/test_docs.py` writes today's output"


@pytest.mark.parametrize("page", CAPTURES, ids=lambda page: str(page.relative_to(REPO)))
def test_a_capture_is_what_the_command_prints(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "```console" in text
    assert played(text, REPO, write=False) == text, "`python tests/test_docs.py` writes today's output"


def test_excerpts_are_what_the_files_hold() -> None:
    excerpts = []
    for page in CAPTURES[1:]:
        own = blocks(page, "yaml") + blocks(page, "python")
        assert len(own) >= 3
        excerpts += own
    scenario = blocks(REPO / "docs/scenarios.md", "yaml")[0]
    for block in [*excerpts, scenario]:
        file = FILE.match(block)
        assert file, block
        assert block[file.end() :] in (REPO / file[1]).read_text(encoding="utf-8"), file[1]


PACK = """\
from t800 import FAILURE, Context, Point, Status, skill
from t800.film.intents import Face


"""
"""What the README's skill leaves out."""


def test_the_readmes_skill_stands_in_the_readmes_tree(tmp_path: Path) -> None:
    skill, tree = readme("python", "@skill"), readme("yaml", "tree:")
    assert len(skill.splitlines()) == 6
    assert len(tree.splitlines()) == 10
    (tmp_path / "pack.py").write_text(PACK + skill)
    (tmp_path / "trees").mkdir()
    (tmp_path / "trees/escort.yaml").write_text(tree)
    assert shell("t800 check --pack pack.py trees", tmp_path) == ("✓ tree     escort  4 nodes\n", 0)


def test_the_readmes_program_runs_in_15_lines(tmp_path: Path) -> None:
    program = readme("python", "Agent(")
    assert len(program.splitlines()) <= 15
    (tmp_path / "program.py").write_text(program)
    said = program.partition("print(tick.mode, intent)")[2].strip(" #\n")
    assert shell("python program.py", tmp_path) == (f"{said}\n" * 3, 0)


def test_the_chapters_of_the_page_on_scenarios_can_be_added_to_its_scenario(tmp_path: Path) -> None:
    scenario, chapters = blocks(REPO / "docs/scenarios.md", "yaml")
    (tmp_path / "corridor.yaml").write_text(scenario + chapters)
    said, code = shell("t800 run ./corridor.yaml --json 2>&1 >/dev/null", tmp_path)
    assert code == 0
    assert "chapter    found passed" in said
    assert "turn       ordered_out" in said


def test_the_page_on_commands_has_every_command_and_option() -> None:
    page = (REPO / "docs/commands.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `t800 (\w+) ", page, re.MULTILINE)
    assert sorted(listed) == sorted(program.list_commands(click.Context(program)))
    options = re.findall(r"^\| `(--[\w-]+)", page.partition("## run")[2], re.MULTILINE)
    command = program.get_command(click.Context(program), "run")
    assert command is not None
    assert sorted(options) == sorted(each.opts[0] for each in command.params if isinstance(each, click.Option))


def test_the_page_on_commands_has_every_member_of_a_verdict() -> None:
    (block,) = blocks(REPO / "docs/commands.md", "json")
    shown = json.loads(block)
    result = run("corridor").to_json()
    assert list(shown) == list(result)
    assert shown["expectations"][0].keys() == result["expectations"][0].keys()
    assert shown["trace"].keys() == result["trace"].keys()


def test_the_page_on_traces_has_every_member_of_a_header() -> None:
    page = (REPO / "docs/trace.md").read_text(encoding="utf-8").partition("## The header")[2].partition("## ")[0]
    branch = Branch("", 3, (Edit(4, "agent", "t800", "ward", "hunter"),)).body()
    header = Header("corridor", 1, 0.1, unreplayable=["ponder"], branch=branch).body()
    header |= branch | branch["edits"][0]
    assert [name for name in header if f'"{name}"' not in page and f"`{name}`" not in page] == []


@pytest.mark.parametrize("marker", ["main", "test"])
def test_a_readme_command_is_one_line_that_any_shell_reads(marker: str) -> None:
    line = command(marker)
    assert shell(f"sh -n <<'END'\n{line}\nEND", REPO) == ("", 0)
    assert "-c constraints.txt" in line


def test_the_page_on_the_film_has_every_turn_of_the_whole_film_in_order() -> None:
    page = (REPO / "docs/film.md").read_text(encoding="utf-8")
    block = page.partition("<!-- turns -->\n")[2].partition("<!-- /turns -->")[0]
    rows = [line.strip("| ").split(" | ") for line in block.splitlines() if line.startswith("|")][2:]
    assert [row[1] for row in rows] == [f"`{name}`" for name in open_scenario("judgment_day").turns]
    assert all(len(row) == 7 for row in rows)


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                yield page, target


def test_every_link_leads_to_a_file() -> None:
    found = list(links())
    assert len(found) > 10
    assert [(page.name, target) for page, target in found if not (page.parent / target).exists()] == []


def test_the_index_lists_every_page() -> None:
    index = REPO / "docs/index.md"
    listed = {(index.parent / target).resolve() for page, target in links() if page == index}
    assert [str(page) for page in (REPO / "docs").rglob("*.md") if page != index and page.resolve() not in listed] == []


def refresh() -> None:
    """Write today's output into all pages that show some."""
    for page in [*LESSONS, *CAPTURES]:
        with tempfile.TemporaryDirectory() as folder:
            lesson = page in LESSONS
            text = page.read_text(encoding="utf-8")
            new = played(text, Path(folder) if lesson else REPO, write=lesson)
            if new != text:
                page.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    refresh()
