"""What the text tower reads while it is trained: class phrases, everything else, and WordNet nouns."""
