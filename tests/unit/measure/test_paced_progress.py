from pytest_perfgate.measure.paced_progress import PacedProgress


def test_lines_come_ever_less_often_and_at_least_every_half_minute():
    seconds = [0.0]
    told = []
    paced = PacedProgress(told.append, now=lambda: seconds[0])
    for tick in range(500):
        seconds[0] = tick / 2
        paced.tell(lambda: "line")
    moments = [int(line.partition(" ")[0]) for line in told]
    assert moments[:6] == [1, 2, 4, 8, 16, 32]
    assert moments[6:9] == [62, 92, 122]
    assert told[0] == "1 s: line"


def test_what_is_waited_for_is_told_at_once():
    told = []
    PacedProgress(told.append, first_s=0.0, now=lambda: 5.0).tell(lambda: "waiting")
    assert told == ["0 s: waiting"]
