"""The page: people judge, explain and compare in a browser. One file of ``pages`` is one page."""
