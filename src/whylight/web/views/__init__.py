"""Views: what the templates show, as plain data made of the store and the results."""
