"""The environment that every notebook of the book is executed in, and how its memory is measured."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

STARTUP = Path(__file__).resolve().parent / "kernel_startup"


def kernel_environment(threads: int = 2) -> dict[str, str]:
    """Environment variables for a kernel: no progress bars, as many threads (unless the caller's say), no network."""
    python_path = [str(STARTUP), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        "TQDM_DISABLE": "1",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(threads)),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(python_path)),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def peak_memory(pid: int) -> int:
    """Largest resident size so far of a running process, in bytes."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    memory = psutil.Process(pid).memory_info()
    return int(getattr(memory, "peak_wset", memory.rss))
