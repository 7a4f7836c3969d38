"""`endodepth prompts`: what words mean to the weights."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import PromptOptions
from EndoDepthCLI.options import group, option
from EndoDepthCLI.telling import current_teller


@dataclass(frozen=True)
class PromptsOptions:
    """What `endodepth prompts` is told."""

    prompting: PromptOptions = group("structures", PromptOptions)
    weights: str = option(
        "identifier from 'endodepth models' or a .safetensors file (default: the shipped weights)",
        default="default",
        metavar="ID|FILE",
    )


def run(options: PromptsOptions) -> None:
    """Answer as JSON: {"prompts": [{"text", "class", "nearest", "message"}]}; class is null for what is not known."""
    from EndoDepthCLI.job.phrases import read_phrases
    from EndoDepthLib.errors import SettingsError

    if not options.prompting.prompts:
        raise SettingsError("no prompt was given; add at least one --prompt TEXT")
    current_teller().answer({"prompts": read_phrases(options.prompting.prompts, options.weights)})


COMMAND = Command("prompts", "which classes of the weights words mean, as JSON", PromptsOptions, run)
