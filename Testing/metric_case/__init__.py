"""A case whose millimetres are known: textured planes, a shaft before them, a second eye, a tracker."""
