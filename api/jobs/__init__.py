"""Long work of the service: a queue on disk, one process at a time, progress that can be followed."""
