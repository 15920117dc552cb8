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


class Mlp(nn.Sequential):
    """The feed-forward layers of a transformer's block."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__(nn.Linear(width, hidden), nn.GELU("tanh"), nn.Linear(hidden, width))


class SelfAttention(nn.Module):
    """Attention as timm writes it, its softmax spelt out or not; one or three projections."""

    def __init__(self, width: int, heads: int, *, joint: bool, spelt: bool, causal: bool) -> None:
        super().__init__()
        self.heads, self.spelt, self.causal = heads, spelt, causal
        if joint:
            self.qkv = nn.Linear(width, 3 * width, bias=False)
        else:
            self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.joint, self.drop, self.proj = joint, nn.Dropout(0.1), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        n, length, width = x.shape
        if self.joint:
            parts = self.qkv(x).reshape(n, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            q, k, v = parts.unbind(0)
        else:
            q, k, v = (
                part(x).view(n, length, self.heads, -1).transpose(1, 2)
                for part in (self.query, self.key, self.value)
            )
        return self.proj(self.attend(q, k, v).transpose(1, 2).reshape(n, length, width))

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        if not self.spelt:
            return F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
        if self.causal:
            later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(later, float("-inf"))
        return self.drop(scores.softmax(dim=-1)) @ v


class Block(nn.Module):
    """A block of a vision transformer, by `nn.MultiheadAttention` or by the one above."""

    def __init__(self, width: int, attention: nn.Module) -> None:
        super().__init__()
        self.norm1, self.attn, self.norm2 = nn.LayerNorm(width), attention, nn.LayerNorm(width)
        self.mlp = Mlp(width, 2 * width)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x)
        if isinstance(self.attn, nn.MultiheadAttention):
            y, _ = self.attn(y, y, y)
        else:
            y = self.attn(y)
        x = x + y
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    """Patches, a class token, learnt positions, two blocks, a head."""

    def __init__(self, width: int = 12, heads: int = 3) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, width, 4, 4)
        self.cls_token = nn.Parameter(torch.randn(1, 1, width))
        self.positions = nn.Parameter(torch.randn(1, 5, width))
        attention = nn.MultiheadAttention(width, heads, batch_first=True)
        spelt = SelfAttention(width, heads, joint=True, spelt=True, causal=False)
        self.blocks = nn.Sequential(Block(width, attention), Block(width, spelt))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches((x - 0.5) / 0.25).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1) + self.positions
        return self.head(self.norm(self.blocks(x))[:, 0])


TOKENS, WINDOW = 11, 6


class LanguageModel(nn.Module):
    """Embeddings, a causal block, scores of the tokens at each position, or of classes."""

    def __init__(
        self, *, rows: int = 0, tied: bool = False, bias: bool = True, classes: int = 0,
        causal: bool = True, tokens: int = TOKENS, window: int = WINDOW,
    ) -> None:  # fmt: skip
        super().__init__()
        self.embed = nn.Embedding(tokens, 8)
        self.places = nn.Embedding(rows, 8) if rows else nn.Parameter(torch.randn(1, window, 8))
        attention = SelfAttention(8, 2, joint=True, spelt=False, causal=causal)
        self.drop, self.block, self.norm = nn.Dropout(0.1), Block(8, attention), nn.LayerNorm(8)
        self.head, self.classes = nn.Linear(8, classes or tokens, bias=bias), classes
        if tied:
            self.head.weight = self.embed.weight

    def forward(self, x: Tensor) -> Tensor:
        length = x.shape[1]
        if isinstance(self.places, nn.Embedding):
            places = self.places(torch.arange(length, device=x.device))
        else:
            places = self.places[:, :length]
        x = self.norm(self.block(self.drop(8**0.5 * self.embed(x) + places)))
        return self.head(x.mean(1)) if self.classes else self.head(x).transpose(1, 2)


class SequenceTransformer(nn.Module):
    """torch's encoder layer over sequences that come first, causal attention, fixed positions."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Conv1d(2, 8, 3, padding=1)
        angles = torch.arange(6)[:, None] / 10 ** torch.linspace(0, 1, 8)
        self.register_buffer("waves", angles.sin())
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 12, norm_first=True), 1, enable_nested_tensor=False
        )
        self.norm = nn.LayerNorm(8, bias=False)
        self.look = SelfAttention(8, 2, joint=False, spelt=False, causal=True)
        self.back = SelfAttention(8, 2, joint=False, spelt=True, causal=True)
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x).permute(2, 0, 1) + self.waves[:, None]  # (L, N, C)
        x = self.encoder(x).transpose(0, 1)
        x = x + self.look(self.norm(x))
        x = x - self.back(x)
        return self.head(x[:, 1:].mean(1))


