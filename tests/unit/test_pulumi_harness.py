"""The harness itself: nothing that should fail passes."""

import pulumi
import pytest
from pulumi.output import Unknown
from pulumi_aws import ec2, get_caller_identity_output, iam

from tests.unit.pulumi_harness import Checks, resolve, run

VPC = "aws:ec2/vpc:Vpc"


class Pair(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Pair", name, {}, opts)
        own = pulumi.ResourceOptions(parent=self)
        self.vpc = ec2.Vpc(f"{name}-vpc", cidr_block="10.0.0.0/16", opts=own)
        self.subnet = ec2.Subnet(
            f"{name}-subnet",
            vpc_id=self.vpc.id,
            cidr_block="10.0.0.0/24",
            opts=pulumi.ResourceOptions(
                parent=self, protect=True, ignore_changes=["tags"], depends_on=[self.vpc]
            ),
        )
        self.register_outputs({"vpcId": self.vpc.id})


def test_records_type_name_parent_inputs_options_and_outputs() -> None:
    def program(_: Checks) -> None:
        pair = Pair("p")
        pulumi.export("subnet", pair.subnet.id)

    ran = run(program)
    pair, vpc = ran.only("test:index:Pair"), ran.only(VPC, "p-vpc")
    subnet = ran.only("aws:ec2/subnet:Subnet")
    assert not pair.custom
    assert pair.parent == ""
    assert ran.outputs_of(pair) == {"vpcId": "p-vpc-id"}
    assert vpc.parent == pair.urn
    assert vpc.inputs == {"cidrBlock": "10.0.0.0/16"}
    assert not vpc.protect
    assert subnet.inputs == {"cidrBlock": "10.0.0.0/24", "vpcId": "p-vpc-id"}
    assert subnet.waits_for(vpc)
    assert subnet.property_dependencies["vpcId"] == (vpc.urn,)
    assert subnet.protect
    assert subnet.ignore_changes == ("tags",)
    assert ran.exports == {"subnet": "p-subnet-id"}


def test_a_component_that_registers_no_outputs_is_noticed() -> None:
    class Silent(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("test:index:Silent", "s")

    def program(_: Checks) -> None:
        Silent()

    ran = run(program)
    with pytest.raises(AssertionError, match="registered no outputs"):
        ran.outputs_of(ran.only("test:index:Silent"))


def test_secrets_are_unwrapped_and_named() -> None:
    def program(_: Checks) -> None:
        iam.Role("r", assume_role_policy=pulumi.Output.secret("{}"), path="/")

    role = run(program).only("aws:iam/role:Role")
    assert role.inputs["assumeRolePolicy"] == "{}"
    assert role.secret_inputs == ("assumeRolePolicy",)


def test_only_refuses_none_and_several() -> None:
    def program(_: Checks) -> None:
        Pair("a")
        Pair("b")

    ran = run(program)
    assert len(ran.of_type(VPC)) == 2
    with pytest.raises(AssertionError, match="2 of aws:ec2/vpc:Vpc"):
        ran.only(VPC)
    with pytest.raises(AssertionError, match="0 of aws:ec2/vpc:Vpc c"):
        ran.only(VPC, "c")


def test_the_program_error_is_the_error() -> None:
    def program(_: Checks) -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        run(program)


def test_an_assertion_that_fails_in_an_apply_fails() -> None:
    def program(_: Checks) -> None:
        def look(value: str) -> None:
            assert value == "other"

        ec2.Vpc("v", cidr_block="10.0.0.0/16").id.apply(look)

    with pytest.raises(AssertionError):
        run(program)


def test_an_apply_of_a_test_that_never_runs_fails() -> None:
    def program(_: Checks) -> None:
        def look(value: str) -> None:
            assert value == "v-id"

        ec2.Vpc("v", cidr_block="10.0.0.0/16").id.apply(look)

    run(program)
    with pytest.raises(AssertionError, match=r"apply never ran: test_pulumi_harness\.py:"):
        run(program, preview=True)


def test_a_check_without_a_value_fails() -> None:
    def program(checks: Checks) -> None:
        vpc = ec2.Vpc("v", cidr_block="10.0.0.0/16")
        checks.check(vpc.id, lambda value: value == "v-id", "id of the VPC")

    run(program)
    with pytest.raises(AssertionError, match="never checked, as no value came: id of the VPC"):
        run(program, preview=True)


def test_a_check_that_does_not_hold_fails() -> None:
    def program(checks: Checks) -> None:
        checks.check(pulumi.Output.from_input(1), lambda value: value == 2, "number")

    with pytest.raises(AssertionError, match="number: 1 is wrong"):
        run(program)


def test_resolve_gives_plain_values_and_refuses_unknown_ones() -> None:
    outputs: list[pulumi.Output[str]] = []

    def program(_: Checks) -> None:
        outputs.append(ec2.Vpc("v", cidr_block="10.0.0.0/16").id)

    run(program)
    assert resolve(outputs[0]) == "v-id"
    run(program, preview=True)
    with pytest.raises(AssertionError, match="no value"):
        resolve(outputs[1])


def test_invokes_need_an_answer() -> None:
    def program(_: Checks) -> None:
        pulumi.export("account", get_caller_identity_output().account_id)

    answer = {"accountId": "1", "arn": "a", "userId": "u", "id": "i"}
    ran = run(program, calls={"aws:index/getCallerIdentity:getCallerIdentity": answer})
    assert ran.exports == {"account": "1"}
    assert [call.token for call in ran.invoked] == ["aws:index/getCallerIdentity:getCallerIdentity"]
    with pytest.raises(AssertionError, match="no answer was given for the invoke aws:index"):
        run(program)


def test_state_of_a_resource_can_be_given() -> None:
    def program(_: Checks) -> None:
        pulumi.export("name", ec2.Vpc("v", cidr_block="10.0.0.0/16").main_route_table_id)

    ran = run(program, resources={VPC: lambda inputs: {"mainRouteTableId": inputs["cidrBlock"]}})
    assert ran.exports == {"name": "10.0.0.0/16"}


def test_stack_references_see_only_the_given_stacks() -> None:
    def program(_: Checks) -> None:
        other = pulumi.StackReference("organization/eks-platform/shared")
        pulumi.export("seen", other.get_output("number"))
        pulumi.export("missing", other.get_output("other"))

    ran = run(program, stacks={"organization/eks-platform/shared": {"number": 1}})
    assert ran.exports == {"seen": 1}  # null outputs are left out
    with pytest.raises(Exception, match="unknown stack"):
        run(program)


def test_configuration_and_names_do_not_leak() -> None:
    def program(_: Checks) -> None:
        pulumi.export("x", pulumi.Config("eks-platform").get("x"))
        pulumi.export("stack", f"{pulumi.get_project()}/{pulumi.get_stack()}")

    ran = run(program, stack="green", config={"eks-platform:x": "1"})
    assert ran.exports == {"x": "1", "stack": "eks-platform/green"}
    assert run(program).exports["stack"] == "eks-platform/blue"
    assert "x" not in run(program).exports or run(program).exports["x"] is None


def test_what_is_gone_is_unknown_and_takes_along_what_needs_it() -> None:
    def program(checks: Checks) -> None:
        pair = Pair("p")
        role = iam.Role("r", assume_role_policy="{}")
        checks.check(role.arn, lambda arn: arn.endswith("r"), "what is left is known")
        pulumi.export("vpc", pair.vpc.id)
        pulumi.export("subnet", pair.subnet.arn)

    ran = run(program, kept=lambda it: it.type != VPC)
    assert sorted(it.name for it in ran.resources) == ["p", "r"]  # registered side by side
    assert all(isinstance(value, Unknown) for value in ran.exports.values())
