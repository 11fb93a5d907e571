"""As test_sample.py, with thousands of objects, others each time."""

from hypothesis import given, settings

from tests.e2e.publishing.journeys import Journey, journeys
from tests.e2e.publishing.lab import Lab
from tests.e2e.publishing.trials import Trial, trials

LEAST = 2_000


@settings(max_examples=40)
@given(trial=trials(10, 60))
def test_the_model_says_what_the_real_one_does(lab: Lab, trial: Trial) -> None:
    trial.check(lab)


@settings(max_examples=25)
@given(journey=journeys(5, 30))
def test_what_a_plan_lets_through_is_finished_and_taken_back(lab: Lab, journey: Journey) -> None:
    journey.check(lab)


def test_so_many_objects_were_compared(lab: Lab) -> None:
    assert lab.objects >= LEAST
