"""What goes out of a model: the live one, a bounded history, nothing live while pinned."""

from learning_kit import START_MS, population

from tactful.learning import Trainer
from tactful.learning.publishing import HISTORY_MS, KEPT, Shelf
from tactful.models import parse_snapshot


def trained(number: int = 200) -> Trainer:
    trainer = Trainer("rates")
    trainer.learn(population(number))
    return trainer


def test_a_model_that_has_seen_little_is_not_published() -> None:
    assert Shelf().publish(trained(20), START_MS) == []


def test_a_new_version_goes_live_and_into_the_history() -> None:
    trainer, shelf = trained(), Shelf()
    (live_key, value), (history_key, again) = shelf.publish(trainer, START_MS)
    version = parse_snapshot(value).version
    assert (live_key, history_key) == ("model/rates", f"model-history/rates/{version}")
    assert again == value
    assert shelf.publish(trainer, START_MS) == [], "nothing is new"


def test_the_history_grows_once_an_hour_and_forgets_the_oldest() -> None:
    trainer, shelf, kept = trained(), Shelf(), []
    for hour in range(KEPT + 2):
        for minute in (0, 30):
            trainer.learn(population(10, start=1000 + 20 * hour + minute))
            records = shelf.publish(trainer, START_MS + hour * HISTORY_MS + minute * 60_000)
            kept += [key for key, value in records if key.startswith("model-history") and value]
            gone = [key for key, value in records if not value]
            assert records[0][0] == "model/rates"
            assert gone == ([kept[hour - KEPT]] if hour >= KEPT and not minute else [])
    assert len(kept) == KEPT + 2
    assert len(shelf.kept) == KEPT


def test_while_pinned_nothing_goes_live_but_the_history_goes_on() -> None:
    trainer, shelf = trained(), Shelf()
    shelf.publish(trainer, START_MS)
    shelf.pin(b'{"version": "rates-1"}')
    trainer.learn(population(10, start=500))
    keys = [key for key, _ in shelf.publish(trainer, START_MS + HISTORY_MS)]
    assert [key.split("/")[0] for key in keys] == ["model-history"]
    shelf.pin(b"")
    assert [key for key, _ in shelf.publish(trainer, START_MS + HISTORY_MS)] == ["model/rates"]
