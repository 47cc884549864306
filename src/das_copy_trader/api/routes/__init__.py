"""The endpoints, a file per area of the brief."""
