"""How many processors one question may take."""

from __future__ import annotations

from threadpoolctl import threadpool_limits


def one_thread_for_products() -> None:
    """Matrix products run on the thread that asks for them, for the rest of this process's life.

    The matrices of one question are small. OpenBLAS shares them among all processors and waits, spinning, for the last:
    beside another busy process an answer took 229 ms instead of 7. Whole questions run side by side instead.
    """
    threadpool_limits(limits=1, user_api="blas")
