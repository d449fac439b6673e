"""The HTTP side: answers from the cache, or has the worker compute.

``/health`` speaks of this process alone, so that a database that is down does
not get the API killed; ``/ready`` asks everything the API needs.
"""

import logging
import time
from collections.abc import Callable
from typing import Annotated, Any

import psycopg
import redis
from celery.exceptions import TimeoutError as JobTimeout
from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from kombu.exceptions import OperationalError as BrokerError
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, disable_created_metrics, generate_latest
from pydantic import BaseModel, Field

from eight import store
from eight.primes import LARGEST
from eight.worker import prime, tasks

#: How long a request waits for the worker, in seconds.
PATIENCE = 30

disable_created_metrics()
REQUESTS = Counter("eight_requests_total", "Requests answered.", ["path", "status"])
ANSWERS = Counter("eight_answers_total", "Answers by where they came from.", ["source"])
LATENCY = Histogram(
    "eight_job_seconds",
    "From putting a job on the queue to its result.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)

app = FastAPI(title="eight")


class Job(BaseModel):
    """What ``POST /jobs`` takes."""

    n: int = Field(ge=1, le=LARGEST)


@app.middleware("http")
async def count(request: Request, proceed: Callable[..., Any]) -> Response:
    """Counts every answer by route, never by raw path: the label stays bounded."""
    status = 500
    try:
        response = await proceed(request)
        status = response.status_code
        return response
    finally:
        route = request.scope.get("route")
        REQUESTS.labels(getattr(route, "path", "unknown"), str(status)).inc()


@app.exception_handler(psycopg.OperationalError)
@app.exception_handler(redis.RedisError)
@app.exception_handler(BrokerError)
async def backend_away(_: Request, error: Exception) -> JSONResponse:
    """A backend that does not answer is no fault of this program: 503, and which."""
    logging.getLogger("uvicorn.error").warning("a backend does not answer: %s", one_line(error))
    return JSONResponse({"detail": f"a backend does not answer: {one_line(error)}"}, 503)


def one_line(error: Exception) -> str:
    """An error's type and the first line of its text."""
    return f"{type(error).__name__}: {error}".splitlines()[0]


def answer(n: int) -> dict[str, Any]:
    """The answer for ``n`` and its source: ``cache`` or ``computed``."""
    found = store.cached(n)
    if found is not None:
        ANSWERS.labels("cache").inc()
        return {**found, "source": "cache"}
    start = time.perf_counter()
    job = prime.delay(n)
    try:
        result = job.get(timeout=PATIENCE)
    except JobTimeout:
        raise HTTPException(504, f"no worker finished job {job.id} within {PATIENCE} s; it stays queued") from None
    LATENCY.observe(time.perf_counter() - start)
    ANSWERS.labels("computed").inc()
    return {**result, "source": "computed"}


@app.post("/jobs")
def post_job(job: Job) -> dict[str, Any]:
    """Computes the n-th prime, or has it in the cache."""
    return answer(job.n)


@app.get("/compute")
def compute(n: Annotated[int, Query(ge=1, le=LARGEST)]) -> dict[str, Any]:
    """The same as ``POST /jobs``, for a browser's address line."""
    return answer(n)


@app.get("/jobs")
def jobs(limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[dict[str, Any]]:
    """The newest rows of the database."""
    return store.latest(limit)


@app.get("/health")
def health() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@app.get("/ready")
def ready(response: Response) -> dict[str, str]:
    """Each backend, and why not where it does not answer; 503 unless all do."""
    checks: dict[str, Callable[[], Any]] = {
        "postgres": lambda: store.latest(1),
        "redis": lambda: store.cache().ping(),
        "rabbitmq": ask_broker,
    }
    state = {}
    for name, check in checks.items():
        try:
            check()
            state[name] = "ok"
        except Exception as error:  # whatever a driver raises is the answer here
            state[name] = one_line(error)
            response.status_code = 503
    return state


def ask_broker() -> None:
    """Logs in to RabbitMQ on a connection of its own."""
    with tasks.connection_for_write(connect_timeout=3) as connection:
        connection.ensure_connection(max_retries=1, timeout=3)


@app.get("/metrics")
def metrics() -> Response:
    """What Prometheus scrapes."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
