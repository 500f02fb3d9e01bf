"""Projects of REAPER."""
