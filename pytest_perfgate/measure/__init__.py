"""The instruments: clocks, canaries, slices, resources, the machine and the commit."""
