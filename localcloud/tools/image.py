"""Takes one program out of a container image, through the HTTP API of its registry.

The index is pinned. It names a manifest for each platform by digest, and the manifest its layers:
each is verified before it is parsed, so all that is used follows from the pinned digest.
"""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, ValidationError

from localcloud.tools import archive
from localcloud.tools.cache import explained
from localcloud.tools.digests import ReleaseImage
from localcloud.tools.fetch import LARGEST, Fetcher, Told, UnavailableError

_LARGEST_DOCUMENT = 2**22
"""Bytes of an index or a manifest that a registry must take, and no more."""


class _Platform(BaseModel):
    os: str
    architecture: str


class _Blob(BaseModel):
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0, le=LARGEST)]

    @property
    def sha256(self) -> str:
        return self.digest.removeprefix("sha256:")


class _Manifest(_Blob):
    platform: _Platform | None = None


class _Index(BaseModel):
    manifests: list[_Manifest]


class _Layers(BaseModel):
    layers: list[_Blob]


_Document = TypeVar("_Document", _Index, _Layers)


def fetch_program(
    fetcher: Fetcher, image: ReleaseImage, folder: Path, target: Path, told: Told
) -> None:
    """Writes the program of `image` to `target`.

    Args:
        fetcher: fetches the image's parts.
        image: the pinned image.
        folder: for a layer while it is unpacked.
        target: where the program is written to.
        told: called as a layer comes, see `Fetcher.fetch`.

    Raises:
        UnavailableError: a part cannot be had, or the image has no such program for the platform.
        DigestError: a part is another one than its digest says.
        ToolError: the program cannot be written.
        EndedError: the fetcher was ended.
    """
    repository = image.url.rsplit("/manifests/", 1)[0]
    content = fetcher.document(image.url, image.sha256, _LARGEST_DOCUMENT)
    manifest = _of_platform(_parsed(_Index, content, image.url), image)
    url = f"{repository}/manifests/{manifest.digest}"
    content = fetcher.document(url, manifest.sha256, manifest.size)
    layer = folder / "layer"
    # The last layer is on top of the others, and programs are put there.
    for blob in reversed(_parsed(_Layers, content, url).layers):
        url = f"{repository}/blobs/{blob.digest}"
        with explained(), layer.open("wb") as file:
            fetcher.fetch(url, blob.sha256, file, blob.size, told)
        if archive.extract(layer, image.member, target):
            return
    raise UnavailableError(f"no layer of {repository} has {image.member}")


def _of_platform(index: _Index, image: ReleaseImage) -> _Manifest:
    for manifest in index.manifests:
        platform = manifest.platform
        if platform and f"{platform.os}/{platform.architecture}" == image.platform:
            return manifest
    raise UnavailableError(f"{image.url} has nothing for {image.platform}")


def _parsed(kind: type[_Document], content: bytes, url: str) -> _Document:
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise UnavailableError(f"{url} cannot be read ({error.errors()[0]['msg']})") from error
