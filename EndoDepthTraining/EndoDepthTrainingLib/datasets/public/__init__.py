"""The field's data sets where their owners' archives were unpacked: readers, protocols and checks, one file a set."""
