"""That the tables and the differential notice planted bugs: a sample; `python tests/mutants.py` plants all."""

from __future__ import annotations

import mutants
import pytest

SAMPLE = [*mutants.in_generated_code()[::14], *mutants.IN_FUNCTIONS[::9]]


def test_without_a_mutant_nothing_is_noticed() -> None:
    assert mutants.noticed(*mutants.grounds().holding(None)) is None


@pytest.mark.parametrize("mutant", SAMPLE, ids=lambda mutant: mutant.name)
def test_a_mutant_is_noticed_unless_there_is_a_reason(mutant: mutants.Mutant) -> None:
    assert (mutants.catcher(mutant) is None) == (mutant.name in mutants.SURVIVORS)


def test_all_mutants_can_be_planted_and_few_are_excused() -> None:
    every = mutants.mutants_of_all()
    names = [mutant.name for mutant in every]
    assert len(set(names)) == len(names) >= 600
    assert set(mutants.SURVIVORS) <= set(names)
    assert len(mutants.SURVIVORS) < 0.1 * len(names)
    for mutant in mutants.IN_FUNCTIONS:
        with mutant.planted():
            pass
