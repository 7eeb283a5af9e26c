"""The program as people call it: what it says, where, and with which exit code."""

import subprocess
import sys

import pytest

HEAVY = ["pydantic", "transitions", "py_trees", "rich", "yaml"]


def t800(*arguments, cwd=None, **options):
    """Run the program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "t800", *arguments], capture_output=True, text=True, check=False, cwd=cwd, **options
    )


@pytest.mark.parametrize("command", [[], ["check"], ["run"], ["show"], ["skills"], ["replay"]])
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
    assert f"t800 {command[0]} " in done.stdout if command else "t800 run corridor" in done.stdout


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
