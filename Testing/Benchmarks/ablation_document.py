"""The table of the ablation, as Markdown, and what can be read from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

METRICS = {"abs_rel": "AbsRel", "sq_rel": "SqRel mm", "rmse": "RMSE mm", "rmse_log": "RMSElog", "delta_1": "d<1.25"}

T_975 = {2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 7: 2.365, 9: 2.262}
"""Student's t by degrees of freedom."""


def document(
    results: Sequence[Mapping[str, Any]],
    constant: Mapping[str, float],
    budget: Mapping[str, Any],
    initialisations: Sequence[str],
) -> str:
    """Mean and standard deviation over seeds of every initialisation, without and with L_s, beside a constant."""
    planned = 2 * len(initialisations) * budget["seeds"]
    lines = [
        "# Ablation of the method on phantoms",
        "",
        "Written by `python Testing/Benchmarks/ablation.py`, whose text says what is compared. "
        f"{len(results)} of {planned} runs are finished.",
        "",
        f"Budget of a run: {budget['steps']} steps of {budget['batch']} frames at {budget['width']} x "
        f"{budget['height']}, {budget['scales']} scale(s), two videos (colon, laparoscopy) of "
        f"{budget['frames']} frames, brightness calibration {'on' if budget['calibration'] else 'off'}; pre-training: "
        f"{budget['pretraining_steps']} steps on {budget['pretraining_pictures']} pictures of other scenes. The paper "
        "trains 30 epochs on 20,000 real frames: figures here compare with each other only.",
        "",
        "| encoder | L_s | seeds | " + " | ".join(METRICS.values()) + " |",
        "|---|---|---|" + "---|" * len(METRICS),
    ]
    groups = {
        (name, guidance): [r for r in results if r["initialisation"] == name and r["guidance"] == guidance]
        for name in initialisations
        for guidance in (False, True)
    }
    for (name, guidance), runs in groups.items():
        if runs:
            cells = [spread([run[metric] for run in runs]) for metric in METRICS]
            lines.append(f"| {name} | {'yes' if guidance else 'no'} | {len(runs)} | " + " | ".join(cells) + " |")
    lines.append("| a constant depth | | | " + " | ".join(f"{constant[metric]:.3f}" for metric in METRICS) + " |")
    lines += ["", "## Reading", "", *(f"- {each}" for each in reading(groups, constant, initialisations))]
    return "\n".join(lines) + "\n"


def spread(values: Sequence[float]) -> str:
    """Mean, and standard deviation where there are several."""
    return f"{np.mean(values):.3f}" + (f" +- {np.std(values, ddof=1):.3f}" if len(values) > 1 else "")


def reading(
    groups: Mapping[tuple[str, bool], Sequence[Mapping[str, Any]]],
    constant: Mapping[str, float],
    initialisations: Sequence[str],
) -> list[str]:
    """What the figures say: differences paired by seed, only between networks that learned depth at all.

    A network that is no better than a constant has not learned depth; there L_s or an encoder can only have made its
    error smoother or rougher, so nothing is read from such pairs.
    """
    failed = {
        key for key, runs in groups.items() if runs and np.mean([r["abs_rel"] for r in runs]) >= constant["abs_rel"]
    }
    pairs = [(f"L_s with {name}", (name, True), (name, False)) for name in initialisations]
    pairs += [
        (f"{name} against ImageNet, without L_s", (name, False), ("ImageNet", False)) for name in initialisations[2:]
    ]
    lines = [
        line
        for what, first, second in pairs
        if not failed & {first, second}
        for line in difference(what, groups[first], groups[second])
    ]
    if failed:
        names = ", ".join(
            f"{name}{' with L_s' if guidance else ''}" for name, guidance in groups if (name, guidance) in failed
        )
        lines.append(
            f"No better than a constant depth at this budget: {names}. They have not learned depth, so their rows say "
            "nothing for or against L_s or an initialisation; a longer run must."
        )
    return lines


def difference(what: str, first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence with the mean difference and its 95 % interval (Student's t over seeds); none without common seeds."""
    base = {run["seed"]: run for run in second}
    pairs = [(run, base[run["seed"]]) for run in first if run["seed"] in base]
    if not pairs:
        return []
    parts = []
    for metric, title in (("abs_rel", "AbsRel"), ("sq_rel", "SqRel")):
        gaps = np.array([a[metric] - b[metric] for a, b in pairs])
        text = f"{title} {gaps.mean():+.3f}"
        if len(gaps) - 1 in T_975:
            half = T_975[len(gaps) - 1] * float(np.std(gaps, ddof=1)) / len(gaps) ** 0.5
            clear = "clear" if abs(gaps.mean()) > half else "not told from the seeds' spread"
            text += f" ({gaps.mean() - half:+.3f} to {gaps.mean() + half:+.3f}: {clear})"
        parts.append(text)
    return [f"{what}: {', '.join(parts)}, {len(pairs)} seed{'s' * (len(pairs) > 1)}."]
