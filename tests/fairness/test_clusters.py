"""Clusters do not see errors; their p-values are hypergeometric and corrected together."""

import numpy as np
import pytest
from scipy.stats import hypergeom

from automl_tl.fairness.clusters import Cluster, cluster_p_values, error_blind_clusters


def test_clusters_are_distinct_parts_of_the_rows():
    """Several numbers of clusters; none tiny, none most of the data, no twins."""
    features = np.random.default_rng(0).normal(size=(150, 50))
    clusters = error_blind_clusters(features)
    assert len(clusters) > 10
    assert all(5 <= cluster.members.sum() <= 75 for cluster in clusters)
    assert len({cluster.members.tobytes() for cluster in clusters}) == len(clusters)
    again = error_blind_clusters(features)
    assert [c.members.tolist() for c in again] == [c.members.tolist() for c in clusters]


def blocks(n, size):
    return [Cluster(str(k), np.arange(n) // size == k, np.zeros(n)) for k in range(n // size)]


def test_raw_p_values_are_hypergeometric():
    """And no correction makes them smaller."""
    rng = np.random.default_rng(1)
    clusters, wrong = blocks(120, 20), rng.random(120) < 0.3
    raw, adjusted = cluster_p_values(clusters, wrong, shuffles=499)
    errors = [int(wrong[c.members].sum()) for c in clusters]
    assert raw == pytest.approx([hypergeom.sf(e - 1, 120, wrong.sum(), 20) for e in errors])
    assert (adjusted >= raw).all()


def test_the_correction_is_about_holms_where_clusters_are_strangers_and_kinder_where_they_overlap():
    """Six disjoint blocks, then each of them ten times: the tenfold family costs nothing."""
    wrong = np.zeros(120, dtype=bool)
    wrong[:11] = wrong[20::13] = True
    clusters = blocks(120, 20)
    raw, adjusted = cluster_p_values(clusters, wrong, shuffles=4999)
    assert raw[0] <= adjusted[0] <= 6.5 * raw[0] + 0.001
    _, repeated = cluster_p_values(clusters * 10, wrong, shuffles=4999)
    assert repeated[0] <= 1.5 * adjusted[0] + 0.001
