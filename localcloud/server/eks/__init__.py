"""The EKS API: moto's knows no add-ons, access entries or access policies, and runs nothing."""
