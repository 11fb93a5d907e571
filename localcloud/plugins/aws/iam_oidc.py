"""OpenID Connect providers."""

from localcloud.plugins.aws.clients import found, tag_list
from localcloud.plugins.aws.properties import KEY, SET, TAGS, Property
from localcloud.plugins.aws.resource import ResourceType, drop_none, tag_changes, tags_of, with_tags
from localcloud.plugins.plugin import Object


class OpenIdConnectProvider(ResourceType):
    """An OpenID Connect provider; its id is its ARN."""

    token = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    regional = False
    properties = {
        "url": KEY,
        "clientIdLists": Property(required=True, unordered=True),
        "thumbprintLists": SET,
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        return self.aws.iam.create_open_id_connect_provider(
            Url=inputs["url"],
            ClientIDList=inputs["clientIdLists"],
            **drop_none(ThumbprintList=inputs.get("thumbprintLists")),
            Tags=tag_list(inputs.get("tags")),
        )["OpenIDConnectProviderArn"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        provider = found(
            lambda: self.aws.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=resource_id)
        )
        if provider is None:
            return None
        url = provider["Url"]
        return with_tags(
            {
                "id": resource_id,
                "arn": resource_id,
                "url": url if url.startswith("https://") else f"https://{url}",
                "clientIdLists": provider["ClientIDList"],
                "thumbprintLists": provider.get("ThumbprintList", []),
            },
            tags_of(provider.get("Tags")),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "clientIdLists", "thumbprintLists", "tags")
        if "thumbprintLists" in changed and news.get("thumbprintLists"):
            self.aws.iam.update_open_id_connect_provider_thumbprint(
                OpenIDConnectProviderArn=resource_id, ThumbprintList=news["thumbprintLists"]
            )
        before, after = set(olds["clientIdLists"]), set(news["clientIdLists"])
        for client in sorted(after - before):
            self.aws.iam.add_client_id_to_open_id_connect_provider(
                OpenIDConnectProviderArn=resource_id, ClientID=client
            )
        for client in sorted(before - after):
            self.aws.iam.remove_client_id_from_open_id_connect_provider(
                OpenIDConnectProviderArn=resource_id, ClientID=client
            )
        added, removed = tag_changes(olds, news)
        if removed:
            self.aws.iam.untag_open_id_connect_provider(
                OpenIDConnectProviderArn=resource_id, TagKeys=removed
            )
        if added:
            self.aws.iam.tag_open_id_connect_provider(
                OpenIDConnectProviderArn=resource_id,
                Tags=tag_list(added),
            )

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self.aws.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=resource_id)
