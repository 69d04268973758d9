"""The scripts of tools/ as modules."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).parents[2] / "tools"


def load(name: str) -> Any:
    """Import a script of tools/ without running it.

    Args:
        name: Its name without suffix.
    """
    specification = importlib.util.spec_from_file_location(f"{name}_tool", TOOLS / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    tool = importlib.util.module_from_spec(specification)
    # Dataclasses look up their module.
    sys.modules[specification.name] = tool
    specification.loader.exec_module(tool)
    return tool
