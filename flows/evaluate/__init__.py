"""Scores what the pipeline reads against gold answers."""
