"""The monitor: p-values that hold what they say, and inputs that it has to notice."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

import evo
from evo.monitoring import monitor as source
from evo.monitoring.monitor import INPUT, LEAST, Calibration, Fused, Monitor, Place

CLASSES = 3


def small_network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(2, 6, 3), nn.ReLU(), nn.Conv2d(6, 8, 3), nn.ReLU(), nn.Flatten(),
        nn.Linear(8 * 16, CLASSES),
    )  # fmt: skip


def pictures(number: int, seed: int) -> tuple[Tensor, Tensor]:
    """Draw pictures (N, 2, 8, 8) of three classes: smooth, of different slopes."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(number) % CLASSES
    slope = torch.linspace(-1, 1, 8)[None, None, None, :] * labels[:, None, None, None]
    level = torch.randn(number, 2, 1, 1, generator=generator)
    return slope + level + 0.3 * torch.randn(number, 2, 8, 8, generator=generator), labels


@pytest.fixture(scope="module")
def calibrated() -> tuple[nn.Module, Calibration]:
    network, (x, labels) = small_network(), pictures(600, 1)
    return network, Calibration.of(network, x, labels, held_out=pictures(499, 2)[0])


def test_a_distance_by_hand() -> None:
    unit = torch.eye(2)
    centres = torch.tensor([[0.0, 0.0], [4.0, 0.0]])
    nothing = torch.full((2,), torch.nan)
    place = Place(torch.zeros(2), nothing, unit, centres, torch.zeros(()), torch.ones(()))
    found = Fused.of([place]).unusual(torch.tensor([[3.0, 0.0], [0.0, 2.0], [torch.nan, 0.0]]))
    assert found[0] == pytest.approx(0.0, abs=1e-5)  # one from the nearer centre
    assert found[1] == pytest.approx(math.log(4.0), abs=1e-5)
    assert found[2] == torch.inf  # not usual here


def test_the_worst_place_counts() -> None:
    def place(mean: float) -> Place:
        rest = torch.zeros(1, 1), torch.tensor(mean), torch.ones(())
        return Place(torch.zeros(1), torch.full((1,), torch.nan), torch.eye(1), *rest)

    fused = Fused.of([place(0.0), place(math.log(4.0))])
    assert fused.unusual(torch.tensor([[1.0, 4.0]])).tolist() == [pytest.approx(math.log(4.0))]
    assert fused.unusual(torch.tensor([[2.0, 1.0]])).tolist() == [pytest.approx(math.log(4.0))]


def test_no_more_than_the_stated_share_of_usual_inputs_is_flagged(
    calibrated: tuple[nn.Module, Calibration],
) -> None:
    network, calibration = calibrated
    x = pictures(4000, 3)[0]
    for share in (0.01, 0.05, 0.2):
        flagged = float(Monitor(network, calibration, share)(x).flags.float().mean())
        # Of 499 held-out inputs the share is a Beta variable; and 4,000 are a sample.
        error = math.sqrt(share * (1 - share) * (1 / 499 + 1 / 4000))
        assert abs(flagged - share) < 4 * error
    p_values = Monitor(network, calibration)(x).p_values
    assert float(p_values.min()) >= 1 / 500
    assert float(p_values.mean()) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize(
    "changed",
    [
        lambda x: 3.0 * x,
        lambda x: x + 6.0,
        lambda x: x + 2.0 * torch.randn(x.shape, generator=torch.Generator().manual_seed(5)),
        lambda x: nn.functional.avg_pool2d(x, 3, 1, 1),
        lambda x: torch.where(torch.arange(8) < 4, torch.full_like(x, 5.0), x),
        lambda x: torch.full_like(x, torch.nan),
        lambda x: torch.full_like(x, torch.inf),
    ],
    ids=["contrast", "brightness", "noise", "blur", "occlusion", "nan", "inf"],
)
def test_changed_inputs_are_noticed(
    calibrated: tuple[nn.Module, Calibration], changed: object
) -> None:
    assert callable(changed)
    watched = Monitor(*calibrated)(changed(pictures(60, 4)[0]))
    assert float(watched.flags.float().mean()) > 0.9


