"""What one model is asked: own lists first, of every task, and a word where time ends."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from automl_tl.pipeline.bias.bench import AuditBench
from automl_tl.pipeline.bias.counterfactuals import ask_model
from automl_tl.pipeline.inherited_spec import InheritedSpec

OWN = InheritedSpec.model_validate(
    {"term_swaps": [{"name": "jobs", "terms": ["nurse", "smith"],
                     "templates": [f"Number {n} is a {{term}}." for n in range(8)]}]}
)  # fmt: skip


def words(task="classification", thresholds=()):
    """A model of texts that says less of whoever is a nurse."""

    def answers(texts):
        low = np.array(["nurse" in text for text in texts])
        if task == "regression":
            return (5000 - 900.0 * low)[:, None]
        chance = 0.8 - 0.6 * low
        return np.stack([1 - chance, chance], axis=1)

    names = ("pay",) if task == "regression" else ("no", "yes")
    return SimpleNamespace(
        modality="text",
        class_names=names,
        task=task,
        thresholds=thresholds,
        answers=answers,
        embed=lambda texts: np.random.default_rng(0).normal(size=(len(texts), 4)),
    )


def bench_of(model, *, out_of_time=lambda: False, inherited=OWN, favourable=""):
    labels = np.array([4000.0, 5000.0, 6000.0])
    target = SimpleNamespace(labels=labels, split=SimpleNamespace(train=np.arange(3)))
    return AuditBench(target, model, None, 0, out_of_time, favourable, inherited)


def test_own_lists_come_first_and_bear_their_name():
    """Then the shipped ones, then the embedding."""
    found = ask_model(bench_of(words()), words(), "final", np.arange(0))
    assert [entry.what for entry in found[:4]] == ["jobs", "identity", "names", "pronouns"]
    assert found[4].kind == "embedding_association"
    assert [entry.verdict for entry in found[:4]] == ["violation", *["no_evidence_of_violation"] * 3]
    assert {entry.model for entry in found} == {"final"}
    assert "“nurse” (-30 points)" in found[0].summary


def test_all_lists_share_one_error():
    """Beside six own and three shipped lists, eight sentences of two terms cannot show anything any more."""
    swap = OWN.model_dump()["term_swaps"][0]
    many = InheritedSpec.model_validate({"term_swaps": [swap | {"name": f"list {n}"} for n in range(6)]})
    found = ask_model(bench_of(words(), inherited=many), words(), "final", np.arange(0))
    assert [entry.verdict for entry in found[:6]] == ["insufficient_evidence"] * 6
    assert "A verdict needs at least 9 sentences" in found[0].summary


def test_numbers_and_labels_are_asked_too():
    """Moves of a number are told in standard deviations of the training rows."""
    number = ask_model(bench_of(words("regression")), words("regression"), "final", np.arange(0))
    assert number[0].verdict == "violation"
    assert "“nurse” (-55 % of a standard deviation)" in number[0].summary
    labels = words("multilabel", (0.5, 0.5))
    assert ask_model(bench_of(labels), labels, "final", np.arange(0))[0].verdict == "violation"


def test_pictures_of_every_task_are_changed_in_light(make_bench):
    """The number is how bright a picture is, in a unit of its own."""
    bench = make_bench()
    bright = SimpleNamespace(
        modality="image",
        task="regression",
        thresholds=(),
        class_names=("light",),
        answers=lambda images: np.array([[1000 * float(np.mean(image))] for image in images]),
    )
    bench = replace(bench, target=replace(bench.target, task="regression", labels=bench.target.labels * 100_000.0))
    (found,) = ask_model(bench, bright, "final", bench.predictions.rows)
    assert (found.kind, found.verdict) == ("photometric", "violation")
    assert "of a standard deviation on average" in found.rows[0].note


def fragile(light):
    """A model that stumbles over any change of these pictures, and over no change of others."""

    def answers(images):
        sure = np.array([0.1 if np.asarray(image).tobytes() in light else 0.9 for image in images])
        return np.stack([sure, 1 - sure], axis=1)

    names = ("dark", "light")
    return SimpleNamespace(
        modality="image", task="classification", thresholds=(), class_names=names, answers=answers
    )


def test_pictures_are_drawn_from_every_class(make_bench, monkeypatch):
    """Fifty dark ones before fifty light ones: what happens to the light ones only is found, for every model."""
    bench, read = make_bench(), []
    test, labels = bench.target.split.test, bench.target.labels
    rows = np.concatenate([test[labels[test] == k][:50] for k in (0, 1)])
    model = fragile({np.asarray(image).tobytes() for image in bench.inputs(rows[50:])})
    plain = AuditBench.inputs
    monkeypatch.setattr(AuditBench, "inputs", lambda self, drawn: read.append(drawn) or plain(self, drawn))
    (found,) = ask_model(bench, model, "final", rows)
    assert np.bincount(labels[read[0]]).tolist() == [20, 20]
    assert (found.verdict, found.value) == ("violation", 0.5)
    ask_model(bench, model, "before", rows)
    assert np.array_equal(read[0], read[1])
    ask_model(replace(bench, seed=1), model, "final", rows)
    assert not np.array_equal(read[0], read[2])


def test_where_time_ends_the_last_row_says_so():
    """After the second list three tests are left."""
    left = iter([False] * 4)
    found = ask_model(bench_of(words(), out_of_time=lambda: next(left, True)), words(), "final", np.arange(0))
    assert found[-1].verdict == "insufficient_evidence"
    assert found[-1].value is None
    assert "There was no time for this test" in found[-1].summary
    assert "more tests share its fate" in found[-1].summary
    assert len(found) < 5


def test_the_favourable_class_is_followed():
    """The job's own word on which answer is good to get decides whose probability is looked at."""
    for favourable, told in (("no", "“no”"), ("", "“yes”")):
        found = ask_model(bench_of(words(), favourable=favourable), words(), "final", np.arange(0))
        assert all(told in entry.summary for entry in found if entry.kind == "term_swap")


def test_without_the_embedding_only_answers_are_asked():
    """For the leaderboard."""
    found = ask_model(bench_of(words()), words(), "final", np.arange(0), associations=False)
    assert {entry.kind for entry in found} == {"term_swap"}
