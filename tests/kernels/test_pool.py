"""The number of threads that every calling thread follows."""

from types import SimpleNamespace

import pytest

from knetpy.kernels import pool


@pytest.fixture
def fake(monkeypatch):
    """A library that counts how often it was set."""
    seen = []
    openmp = SimpleNamespace(
        omp_set_num_threads=seen.append, omp_get_max_threads=lambda: seen[-1] if seen else 7
    )
    monkeypatch.setattr(pool, "members", {"fake": openmp})
    monkeypatch.setattr(pool, "setting", None)
    return seen


def test_without_a_library_there_is_no_pool(monkeypatch):
    monkeypatch.setattr(pool, "members", {})
    assert pool.pool_size() == 0


def test_a_change_is_followed_once(fake):
    assert pool.pool_size() == 7 and fake == []
    pool.change(3)
    assert pool.pool_size() == pool.pool_size() == 3 and fake == [3]
    pool.change(0)
    assert pool.pool_size() == 3 and fake == [3]


def test_after_a_fork_one_thread_computes(fake):
    pool.alone_after_fork()
    assert pool.pool_size() == 1
