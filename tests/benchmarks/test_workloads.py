import pytest

from benchmarks.contender import CHECKED, number
from benchmarks.process import Contender
from benchmarks.rounds import TOLERANCE, WORKLOADS, load, names, require_equal_work

TRAINED = sorted({*WORKLOADS} - {"chain", "cold_start", "hvp"})
# What PyTorch's counter does not see: its own LSTM, and attention on a CPU.
COUNTED = sorted({*TRAINED, "hvp"} - {"lenet_memory", "lstm", "transformer"})


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_workload_says_what_it_is_and_has_target_peer_and_size(workload):
    module = load(workload)
    assert module.__doc__ and 0 < module.TARGET < 1 and module.FLOP >= 0
    assert [x for x in names(module) if x != "knetpy compile"][:2] == ["knetpy", "torch"]


@pytest.mark.parametrize("workload", TRAINED)
def test_losses_move_by_more_than_what_counts_as_equal(workload):
    """Else a contender that forgets its update would pass for one that does equal work."""
    module = load(workload)
    step = module.knetpy()
    losses = [number(step()) for _ in range(getattr(module, "CHECKED", CHECKED))]
    assert abs(losses[-1] / losses[0] - 1) > 2 * TOLERANCE


@pytest.mark.slow  # and it needs the peers
@pytest.mark.parametrize("workload", WORKLOADS)
def test_all_contenders_do_equal_work(workload):
    contenders = [Contender(workload, name, 0.0) for name in names(load(workload))]
    for contender in contenders:
        contender.stop()
    assert [f"{c.name}: {c.reason}" for c in contenders if c.reason] == []
    require_equal_work(workload, contenders)


@pytest.mark.slow  # and it needs PyTorch
@pytest.mark.parametrize("workload", COUNTED)
def test_the_operations_are_those_that_pytorch_counts(workload):
    from torch.utils.flop_counter import FlopCounterMode

    module = load(workload)
    step = module.torch()
    with FlopCounterMode(display=False) as counter:
        step()
    assert counter.get_total_flops() == module.FLOP
