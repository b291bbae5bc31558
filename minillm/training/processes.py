"""A few processes that work together, started from anywhere, a notebook too.

Functions that they run must live in a module: a new process imports them by name and has never seen a notebook's cells.
"""

import multiprocessing
import os
import pickle
import socket
import tempfile
import time
import traceback
import weakref
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
import torch.distributed as dist

from minillm.errors import ConfigError, WorkerError


class Processes:
    """Processes that can talk to one another by torch.distributed (gloo, on this machine alone).

    Each holds its rank, from 0, and computes on one thread. They stay until `close`, or the end of a ``with``.
    They find one another through a file, and talk over the loopback interface: no port is open to others.

    Args:
        count: how many.
        timeout: seconds to wait for an answer, or for one another.
    """

    def __init__(self, count: int = 2, timeout: float = 60) -> None:
        if count < 1 or not timeout > 0:
            raise ConfigError(f"count = {count} must be at least 1 and timeout = {timeout} above 0")
        self.timeout = timeout
        context = multiprocessing.get_context("spawn")
        folder = tempfile.mkdtemp(prefix="minillm-")
        self._connections: list[Connection] = []
        processes: list[BaseProcess] = []
        self._close = weakref.finalize(self, _close, processes, self._connections, Path(folder))
        for rank in range(count):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there, folder, rank, count, timeout), daemon=True)
            process.start()
            there.close()
            self._connections.append(here)
            processes.append(process)

    def run(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Call the function in every process and return what it returns in each, by rank.

        Arguments and results are copies: what a process changes in a model stays there.

        Raises:
            WorkerError: a process failed, died, or did not answer in time. All are ended then.
        """
        if not self._close.alive:
            raise WorkerError("these processes have ended; start new ones")
        order = pickle.dumps((function, arguments))
        try:
            for rank in range(len(self._connections)):
                self._send(rank, order)
            return self._answers()
        except BaseException:
            self.close()
            raise

    def _answers(self) -> list[Any]:
        answers: dict[int, Any] = {}
        deadline = time.monotonic() + self.timeout
        while waiting := [rank for rank in range(len(self._connections)) if rank not in answers]:
            ready = wait([self._connections[rank] for rank in waiting], max(0, deadline - time.monotonic()))
            if not ready:
                raise WorkerError(f"process {waiting[0]} has not answered after {self.timeout:g} seconds")
            for rank in waiting:
                if self._connections[rank] in ready:
                    answers[rank] = self._receive(rank)
        return [answers[rank] for rank in sorted(answers)]

    def _send(self, rank: int, order: bytes) -> None:
        try:
            self._connections[rank].send_bytes(order)
        except OSError as error:
            raise WorkerError(f"process {rank} has died") from error

    def _receive(self, rank: int) -> Any:
        try:
            good, answer = pickle.loads(self._connections[rank].recv_bytes())
        except (EOFError, OSError) as error:
            raise WorkerError(f"process {rank} has died") from error
        if not good:
            raise WorkerError(f"process {rank} has failed:\n{answer}")
        return answer

    def close(self) -> None:
        """End the processes."""
        self._close()

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()


def _serve(connection: Connection, folder: str, rank: int, count: int, timeout: float) -> None:
    """The life of a process: meet the others, then do what is asked until nobody asks any more."""
    torch.set_num_threads(1)
    loopback = next((name for _, name in socket.if_nameindex() if name.startswith("lo")), None)
    if loopback is not None:
        os.environ["GLOO_SOCKET_IFNAME"] = loopback
    store = dist.FileStore(str(Path(folder) / "rendezvous"), count)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=count, timeout=timedelta(seconds=timeout))
    try:
        while True:
            function, arguments = pickle.loads(connection.recv_bytes())
            try:
                answer = pickle.dumps((True, function(*arguments)))
            except Exception:
                answer = pickle.dumps((False, traceback.format_exc()))
            connection.send_bytes(answer)
    except (EOFError, OSError):
        pass  # whoever asked is gone
    finally:
        dist.destroy_process_group()


def _close(processes: list[BaseProcess], connections: list[Connection], folder: Path) -> None:
    for connection in connections:
        connection.close()
    for process in processes:
        process.join(1)
        process.kill()
        process.join()
        process.close()
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
