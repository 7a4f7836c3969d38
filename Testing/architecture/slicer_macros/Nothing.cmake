# Slicer writes its extension package here; the tests need none.
