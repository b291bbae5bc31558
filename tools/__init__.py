"""What maintainers run: executing, normalizing and checking notebooks."""
