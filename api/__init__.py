"""The two ways in: HTTP service and command line."""
