"""`tenshu doctor`: look at everything that can be wrong with a home, change nothing, say what to do.

A check reads something and judges it. Judging is a pure function from what was read to findings; reading may fail
(a missing file, a broken row, a warehouse in somebody else's hands) and is then a finding itself.
"""
