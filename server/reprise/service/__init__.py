"""The application: messages in, replies out; jobs, sessions and history. Knows no socket."""
