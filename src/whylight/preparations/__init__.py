"""Ways to bring a picture into the form that a classifier was trained on, one file each."""
