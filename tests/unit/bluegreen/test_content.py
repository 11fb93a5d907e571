"""What is read off a stack's state."""

from bluegreen.world.content import Deployment, content_of

URN = "urn:pulumi:blue::eks-platform::aws:cloudwatch/logGroup:LogGroup::"
TYPE = "aws:cloudwatch/logGroup:LogGroup"


def test_log_groups_that_outlive_the_stack_are_those_that_the_state_retains() -> None:
    """What a destroy does is the state's to say, not the stack file's."""
    state: Deployment = {
        "resources": [
            {"urn": f"{URN}pods", "type": TYPE, "inputs": {"name": "/p"}, "retainOnDelete": True},
            {"urn": f"{URN}logs", "type": TYPE, "inputs": {"name": "/c"}, "retainOnDelete": True},
            {"urn": f"{URN}gone", "type": TYPE, "inputs": {"name": "/g"}},
        ]
    }
    assert content_of("blue", state, ()).kept_logs == ("/c", "/p")
