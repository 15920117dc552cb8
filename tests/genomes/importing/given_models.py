"""Networks that evo did not breed: written here as a user would, and those of `pytorchcv`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genomes.graph.shapes import Shape


class Residual1d(nn.Module):
    """A block of a residual network for sequences, dilated, with a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int, dilation: int) -> None:
        super().__init__()
        padding = 2 * dilation
        self.conv1 = nn.Conv1d(inputs, outputs, 5, stride, padding, dilation, bias=False)
        self.bn1 = nn.BatchNorm1d(outputs)
        self.conv2 = nn.Conv1d(outputs, outputs, 5, 1, 2)
        self.bn2 = nn.BatchNorm1d(outputs)
        self.shortcut = nn.Conv1d(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = F.leaky_relu(self.bn1(self.conv1(x)), 0.1)
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x), inplace=True)


class ResNet1d(nn.Module):
    """A residual network of sequences."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv1d(2, 8, 7, padding=3)
        self.blocks = nn.Sequential(Residual1d(8, 8, 1, 1), Residual1d(8, 16, 2, 2))
        self.pool = nn.MaxPool1d(3, 2, padding=1)
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.blocks(F.elu(self.stem(x))))
        return self.head(self.drop(x.mean(-1)))


class Twice(nn.Sequential):
    """Two convolutions of a U-Net, normalised in groups or over the batch."""

    def __init__(self, inputs: int, outputs: int, groups: int = 0) -> None:
        norm = nn.GroupNorm(groups, outputs) if groups else nn.BatchNorm2d(outputs, eps=1e-3)
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, padding="same"), norm, nn.Mish(),
            nn.Conv2d(outputs, outputs, (3, 1), padding=(1, 0)), nn.ReLU(),
        )  # fmt: skip


class UNet(nn.Module):
    """A U-Net with both ways of going up; an answer for each pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = Twice(1, 6), Twice(6, 8, groups=2)
        self.bottom = Twice(8, 12)
        self.up2 = nn.ConvTranspose2d(12, 8, 2, stride=2)
        self.merge2 = Twice(16, 8)
        self.up1 = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.merge1 = Twice(14, 6)
        self.head = nn.Conv2d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        x = self.bottom(F.avg_pool2d(b, 2))
        x = self.merge2(torch.cat([b, self.up2(x)], dim=1))
        return self.head(self.merge1(torch.cat([self.up1(x), a], dim=1)))


class Splitting(nn.Module):
    """Splits, shuffles, gates, and adds concatenated channels: what ties channels unusually."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.left, self.right = nn.Conv2d(4, 6, 1), nn.Conv2d(4, 6, 1)
        self.gate = nn.Linear(12, 12)
        self.after = nn.Conv2d(12, 10, 3, stride=2, padding=1)
        self.first, self.second = nn.Conv2d(10, 4, 1), nn.Conv2d(10, 6, 1)
        self.head = nn.Linear(40, 3)

    def forward(self, x: Tensor) -> Tensor:
        a, b = torch.relu(self.stem(x)).chunk(2, dim=1)
        x = torch.cat([self.left(a), self.right(b)], dim=1)
        x = x.view(x.shape[0], 2, 6, *x.shape[2:]).transpose(1, 2).reshape(x.shape)
        x = F.gelu(x) * torch.sigmoid(self.gate(x.mean((2, 3))))[:, :, None, None]
        x = F.silu(self.after(x))
        x = x + torch.cat([self.first(x), self.second(x)], dim=1)
        return self.head(F.adaptive_avg_pool2d(x, 2).flatten(1))


class Perceptron(nn.Module):
    """Layers of a table's rows."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(6, 12), nn.BatchNorm1d(12), nn.Hardswish(), nn.Dropout(0.1),
            nn.Linear(12, 12), nn.GroupNorm(1, 12, eps=1e-3), nn.SELU(), nn.Linear(12, 3),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def _of_pytorchcv(file: str, function: str) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        # Not by its `model_provider`, which wants torchvision.
        made: nn.Module = getattr(importlib.import_module(f"pytorchcv.models.{file}"), function)()
        return made

    return make


Given = tuple[Callable[[], nn.Module], Shape]
HERE: Mapping[str, Given] = {
    "resnet1d": (ResNet1d, (2, 30)),
    "unet": (UNet, (1, 8, 8)),
    "splitting": (Splitting, (3, 8, 8)),
    "perceptron": (Perceptron, (6,)),
}
ZOO: Mapping[str, Given] = {
    "resnet20": (_of_pytorchcv("resnet_cifar", "resnet20_cifar10"), (3, 32, 32)),
    "preresnet20": (_of_pytorchcv("preresnet_cifar", "preresnet20_cifar10"), (3, 32, 32)),
    "seresnet20": (_of_pytorchcv("seresnet_cifar", "seresnet20_cifar10"), (3, 32, 32)),
    "resnext20": (_of_pytorchcv("resnext_cifar", "resnext20_16x4d_cifar10"), (3, 32, 32)),
    "densenet40": (_of_pytorchcv("densenet_cifar", "densenet40_k12_cifar10"), (3, 32, 32)),
    "mobilenetv2": (_of_pytorchcv("mobilenetv2", "mobilenetv2_wd4"), (3, 224, 224)),
    "shufflenetv2": (_of_pytorchcv("shufflenetv2", "shufflenetv2_wd2"), (3, 224, 224)),
    "efficientnet_b0": (_of_pytorchcv("efficientnet", "efficientnet_b0b"), (3, 224, 224)),
}


def lively(make: Callable[[], nn.Module], seed: int = 0) -> nn.Module:
    """Make a module in float64 whose normalisations do something, in evaluation mode."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = make().double().eval()
        for part in module.modules():
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.running_mean.normal_(0.0, 0.3)  # type: ignore[union-attr]
                part.running_var.uniform_(0.5, 2.0)  # type: ignore[union-attr]
            if isinstance(part, nn.modules.batchnorm._BatchNorm | nn.GroupNorm):
                nn.init.uniform_(part.weight, 0.5, 1.5)
                nn.init.normal_(part.bias, 0.0, 0.3)
    return module
