"""Pictures of results for people: the preview video and the contact sheet, with legends that can be read."""
