"""A Create in a warm container: from the handler's start to its end, with the answer delivered over TLS."""

import statistics

from benchmarks.endpoint import serve
from benchmarks.report import Row, at_most, median_ratio, milliseconds, print_table, progress
from benchmarks.sandboxes import run, task_folder

ROUNDS = 15
EVENTS = 120
WARM_UP = 20
HANDLERS = ("shipped", "bare_boto3", "shipped_apart", "crhelper_as_is")


def rows() -> list[Row]:
    """Interleaved rounds, each in a new process; a round's figure is the median of its events."""
    seconds: dict[str, list[float]] = {name: [] for name in HANDLERS}
    with task_folder() as task, serve(tls=True) as endpoint:
        for number in range(ROUNDS):
            progress(f"warm event, round {number + 1} of {ROUNDS}")
            for name in HANDLERS:
                result = run(task, name, endpoint, WARM_UP + EVENTS)
                seconds[name].append(statistics.median(result.seconds[WARM_UP:]))
    peer = seconds["bare_boto3"]
    bare, crhelper = milliseconds(peer), seconds["crhelper_as_is"]
    return [
        at_most(
            "warm Create, handler in to answer taken",
            ours=milliseconds(seconds["shipped"]),
            peer=f"the bare boto3 call {bare}; crhelper as is {milliseconds(crhelper)} ({median_ratio(crhelper, peer):.0f}x)",
            ratio=median_ratio(seconds["shipped"], peer),
            limit=4,
        ),
        Row(
            "the same, more than 5 s after the last answer",
            milliseconds(seconds["shipped_apart"]),
            f"the bare boto3 call {bare}, its connection kept",
            f"{median_ratio(seconds['shipped_apart'], peer):.2f}x",
        ),
    ]


if __name__ == "__main__":
    print_table(rows())
