"""How old are the answers of `endodepth serve`, how many pictures get one, and does its memory stay where it is?

    python Testing/Benchmarks/live.py [--seconds 300] [--rate 25] [--video FILE] [--prompt TEXT ...] [--json FILE]

A real OpenIGTLink client (pyigtl) sends a video again and again, by default laparoscopy.mp4 of the reference data, to a
server in a process of its own. The age of an answer is the time from handing a picture to the client until its depth
has come back to it. Exit code 1 when nothing is answered, an answer is older than 5 s, or memory grows by more than 5 %
after the first tenth of the time. Memory is read on Linux only.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pyigtl
from benchmark_arguments import add_weights, benchmark_parser
from reference_data import DATA

_OLDEST_S = 5.0
_MOST_GROWTH = 0.05
_PATIENCE_S = 120.0


def main() -> int:
    parser = benchmark_parser(__doc__)
    parser.add_argument("--seconds", type=float, default=300.0, help="default %(default)s")
    parser.add_argument("--rate", type=float, default=25.0, help="pictures a second (default %(default)s)")
    parser.add_argument("--video", type=Path, default=DATA / "laparoscopy.mp4")
    parser.add_argument("--prompt", action="append", help="default: liver, surgical instrument")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    add_weights(parser)
    options = parser.parse_args()
    pictures = _pictures(options.video)
    prompts = options.prompt or ["liver", "surgical instrument"]
    arguments = [part for prompt in prompts for part in ("--prompt", prompt)]
    command = [sys.executable, "-m", "EndoDepthCLI", "serve", "--port", "0", "--weights", options.weights, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"listening on [^ ]*:(\d+) ", server.stdout.readline())
            if found is None:
                print("the server did not start", file=sys.stderr)
                return 1
            figures = _stream(pictures, int(found[1]), server.pid, options.seconds, options.rate)
            server.send_signal(signal.SIGINT)
            figures["server"] = server.communicate(timeout=30)[0].strip()
            figures["exit_code"] = server.returncode
        finally:
            server.kill()
    for name, value in figures.items():
        print(f"{name}: {value}")
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    is_good = figures["answered"] and figures["oldest_ms"] < 1000 * _OLDEST_S and not figures["exit_code"]
    return 0 if is_good and figures["growth"] <= _MOST_GROWTH else 1


def _pictures(video: Path) -> list[np.ndarray]:
    """Up to 250 RGB pictures, decoded beforehand so that decoding is not measured."""
    capture, found = cv2.VideoCapture(str(video)), []
    while len(found) < 250:
        is_read, picture = capture.read()
        if not is_read:
            break
        found.append(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    if not found:
        sys.exit(f"'{video}' cannot be read; set ENDODEPTH_DATA or give --video")
    return found


def _stream(pictures: list[np.ndarray], port: int, pid: int, seconds: float, rate: float) -> dict[str, object]:
    client = pyigtl.OpenIGTLinkClient("127.0.0.1", port)
    _exchange(client, pictures[0])  # the first answer comes late: kernels are chosen, caches filled
    ages_s: list[float] = []
    memory: list[float] = []
    sent, sockets = 0, {client.socket}
    base_s = time.time()
    while (now_s := time.time() - base_s) < seconds:
        if now_s * rate >= sent:
            client.send_message(_message(pictures[sent % len(pictures)], time.time()), wait=False)
            sent += 1
            sockets.add(client.socket)
            if sent % max(1, round(rate)) == 0:
                memory.append(_resident_mib(pid))
        answer = client.wait_for_message("EndoDepth_Depth", timeout=0)
        if answer is not None:
            ages_s.append(time.time() - answer.timestamp)
        else:
            time.sleep(0.002)
    client.stop()
    settled = memory[len(memory) // 10] if memory else 0.0
    ages_ms = 1000 * np.array(ages_s or [np.nan])
    return {
        "size": f"{pictures[0].shape[1]} x {pictures[0].shape[0]}",
        "seconds": seconds,
        "sent": sent,
        "answered": len(ages_s),
        "dropped": sent - len(ages_s),
        "reconnections": len(sockets - {None}) - 1,  # pyigtl gives up a connection that takes no bytes for 10 ms
        "answers_per_s": round(len(ages_s) / seconds, 2),
        "median_age_ms": round(float(np.median(ages_ms)), 1),
        "p95_age_ms": round(float(np.percentile(ages_ms, 95)), 1),
        "oldest_ms": round(float(ages_ms.max()), 1),
        "memory_mib": [round(settled, 1), round(memory[-1], 1)] if memory else [],
        "growth": round(memory[-1] / settled - 1, 4) if settled else 0.0,
    }


def _message(picture: np.ndarray, time_s: float) -> pyigtl.ImageMessage:
    return pyigtl.ImageMessage(picture[None], device_name="Video", timestamp=time_s)


def _exchange(client: pyigtl.OpenIGTLinkClient, picture: np.ndarray) -> None:
    for _ in range(3):
        client.send_message(_message(picture, time.time()), wait=False)
        if client.wait_for_message("EndoDepth_Depth", timeout=_PATIENCE_S) is None:
            sys.exit(f"no answer in {_PATIENCE_S:.0f} s")


def _resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        return 0.0
    line = next(each for each in status.read_text(encoding="utf-8").splitlines() if each.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
