"""One request is one job, from however many threads and through however many servers it comes."""

from __future__ import annotations

import threading

from automl_tl.client import Client


def test_a_hundred_times_from_twenty_threads_through_two_servers(cluster, dataset, spec, new_id, figures):
    servers = [cluster.add_server(own_directory=True) for _ in range(2)]
    wanted, request_id = spec(dataset(cluster.address())), new_id()
    begin, answers = threading.Barrier(20), []

    def ask(number: int) -> None:
        with Client(cluster.address(servers[number % 2])) as client:
            begin.wait()
            answers.extend(client.create_job(wanted, request_id=request_id).name for _ in range(5))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Client(cluster.address()) as client:
        jobs = [job.name for job in client.list()]
    assert len(answers) == 100
    assert set(answers) == set(jobs)
    assert len(jobs) == 1
    figures(f"{len(answers)} answers, {len(jobs)} job")
