"""Nothing leaves the machine: no command but `serve` uses the network, shown by running them with sockets forbidden."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from architecture.source_tree import PACKAGES, python_files
from command_line.material import write_pictures, write_untrained_weights
from command_line.process import endodepth_in_one_process

FORBID = '''
"""Ends every use of the network in this process and its children, and writes down who tried."""
import os
import sys

NETWORK = ("socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
           "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo", "urllib.Request")

def forbid(event, arguments):
    # Pairs of sockets of the family AF_UNIX are pipes between processes of this computer.
    if event in NETWORK or (event == "socket.__new__" and int(arguments[1]) not in LOCAL):
        with open(os.environ["ENDODEPTH_TRIED"], "a", encoding="utf-8") as file:
            file.write(event + " " + " ".join(sys.argv[-6:]) + chr(10))
        raise RuntimeError("the network is forbidden: " + event)

import _socket
LOCAL = {int(getattr(_socket, "AF_UNIX", -1))}
sys.addaudithook(forbid)
'''
"""As sitecustomize.py on the path, Python runs it before anything else."""

NETWORK_MODULES = {"socket", "selectors", "urllib", "http", "ssl", "ftplib", "smtplib", "xmlrpc", "socketserver"} | {
    "requests",
    "httpx",
    "aiohttp",
    "asyncio",
}
ALLOWED = {
    "EndoDepthCLI/job/serving/connection.py",  # the live server
    "EndoDepthCLI/job/serving/server.py",
    "EndoDepthScene/live_link.py",  # the panel's end of the live server, on this computer only
    "EndoDepthCLI/job/batch/supervision.py",  # this computer's name, no more
}


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file that names who tried to use the network; from now on, nobody may."""
    folder, file = tmp_path / "forbidding", tmp_path / "tried.txt"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(FORBID, encoding="utf-8")
    inherited = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(folder), inherited])))
    monkeypatch.setenv("ENDODEPTH_TRIED", str(file))
    yield file


def test_no_command_but_serve_opens_a_socket(tmp_path: Path, tried: Path) -> None:
    pictures = write_pictures(tmp_path / "pictures", 2)
    use = ["--weights", write_untrained_weights(tmp_path / "untrained.safetensors"), "--device", "cpu"]
    clip, results = tmp_path / "clip", tmp_path / "results"
    outcomes = endodepth_in_one_process(
        {
            "synthesize": ["synthesize", "colon", "--output", clip, "--frames", "2", "--width", "64", "--height", "48"],
            "reconstruct": ["reconstruct", pictures, *use, "--prompt", "liver", "--output", results, "--results-only"],
            "depth": ["depth", clip / "frames", *use, "--output", tmp_path / "depth"],
            "segment": ["segment", pictures, *use, "--prompt", "liver", "--output", tmp_path / "labels"],
            "frames": ["frames", pictures, "--output", tmp_path / "frames"],
            "inspect": ["inspect", pictures],
            "prompts": ["prompts", "--prompt", "the liver", *use[:2]],
            "devices": ["devices"],
            "models": ["models"],
            "evaluate": ["evaluate", "depth", tmp_path / "depth", clip],
            "serve": ["serve", "--port", "0", *use],  # here the fence must hold, or it proves nothing
        }
    )
    serve = outcomes.pop("serve")
    assert {name: outcome.stderr for name, outcome in outcomes.items() if outcome.exit_code} == {}
    assert serve.exit_code != 0 and "the network is forbidden" in serve.stderr
    events = tried.read_text(encoding="utf-8").splitlines()
    assert [line.split()[0] for line in events] == ["socket.__new__"], events


def test_no_other_file_imports_what_speaks_to_a_network() -> None:
    found = set()
    for package in PACKAGES.values():
        for path in python_files(package):
            text = path.read_text(encoding="utf-8")
            if not any(name in text for name in NETWORK_MODULES):  # most files; parsing all takes seconds
                continue
            for node in ast.walk(ast.parse(text)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names = [node.module]
                if NETWORK_MODULES & {name.partition(".")[0] for name in names}:
                    found.add(path.relative_to(package.parent).as_posix())
    assert found == ALLOWED
