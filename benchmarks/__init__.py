"""Measurements of speed, each beside the libraries one would use otherwise; every answer is checked."""