def test_the_outputs_are_those_of_the_network_and_nothing_stays_hooked(
    calibrated: tuple[nn.Module, Calibration],
) -> None:
    network, calibration = calibrated
    x = pictures(7, 6)[0]
    watched = Monitor(network, calibration)(x)
    torch.testing.assert_close(watched.outputs, network(x))
    assert watched.outputs.requires_grad
    assert not watched.p_values.requires_grad
    assert not any(module._forward_hooks for module in network.modules())


def test_a_class_that_lies_apart_is_usual_and_between_is_not() -> None:
    network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2))
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(400) % 2
    x = 0.1 * torch.randn(400, 2, generator=generator) + 4.0 * labels[:, None]
    middle = torch.full((1, 2), 2.0)
    by_class = Monitor(network, Calibration.of(network, x, labels), 0.02)
    as_one = Monitor(network, Calibration.of(network, x), 0.02)
    assert bool(by_class(middle).flags)
    assert not bool(as_one(middle).flags)


def test_what_is_missing_is_usual_where_training_had_it_missing() -> None:
    network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2))

    class Filled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rest = network

        def forward(self, x: Tensor) -> Tensor:
            return network(x.nan_to_num())

    generator = torch.Generator().manual_seed(1)
    x = torch.randn(300, 2, generator=generator)
    x[::3, 0] = torch.nan
    watched = Monitor(Filled(), Calibration.of(Filled(), x, held_out=x), 0.05)
    assert not bool(watched(torch.tensor([[torch.nan, 0.1]])).flags)
    assert bool(watched(torch.tensor([[0.1, torch.nan]])).flags)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e30])
