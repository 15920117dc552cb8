"""Networks that a user brings: small, for digits."""

from __future__ import annotations

import random

import numpy as np
import torch
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from torch import Tensor, nn


class Net(nn.Module):
    """A residual block between a stem and a head."""

    def __init__(self, outputs: int = 10) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 6, 3, 2, 1)
        self.conv = nn.Conv2d(6, 8, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.back = nn.Conv2d(8, 6, 1)
        self.head = nn.Linear(6, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.stem(x))
        x = x + self.back(torch.relu(self.norm(self.conv(x))))
        return self.head(x.mean((2, 3)))


def make() -> Net:
    with torch.random.fork_rng():
        torch.manual_seed(7)
        return Net()


def learnt() -> Net:
    """A network whose head was fitted to digits: it tells them from each other, if not well."""
    net, data = make().eval(), load_digits()
    x = torch.from_numpy(data.images[:512] / 255).float()[:, None]  # as `unit` gives them
    head, net.head = net.head, nn.Identity()  # type: ignore[assignment]
    with torch.no_grad():
        net.stem.weight.mul_(32.0)  # inputs are at most 1/16
        seen = net(x).double().numpy()
        mean, deviation = seen.mean(0), seen.std(0)
        fitted = LogisticRegression(C=0.1).fit((seen - mean) / deviation, data.target[:512])
        slopes = fitted.coef_ / deviation
        head.weight.copy_(torch.from_numpy(slopes))
        head.bias.copy_(torch.from_numpy(fitted.intercept_ - slopes @ mean))
    net.head = head
    return net


def drawn() -> Net:
    """A network whose weights are drawn when it is made, from three generators."""
    net = Net()
    nn.init.constant_(net.head.bias, random.random() + float(np.random.rand()))
    return net


def large() -> Net:
    """A network beyond what digits allow the networks that evo breeds."""
    net = Net()
    net.conv = nn.Conv2d(6, 400, 3, 1, 1, bias=False)
    net.norm = nn.BatchNorm2d(400)
    net.back = nn.Conv2d(400, 6, 1)
    return net


def three() -> Net:
    return Net(3)


class Regressor(nn.Module):
    """A network for the ten columns of diabetes: it gives the progression, around 150."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.BatchNorm1d(10), nn.Linear(10, 8), nn.ReLU())
        self.head = nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))


def regressor() -> Regressor:
    """A network whose head was fitted to diabetes."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        net = Regressor()
    x, y = load_diabetes(return_X_y=True, scaled=False)
    seen = torch.from_numpy(x).float()
    net.body[0].running_mean.copy_(seen.mean(0))  # type: ignore[union-attr, operator]
    net.body[0].running_var.copy_(seen.var(0))  # type: ignore[union-attr, operator]
    with torch.no_grad():
        fitted = Ridge().fit(net.eval().body(seen).numpy(), y)
        net.head.weight.copy_(torch.from_numpy(fitted.coef_))
        net.head.bias.fill_(float(fitted.intercept_))
    return net


def flat() -> nn.Module:
    """A regressor that gives (N,) instead of (N, 1)."""
    return nn.Sequential(regressor(), nn.Flatten(0))


def eleven() -> Net:
    return Net(11)


def rigid() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def number() -> int:
    return 3


def failing() -> nn.Module:
    raise RuntimeError("no weights on this machine")
