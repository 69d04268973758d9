"""Time from the start of the process to the arrival of its first API request, and memory of the process."""

import statistics

from benchmarks.endpoint import serve
from benchmarks.report import Row, at_most, median_ratio, milliseconds, print_table, progress
from benchmarks.sandboxes import Sandbox, task_folder

ROUNDS = 15
HANDLERS = ("shipped", "bare_boto3", "crhelper_as_is", "hand_signed")
PEER = "bare_boto3"


def rows() -> list[Row]:
    """Interleaved rounds; the first one fills the caches and does not count."""
    found = []
    for tls in (False, True):
        seconds, memory = _measure(tls)
        transport = "TLS" if tls else "plain"
        ours = seconds["shipped"]
        others = ", ".join(
            f"{name.replace('_', ' ')} {milliseconds(seconds[name])} ({median_ratio(ours, seconds[name]):.2f}x)"
            for name in HANDLERS[2:]
            if name in seconds
        )
        found.append(
            at_most(
                f"cold start to first request, {transport}",
                ours=milliseconds(ours),
                peer=f"bare boto3.client {milliseconds(seconds[PEER])}; {others}",
                ratio=median_ratio(ours, seconds[PEER]),
                limit=0.85,
            )
        )
    peaks = {name: statistics.median(values) for name, values in memory.items()}
    found.append(
        Row(
            "peak memory of that process, TLS, until after the response",
            f"{peaks['shipped']:.1f} MB",
            f"bare boto3.client {peaks[PEER]:.1f}; crhelper as is {peaks['crhelper_as_is']:.1f}",
            f"{peaks['shipped'] / peaks[PEER]:.2f}x",
            "<= 38 MB",
            peaks["shipped"] <= 38,
        )
    )
    return found


def _measure(tls: bool) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    # crhelper sends its response over TLS only.
    handlers = [name for name in HANDLERS if tls or name != "crhelper_as_is"]
    seconds: dict[str, list[float]] = {name: [] for name in handlers}
    memory: dict[str, list[float]] = {name: [] for name in handlers}
    with task_folder() as task, serve(tls=tls) as endpoint:
        for number in range(ROUNDS + 1):
            progress(f"cold start, {'TLS' if tls else 'plain'}, round {number} of {ROUNDS}")
            for name in handlers:
                endpoint.arrivals.clear()
                with Sandbox(task, name, endpoint) as sandbox:
                    result = sandbox.handle(1)
                if number:
                    seconds[name].append(endpoint.arrivals[0][1] - sandbox.started)
                    memory[name].append(result.peak)
    return seconds, memory


if __name__ == "__main__":
    print_table(rows())
