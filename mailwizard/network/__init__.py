"""A machine's addresses, routes and ways out."""
