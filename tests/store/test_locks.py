"""What a name stands for is kept from others until the transaction ends."""

import threading

from automl_tl.store.locks import hold


def test_whoever_comes_second_waits_for_the_end_of_the_first(shop):
    database, order = shop.ledger.database, []
    begun, go_on = threading.Event(), threading.Event()

    def first():
        with database.write() as connection:
            hold(connection, "blob", "a")
            begun.set()
            go_on.wait(10)
            order.append("first")

    def second():
        begun.wait(10)
        threading.Timer(0.1, go_on.set).start()
        with database.write() as connection:
            hold(connection, "blob", "a")
            order.append("second")

    threads = [threading.Thread(target=target) for target in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order == ["first", "second"]


def test_the_same_lock_twice_in_one_transaction_is_one(shop):
    with shop.ledger.database.write() as connection:
        hold(connection, "blob", "a")
        hold(connection, "blob", "a")


def test_other_names_do_not_wait(postgres_url):
    """In PostgreSQL; SQLite has one writer anyway. The words of a name are not run together."""
    from automl_tl.store.engine import Database

    database = Database(postgres_url)
    with database.write() as one, database.write() as other:
        hold(one, "blob", "a", "b")
        hold(other, "blob", "ab")
        hold(other, "blob", "b", "a")
    database.close()
