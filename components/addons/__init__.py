"""What runs on a cluster: one module per add-on, their versions, and the stack that orders them."""
