"""The five source systems, each measured on its home ground beside what its text reports."""
