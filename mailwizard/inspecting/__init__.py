"""A received message read and explained, and the forecast of what receivers will say before one is sent."""
