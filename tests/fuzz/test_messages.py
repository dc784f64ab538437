"""Mutated messages over all calls: only documented codes, never INTERNAL, and memory stays bounded."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter

import grpc
import psutil
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor as Field

from automl_tl.cli.service_process import running_service
from automl_tl.client import Client
from automl_tl.pipeline.spec import JobSpec
from automl_tl.server.resource_fields import methods

MESSAGES = 1_000_000 if os.environ.get("AUTOML_TL_SOAK") == "1" else 10_000
MEMORY = 512 << 20
BATCH, AT_ONCE = 500, 32

METHODS = dict(methods())
KINDS = {path: message_factory.GetMessageClass(method.input_type) for path, method in METHODS.items()}
DOCUMENTED = {
    "OK", "CANCELLED", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "DATA_LOSS",
    "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE",
}  # fmt: skip

TEXTS = (
    "", "x" * 100_000, "\0", "../../etc/passwd", "projects/default", "projects/default/jobs/job-1",
    "projects/" + "a" * 5000, "projects/default/datasets/" + "a" * 64, "https://[::1]/a.csv", "file:///etc/passwd",
    "zip://a::file:///b", "\u202e\U0001f4a9", "label", "text", "starter", "accuracy", "[" * 60_000,
    "a: &a [*a,*a]", "{{7*7}}", "%s%n", "'; DROP TABLE jobs; --", "local:/etc", "1e999", "\ud7ff",
)  # fmt: skip
WHOLE = (0, 1, -1, 3, 5000, 2**31 - 1, -(2**31))
LONG = (0, 1, -1, 3, 2**40, 2**63 - 1, -(2**63))
REAL = (0.0, -0.0, 0.2, -1.0, 1e308, float("nan"), float("inf"))


def fill(message, dice, depth=0):
    """Set about half of the fields to values that nobody sends."""
    for field in message.DESCRIPTOR.fields:
        if dice.random() < 0.45:
            continue
        kind = field.message_type
        if kind is not None and kind.GetOptions().map_entry:
            if kind.fields_by_name["value"].type == Field.TYPE_STRING:
                for number in range(dice.choice((1, 3, 70))):
                    getattr(message, field.name)[f"{dice.choice(TEXTS)[:100]}{number}"] = dice.choice(TEXTS)[:200]
        elif field.is_repeated:
            for _ in range(dice.choice((1, 2, 50))):
                entries = getattr(message, field.name)
                if kind is None:
                    entries.append(value(field, dice))
                elif depth < 4:
                    fill(entries.add(), dice, depth + 1)
        elif kind is None:
            setattr(message, field.name, value(field, dice))
        elif depth < 4:
            getattr(message, field.name).SetInParent()
            fill(getattr(message, field.name), dice, depth + 1)
    return message


def value(field, dice):
    if field.type == Field.TYPE_STRING:
        return dice.choice(TEXTS)
    if field.type == Field.TYPE_BYTES:
        return dice.randbytes(dice.choice((0, 1, 32, 33, 2000)))
    if field.type in (Field.TYPE_DOUBLE, Field.TYPE_FLOAT):
        return dice.choice(REAL)
    if field.type == Field.TYPE_ENUM:
        return dice.choice((0, 1, 2, 3, 77, -5))
    if field.type == Field.TYPE_BOOL:
        return dice.random() < 0.5
    return dice.choice(WHOLE if field.type in (Field.TYPE_INT32, Field.TYPE_SINT32) else LONG)


def sensible(path, dataset, dice):
    """Return a request that names something that exists."""
    names = (
        "projects/default",
        "projects/default/jobs/job-1",
        dataset,
        "projects/default/jobs/job-1/artifacts/a.html",
    )
    request, name = KINDS[path](), dice.choice(names)
    fields = request.DESCRIPTOR.fields_by_name
    for field in {"parent", "name"} & set(fields):
        setattr(request, field, name)
    if "header" in fields:
        header = {"parent": name, "file_name": "a.csv", "size_bytes": 30, "sha256": b"x" * 32}
        request.header.MergeFrom(type(request.header)(**header))
    if "job" in fields:
        request.job.spec.dataset, request.job.spec.target = dataset, "label"
    return request


def mutated(data, dice):
    """Flip, insert, drop and repeat a few bytes."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        way, place = dice.randrange(5), dice.randrange(len(changed) + 1)
        if way == 0 and changed:
            changed[place % len(changed)] ^= 1 << dice.randrange(8)
        elif way == 1:
            changed[place:place] = dice.randbytes(dice.randint(1, 12))
        elif way == 2:
            del changed[place : place + dice.randint(1, 8)]
        elif way == 3:
            changed[place:place] = changed[: dice.randint(0, 40)]
        else:
            changed[place:place] = b"\xff" * dice.randint(1, 10)
    return bytes(changed)


