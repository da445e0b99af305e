"""Face 1: the pytest plugin; the only room that imports pytest and pytest_benchmark."""
