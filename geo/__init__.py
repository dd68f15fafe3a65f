"""The engine: tables in, tables out."""
