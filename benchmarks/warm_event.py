"""A Create in a warm container, from the handler's start to its end, with the response delivered over TLS."""

import contextlib
import statistics

from benchmarks.endpoint import serve
from benchmarks.report import Row, at_most, median_ratio, milliseconds, print_table, progress
from benchmarks.sandboxes import Sandbox, task_folder

ROUNDS = 60
EVENTS = 8
WARM_UP = 20
HANDLERS = ("shipped", "bare_boto3", "shipped_apart", "crhelper_as_is")


def rows() -> list[Row]:
    """Rounds of a few events of each handler in turn; the figure of a round is their median."""
    seconds: dict[str, list[float]] = {name: [] for name in HANDLERS}
    cpu: dict[str, list[float]] = {name: [] for name in HANDLERS}
    progress(f"warm event, {ROUNDS} rounds")
    with contextlib.ExitStack() as stack:
        task, endpoint = stack.enter_context(task_folder()), stack.enter_context(serve(tls=True))
        sandboxes = {name: stack.enter_context(Sandbox(task, name, endpoint)) for name in HANDLERS}
        for sandbox in sandboxes.values():
            sandbox.handle(WARM_UP)
        for _ in range(ROUNDS):
            for name, sandbox in sandboxes.items():
                result = sandbox.handle(EVENTS)
                seconds[name].append(statistics.median(result.seconds))
                cpu[name].append(result.cpu / EVENTS)
    peer = seconds["bare_boto3"]

    def against_bare(name: str) -> str:
        return f"{median_ratio(seconds[name], peer):.1f}x, of CPU {median_ratio(cpu[name], cpu['bare_boto3']):.1f}x"

    bare = f"the bare boto3 call {milliseconds(peer)}"
    crhelper = f"crhelper as is {milliseconds(seconds['crhelper_as_is'])} ({against_bare('crhelper_as_is')})"
    return [
        at_most(
            "warm Create, handler in to response taken",
            ours=f"{milliseconds(seconds['shipped'])} ({against_bare('shipped')})",
            peer=f"{bare}; {crhelper}",
            ratio=median_ratio(seconds["shipped"], peer),
            limit=3.6,
        ),
        Row(
            "the same, more than 5 s after the last response",
            f"{milliseconds(seconds['shipped_apart'])} ({against_bare('shipped_apart')})",
            f"{bare}, its connection kept",
            f"{median_ratio(seconds['shipped_apart'], peer):.2f}x",
        ),
    ]


if __name__ == "__main__":
    print_table(rows())
