"""What moto's ListInstanceProfiles leaves out: only those below a path are asked for.

Who takes the answer for its own deletes the others' profiles.
"""

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse


def install() -> None:
    """Replaces the method; once per process."""
    IamResponse.list_instance_profiles = _list_instance_profiles


def _list_instance_profiles(self: IamResponse) -> ActionResult:
    prefix = str(self._get_param("PathPrefix") or "/")
    found = [it for it in self.backend.get_instance_profiles() if it.path.startswith(prefix)]
    return ActionResult({"InstanceProfiles": found})
