"""What holds for every test: shapes are checked, the network is refused, notebooks are compared the book's way."""

import os

if "PYTEST_XDIST_WORKER" in os.environ:  # before torch starts: two processes with two threads each fight for two cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from jaxtyping import install_import_hook

import tools.typecheck  # the hook looks the checker up by name

# Before anything imports minillm: every public tensor function checks its shapes and types when called.
install_import_hook("minillm", "tools.typecheck.check")

import tools.kernel_startup.sitecustomize  # noqa: E402, F401  (refuses outside sockets in this process, too)

pytest_plugins = ["tools.nbval_book"]
