"""The data directory: made with care, held by one, forgotten without touching what is not ours."""

import os
from pathlib import Path

import pytest

from deploy.local.home import AlreadyRunning, Home, NoRoom
from deploy.local.reach import OutOfReach, barrier, lead_elsewhere, require_reach
from deploy.local.vault import Vault
from tests.servers import reachable_directory

NOBODY = 65534


class TestHome:
    def test_secrets_and_logs_are_for_us_alone(self, home: Home) -> None:
        assert home.secrets.stat().st_mode & 0o777 == 0o700
        assert home.logs.stat().st_mode & 0o777 == 0o700

    def test_others_may_pass_a_root_that_we_made_but_not_read_it(self, home: Home) -> None:
        assert home.root.stat().st_mode & 0o777 == 0o711

    def test_the_modes_of_a_directory_that_was_there_are_left_alone(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)

        Home(tmp_path).make()

        assert tmp_path.stat().st_mode & 0o777 == 0o700

    def test_a_full_disk_is_told_in_a_sentence(self, home: Home) -> None:
        with pytest.raises(NoRoom, match="make room, or keep the data elsewhere with MESH_DATA"):
            home.require_room(needed=2**62)

    def test_only_one_supervisor_holds_it(self, home: Home) -> None:
        with (
            home.held(),
            pytest.raises(AlreadyRunning, match="`make down` stops it"),
            home.held(),
        ):
            pass

    def test_the_holder_is_known_as_long_as_it_holds(self, home: Home) -> None:
        with home.held():
            during = home.holder()

        assert during == os.getpid()
        assert home.holder() is None

    def test_forgetting_removes_what_is_ours_and_nothing_else(self, home: Home) -> None:
        (home.secrets / "one").write_text("secret")
        (home.root / "thesis.txt").write_text("years of work")

        home.forget()

        assert [path.name for path in home.root.iterdir()] == ["thesis.txt"]


class TestVault:
    def test_a_secret_is_made_once_and_stays(self, tmp_path: Path) -> None:
        first = Vault(tmp_path).secret("nats-document")

        assert len(first) >= 32
        assert Vault(tmp_path).secret("nats-document") == first

    def test_each_secret_is_another(self, tmp_path: Path) -> None:
        assert Vault(tmp_path).secret("nats-search") != Vault(tmp_path).secret("nats-document")

    def test_only_we_can_read_it(self, tmp_path: Path) -> None:
        Vault(tmp_path).secret("nats-document")

        assert (tmp_path / "nats-document").stat().st_mode & 0o777 == 0o600


class TestReach:
    def test_the_directory_in_the_way_is_named_with_both_remedies_and_left_as_it_is(self) -> None:
        with reachable_directory() as directory:
            shut = directory / "shut"
            shut.mkdir(mode=0o700)

            with pytest.raises(OutOfReach) as refused:
                require_reach(shut / "inner" / "data", NOBODY)

            assert f"chmod o+x {shut}" in str(refused.value)
            assert "MESH_DATA=" in str(refused.value)
            assert shut.stat().st_mode & 0o777 == 0o700

    def test_every_directory_in_the_way_is_named_at_once(self) -> None:
        with reachable_directory() as directory:
            outer, inner = directory / "outer", directory / "outer" / "inner"
            inner.mkdir(parents=True)
            for shut in (inner, outer):
                shut.chmod(0o700)

            with pytest.raises(OutOfReach, match=f"chmod o\\+x {outer} {inner}"):
                require_reach(inner / "data", NOBODY)

    def test_what_the_user_may_pass_is_no_barrier(self) -> None:
        with reachable_directory() as directory:
            require_reach(directory / "data", NOBODY)

    def test_what_does_not_exist_yet_is_in_nobodys_way(self) -> None:
        assert barrier(Path("/nowhere/at/all"), NOBODY) is None

    def test_data_in_a_folder_of_roots_own_is_kept_elsewhere_and_a_link_leads_there(self) -> None:
        with reachable_directory() as directory:
            checkout = directory / "checkout"
            checkout.mkdir(mode=0o700)

            found = lead_elsewhere(checkout / ".data", NOBODY, directory / "elsewhere")

            assert found is not None
            assert (checkout / ".data").resolve() == found
            require_reach(found / "postgres", NOBODY)
            assert lead_elsewhere(checkout / ".data", NOBODY, directory / "elsewhere") is None

    def test_two_checkouts_of_one_name_do_not_share_what_is_elsewhere(self) -> None:
        with reachable_directory() as directory:
            places = [directory / name / "checkout" / ".data" for name in ("one", "two")]
            for place in places:
                place.parent.mkdir(mode=0o700, parents=True)

            found = {lead_elsewhere(place, NOBODY, directory / "elsewhere") for place in places}

            assert len(found - {None}) == 2

    def test_data_within_reach_or_of_our_own_user_stays_where_it_is(self) -> None:
        with reachable_directory() as directory:
            assert lead_elsewhere(directory / ".data", NOBODY, directory / "elsewhere") is None
            directory.chmod(0o700)
            assert lead_elsewhere(directory / ".data", None, directory / "elsewhere") is None
            assert not (directory / ".data").is_symlink()

    def test_where_nothing_is_within_reach_no_link_is_made(self) -> None:
        with reachable_directory() as directory:
            checkout = directory / "checkout"
            checkout.mkdir(mode=0o700)

            assert lead_elsewhere(checkout / ".data", NOBODY, checkout / "elsewhere") is None
            assert not (checkout / ".data").is_symlink()
