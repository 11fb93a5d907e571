"""What a role's session may do: IAM policies, evaluated for every call as AWS evaluates them."""
