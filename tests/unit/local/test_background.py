"""The mesh is looked at from another terminal, however it was started."""

from deploy.local.background import bring_up
from deploy.local.home import Home
from deploy.local.status import Board


class TestBringUp:
    def test_a_mesh_that_was_started_in_the_foreground_is_waited_for(self, home: Home) -> None:
        told: list[str] = []
        with home.held():
            Board(home.status, "http://127.0.0.1:8080").settle()

            code = bring_up(home, 5.0, told.append)

        assert code == 0
        assert told == ["The mesh is ready at http://127.0.0.1:8080"]
