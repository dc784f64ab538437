"""What a candidate model costs, as figures; the client reads them too, so the standard library has to do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["ModelCost", "TrialSize", "efficient"]


@dataclass(frozen=True)
class TrialSize:
    """What one full fine-tuning run of a job computes, without loading the model.

    Attributes
    ----------
    updates
        Optimiser steps.
    batch_size
        Examples of one update.
    evaluated
        Forward passes of single examples: all validations together.
    prepared
        Examples that are resized or tokenised; those of a run that keeps its inputs count once.
    """

    updates: int = 120
    batch_size: int = 16
    evaluated: int = 0
    prepared: int = 0


@dataclass(frozen=True)
class ModelCost:
    """What one model costs on the job's own data and device; NaN where a figure is unknown, ``notes`` say why.

    Operations, latency and memory are of the bare backbone: no source head, no reading and preparing of inputs.

    Attributes
    ----------
    parameters
        Number of weights, counted on the loaded network; 0 if unknown.
    flops
        Floating-point operations of a forward pass of one example at the model's own input size (a text of median
        length); one multiply-add counts as 2, only matrix products, convolutions and attention count.
    latency_ms
        Milliseconds of a forward pass of one example in float32, as a fitted model computes: the median of
        several after warm-up, the better of two such medians taken some time apart.
    examples_per_second
        Throughput of the probe itself, reading and preparing included; unknown when its embeddings were cached.
    weight_bytes
        Bytes of the weights in float32.
    inference_bytes
        Memory that prediction needs: weights, and what is alive at the widest point of a forward pass of one
        example. Work buffers inside single operations are not seen.
    training_bytes
        Memory that full fine-tuning needs: weights, gradients, AdamW's two moments, and a batch of the activations
        that backward needs. What backward itself holds for a moment is not seen.
    trial_seconds
        Predicted seconds of one full fine-tuning trial of the job's default size, validations included.
    device
        What it was measured on, such as ``cpu, 1 thread``.
    notes
        Why a figure is unknown or how else it was found, by field name.
    """

    parameters: int = 0
    flops: float = math.nan
    latency_ms: float = math.nan
    examples_per_second: float = math.nan
    weight_bytes: float = math.nan
    inference_bytes: float = math.nan
    training_bytes: float = math.nan
    trial_seconds: float = math.nan
    device: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)


def efficient(scores: Sequence[float], costs: Sequence[float]) -> tuple[bool, ...]:
    """Return which models no other one beats in both score and cost: the Pareto front.

    A model is beaten by one of at least its score at no more than its cost, if one of the two is truly better;
    equal ones stand side by side. A model of which either figure is NaN is neither on the front nor beats another.

    Parameters
    ----------
    scores
        One per model, larger is better.
    costs
        One per model, smaller is better.
    """
    points = list(zip(scores, costs, strict=True))
    return tuple(
        not (math.isnan(score) or math.isnan(cost))
        and not any(
            other >= score and price <= cost and (other > score or price < cost) for other, price in points
        )
        for score, cost in points
    )
