"""An adaptation as a job: everything checked first, progress told, what came of it printed."""

from __future__ import annotations

from EndoDepthCLI.adapt import AdaptOptions
from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.preparation import find_content
from EndoDepthCLI.job.reading import open_input
from EndoDepthCLI.job.stages import Stages
from EndoDepthCLI.job.weights import load_model
from EndoDepthLib.errors import OutputError, SettingsError
from EndoDepthLib.geometry import choose_camera

_SUFFIX = ".safetensors"


def adapt_to_video(options: AdaptOptions) -> None:
    """Check, adapt, print. Raises an EndoDepthError for what cannot be used."""
    from EndoDepthTrainingLib.adaptation.plan import Budget
    from EndoDepthTrainingLib.adaptation.run import Surroundings, adapt
    from EndoDepthTrainingLib.adaptation.settings import AdaptationConfig

    if options.output.suffix != _SUFFIX:
        raise OutputError(f"output '{options.output}' ends with '{options.output.suffix}'; expected {_SUFFIX}")
    if options.output.exists():
        raise OutputError(f"output '{options.output}' is there already; choose another name, or remove it")
    if not options.output.absolute().parent.is_dir():
        raise OutputError(f"folder '{options.output.absolute().parent}' does not exist; make it, or choose another")
    if options.lens.undistort:
        raise SettingsError("--undistort has no meaning here: adaptation learns on the pixels as they were decoded")
    reading, messages = options.reading, Messages()
    with open_input(reading) as video:
        sourced = choose_camera(video.width, video.height, options.lens.camera, options.lens.fov)
        model = load_model(options.weights, messages)
        content = find_content(video) & video.shown
        messages.warn_all(video.warnings)
        work = options.work or options.output.with_name(options.output.stem + "-work")
        with Stages() as stages:
            outcome = adapt(
                video,
                content,
                options.output,
                model,
                sourced,
                work,
                AdaptationConfig(seed=options.seed),
                Budget(options.steps, float(options.minutes)),
                surroundings=Surroundings(stages.at),
            )
    if outcome.judgement is not None and outcome.judgement.points_after is None and sourced.warning is not None:
        messages.warn(sourced.warning)
    print("\n".join([str(options.output), *outcome.sentences()]))
