"""Errors of the EKS API, by their AWS names."""


class EksError(Exception):
    """An error that the caller gets.

    Attributes:
        status: HTTP status.
        code: AWS error code.
    """

    status = 400
    code = "InvalidParameterException"


class InvalidParameterError(EksError):
    """A parameter is wrong."""


class InvalidRequestError(EksError):
    """The request does not fit the resource's state."""

    code = "InvalidRequestException"


class NotFoundError(EksError):
    """There is no such resource."""

    status = 404
    code = "ResourceNotFoundException"


class InUseError(EksError):
    """The name is taken, or something still uses the resource."""

    status = 409
    code = "ResourceInUseException"


class NotEmulatedError(EksError):
    """EKS can do it, the local cloud cannot."""

    status = 501
    code = "NotEmulatedByTheLocalCloud"
