"""Ways to find change points: ours, those of libraries that are installed, and two of the field's that none has.

Each takes logarithms of levels and returns the index of the first point after each change.
"""

from __future__ import annotations

import importlib.util
import math

import numpy as np

from pytest_perfgate.stats.level_shifts import level_shifts

SMALLEST = 5e-4


def scatter(values):
    return max(1.4826 * float(np.median(np.abs(np.diff(values)))) / math.sqrt(2), SMALLEST)


def perfgate(values):
    return [shift.place for shift in level_shifts(values, alpha=0.01, smallest=SMALLEST).shifts]


def pelt(values):
    """Killick et al. 2012 (doi 10.1080/01621459.2012.737745) with the penalty of BIC; ruptures.

    None for more than 1,000 points: its time grows with their square where nothing changes.
    """
    if len(values) > 1000:
        return None
    import ruptures

    price = 3 * math.log(len(values)) * scatter(values) ** 2
    return ruptures.Pelt(model="l2", min_size=3, jump=1).fit(values).predict(pen=price)[:-1]


def binary_segmentation(values):
    """The same costs, greedily; ruptures."""
    import ruptures

    price = 3 * math.log(len(values)) * scatter(values) ** 2
    return ruptures.Binseg(model="l2", min_size=3, jump=1).fit(values).predict(pen=price)[:-1]


def otava(values):
    """E-divisive with means in windows of 50, Student's test at 0.001; Apache Otava (Hunter) as it comes."""
    from otava.analysis import compute_change_points

    found, _ = compute_change_points(list(values + 1), window_len=50, max_pvalue=0.001, min_magnitude=0.0)
    return [int(point.index) for point in found]


def e_divisive(values):
    """Matteson and James 2014 (doi 10.1080/01621459.2013.849605), 100 permutations at 0.01; Apache Otava.

    None for more than 200 points: it would take minutes for each series.
    """
    if len(values) > 200:
        return None
    from otava.analysis import compute_change_points_orig

    found, _ = compute_change_points_orig(list(values + 1), max_pvalue=0.01, seed=1)
    return [int(point.index) for point in found]


def asv(values):
    """Potts functional in L1; asv."""
    from asv.step_detect import detect_steps

    return [int(step[0]) for step in detect_steps(list(values + 1))][1:]


def t_window(values, *, window=12, threshold=7.0):
    """A t statistic of 12 points on either side above 7, weighted by distance, as Treeherder's performance alerts."""
    scores = np.zeros(len(values))
    for place in range(1, len(values)):
        sides = (values[max(place - window, 0) : place][::-1], values[place : place + window])
        if min(map(len, sides)) < 3:
            continue
        means, variances, counts = [], [], []
        for side in sides:
            weights = 1 - np.arange(len(side)) / window
            mean = weights @ side / weights.sum()
            means.append(mean)
            variances.append(weights @ (side - mean) ** 2 / weights.sum() / max(1 - 1 / len(side), 0.5))
            counts.append(len(side))
        error = math.sqrt(sum(v / n for v, n in zip(variances, counts, strict=True)))
        scores[place] = abs(means[1] - means[0]) / max(error, SMALLEST)
    found = []
    while scores.max(initial=0) > threshold:
        found.append(int(scores.argmax()))
        scores[max(found[-1] - window // 2, 0) : found[-1] + window // 2 + 1] = 0
    return sorted(found)


def bayes_online(values, *, hazard=1 / 100):
    """Adams and MacKay 2007 (arXiv:0710.3742), normal levels of unknown mean and variance; the most probable lengths."""
    from scipy.special import gammaln

    x = (values - np.median(values)) / scatter(values)
    mean, weight, shape, rate = (np.array([start]) for start in (0.0, 0.05, 2.0, 2.0))
    chance = np.array([1.0])
    ends = []
    for point in x:
        width = rate * (weight + 1) / (shape * weight)
        df = 2 * shape
        log = gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * np.log(df * np.pi * width)
        likely = chance * np.exp(log - (df + 1) / 2 * np.log1p((point - mean) ** 2 / (df * width)))
        chance = np.concatenate([[hazard * likely.sum()], (1 - hazard) * likely])
        chance /= chance.sum()
        ends.append(int(chance.argmax()))
        rate = np.concatenate([[2.0], rate + weight * (point - mean) ** 2 / (2 * (weight + 1))])
        mean = np.concatenate([[0.0], (weight * mean + point) / (weight + 1)])
        weight, shape = np.concatenate([[0.05], weight + 1]), np.concatenate([[2.0], shape + 0.5])
        if len(chance) > 400:  # far lengths that nothing supports any more
            kept = chance > 1e-8
            chance, mean, weight, shape, rate = (part[kept] for part in (chance, mean, weight, shape, rate))
    return _cuts_of(ends)


def _cuts_of(lengths):
    """Back from the end: the newest stretch begins its length ago, the one before it ends there."""
    found, place = [], len(lengths)
    while place > 0:
        start = place - max(lengths[place - 1], 1)
        if start > 0:
            found.append(start)
        place = start
    return sorted(found)


def available():
    """Name -> method, of those whose library is here."""
    needs = {pelt: "ruptures", binary_segmentation: "ruptures", otava: "otava", e_divisive: "otava", asv: "asv"}
    named = {
        "perfgate": perfgate,
        "PELT (ruptures)": pelt,
        "binary segmentation (ruptures)": binary_segmentation,
        "Otava": otava,
        "E-divisive, permutations (Otava)": e_divisive,
        "Potts L1 (asv)": asv,
        "t-window (as Treeherder)": t_window,
        "Bayesian online": bayes_online,
    }
    return {
        name: method for name, method in named.items() if method not in needs or importlib.util.find_spec(needs[method])
    }
