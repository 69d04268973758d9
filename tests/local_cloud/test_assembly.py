"""Where an app is deployed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_cloud.assembly import Place, elsewhere, output_folder, places

DEFAULT = Place("111122223333", "us-east-1")


def stack(environment: str) -> dict[str, Any]:
    return {"type": "aws:cloudformation:stack", "environment": environment}


def write(folder: Path, **artifacts: Any) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))


def test_every_account_and_region_once_also_of_stages(tmp_path: Path) -> None:
    write(
        tmp_path,
        A=stack("aws://111122223333/us-east-1"),
        B=stack("aws://444455556666/eu-west-1"),
        C=stack("aws://unknown-account/unknown-region"),
        D=stack("aws://unknown-account/us-gov-west-1"),
        Stage={"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Stage"}},
        Tree={"type": "cdk:tree"},
    )
    write(tmp_path / "assembly-Stage", E=stack("aws://444455556666/ap-south-1"))
    assert [str(each) for each in places(tmp_path, DEFAULT)] == [
        "aws://111122223333/us-east-1",
        "aws://444455556666/eu-west-1",
        "aws://111122223333/us-gov-west-1",
        "aws://444455556666/ap-south-1",
    ]


def test_the_folder_is_what_cdk_json_says(tmp_path: Path) -> None:
    assert output_folder(tmp_path) == tmp_path / "cdk.out"
    (tmp_path / "cdk.json").write_text('{"app": "python app.py", "output": "build/cdk"}')
    assert output_folder(tmp_path) == tmp_path / "build/cdk"
    assert places(tmp_path, DEFAULT) == []


def test_an_app_that_is_deployed_elsewhere_is_named_with_its_options(tmp_path: Path) -> None:
    assert elsewhere(tmp_path, DEFAULT) == ""
    write(tmp_path, B=stack("aws://444455556666/eu-west-1"), C=stack("aws://unknown-account/eu-west-2"))
    said = elsewhere(tmp_path, DEFAULT)
    assert "aws://111122223333/us-east-1" in said
    assert "--account 444455556666 --region eu-west-1 or --account 111122223333 --region eu-west-2" in said
    assert elsewhere(tmp_path, Place("444455556666", "eu-west-1")) == ""
