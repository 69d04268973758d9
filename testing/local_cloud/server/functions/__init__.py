"""The folder on the `PYTHONPATH` of Lambda functions while the clock of the local cloud is ahead."""

VARIABLE = "LOCAL_CLOUD_AHEAD_SECONDS"
"""Names how far the clock is ahead, in seconds."""
