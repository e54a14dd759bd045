"""How a model and the product play against each other: so many days, so many presses in each."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def play(machine: type[RuleBasedStateMachine], *, days: int, presses: int) -> None:
    """Play some days, each of up to so many presses; the first that ends otherwise than the model says fails."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=days,
            stateful_step_count=presses,
            phases=[Phase.reuse, Phase.generate],  # shrinking would take minutes: each step is some transactions
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
