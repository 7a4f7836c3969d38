"""How much memory does `endodepth depth`, or a batch's worker, take on a long 720p video?

    python Testing/Benchmarks/long_video_memory.py [--frames 10000] [--every 1] [--width 1280] [--height 720] [--batch]
        [--weights ID|FILE] [--video FILE]

Loops a short clip (of --video, or a moving texture) to so many frames without encoding it anew, runs the command in a
child process, empties the arrays that are done (3.7 MB a frame; yet the room for them has to be free, or the command
refuses) and prints the peak resident memory of the process that computes. Exit code 1 above 1.5 GB. Linux only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import av
from benchmark_arguments import add_picture_size, add_weights, benchmark_parser
from child_process import write_video

MOST_BYTES = 1.5e9
_CLIP_FRAMES = 250


def main() -> int:
    parser = benchmark_parser(__doc__)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--every", type=int, default=1, help="keep every N-th frame; all are decoded")
    parser.add_argument("--batch", action="store_true", help="as the only case of a batch")
    parser.add_argument("--video", type=Path, help="loop this one; its size counts, not --width and --height")
    add_picture_size(parser, 1280, 720)
    add_weights(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        clip = options.video or write_video(folder / "clip.mp4", _CLIP_FRAMES, options.width, options.height)
        video = looped(clip, folder / "long.mp4", options.frames)
        output = folder / "out"
        if options.batch:
            (folder / "m.csv").write_text(f"input,every\nlong.mp4,{options.every}\n", encoding="utf-8")
            arguments = ["batch", folder / "m.csv", "--kind", "depth"]
        else:
            arguments = ["depth", video, "--every", options.every]
        arguments += ["--output", output, "--weights", options.weights]
        started_s = time.monotonic()
        process = subprocess.Popen([sys.executable, "-m", "EndoDepthCLI", *map(str, arguments)])
        peaks: dict[int, int] = {}
        stop = threading.Event()
        thread = threading.Thread(target=watch, args=(process.pid, output, peaks, stop), daemon=True)
        thread.start()
        code = process.wait()
        stop.set()
        thread.join()
        seconds = time.monotonic() - started_s
        report = next(output.rglob("report.json"), None)
        frames = json.loads(report.read_text(encoding="utf-8"))["frames"] if report else 0
    peak = max(peaks.values(), default=0)
    what = "batch" if options.batch else "depth"
    print(f"{what}: {options.frames} frames in the video, {frames} kept, {seconds:.0f} s, exit code {code}")
    print(f"peak resident memory {peak / 1e9:.2f} GB; at most {MOST_BYTES / 1e9:g} GB is asked")
    return 0 if code == 0 and frames and peak <= MOST_BYTES else 1


def looped(clip: Path, target: Path, frames: int) -> Path:
    """The clip again and again, its packets copied."""
    with av.open(str(target), "w") as container:
        stream, offset, written = None, 0, 0
        while written < frames:
            with av.open(str(clip)) as source:
                template = source.streams.video[0]
                if stream is None:
                    stream = container.add_stream_from_template(template)
                end = offset
                for packet in source.demux(template):
                    if packet.dts is None or packet.pts is None:
                        continue
                    end = max(end, packet.pts + offset + max(packet.duration or 0, 1))
                    packet.pts, packet.dts, packet.stream = packet.pts + offset, packet.dts + offset, stream
                    container.mux(packet)
                    written += 1
                offset = end
    return target


def watch(pid: int, output: Path, peaks: dict[int, int], stop: threading.Event) -> None:
    """Note the memory of a process and its children, and empty the arrays that are done."""
    while not stop.wait(0.2):
        said = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
        for each in (pid, *map(int, said)):
            try:
                lines = Path(f"/proc/{each}/status").read_text(encoding="ascii", errors="replace").splitlines()
            except OSError:
                continue
            line = next((line for line in lines if line.startswith("VmHWM:")), None)
            if line is not None:
                peaks[each] = int(line.split()[1]) * 1024
        for path in [*output.rglob("*.npy"), *output.rglob("validity/*.png")]:
            if not path.name.startswith(".") and path.stat().st_size:
                path.write_bytes(b"")


if __name__ == "__main__":
    sys.exit(main())
