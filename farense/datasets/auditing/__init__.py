"""What is wrong with a dataset, and the dataset without it."""
