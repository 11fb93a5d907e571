"""The model of ExternalDNS, and plans made by it, against the real one: a few, always the same."""

from hypothesis import given, settings

from tests.e2e.publishing.journeys import Journey, journeys
from tests.e2e.publishing.lab import Lab
from tests.e2e.publishing.trials import Trial, trials


@settings(max_examples=6, derandomize=True)
@given(trial=trials(5, 30))
def test_the_model_says_what_the_real_one_does(lab: Lab, trial: Trial) -> None:
    trial.check(lab)


@settings(max_examples=6, derandomize=True)
@given(journey=journeys(5, 20))
def test_what_a_plan_lets_through_is_finished_and_taken_back(lab: Lab, journey: Journey) -> None:
    journey.check(lab)
