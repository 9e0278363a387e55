"""A Chroma server of the tests' own, on a free port of this machine; it can be killed and started again."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self


class Server:
    """``chroma run`` on a folder."""

    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        self._folder = folder
        self._host = host
        with socket.create_server((host, 0)) as free:
            self._port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """As the setting ``vectors`` has it."""
        return f"chroma://{self._host}:{self._port}"

    def start(self) -> None:
        """Come up; returns when it listens."""
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(self._folder)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--host", self._host, "--port", str(self._port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection((self._host, self._port)).close()
                return
            except OSError:
                assert time.monotonic() < deadline, "chroma run did not come up"
                time.sleep(0.1)

    def kill(self) -> None:
        """As ``kill -9`` does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()
