"""What is good to write: a part's habits and manner, its company, and what drafts agree on."""
