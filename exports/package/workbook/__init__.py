"""The rows as a workbook, streaming, and how each of its cells is written."""
