"""Named sources of musical answers: each takes a task and returns candidates; none knows a wire."""
