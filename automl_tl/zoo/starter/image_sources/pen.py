"""Characters as a pen writes them: control points that a shaking hand moves, joined by curves or lines.

Each form is strokes separated by spaces. A stroke is ``c`` (curve) or ``s`` (straight lines) and its control
points, two digits each: x from 0 to 4, y from 0 (top) to 6 (bottom).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.starter.image_sources.geometry import affine, segment_distance, smooth_curve

__all__ = ["FORMS", "pen_distance"]

FORMS: dict[str, tuple[str, ...]] = {
    "0": ("c20010526454120", "c30110526454130", "c2001052645412000"),
    "1": ("s2026", "s112026", "s112026 s0646", "s3016"),
    "2": ("c0110304133150646", "c01103041330606 s0646", "c0110304224051516364645"),
    "3": ("c011030413223 c2334452605", "s004022 c2243452605", "c01104022 c1243452605"),
    "4": ("s300444 s3036", "s100343 s3136", "s000343 s4046"),
    "5": ("s401002 c02224345260605", "s400003 c03234445260605", "s4000 s0002 c022243452605"),
    "6": ("c3011030526454323 c2304", "c400205264543230405", "c2001052645442404"),
    "7": ("s004016", "s004026 s1333", "c0040312416", "s01004016"),
    "8": ("c2001022344452605042342412010", "c41200112344526050423413040", "c2001122344352615042332412000"),
    "9": ("c4120010323414136", "c412001022342 s4146", "c41200103234241442606", "c4120010323424126"),
    "A": ("s062046 s1434", "c0611204146 s0444"),
    "B": ("s0006 c0030413203 c033345443606", "s0006 c00304132230344453606"),
    "C": ("c4130100105263645", "c402002042646"),
    "D": ("s0006 c002042442606", "s0006 c003042443606"),
    "E": ("s40000646 s0333", "c4110010223130405264645"),
    "F": ("s400006 s0333", "s0006 s0040 s0333"),
    "G": ("c4120010526454323", "c4130010526364544 s2444 s4446"),
    "H": ("s0006 s4046 s0343",),
    "I": ("s2026", "s1030 s2026 s1636"),
    "J": ("c3034261504", "s1040 c3034261504"),
    "K": ("s0006 s4003 s0346", "s0006 s4013 s1346"),
    "L": ("s000646", "c1014062646"),
    "M": ("s0600234046", "s061023304646"),
    "N": ("s06004640", "s0600 s0046 s4640"),
    "O": ("c20010526454120", "c3010020526454230"),
    "P": ("s0006 c003041423303", "s0600 c0030423303"),
    "Q": ("c20010526454120 s2446", "c20010526454120 s3547"),
    "R": ("s0006 c0030413303 s2346", "s0600 c0030423303 s1346"),
    "S": ("c4120011233452605", "c4030100233351605"),
    "T": ("s0040 s2026",),
    "U": ("c0004264440", "s0004 c0415263544 s4440"),
    "V": ("s002640", "c0013263340"),
    "W": ("s0016233640", "c00152623364540"),
    "X": ("s0046 s4006", "c00123446 s4006"),
    "Y": ("s0023 s4023 s2326", "s0023 s4016"),
    "Z": ("s00400646", "s00400646 s1333", "c0040230646"),
    "a": ("c4222042644 s4246", "c0221324346 c4424051646"),
    "b": ("s0006 c032243442604", "s0006 c042243452606"),
    "d": ("s4046 c4322042645", "c4322042645 c40434546"),
    "e": ("s0444 c4432221204062636", "c0444422204052645"),
    "f": ("c4130212226 s0343", "c3020121616 s0333"),
    "g": ("c4120010323424140 c4045260605", "c3110020333323130 c3035261605"),
    "h": ("s0006 c0422324446", "s0006 c0322334446"),
    "n": ("s0206 c0422324446", "c0206 c0522334446"),
    "q": ("c4120010323424140 s4046", "c3110020333323130 s3036 s3645"),
    "r": ("s0206 c042232", "s0206 c04223243"),
    "t": ("s2025 c25364645 s0242", "s2026 s0242"),
}
"""Ways to write each character; keys are the class names of the glyph domain."""


def _points(stroke: str) -> NDArray[np.float32]:
    pairs = [((int(x) - 2) / 2.6, (int(y) - 3) / 3) for x, y in zip(stroke[1::2], stroke[2::2], strict=True)]
    return np.array(pairs, np.float32)


def pen_distance(character: str, n: int, size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return distance maps (n, size, size) to ``n`` different handwritings of ``character``."""
    result = np.empty((n, size, size), np.float32)
    forms = FORMS[character]
    chosen = rng.integers(len(forms), size=n)
    for index, form in enumerate(forms):
        rows = np.flatnonzero(chosen == index)
        if len(rows):
            result[rows] = _form_distance(form, len(rows), size, rng)
    return result


def _form_distance(form: str, n: int, size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    shape = affine(n, rng, scale=(0.55, 0.97), turn=0.15, aspect=0.25, shear=0.35)
    shift = rng.uniform(-0.12, 0.12, (n, 1, 2)).astype(np.float32)
    shake = rng.uniform(0.02, 0.13, (n, 1, 1)).astype(np.float32)
    starts, ends = [], []
    for stroke in form.split():
        points = _points(stroke)[None] + shake * rng.standard_normal((n, len(stroke) // 2, 2), dtype=np.float32)
        path = smooth_curve(points) if stroke[0] == "c" else points
        path = np.einsum("nij,nkj->nki", shape, path) + shift
        starts.append(path[:, :-1])
        ends.append(path[:, 1:])
    return segment_distance(np.concatenate(starts, 1), np.concatenate(ends, 1), size)
