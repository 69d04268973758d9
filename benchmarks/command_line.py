"""Start time of the command-line program, and the time of its check of a brand with its campaign, and of ten such pairs."""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from benchmarks.report import Row, median_ratio, milliseconds, print_table, progress

ROUNDS = 15
PAIRS = 10
PROGRAM = "sms-registration"
ROOT = Path(__file__).parents[1]
GOOD_FORMS = ROOT / "tests/rules/good_forms"
DEFINITIONS = ROOT / "testing/moto_sms_voice/definitions"


def rows() -> list[Row]:
    """Interleaved rounds; no rows without the program."""
    program = shutil.which(PROGRAM, path=str(Path(sys.executable).parent))
    if program is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        forms = [_form_file(Path(folder), f"winery_{each}") for each in ("brand", "campaign")]
        many = [shutil.copy(each, f"{each}-{number}.yaml") for each in forms for number in range(PAIRS)]
        commands = {
            "help": [program, "--help"],
            "check": [program, "check", "--definitions", str(DEFINITIONS), *forms],
            "check many": [program, "check", "--definitions", str(DEFINITIONS), *many],
            "bare": [sys.executable, "-c", "pass"],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(ROUNDS + 1):
            progress(f"command line, round {number} of {ROUNDS}")
            for name, command in commands.items():
                began = time.perf_counter()
                done = subprocess.run(command, capture_output=True)
                # Ten brands with one tax ID are a warning, which is exit code 1.
                assert done.returncode == (name == "check many"), done.stderr
                if number:
                    seconds[name].append(time.perf_counter() - began)
    return [
        _row(f"{PROGRAM} --help", seconds["help"], seconds["bare"], 0.25),
        _row(f"{PROGRAM} check, a brand and its campaign", seconds["check"], seconds["bare"], 0.5),
        _row(f"{PROGRAM} check, {len(many)} forms", seconds["check many"], seconds["bare"], 1.0),
    ]


def _row(name: str, seconds: list[float], bare: list[float], limit: float) -> Row:
    median = sorted(seconds)[len(seconds) // 2]
    ratio = f"{median_ratio(seconds, bare):.2f}x"
    return Row(
        name, milliseconds(seconds), f"python -c pass {milliseconds(bare)}", ratio, f"< {limit} s", median < limit
    )


def _form_file(folder: Path, name: str) -> str:
    form = yaml.safe_load((GOOD_FORMS / f"{name}.yaml").read_text(encoding="utf-8"))
    values = form["values"]
    if "CAMPAIGN" in form["type"]:
        # The rules do not read these.
        values |= {f"campaignUseCase.subscriber{each}": "Yes" for each in ("OptIn", "OptOut", "Help")}
    file = folder / f"{name}.yaml"
    file.write_text(f"# registration-type: {form['type']}\n{yaml.safe_dump(values)}", encoding="utf-8")
    return str(file)


if __name__ == "__main__":
    print_table(rows())
