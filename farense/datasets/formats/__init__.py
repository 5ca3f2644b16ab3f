"""Datasets in and out: four file formats, five shapes, and a report on every row."""
