"""Facts said in Portuguese: questions a supporter would ask, and one answer to each."""
