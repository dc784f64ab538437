"""The cluster files agree with constraints.txt, with each other and with Ray's own schema."""

import re
import tomllib
from pathlib import Path

import pytest
import ray
from ray.autoscaler._private.util import prepare_config, validate_config

from automl_tl.strict_yaml import load_file

ROOT = Path(__file__).parents[2]
CLUSTER = ROOT / "cluster"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
YAML = sorted(CLUSTER.rglob("*.yaml"))


def pinned(package):
    return re.search(rf"^{package}==(.+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M).group(1)


def find(value, key):
    """Yield every value that stands under ``key`` anywhere."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from find(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from find(inner, key)


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_files_are_strict_yaml_with_one_image(path):
    """No alias, no duplicate key; every image is the one that the Dockerfile's first lines build."""
    images = set(find(load_file(path), "image"))
    assert images <= {f"automl-tl:{VERSION}"}
    assert f"--tag automl-tl:{VERSION} " in (CLUSTER / "Dockerfile").read_text(encoding="utf-8")


def test_ray_is_the_pinned_one_everywhere():
    """A cluster of another version refuses our drivers."""
    assert list(find(load_file(CLUSTER / "kuberay" / "raycluster.yaml"), "rayVersion")) == [pinned("ray")]
    assert ray.__version__ == pinned("ray")


def test_the_image_installs_the_pinned_versions_of_what_the_project_needs():
    """Everything goes through constraints.txt, and every copied path exists."""
    text = (CLUSTER / "Dockerfile").read_text(encoding="utf-8")
    (install,) = [line for line in text.splitlines() if "pip install" in line]
    assert "--constraint constraints.txt" in install
    assert "'.[all]'" in install
    assert "==" not in install
    for line in text.splitlines():
        if line.startswith("COPY"):
            assert all((ROOT / source).exists() for source in line.split()[1:-1])
    python = re.search(r"^FROM python:(\d+\.\d+)-slim$", text, re.M).group(1)
    assert tuple(map(int, python.split("."))) >= (3, 11)


def test_the_ssh_cluster_fits_rays_schema():
    """Prepared and checked by the functions that `ray up` calls."""
    config = load_file(CLUSTER / "local.yaml")
    validate_config(prepare_config(config))
    assert config["max_workers"] == len(config["provider"]["worker_ips"])


def test_compose_publishes_the_service_to_this_machine_only_and_ray_not_at_all():
    """The service has no accounts, and Ray's ports run code for whoever reaches them."""
    services = load_file(CLUSTER / "compose.yaml")["services"]
    assert services["service"]["ports"] == ["127.0.0.1:50051:50051"]
    assert "ports" not in services["ray-worker"]
    assert all("shared:/shared" in service["volumes"] for service in services.values())


def test_kubernetes_nodes_share_one_volume_and_the_head_runs_no_trials():
    """Every container mounts /shared; requests equal limits so that Ray's view of a node is right."""
    cluster = load_file(CLUSTER / "kuberay" / "raycluster.yaml")
    assert (cluster["apiVersion"], cluster["kind"]) == ("ray.io/v1", "RayCluster")
    assert cluster["spec"]["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    for containers in find(cluster, "containers"):
        for container in containers:
            assert {"name": "shared", "mountPath": "/shared"} in container["volumeMounts"]
            assert container["resources"]["requests"] == container["resources"]["limits"]
    for group in cluster["spec"]["workerGroupSpecs"]:
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]


def test_the_job_finds_the_cluster_by_its_name():
    """And joins it as a driver."""
    job, cluster = (load_file(CLUSTER / "kuberay" / name) for name in ("rayjob.yaml", "raycluster.yaml"))
    assert job["spec"]["clusterSelector"]["ray.io/cluster"] == cluster["metadata"]["name"]
    assert "--ray auto" in job["spec"]["entrypoint"]


def test_every_command_line_of_ours_is_understood():
    """`automl-tl serve` and `automl-tl worker` know every option that the files use."""
    from click.testing import CliRunner

    from automl_tl.cli.main import cli

    text = "\n".join(path.read_text(encoding="utf-8") for path in [*YAML, CLUSTER / "Dockerfile"])
    for name in ("serve", "worker"):
        known = set(re.findall(r"--[a-z][a-z-]+", CliRunner().invoke(cli, [name, "--help"]).output))
        used = re.findall(rf"automl-tl\"?,? \"?{name}\b([^&\n\]]*)", text)
        options = {option for line in used for option in re.findall(r"--[a-z][a-z-]+", line)}
        assert options
        assert options <= known


def test_the_readme_speaks_of_every_file():
    """A file that nobody explains is not used."""
    readme = (CLUSTER / "README.md").read_text(encoding="utf-8")
    for path in CLUSTER.rglob("*"):
        if path.is_file() and path.name != "README.md":
            assert path.relative_to(CLUSTER).as_posix() in readme
