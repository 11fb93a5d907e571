"""What the services of AWS know: lists that `guardrails.reference.write` makes."""
