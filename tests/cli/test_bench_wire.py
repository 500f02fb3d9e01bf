from reprise.cli import bench_wire


def test_exchanges_are_timed_with_a_calm_and_with_a_generating_server() -> None:
    found = bench_wire.measure(("nobody", "markov"), exchanges=10, idle_s=0.1)

    assert found["engine"] == "markov"
    for state in ("calm", "generating"):
        assert 0.0 < found[state]["p50_ms"] <= found[state]["p99_ms"]
