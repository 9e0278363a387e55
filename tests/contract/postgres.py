"""A PostgreSQL server of the tests' own, from Debian's package: in a temporary folder, on a free port of this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "rahasia-yang-tak-tampil"
BINARIES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path(shutil.which("initdb") or "/nowhere").parent)
MISSING = None if (BINARIES / "initdb").exists() else "needs PostgreSQL (apt-get install postgresql)"


@contextmanager
def server(host: str = "127.0.0.1") -> Iterator[str]:
    """The server's address without a database, on an address of this machine; stopped and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="tanya-postgres-") as kept, socket.socket() as probe:
        folder = Path(kept)
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if user:
            shutil.chown(folder, "postgres")
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        probe.bind((host, 0))
        port = probe.getsockname()[1]
        probe.close()

        def run(program: str, *arguments: str) -> None:
            command = [*user, str(BINARIES / program), "-D", str(folder / "cluster"), *arguments]
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)

        # It sorts as dictionaries do, which no archive of ours may depend on.
        locale = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=id")
        run("initdb", "-U", "tanya", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", *locale)
        with (folder / "cluster" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {host}/24 scram-sha-256\n")
        options = f"-p {port} -c listen_addresses={host} -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://tanya:{PASSWORD}@{host}:{port}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
