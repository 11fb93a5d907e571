"""The operator command: brings the platform up, moves production between colours, retires one."""
