"""The tables of a dataset as frozen dataclasses: one class a table, one field a column."""
