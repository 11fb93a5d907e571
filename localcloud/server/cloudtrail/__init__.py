"""A stand-in for CloudTrail's event history: LookupEvents over the log of AWS calls."""