def test_columns_of_any_scale_and_of_none_are_watched(scale: float, kind: torch.dtype) -> None:
    class Read(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last = nn.Linear(3, 2)

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.last((x / scale).float())
            return found

    generator = torch.Generator().manual_seed(1)
    x = scale * torch.randn(300, 3, generator=generator, dtype=kind)
    x[:, 2] = 5.0 * scale  # which never changes
    network = Read()
    monitor = Monitor(network, Calibration.of(network, x), 0.05)
    assert float(monitor(x).flags.float().mean()) < 0.12
    odd = x[:1].clone()
    odd[0, 1] = 9.0 * scale
    assert bool(monitor(odd).flags)


@pytest.mark.parametrize("spread", [0.0, 1e-6])
def test_what_rounding_changes_at_a_place_is_not_unusual(spread: float) -> None:
    class Settled(nn.Module):
        """Gives what hardly depends on the inputs, and is rounded otherwise in small batches."""

        def __init__(self) -> None:
            super().__init__()
            self.last = nn.Linear(3, 2)
            nn.init.constant_(self.last.weight, 0.5)

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.last(1000.0 + spread * x)
            return found + (1e-3 if len(x) < 10 else 0.0)

    generator = torch.Generator().manual_seed(1)
    network = Settled()
    hooked = nn.Sequential(network, nn.Identity())
    x = torch.randn(300, 3, generator=generator)
    monitor = Monitor(hooked, Calibration.of(hooked, x, modules=["0"]), 0.05)
    many = monitor(x).p_values
    one = torch.cat([monitor(x[k : k + 1]).p_values for k in range(20)])
    torch.testing.assert_close(one, many[:20])
    # But what really changes is noticed.
    with torch.no_grad():
        network.last.bias += 100.0
    assert bool(monitor(x).flags.all())


def test_tokens_are_watched_inside_alone() -> None:
    network = nn.Sequential(nn.Embedding(5, 4), nn.Flatten(), nn.Linear(12, 2))
    x = torch.randint(5, (80, 3), generator=torch.Generator().manual_seed(1))
    calibration = Calibration.of(network, x)
    assert INPUT not in calibration.places
    assert Monitor(network, calibration, 0.1)(x).flags.shape == (80,)


def test_layers_of_sequences_count_their_channels_wherever_torch_has_them() -> None:
    class Transposed(nn.Module):
        """Gives (N, C, L), as modules of evo do."""

        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.weight, self.inner = nn.Parameter(torch.zeros(())), [inner]  # one module, not two

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.inner[0](x).transpose(1, 2)
            return found

    torch.manual_seed(0)
    x = torch.randn(80, 7, 4)
    for layer in (nn.Linear(4, 4), nn.LayerNorm(4), nn.RMSNorm(4)):
        ours = Calibration.of(nn.Sequential(Transposed(layer)), x, modules=["0"])
        theirs = Calibration.of(nn.Sequential(layer), x, modules=["0"])
        assert theirs.places["0"].shift.shape == (4,)
        torch.testing.assert_close(theirs.places["0"].shift, ours.places["0"].shift)
        torch.testing.assert_close(theirs.scores, ours.scores)


def test_it_is_read_as_it_was_written(
    calibrated: tuple[nn.Module, Calibration], tmp_path: Path
) -> None:
    network, calibration = calibrated
    calibration.save(tmp_path / "monitor.safetensors")
    again = Calibration.load(tmp_path / "monitor.safetensors")
    assert list(again.places) == list(calibration.places)
    x = pictures(50, 7)[0]
    found = Monitor(network, again)(x), Monitor(network, calibration)(x)
    assert torch.equal(found[0].p_values, found[1].p_values)


def test_a_damaged_file_is_named(
    calibrated: tuple[nn.Module, Calibration], tmp_path: Path
) -> None:
    path, (_, calibration) = tmp_path / "monitor.safetensors", calibrated
    calibration.save(path)
    whole, tensors = path.read_bytes(), load_file(path)
    for length in (0, 7, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"monitor.safetensors holds no calibration"):
            Calibration.load(path)
    save_file(tensors, path)
    with pytest.raises(ValueError, match="holds no calibration of a monitor: 'places'"):
        Calibration.load(path)
    for name in ("0.shift", "0.whitening", "1.centres", "1.mean"):
        other = {**tensors, name: torch.zeros(3, 1, 4)}
        save_file(other, path, {"places": "\n".join(calibration.places)})
        with pytest.raises(ValueError, match=r"shapes that do not belong together"):
            Calibration.load(path)


def test_what_cannot_be_is_told(calibrated: tuple[nn.Module, Calibration]) -> None:
    network, calibration = calibrated
    with pytest.raises(ValueError, match=r"received false_alarms 0.001; 499 held-out inputs"):
        Monitor(network, calibration, false_alarms=0.001)
    with pytest.raises(ValueError, match=f"expected at least {LEAST}"):
        Calibration.of(network, pictures(30, 1)[0])
    with pytest.raises(ValueError, match=r"without modules that have parameters"):
        Calibration.of(nn.Flatten(), pictures(60, 1)[0])


def test_named_modules_are_watched() -> None:
    network = small_network()
    found = Calibration.of(network, pictures(60, 1)[0], modules=["0"])
    assert list(found.places) == [INPUT, "0"]
    assert list(Calibration.of(network, pictures(60, 1)[0]).places) == [INPUT, "0", "2", "5"]


def test_it_is_part_of_the_public_names() -> None:
    assert evo.Monitor is Monitor
    assert evo.Calibration is Calibration


def test_the_file_runs_where_evo_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "monitor.py").write_text(Path(source.__file__).read_text())
    script = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}]; sys.path += "
        f"{[str(Path(torch.__file__).parents[1])]!r}; import monitor; "
        "assert 'evo' not in sys.modules; assert monitor.Monitor"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
