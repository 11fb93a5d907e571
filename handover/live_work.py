"""What says that something takes work which both colours share, such as messages of one queue."""

LIVE_WORK_LABEL = "eks-platform.io/live"
"""Label, ``true``, of ScaledObjects, ScaledJobs and pods that run on the active colour alone."""

LIVE_WORK = "true"
"""Its value."""

SELECTOR = f"{LIVE_WORK_LABEL}={LIVE_WORK}"
"""What selects them."""

PAUSES = {
    "scaledobjects": ("autoscaling.keda.sh/paused-replicas", "0"),
    "scaledjobs": ("autoscaling.keda.sh/paused", "true"),
}
"""Annotation, with its value, that pauses what scales without a pod, by its plural at KEDA's API.
https://keda.sh/docs/2.21/concepts/scaling-deployments/#pausing-autoscaling"""

KEDA_API = ("keda.sh", "v1alpha1")
"""Group and version of that API."""

POLICY = "live-work"
"""Name of the admission policy that keeps it out, and of its binding."""

PAUSING = "pause-live-work"
"""Name of the CronJob that pauses it, of its account and of its role."""

TERM_OBJECTS = (f"keda-validatingadmissionpolicy-{POLICY}", f"keda-cronjob-{PAUSING}")
"""Pulumi names of the objects that hold the term, as the live DNS writers' Deployments do."""
