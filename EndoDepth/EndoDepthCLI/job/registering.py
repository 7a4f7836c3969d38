"""A registration as a job: a surface and a CT in, transforms, distances, pictures and a scene out."""

from __future__ import annotations

import math
from pathlib import Path

from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.output import check_disk, check_output, discard_on_failure
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.job.registering_files import RegisteredCase, write_registered
from EndoDepthCLI.option_groups import OutputOptions
from EndoDepthCLI.register import LandmarkOptions, RegisterOptions
from EndoDepthLib.anatomy import OrganSurface, load_organ, viewpoint_of, visible_side
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.registration import (
    LandmarkPairs,
    Registration,
    RegistrationSettings,
    read_landmark_table,
    read_point_lists,
    read_seen,
    register_surface,
)
from EndoDepthLib.registration.registration_file import REGISTRATION

_BYTES_PER_VERTEX = 400


def register(options: RegisterOptions) -> str:
    """Check, register, write; returns what came of it. Raises an EndoDepthError for what the user can mend."""
    check_output(OutputOptions(output=options.output), can_resume=False)
    threshold = _threshold(options.organ.threshold)
    landmarks = _landmarks(options.marks)
    case = read_seen(options.surface)
    if options.only is not None:
        case = case.only(options.only)
    organ = load_organ(options.ct, threshold, options.organ.segment)
    structures = [_structure(options.ct, name) for name in options.planning.structures]
    target = organ if options.organ.view is None else visible_side(organ, viewpoint_of(organ, options.organ.view))
    settings = RegistrationSettings(refine=not options.marks.landmarks_only)
    with Progress("registering", 100, "percent") as progress:
        registration = register_surface(case.seen, target, landmarks, settings, progress.reach)
    messages = Messages()
    messages.warn_all(registration.warnings)
    registered = RegisteredCase(case, organ, tuple(structures), registration)
    vertices = len(case.seen.vertices) + sum(len(each.vertices) for each in (organ, *structures))
    check_disk(options.output, _BYTES_PER_VERTEX * vertices)
    with discard_on_failure(options.output, options.output / REGISTRATION):
        write_registered(options, registered)
    return _describe(options.output, registration)


def _threshold(given: tuple[tuple[str, ...], ...]) -> tuple[float, float] | None:
    if not given:
        return None
    if len(given) > 1:
        raise SettingsError(f"--threshold is given {len(given)} times; expected one range")
    try:
        low, high = map(float, given[0])
    except ValueError:
        low = high = math.nan
    if math.isnan(low) or math.isnan(high):
        raise SettingsError(f"--threshold is '{' '.join(given[0])[:40]}'; expected two numbers, as 40 180")
    return low, high


def _landmarks(options: LandmarkOptions) -> LandmarkPairs | None:
    lists = (options.surface_points, options.ct_points)
    if options.landmarks is not None and any(lists):
        raise SettingsError("give --landmarks, or --surface-points and --ct-points, not both")
    if options.landmarks is not None:
        return read_landmark_table(options.landmarks, options.landmark_noise)
    if lists[0] is not None and lists[1] is not None:
        return read_point_lists(lists[0], lists[1], options.landmark_noise)
    if any(lists):
        raise SettingsError("--surface-points and --ct-points belong together; give both")
    if options.landmarks_only:
        raise SettingsError("--landmarks-only needs landmarks: give --landmarks, or two point lists")
    return None


def _structure(ct: Path, name: str) -> OrganSurface:
    file = Path(name).expanduser()
    return load_organ(file) if file.is_file() else load_organ(ct, segment=name, all_parts=True)


def _describe(folder: Path, found: Registration) -> str:
    expected, bound = found.expected_error_mm()
    low, high = found.scale_interval_90()
    lines = [
        str(folder),
        f"{found.method}: {100 * found.inlier_share:.0f} % of the surface fits, rms {found.rms_mm:.1f} mm; "
        f"{100 * found.coverage:.0f} % of the organ was seen",
        f"one unit of the surface is {found.scale:.4g} mm (90 %: {low:.4g} to {high:.4g})",
    ]
    if found.leave_one_out_mm is not None:
        errors = ", ".join(f"{error:.1f}" for error in found.leave_one_out_mm)
        lines.append(f"each landmark from the others: {errors} mm")
    if found.ambiguous:
        lines.append("AMBIGUOUS: another pose fits about as well; mark three landmarks or more before you use this")
    else:
        lines.append(f"error to expect 10 to 40 mm below the surface: {expected:.1f} mm, 90 % below {bound:.1f} mm")
    return "\n".join(lines)
