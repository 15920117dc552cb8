"""The files under docs/cluster are what the tools that take them expect, as far as can be told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml
from ray.autoscaler._private.util import prepare_config, validate_config

from evo.cli.running import run

ROOT = Path(__file__).resolve().parent.parent
FILES = ROOT / "docs/cluster"


def test_the_launchers_file_fits_rays_schema() -> None:
    config = yaml.safe_load((FILES / "ray-launcher.yaml").read_text(encoding="utf-8"))
    types = config["available_node_types"]
    assert config["head_node_type"] in types
    assert types["worker"]["max_workers"] <= config["max_workers"]
    validate_config(prepare_config(config))


def test_the_kubernetes_file_describes_one_cluster_and_its_volume() -> None:
    text = (FILES / "raycluster.yaml").read_text(encoding="utf-8")
    cluster, volume = yaml.safe_load_all(text)
    assert (cluster["apiVersion"], cluster["kind"]) == ("ray.io/v1", "RayCluster")
    head = cluster["spec"]["headGroupSpec"]["template"]["spec"]
    (group,) = cluster["spec"]["workerGroupSpecs"]
    assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
    claim = head["volumes"][0]["persistentVolumeClaim"]["claimName"]
    assert (volume["kind"], volume["metadata"]["name"]) == ("PersistentVolumeClaim", claim)
    images = {c["image"] for c in (*head["containers"], *group["template"]["spec"]["containers"])}
    assert len(images) == 1  # versions that differ are refused


def test_all_files_name_the_ray_that_is_pinned() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    (pinned,) = (line.removeprefix("ray==") for line in pins if line.startswith("ray=="))
    for name in ("ray-launcher.yaml", "raycluster.yaml", "Dockerfile"):
        assert pinned in (FILES / name).read_text(encoding="utf-8"), name


def test_the_batch_script_is_a_script_and_says_what_evo_knows() -> None:
    script = FILES / "evo.sbatch"
    subprocess.run(["bash", "-n", str(script)], check=True)
    text = script.read_text(encoding="utf-8")
    assert 'evo resume "$name"' in text
    words = text.split("evo run ")[1].split("&")[0].split()
    options = {word[2:].replace("-", "_") for word in words if word.startswith("--")}
    assert options == {"name", "address"}
    assert options <= set(run.__annotations__)
