"""What a fleet owns that could outlive it: named on disk before it is there, and undone when its owner is gone.

Standard library only, all of it: the reaper, a process of a few megabytes, is this package and nothing else.
"""
