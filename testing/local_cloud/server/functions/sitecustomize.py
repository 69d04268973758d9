"""Moves the clock of a Lambda function. Python imports it at the start of each process that finds it on its path."""

import os
import time

_ahead = float(os.environ.get("LOCAL_CLOUD_AHEAD_SECONDS", "0"))
_time, _time_ns = time.time, time.time_ns
time.time = lambda: _time() + _ahead
time.time_ns = lambda: _time_ns() + int(_ahead * 1e9)
