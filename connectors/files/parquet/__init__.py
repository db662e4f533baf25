"""Parquet: read by DuckDB, written anew by pyarrow."""
