"""The directed walk graph: how it is built, weighted, entered and stored."""
