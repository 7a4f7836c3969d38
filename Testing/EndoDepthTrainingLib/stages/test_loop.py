"""The loop: what it leaves, a kill that changes nothing, Ctrl-C, a loss that is not finite, a disk that is full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
import training_loop
from training_loop.tiny import Mishap, TinySettings, TinyTask, tiny_config

from EndoDepthLib.errors import EndoDepthError, InputError, OutputError, SettingsError, TrainingError
from EndoDepthTrainingLib.stages import train
from EndoDepthTrainingLib.stages.record import read_table

SCRIPT = Path(next(iter(training_loop.__path__))) / "run.py"


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Sums over two threads round otherwise than over one; processes that are started here have one as well."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    average = train(tiny_config(), TinyTask(), folder, report=lambda done, steps, figures: None)
    torch.save(average.state_dict(), folder / "average.pt")
    return folder


def same(folder: Path, whole: Path) -> None:
    """The log to the last digit, the weights to the last bit."""
    for name in ("log.csv", "validation.csv"):
        assert (folder / name).read_text(encoding="utf-8") == (whole / name).read_text(encoding="utf-8")
    expected, found = (torch.load(at / "average.pt", weights_only=True) for at in (whole, folder))
    assert all(torch.equal(value, found[key]) for key, value in expected.items())


def resume(folder: Path) -> None:
    torch.save(train(tiny_config(), TinyTask(), folder).state_dict(), folder / "average.pt")


def test_it_learns_and_leaves_something_to_look_at(whole: Path) -> None:
    log, figures = read_table(whole / "log.csv"), read_table(whole / "validation.csv")
    assert log["step"].tolist() == list(range(1, 13)) and figures["step"].tolist() == [6, 12]
    assert log["loss"][-1] < 0.7 * log["loss"][0] and figures["error"][1] < figures["error"][0]
    assert np.allclose(log["loss"], log["error"] + log["steady"])
    for name in ("curves.png", "sheets/000012.png"):
        assert (whole / name).read_bytes().startswith(b"\x89PNG")


def test_tensorboard_reads_the_events(whole: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(whole / "tensorboard"))
    events.Reload()
    log = read_table(whole / "log.csv")
    assert np.allclose([event.value for event in events.Scalars("train/loss")], log["loss"])
    assert [event.step for event in events.Scalars("validation/error")] == [6, 12]
    assert [event.step for event in events.Images("sheet")] == [12]


def test_a_killed_run_goes_on_exactly_as_if_nothing_had_happened(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, SCRIPT, folder, "wait", "6"], env=environment)
    limit_s = time.monotonic() + 120
    # Six steps are logged, four of them saved: two lines have to be forgotten.
    while len(read_table(folder / "log.csv").get("step", ())) < 6 or not (folder / "validation.csv").exists():
        assert process.poll() is None and time.monotonic() < limit_s
        time.sleep(0.02)
    process.kill()
    process.wait(60)
    with (folder / "log.csv").open("a", encoding="utf-8") as log:
        log.write("7,0.12")  # as a kill in the middle of a line leaves it
    resume(folder)
    same(folder, whole)


def test_ctrl_c_ends_after_a_step_that_is_saved(whole: Path, tmp_path: Path) -> None:
    def interrupt(done: int, steps: int, figures: object) -> None:
        if done == 6:
            signal.raise_signal(signal.SIGINT)

    folder, before = tmp_path / "run", signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(tiny_config(), TinyTask(), folder, report=interrupt)
    assert signal.getsignal(signal.SIGINT) is before
    assert torch.load(folder / "state.pt", weights_only=True)["step"] == 7
    calls = iter([False, True])
    with pytest.raises(KeyboardInterrupt):
        train(tiny_config(), TinyTask(), folder, cancelled=lambda: next(calls))
    assert torch.load(folder / "state.pt", weights_only=True)["step"] == 9
    resume(folder)
    same(folder, whole)


def test_a_loss_that_is_not_finite_stops_with_the_weights_of_before(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"loss nan.* at step 9 of tiny") as raised:
        train(tiny_config(), TinyTask(Mishap("nan", 9)), tmp_path)
    assert "\n" not in str(raised.value) and str(tmp_path) in str(raised.value)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert state["step"] == 9
    assert all(torch.isfinite(value).all() for part in ("learner", "average") for value in state[part].values())
    resume(tmp_path)  # what was kept is what the undisturbed run had: with good pictures it goes on like it
    same(tmp_path, whole)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: the system refuses them as a full disk does."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_full_disk_leaves_the_last_state(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(tiny_config(), TinyTask(), folder, cancelled=lambda: True)
    kept = (folder / "state.pt").read_bytes()
    with largest_file(len(kept) // 2), pytest.raises(OutputError) as raised:
        train(tiny_config(sheet_every=12), TinyTask(), folder)
    assert "state.pt" in str(raised.value) and "\n" not in str(raised.value)
    assert (folder / "state.pt").read_bytes() == kept and not list(folder.rglob(".partial-*"))
    resume(folder)
    same(folder, whole)


def test_a_damaged_state_falls_back_on_the_one_before(whole: Path, tmp_path: Path) -> None:
    calls = iter([False] * 5 + [True])
    with pytest.raises(KeyboardInterrupt):
        train(tiny_config(), TinyTask(), tmp_path, cancelled=lambda: next(calls))
    content = (tmp_path / "state.pt").read_bytes()
    (tmp_path / "state.pt").write_bytes(content[: len(content) // 2])
    resume(tmp_path)
    same(tmp_path, whole)
    for name in ("state.pt", "state-previous.pt"):
        (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(InputError, match="damaged"):
        train(tiny_config(), TinyTask(), tmp_path)


def test_other_settings_are_refused_by_name(whole: Path) -> None:
    with pytest.raises(SettingsError, match=r"loop\.steps = 12, now 13"):
        train(tiny_config(steps=13), TinyTask(), whole)
    with pytest.raises(SettingsError, match=r"task\.learning_rate = 0\.003, now 0\.1"):
        train(tiny_config(), TinyTask(settings=TinySettings(0.1)), whole)


@pytest.mark.parametrize("change", [{"precision": "half"}, {"steps": 0}, {"average_decay": 1.0}, {"clip_norm": -1.0}])
def test_values_the_loop_cannot_take_are_named(change: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=f"{next(iter(change))} is {next(iter(change.values()))!r}"):
        tiny_config(**change)


def test_passes_in_bfloat16_learn_too(whole: Path, tmp_path: Path) -> None:
    train(tiny_config(precision="bfloat16"), TinyTask(), tmp_path)
    exact, rounded = (read_table(folder / "log.csv")["loss"] for folder in (whole, tmp_path))
    assert np.allclose(rounded, exact, rtol=0.05) and not np.array_equal(rounded, exact)
    if not torch.cuda.is_available():
        with pytest.raises(EndoDepthError, match="float16 needs a CUDA device"):
            train(tiny_config(precision="float16"), TinyTask(), tmp_path / "float16")


def test_gradients_are_clipped_to_their_length(tmp_path: Path) -> None:
    def longest_step(clip_norm: float) -> float:
        task = TinyTask()
        before = [parameter.detach().clone() for parameter in task.network.parameters()]
        train(
            tiny_config(steps=1, clip_norm=clip_norm, validate_every=0, sheet_every=0), task, tmp_path / f"{clip_norm}"
        )
        after = [parameter.detach() for parameter in task.network.parameters()]
        return max(float((new - old).abs().max()) for new, old in zip(after, before, strict=True))

    # Adam's step does not shrink with the gradient until that is as small as its epsilon, 1e-8.
    assert 0.0 < longest_step(1e-9) < 0.2 * longest_step(0.0)
