"""The live server: pictures in, depth, structures and a surface out, over OpenIGTLink."""
