"""Reads the local cloud's Route 53 and load balancers for people to look at."""

import boto3

from localcloud.state import RunningCloud


def alias_targets(cloud: RunningCloud, region: str) -> dict[str, str]:
    """Load balancer behind each alias A record: record name → ``NAME (cluster)``."""
    elb = boto3.client("elbv2", region_name=region, endpoint_url=cloud.aws_url)
    clusters: dict[str, str] = {}
    balancers = elb.describe_load_balancers()["LoadBalancers"]
    for balancer in balancers:
        tags = elb.describe_tags(ResourceArns=[balancer["LoadBalancerArn"]])["TagDescriptions"]
        cluster = next(
            (tag["Value"] for tag in tags[0]["Tags"] if tag["Key"] == "elbv2.k8s.aws/cluster"), "?"
        )
        clusters[balancer["DNSName"].lower()] = f"{balancer['LoadBalancerName']} ({cluster})"
    route53 = boto3.client("route53", region_name=region, endpoint_url=cloud.aws_url)
    targets: dict[str, str] = {}
    for zone in route53.list_hosted_zones()["HostedZones"]:
        pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone["Id"])
        for record in (entry for page in pages for entry in page["ResourceRecordSets"]):
            if record["Type"] == "A" and "AliasTarget" in record:
                host = (
                    record["AliasTarget"]["DNSName"].rstrip(".").lower().removeprefix("dualstack.")
                )
                targets[record["Name"].rstrip(".")] = clusters.get(host, "no load balancer")
    return targets
