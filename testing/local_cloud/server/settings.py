"""What the parent tells the cloud, in one environment variable."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

VARIABLE = "LOCAL_CLOUD_SETTINGS"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of one run of the cloud.

    Attributes:
        region: The Region that stacks live in when a request names none.
        account: The 12-digit account id, the same for ministack and for the fake service.
        certificate: PEM file of the server's certificate chain.
        private_key: PEM file of its key.
        fake_command: The command line that serves the fake service and prints its URL on a line of its own.
        fake_environment: Variables of that process; it inherits nothing else.
        replacement_rollback: What a rolled back update sends to a custom resource that it had replaced. `"delete"`: Delete
            of the new physical id, nothing else. `"update"`: Update back to the old properties, then Delete of the new id.
    """

    region: str
    account: str
    certificate: str
    private_key: str
    fake_command: list[str]
    fake_environment: dict[str, str]
    replacement_rollback: str = "delete"

    def to_environment(self) -> dict[str, str]:
        """The settings as an environment variable, for the process to start."""
        return {VARIABLE: json.dumps(asdict(self))}

    @classmethod
    def take_from_environment(cls) -> Settings:
        """Reads the settings and removes the variable, so that no Lambda function inherits it.

        Raises:
            KeyError: The variable is missing: this process was not started by `local_cloud`.
        """
        return cls(**json.loads(os.environ.pop(VARIABLE)))
