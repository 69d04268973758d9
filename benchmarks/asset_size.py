"""The size of the function's code, zipped."""

import io
import zipfile
from pathlib import Path

import boto3

from benchmarks.report import Row, print_table, progress
from benchmarks.sandboxes import RUNTIME
from cdk_sms_registration.asset import handler_asset


def rows() -> list[Row]:
    """Our asset, compared with a vendored boto3."""
    progress("asset size")
    packages = Path(boto3.__file__).parents[1]
    ours, vendored = handler_asset().archive.stat().st_size, zipped(*(packages / name for name in RUNTIME))
    return [
        Row(
            "asset zip",
            f"{ours / 1000:.1f} KB",
            f"vendored boto3 {vendored / 1e6:.1f} MB",
            f"{ours / vendored:.4f}x",
            "<= 130 KB",
            ours <= 130_000,
        )
    ]


def zipped(*roots: Path) -> int:
    """Return the size of an archive of these folders and files, without bytecode."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for root in roots:
            for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
                if path.is_file() and path.suffix != ".pyc":
                    file.write(path, path.relative_to(root.parent))
    return len(archive.getvalue())


if __name__ == "__main__":
    print_table(rows())
