"""N-LEEP: LEEP with the components of a Gaussian mixture on the embeddings in place of source classes.

Li, Jia, Sang, Zhu, Green, Wang, Gong: Ranking Neural Checkpoints. CVPR 2021, https://arxiv.org/abs/2011.11200
(definition of N-LEEP), with eq. (2) of LEEP (Nguyen et al., ICML 2020).
"""

from __future__ import annotations

import math
import warnings

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import by_content, labelled_features
from automl_tl.transferability.principal_components import principal_components
from automl_tl.transferability.source_probabilities import expected_log_likelihood

__all__ = ["NLeep"]

_VARIANCE = 0.8
_COMPONENTS_PER_CLASS = 5
_MOST_EXAMPLES = 3000
_EM_STEPS = 20


class NLeep(Scorer):
    """``1/N sum_i ln sum_v P(y_i|v) P(v|x_i)`` over the components v of a Gaussian mixture.

    As published, the mixture has 5 components per class on the principal components that explain 80 % of the
    variance. Other than there, its covariances are diagonal (full ones have more numbers than a probe has
    examples, so that every example gets a component to itself) and it has at most half as many components as there
    are examples. It starts from k-means++ with the sample's seed, along an order of the examples that does not
    depend on how they were shuffled, and takes a fixed number of steps. Needs no source head. More than 3,000
    examples are thinned to a seeded sample.
    """

    name = "nleep"
    summary = "LEEP with clusters of the embeddings as source classes"
    reference = "Li et al., CVPR 2021, N-LEEP; Nguyen et al., ICML 2020, eq. 2"
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the mean log likelihood in nats; it is at most 0."""
        data = labelled_features(sample)
        if len(data.classes) < 4:
            raise ScoreUnavailable("a mixture needs at least four examples", field="features")
        order = by_content(data.features)
        if len(order) > _MOST_EXAMPLES:
            chosen = np.random.default_rng(sample.seed).choice(len(order), _MOST_EXAMPLES, replace=False)
            order = order[np.sort(chosen)]
        reduced = principal_components(data.features[order], share=_VARIANCE)
        reduced /= math.sqrt(np.square(reduced).mean())
        n_components = min(_COMPONENTS_PER_CLASS * data.n_classes, len(order) // 2)
        responsibilities = _mixture(reduced, n_components, sample.seed)
        responsibilities = responsibilities[:, responsibilities.sum(axis=0) > 0]
        likely = expected_log_likelihood(responsibilities, data.classes[order], data.n_classes)
        terms = likely.copy()
        if len(order) == len(data.classes):
            terms[order] = likely  # in the sample's own order, so that models are resampled in pairs
        return TransferScore(float(terms.mean()), float(terms.std() / math.sqrt(len(terms))), terms)


def _mixture(reduced: NDArray[np.float64], n_components: int, seed: int) -> NDArray[np.float64]:
    """Return the probability of each component for each example (N, V)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    mixture = GaussianMixture(
        n_components,
        covariance_type="diag",
        init_params="k-means++",
        reg_covar=1e-3,
        max_iter=_EM_STEPS,
        tol=0.0,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(mixture.fit(reduced).predict_proba(reduced), dtype=np.float64)


scorers.register(NLeep.name, NLeep())