class ConvNext(nn.Module):
    """Blocks that lay channels last, with layer scale; normalised inputs, a temperature."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.rand(3, 1, 1))
        self.register_buffer("std", torch.rand(1, 3, 1, 1) + 0.5)
        self.stem = nn.Conv2d(3, 6, 2, 2)
        self.deep, self.norm, self.mlp = (
            nn.Conv2d(6, 6, 3, 1, 1, groups=6),
            nn.LayerNorm(6),
            Mlp(6, 12),
        )
        self.gamma = nn.Parameter(torch.rand(6))
        self.place = nn.Conv2d(6, 1, 3, padding=1)
        self.slopes = nn.Parameter(torch.rand(6, 1, 1))
        self.temperature = nn.Parameter(torch.tensor(2.0))
        self.head = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem((x - self.mean) / self.std)
        y = self.norm(self.deep(x).permute(0, 2, 3, 1))
        x = x + (self.gamma * self.mlp(y)).permute(0, 3, 1, 2)
        x = x * torch.sigmoid(self.place(x))
        x = 1.0 - x.clamp(min=0) - self.slopes * x.clamp(min=0).pow(2)
        return self.head(x.sum((-1, -2))) / self.temperature


class Odd(nn.Module):
    """Operators that evo has no operation for, among layers that it knows."""

    order: Tensor
    blur: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("order", torch.tensor([3, 0, 4]))
        self.register_buffer("blur", torch.rand(4, 1, 3, 3))
        self.stem, self.deep = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(16, 6, 1)
        self.slopes, self.wide = nn.PReLU(5), nn.Conv2d(6, 5, 3)
        self.last, self.head = nn.Conv2d(3, 7, 1), nn.Linear(7, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = F.conv2d(torch.relu(self.stem(x)), self.blur, padding=1, groups=4)
        x = x.view(len(x), 4, 3, 2, 3, 2).permute(0, 3, 5, 1, 2, 4).reshape(len(x), 16, 3, 3)
        x = torch.relu(self.deep(F.pad(x, (1, 1, 1, 1), mode="reflect")))
        x = self.slopes(self.wide(x))
        x = torch.logsumexp(torch.stack([x, 1.0 + x / (1.0 + x.abs())], dim=2), dim=2)
        x = x.index_select(1, self.order).cumsum(3)
        spread, centre = torch.var_mean(torch.relu(self.last(x)), dim=(2, 3))
        return self.head(centre + spread.sqrt())


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
    "transformer": (VisionTransformer, (1, 8, 8)),
    "sequence_transformer": (SequenceTransformer, (2, 6)),
    "convnext": (ConvNext, (3, 8, 8)),
    "odd": (Odd, (1, 6, 6)),
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
            if isinstance(part, nn.modules.batchnorm._BatchNorm | nn.GroupNorm | nn.LayerNorm):
                if part.weight is not None:
                    nn.init.uniform_(part.weight, 0.5, 1.5)
                if part.bias is not None:
                    nn.init.normal_(part.bias, 0.0, 0.3)
    return module
