"""What the README shows is what one sees."""

from tests.e2e import tour
from tests.mesh import RunningMesh


class TestTour:
    def test_every_command_prints_what_the_readme_says(self, mesh: RunningMesh) -> None:
        walked = tour.walk(mesh.address)

        assert [tour.settled(step) for step in walked] == [
            tour.settled(step) for step in tour.steps()
        ]
