"""The main job: video to results folder, then scene, preview, contact sheet and report from that folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from EndoDepthCLI.job.estimate import SizeEstimate, check_frame_limit, estimate_reconstruction, surface_step_for
from EndoDepthCLI.job.findings import find_in_results
from EndoDepthCLI.job.frame_loop import FrameWork, stream_frames
from EndoDepthCLI.job.measurement import StageClock
from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.output import check_disk, discard_on_failure, remove_partial_folders
from EndoDepthCLI.job.preparation import Prepared, prepare
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.job.report import scale_in_words, write_report
from EndoDepthCLI.job.request import build_request
from EndoDepthCLI.option_groups import ReconstructionOptions
from EndoDepthCLI.telling import current_teller
from EndoDepthLib.reconstruction import surface_from_depth
from EndoDepthLib.results import ResultsFolder, ResultsWriter, layout
from EndoDepthLib.results.writer import EncodedFrame
from EndoDepthLib.values import Frame

_MADE_FROM_FRAMES = (layout.SCENE, layout.PREVIEW, layout.CONTACT_SHEET, layout.REPORT)


def reconstruct(options: ReconstructionOptions) -> ResultsFolder:
    """Run the whole job, or what is left of it with --resume; returns the finished results folder.

    With --results-only there is no scene and no preview: the folder holds what they would be made from.
    Everything is checked before the folder is made; every file appears whole or not at all.
    Raises an EndoDepthError for what the user can mend.
    """
    clock, messages = StageClock(), Messages()
    current_teller().prepare()
    with clock.stage("prepare"):
        prepared = prepare(
            options.reading, options.lens, options.weights, options.prompting.prompts, options.output, messages
        )
        step = options.surface_step or surface_step_for(prepared.camera.width, prepared.camera.height)
        estimate = _check_size(prepared, options, step)
        request = build_request(
            "reconstruct", prepared, options.reading, True, {"surface_step_px": step, "tint": options.tint}
        )
    print(f"{prepared.video.source.name}: {estimate.describe()}", flush=True)
    folder = options.output.output
    with discard_on_failure(folder, layout.frame_file(folder, "surface", 0)):
        begin = ResultsWriter.resume if options.output.resume else ResultsWriter.create
        writer = begin(folder, request, prepared.content)
        remove_partial_folders(folder)
        with clock.stage("frames"):
            computed = _write_frames(prepared, writer, step, options)
        writer.finish()
        results = ResultsFolder.open(folder)
        if not options.results_only:
            _make_from_frames(results, clock)
        run = {"device": str(prepared.model.device), "frames_computed": computed}
        findings = find_in_results(results)
        write_report(folder / layout.REPORT, results.manifest, messages.warnings, clock, run, findings)
    return results


def _check_size(prepared: Prepared, options: ReconstructionOptions, step: int) -> SizeEstimate:
    camera = prepared.camera
    coverage = float(prepared.content.mean())
    estimate = estimate_reconstruction(prepared.video.frame_count, camera, step, coverage)
    check_frame_limit(estimate, options.max_frames, options.reading.every)
    check_disk(options.output.output, estimate.folder_bytes if options.results_only else estimate.disk_bytes)
    return estimate


def _write_frames(prepared: Prepared, writer: ResultsWriter, step: int, options: ReconstructionOptions) -> int:
    """Predict and write every frame that is not done; returns how many those were."""

    def compute(frame: Frame) -> EncodedFrame:
        depth, labels, validity = prepared.predict(frame)
        surface = surface_from_depth(depth, frame, labels, stride=step)
        return writer.encode_frame(frame, depth, labels, surface, validity)

    def write(position: int, encoded: EncodedFrame) -> None:
        _remove_made_files(writer)
        writer.write_encoded(position, encoded)

    return stream_frames(prepared, writer.is_complete, FrameWork(compute, write), options.max_frames)[1]


def _remove_made_files(writer: ResultsWriter) -> None:
    """Take away what an earlier run made from frames, now that one of them is made again."""
    for name in _MADE_FROM_FRAMES:
        (writer.folder / name).unlink(missing_ok=True)


def _make_from_frames(results: ResultsFolder, clock: StageClock) -> None:
    """Make scene, preview and contact sheet unless an earlier run finished them."""
    from EndoDepthCLI.pictures.contact_sheet import shown_positions, write_contact_sheet
    from EndoDepthCLI.pictures.preview import write_preview

    def scene(path: Path, progress: Progress) -> None:
        from EndoDepthScene import build_scene

        build_scene(results, path, progress.reach)

    count = len(results)
    makers: dict[str, tuple[int, Callable[[Path, Progress], None]]] = {
        layout.SCENE: (count, scene),
        layout.PREVIEW: (count, lambda path, progress: write_preview(results, path, progress.step)),
        layout.CONTACT_SHEET: (
            len(shown_positions(count)),
            lambda path, progress: write_contact_sheet(results, path, progress.step),
        ),
    }
    for name, (frames, make) in makers.items():
        path = results.folder / name
        if path.is_file():
            continue
        with clock.stage(name), Progress(name, frames) as progress:
            make(path, progress)


def describe_results(results: ResultsFolder) -> str:
    """What was made and how to open it, for people."""
    folder = results.folder
    made = ""
    if (folder / layout.SCENE).is_file():
        made = (
            f"  {folder / layout.SCENE}: open it in 3D Slicer (drag it into the window)\n"
            f"  {folder / layout.PREVIEW}, {layout.CONTACT_SHEET}: look at these first\n"
        )
    return (
        f"{len(results)} frames in {folder}\n"
        f"{made}"
        f"  {layout.REPORT}: versions, camera, warnings, times\n"
        f"scale: {scale_in_words(results.request.scale.value, results.request.nominal_median_depth)}"
    )
