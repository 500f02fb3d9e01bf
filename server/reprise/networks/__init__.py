"""The networks that are trained and exported: torch modules and nothing else."""
