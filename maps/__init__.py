"""Finished numbers into layers, map files, report and workbook."""

import geo  # noqa: F401  # settles how openpyxl writes before a module here imports it
