import os
from pathlib import Path

from deploy.local.lineage import Lineage, Run
from deploy.settings import Settings


def whole(folder: Path, age_s: int) -> str:
    folder.mkdir(parents=True)
    (folder / "_metadata").write_bytes(b"m")
    os.utime(folder / "_metadata", (1_000_000 - age_s, 1_000_000 - age_s))
    return str(folder)


def test_a_job_that_never_ran_starts_afresh(tmp_path: Path) -> None:
    assert Lineage(Settings(home=tmp_path), "decide").newest() is None


def test_a_job_goes_on_from_its_newest_checkpoint_of_any_run(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    lineage = Lineage(settings, "decide")
    lineage.add(Run("a"))
    lineage.add(Run("b"))
    whole(settings.checkpoints / "a" / "chk-7", age_s=30)
    newest = whole(settings.checkpoints / "b" / "chk-2", age_s=10)
    (settings.checkpoints / "b" / "chk-3").mkdir()  # was not completed
    whole(settings.checkpoints / "another-job" / "chk-9", age_s=1)
    assert lineage.newest() == newest


def test_a_newer_savepoint_counts_and_one_that_was_deleted_does_not(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    lineage = Lineage(settings, "decide")
    checkpoint = whole(settings.checkpoints / "a" / "chk-1", age_s=20)
    savepoint = whole(settings.savepoints / "savepoint-a-1", age_s=5)
    lineage.add(Run("a"))
    lineage.add(Run("a", savepoint="file:" + savepoint))
    lineage.add(Run("a", savepoint="file:" + str(settings.savepoints / "gone")))
    assert Lineage(settings, "decide").newest() == savepoint
    (Path(savepoint) / "_metadata").unlink()
    assert lineage.newest() == checkpoint


def test_jobs_of_other_names_have_a_lineage_of_their_own(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    Lineage(settings, "one").add(Run("a"))
    whole(settings.checkpoints / "a" / "chk-1", age_s=1)
    assert Lineage(settings, "two").newest() is None
