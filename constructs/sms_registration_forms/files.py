"""Checks of files that are uploaded with a form."""

from __future__ import annotations

from pathlib import Path

MAXIMUM_FILE_BYTES = 5 * 1024 * 1024
"""What CreateRegistrationAttachment accepts. A field may allow less."""

_FIRST_BYTES = {b"%PDF-": "PDF", b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}


def with_folder(problem: str, path: Path) -> str:
    """A problem of a path, with the folder where a relative one begins.

    Args:
        problem: The problem.
        path: The path.
    """
    return problem if path.is_absolute() else f"{problem} (looked in {Path.cwd()})"


def file_problems(path: object) -> list[str]:
    """Problems of a file that is to be uploaded: it must be a PDF, PNG or JPEG of at most 5 MB.

    Args:
        path: Path of the file.
    """
    if not isinstance(path, str | Path):
        return [f"expected a path, got {type(path).__name__}"]
    file = Path(path)
    if not file.is_file():
        what = "is a folder" if file.is_dir() else "does not exist"
        return [with_folder(f"{str(path)!r} {what}, expected a file", file)]
    problems: list[str] = []
    size = file.stat().st_size
    if size > MAXIMUM_FILE_BYTES:
        problems.append(f"{str(path)!r} has {size} bytes, the service accepts at most {MAXIMUM_FILE_BYTES}")
    with file.open("rb") as opened:
        first = opened.read(max(map(len, _FIRST_BYTES)))
    if not first.startswith(tuple(_FIRST_BYTES)):
        problems.append(
            f"{str(path)!r} is not a PDF, PNG or JPEG file; the service accepts no other, whatever its name"
        )
    return problems
