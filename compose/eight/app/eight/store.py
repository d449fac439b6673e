"""Where results live: rows in PostgreSQL (to keep), keys in Redis (to be quick).

Connections are opened where they are used: each serves one request, and none is
left to go stale when a container behind it is replaced.
"""

import json
import os
from typing import Any

import psycopg
import redis
from psycopg.rows import dict_row

#: Any number, the same in every process: who holds it may create the table.
TABLE_LOCK = 20_030_808


def postgres() -> psycopg.Connection[dict[str, Any]]:
    """A connection to the database of DATABASE_URL; rows come as dictionaries."""
    return psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=3, row_factory=dict_row)


def cache() -> redis.Redis:
    """A client of the Redis of RESULT_URL; it connects when it is first used."""
    return redis.Redis.from_url(
        os.environ["RESULT_URL"], socket_timeout=3, socket_connect_timeout=3, decode_responses=True
    )


def cache_key(n: int) -> str:
    """The Redis key that holds the answer for ``n``."""
    return f"eight:prime:{n}"


def create_table() -> None:
    """Creates the table where it is missing.

    ``IF NOT EXISTS`` alone is not enough: two sessions that both see no table
    both create it, and one fails. The lock ends with the transaction.
    """
    with postgres() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (TABLE_LOCK,))
        connection.execute(
            """
            CREATE TABLE IF NOT EXISTS jobs (
                id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                task     uuid NOT NULL UNIQUE,
                n        integer NOT NULL,
                prime    bigint NOT NULL,
                greeting text NOT NULL,
                seconds  double precision NOT NULL,
                done_at  timestamptz NOT NULL DEFAULT now()
            )
            """
        )


def keep(task: str, answer: dict[str, Any], cache_seconds: int) -> int:
    """Writes the row, then the cache key; gives the row's id.

    A task delivered twice (its worker died after the commit) finds its row.
    """
    with postgres() as connection:
        row = connection.execute(
            """
            INSERT INTO jobs (task, n, prime, greeting, seconds)
            VALUES (%(task)s, %(n)s, %(prime)s, %(greeting)s, %(seconds)s)
            ON CONFLICT (task) DO UPDATE SET task = excluded.task
            RETURNING id
            """,
            {"task": task, **answer},
        ).fetchone()
    assert row is not None
    cache().set(cache_key(answer["n"]), json.dumps({**answer, "row": row["id"]}), ex=cache_seconds)
    return row["id"]


def cached(n: int) -> dict[str, Any] | None:
    """The answer for ``n`` while the cache holds it."""
    text = cache().get(cache_key(n))
    return None if text is None else json.loads(text)


def latest(limit: int) -> list[dict[str, Any]]:
    """The newest rows, newest first; none while no worker has made the table."""
    with postgres() as connection:
        try:
            return connection.execute(
                "SELECT id, n, prime, greeting, seconds, done_at FROM jobs ORDER BY id DESC LIMIT %s", (limit,)
            ).fetchall()
        except psycopg.errors.UndefinedTable:
            connection.rollback()
            return []
