import subprocess
import sys

import pytest
import torch

from fitness.training.numerics import Numerics


def test_defaults() -> None:
    assert Numerics.for_device("cpu") == Numerics("cpu", "float32", "contiguous")
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert Numerics.for_device("auto").device == expected


def test_bad_settings_are_named() -> None:
    with pytest.raises(ValueError, match="device 'tpu', expected one of auto, cpu, cuda"):
        Numerics.for_device("tpu")
    with pytest.raises(ValueError, match="precision 'float16', expected one of float32, bfloat16"):
        Numerics(precision="float16")  # type: ignore[arg-type]
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="use --device cpu"):
            Numerics.for_device("cuda")


def test_what_the_driver_needs_loads_no_torch() -> None:
    modules = (
        "fitness.training.numerics, fitness.silencing.pruning_plan, fitness.objective, "
        "fitness.silencing.epigenetic_marks"
    )
    code = (
        f"import sys, {modules}; from fitness.silencing.pruning_plan import CURVES, CRITERIA; "
        "from fitness.objective import Objective, objective_names; "
        "CURVES.names(); CRITERIA.names(); [Objective.load(n) for n in objective_names()]; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
