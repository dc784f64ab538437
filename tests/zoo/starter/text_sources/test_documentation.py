"""The documentation domain."""

from automl_tl.zoo.starter.text_sources.documentation import TOPICS, documentation


def test_no_module_has_two_topics():
    """A passage has one label."""
    modules = [module for entries in TOPICS.values() for module in entries]
    assert len(modules) == len(set(modules))


def test_passages_are_short():
    """They fit the encoders' 64 tokens more or less: a few sentences each."""
    texts, _ = documentation.sample(200, 0)
    assert max(map(len, texts)) <= 520


def test_a_topic_speaks_of_its_subject():
    """Passages on dates name dates far more often than those on compression."""
    texts, labels = documentation.sample(3800, 0)

    def share(topic, word):
        chosen = [text for text, label in zip(texts, labels, strict=True) if list(TOPICS)[label] == topic]
        return sum(word in text.lower() for text in chosen) / len(chosen)

    assert share("dates and times", "date") > 3 * share("compression", "date")
