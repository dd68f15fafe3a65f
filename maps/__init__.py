"""Finished numbers into layers, map files, report and workbook."""
