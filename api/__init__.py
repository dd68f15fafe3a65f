"""The two ways in: HTTP service and command line."""

import geo  # noqa: F401  # settles how openpyxl writes before a module here imports it
