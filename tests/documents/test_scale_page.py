"""The page on many pictures: what can be counted is right, and the cluster file is one that Ray takes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from whylight.runs.maps.plan import MapsPlan

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([\d,]+) \| ([\d,]+) \| \d", PAGE, re.MULTILINE)


def number(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.parametrize(("pictures", "files"), ROWS)
def test_a_row_is_what_can_be_counted(pictures: str, files: str) -> None:
    assert MapsPlan((), "any", ()).of(number(pictures)).shards == number(files)


def test_a_million_and_a_hundred_million_are_told() -> None:
    assert [number(pictures) for pictures, _ in ROWS] == [10**6, 10**8]


def test_the_cluster_file_is_what_the_launcher_takes() -> None:
    yaml: Any = pytest.importorskip("yaml", reason="PyYAML is not installed")
    ray: Any = pytest.importorskip("ray", reason="Ray is not installed")
    jsonschema: Any = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    asked = yaml.safe_load((ROOT / "docs" / "static" / "cluster.yaml").read_text(encoding="utf-8"))
    schema = json.loads((Path(ray.__file__).parent / "autoscaler" / "ray-schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(asked, schema)
    assert asked["head_node_type"] in asked["available_node_types"]
    assert asked["available_node_types"]["head"]["resources"] == {"CPU": 0}
