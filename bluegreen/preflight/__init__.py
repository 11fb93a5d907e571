"""What an account must have before anything is made in it: rules over what was asked of it."""
