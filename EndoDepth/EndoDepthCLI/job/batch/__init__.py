"""Many cases on many machines that share nothing but a folder: what is in the manifest, who does what, what came of it.

manifest    the cases, checked whole before anything runs
claims      who works on which case: files that only one can make, in a folder that all see
liveness    whether somebody is still there, by the watcher's own clock
child       the process that computes, with the network loaded once; worker is what runs in it
supervision hands cases to the processes, and judges how they end
summary     one table of all cases
"""
