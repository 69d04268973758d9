"""The settings that the parent passes to the server, in one environment variable."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

VARIABLE = "LOCAL_CLOUD_SETTINGS"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one run.

    Attributes:
        region: The Region of requests that name none.
        account: The 12-digit account ID of requests that name none.
        certificate: PEM file of the server's certificate chain.
        private_key: PEM file of the private key.
        fake_command: The command line of the fake service, which prints its URL on its own line.
        fake_environment: The variables of that process; it inherits no others.
        messages: The file that the messages of all topics are recorded in.
        function_logs: The file that the logs of all Lambda functions are recorded in.
        replacement_rollback: What the rollback of an update sends to a replaced custom resource. `"delete"`: only the Delete
            of the new physical ID. `"update"`: Update back to the old properties, then Delete of the new ID.
    """

    region: str
    account: str
    certificate: str
    private_key: str
    fake_command: list[str]
    fake_environment: dict[str, str]
    messages: str
    function_logs: str
    replacement_rollback: str = "delete"

    def to_environment(self) -> dict[str, str]:
        """Return the settings as an environment variable for the server process."""
        return {VARIABLE: json.dumps(asdict(self))}

    @classmethod
    def take_from_environment(cls) -> Settings:
        """Read the settings and remove the variable, so that no Lambda function inherits it.

        Raises:
            KeyError: The variable is missing, because this process was not started by `local_cloud`.
        """
        return cls(**json.loads(os.environ.pop(VARIABLE)))