def message(path, dataset, dice):
    request = sensible(path, dataset, dice) if dice.random() < 0.6 else KINDS[path]()
    if dice.random() < 0.5:
        fill(request, dice)
    data = request.SerializeToString()
    return mutated(data, dice) if dice.random() < 0.5 else data


async def send(channel, path, data, more):
    """Make a call; return its code and text."""
    method = METHODS[path]
    try:
        if method.client_streaming:
            await channel.stream_unary(path)(iter([data, *more]), timeout=30)
        elif method.server_streaming:
            async for _ in channel.unary_stream(path)(data, timeout=1):
                break
        else:
            await channel.unary_unary(path)(data, timeout=30)
    except grpc.aio.AioRpcError as error:
        # Of a stream that the server ended early, the client's own library sometimes says this.
        if error.details() == "Internal error from Core":
            return "CANCELLED", ""
        return error.code().name, error.details()
    return "OK", ""


async def bombard(address, dataset, process):
    """Send everything; return how often each code came, what was not documented, and the peak of memory."""
    dice, paths = random.Random(0), list(METHODS)
    codes, wrong, peak, turns = Counter(), [], 0, asyncio.Semaphore(AT_ONCE)
    async with grpc.aio.insecure_channel(address) as channel:

        async def one(path, data, more):
            async with turns:
                code, text = await send(channel, path, data, more)
            codes[code] += 1
            if code not in DOCUMENTED:
                wrong.append((path, code, text, data[:200]))

        for _ in range(0, MESSAGES, BATCH):
            calls = []
            for _ in range(BATCH):
                path = dice.choice(paths)
                data = message(path, dataset, dice)
                calls.append(one(path, data, [mutated(data, dice) for _ in range(dice.randrange(3))]))
            await asyncio.gather(*calls)
            peak = max(peak, process.memory_info().rss)
    return codes, wrong, peak


@pytest.mark.timeout(7200)
def test_no_message_makes_the_server_make_a_mistake(tmp_path):
    (tmp_path / "a.csv").write_text(
        "text,label\n" + "".join(f"note {n} of many,{'ab'[n % 2]}\n" for n in range(20))
    )
    with running_service(tmp_path / "data", workers=0) as address:
        with Client(address) as client:
            dataset = client.upload(tmp_path / "a.csv").name
            client.create_job(JobSpec(dataset=dataset), job_id="job-1")
        port = int(address.rpartition(":")[2])
        mine = psutil.Process().children(recursive=True)
        (server,) = [each for each in mine if any(c.laddr.port == port for c in each.net_connections("tcp")
                                                  if c.status == psutil.CONN_LISTEN)]  # fmt: skip
        codes, wrong, peak = asyncio.run(bombard(address, dataset, server))
        log = (tmp_path / "data" / "service.log").read_text()
    print(f"{MESSAGES} messages over {len(METHODS)} calls: {dict(codes)}, peak {peak >> 20} MiB")
    assert wrong == []
    assert "incident" not in log
    assert sum(codes.values()) == MESSAGES
    assert {"OK", "INVALID_ARGUMENT", "NOT_FOUND"} <= set(codes)
    assert peak < MEMORY
