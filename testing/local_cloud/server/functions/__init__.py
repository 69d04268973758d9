"""The folder on the `PYTHONPATH` of Lambda functions: what Lambda's Python runtime does, and the clock of the local cloud."""

from pathlib import Path

FOLDER = str(Path(__file__).parent)
AHEAD_VARIABLE = "LOCAL_CLOUD_AHEAD_SECONDS"
"""Names how far the clock is ahead, in seconds."""
