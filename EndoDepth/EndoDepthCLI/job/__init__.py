"""The job behind the subcommands: checks everything, streams frames through the model, writes the results folder."""
