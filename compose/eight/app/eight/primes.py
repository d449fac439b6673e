"""The n-th prime number, by sieve. Pure: knows no broker, database or cache."""

from math import ceil, log

#: The largest n that is accepted; its sieve takes about 8 MB and under a second.
LARGEST = 500_000


def nth_prime(n: int) -> int:
    """The n-th prime, counted from 1: ``nth_prime(1) == 2``.

    Raises ``ValueError`` outside 1..``LARGEST``.
    """
    if not 1 <= n <= LARGEST:
        raise ValueError(f"n must be between 1 and {LARGEST}, not {n}")
    # For n >= 6 the n-th prime is below n (ln n + ln ln n).
    bound = 15 if n < 6 else ceil(n * (log(n) + log(log(n)))) + 1
    sieve = bytearray([1]) * bound
    sieve[0:2] = b"\0\0"
    for i in range(2, int(bound**0.5) + 1):
        if sieve[i]:
            sieve[i * i :: i] = bytes(len(range(i * i, bound, i)))
    seen = 0
    for number, is_prime in enumerate(sieve):
        seen += is_prime
        if seen == n:
            return number
    raise AssertionError("the bound holds for every n >= 6")
