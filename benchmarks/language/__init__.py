"""What the comparison of language models is made of: rivals, their text, their measures."""
