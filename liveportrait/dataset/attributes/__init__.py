"""What people are to look like: properties, how often each value comes, and what does not go together."""
