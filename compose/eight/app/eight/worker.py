"""The worker: takes jobs from RabbitMQ, computes them, keeps what came out.

Started as ``celery --app eight.worker worker``. The API imports ``tasks`` and
``prime`` to put jobs on the queue; it never computes.
"""

import os
import time
from typing import Any

import psycopg
import redis
from celery import Celery, Task
from celery.signals import worker_init

from eight import store
from eight.primes import nth_prime

tasks = Celery("eight", broker=os.environ["BROKER_URL"], backend=os.environ["RESULT_URL"])
tasks.conf.update(
    task_default_queue="eight",
    # A job is done when its row is written: until then the broker keeps it, and
    # gives it to the next worker when this one dies.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    result_expires=600,
    broker_connection_retry_on_startup=True,
)


@worker_init.connect
def prepare(**_: Any) -> None:
    """The table exists before the first job is taken."""
    store.create_table()


# While PostgreSQL or the cache is away the job is tried again every second, a
# minute long: a container that is replaced costs its clients a wait, no answer.
@tasks.task(
    name="eight.prime",
    bind=True,
    autoretry_for=(psycopg.OperationalError, redis.RedisError),
    retry_kwargs={"max_retries": 60, "countdown": 1},
)
def prime(self: Task, n: int) -> dict[str, Any]:
    """Computes the n-th prime and keeps it; gives what the API answers."""
    start = time.perf_counter()
    answer = {
        "n": n,
        "prime": nth_prime(n),
        "greeting": os.environ.get("GREETING", ""),
        "seconds": round(time.perf_counter() - start, 6),
    }
    row = store.keep(self.request.id, answer, int(os.environ.get("CACHE_SECONDS", "600")))
    return {**answer, "row": row}
