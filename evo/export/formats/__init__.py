"""Export formats: each file has `FILE_NAME` and `write(exported, path)`."""
