"""Orders the add-ons and makes resources of what they say of themselves."""
