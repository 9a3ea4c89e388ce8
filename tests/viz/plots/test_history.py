"""Loss and metrics over the epochs: what is drawn, on which axes, and what is refused."""

import pytest

from viz import plot_history

HISTORY = {"loss": [3.0, 2.0], "val_loss": [3.5, 2.5], "accuracy": [0.5, 0.9], "val_accuracy": [0.4, 0.8]}


def test_history_has_losses_on_the_left():
    assert [line.get_label() for line in plot_history(HISTORY).get_lines()] == ["loss", "val_loss"]


def test_history_has_metrics_on_the_right():
    right = plot_history(HISTORY).figure.axes[-1]
    assert [line.get_label() for line in right.get_lines()] == ["accuracy", "val_accuracy"]


def test_history_counts_epochs_from_one():
    assert list(plot_history(HISTORY).get_lines()[0].get_xdata()) == [1, 2]


def test_history_has_validation_dashed_in_the_same_colour():
    training, validation = plot_history(HISTORY).get_lines()
    assert (validation.get_linestyle(), validation.get_color()) == ("--", training.get_color())


def test_history_of_metrics_only():
    assert plot_history({"accuracy": [0.1]}).get_ylabel() == "accuracy"


def test_history_names_every_curve():
    assert [text.get_text() for text in plot_history(HISTORY).get_legend().get_texts()] == list(HISTORY)


def test_history_without_epochs_is_refused():
    with pytest.raises(ValueError, match="nothing to plot"):
        plot_history({"loss": []})


def test_history_is_drawn_on_the_axes_that_are_given(plt):
    axes = plt.axes()
    assert plot_history(HISTORY, ax=axes) is axes


def test_one_epoch_has_one_tick():
    assert list(plot_history({"loss": [0.5]}).get_xticks()) == [1]
