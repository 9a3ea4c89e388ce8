"""What a Run computes for the report."""

import numpy as np
import pytest

from .runs import images_run, numbers_run, points_run


def test_the_confidence_of_several_outputs_is_the_softmax_of_the_largest():
    run = images_run()
    exponentials = np.exp(run.outputs[2])
    assert run.confidence(2) == pytest.approx(exponentials.max() / exponentials.sum(), rel=1e-14)


@pytest.mark.parametrize("logit", [-3.0, 3.0])
def test_the_confidence_of_one_logit_is_the_sigmoid_of_its_size(logit):
    run = points_run()
    run.outputs = np.array([logit])
    assert run.confidence(0) == pytest.approx(1 / (1 + np.exp(-3.0)), rel=1e-14)


def test_the_predictions_of_a_regression_are_its_outputs():
    run = numbers_run()
    assert run.predictions is run.outputs
