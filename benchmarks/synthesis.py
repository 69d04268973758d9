"""The cost of registrations at synth: whole processes, without the CDK's template validator, which takes seconds by itself."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import Row, at_most, median_ratio, milliseconds, print_table, progress

APPS = Path(__file__).parent / "apps"
ROUNDS = 7
CASES = (
    ("empty", 0),
    *((app, count) for count in (1, 400) for app in ("registration", "custom_resource", "native")),
    ("registration_form", 400),
)
LIMITS = {1: 1.7, 400: 2.7}


def rows() -> list[Row]:
    """Interleaved rounds; the first one does not count."""
    seconds: dict[tuple[str, int], list[float]] = {case: [] for case in CASES}
    templates: dict[tuple[str, int], str] = {}
    for number in range(ROUNDS + 1):
        progress(f"synth, round {number} of {ROUNDS}")
        for case in CASES:
            took, templates[case] = _synth(*case)
            if number:
                seconds[case].append(took)
    empty = seconds["empty", 0]
    found = []
    for count, limit in LIMITS.items():
        others = ", ".join(
            f"{name} {milliseconds(seconds[app, count])} ({median_ratio(seconds[app, count], empty):.2f}x)"
            for app, name in (("custom_resource", "plain CustomResource"), ("native", "native L1"))
        )
        found.append(
            at_most(
                f"synth of {count} Registration{'s' * (count > 1)}",
                ours=milliseconds(seconds["registration", count]),
                peer=f"empty stack {milliseconds(empty)}; {others}",
                ratio=median_ratio(seconds["registration", count], empty),
                limit=limit,
            )
        )
    found.append(
        at_most(
            "synth of 200 RegistrationForms, each of a native registration",
            ours=milliseconds(seconds["registration_form", 400]),
            peer=f"empty stack {milliseconds(empty)}",
            ratio=median_ratio(seconds["registration_form", 400], empty),
            limit=LIMITS[400],
        )
    )
    first, further = map(int, run_app("jsii_calls", Path(tempfile.gettempdir()), 0).split())
    found.append(
        Row("jsii calls per further Registration", f"{further} (the first: {first})", aim="<= 5", reached=further <= 5)
    )
    ours, plain = _growth(templates, "registration"), _growth(templates, "custom_resource")
    found.append(
        Row(
            "template per further Registration",
            f"{ours[0]:g} resource, {ours[1]:.0f} bytes",
            f"plain CustomResource {plain[0]:g} resource, {plain[1]:.0f} bytes",
            f"{ours[1] / plain[1]:.2f}x",
            "1, <= 480",
            ours[0] == 1 and ours[1] <= 480,
        )
    )
    return found


def _growth(templates: dict[tuple[str, int], str], app: str) -> tuple[float, float]:
    few, many = templates[app, 1], templates[app, 400]
    resources = len(json.loads(many)["Resources"]) - len(json.loads(few)["Resources"])
    return resources / 399, (len(many) - len(few)) / 399


def _synth(app: str, count: int) -> tuple[float, str]:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        run_app(app, Path(folder), count)
        return time.perf_counter() - began, (Path(folder) / "Stack.template.json").read_text()


def run_app(app: str, folder: Path, *arguments: object) -> str:
    """Run an app of benchmarks/apps as the CDK CLI does, and return its output.

    Args:
        app: The app's name.
        folder: Where the cloud assembly goes.
        arguments: The app's arguments.

    Raises:
        RuntimeError: The app failed.
    """
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(folder),
        "CDK_VALIDATION": "false",
        # As the CDK CLI runs an app: with paths in the metadata of resources.
        "CDK_CONTEXT_JSON": json.dumps({"aws:cdk:enable-path-metadata": True}),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "18,20",
    }
    # As pip installs a package: with bytecode, which the first round writes.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, str(APPS / f"{app}.py"), *map(str, arguments)]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{app} cannot be synthesized:\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    print_table(rows())
