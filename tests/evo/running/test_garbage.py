import gc
import subprocess
import sys

from evo.running.garbage import SELDOM, collect_seldom


def test_cycles_are_looked_for_less_often():
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.get_threshold() == SELDOM
        assert all(seldom >= usual for seldom, usual in zip(SELDOM, before, strict=True))
    finally:
        gc.set_threshold(*before)


def test_importing_evo_decides_nothing_for_its_host():
    code = (
        "import gc; b = gc.get_threshold(); import evo.engine.engine; "
        "assert gc.get_threshold() == b"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
