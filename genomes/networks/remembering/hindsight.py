"""What would have been worth keeping: known at the end of a window, learnt for the next ones."""

from __future__ import annotations

import torch
from torch import Tensor


@torch.no_grad()
def used_later(q: Tensor, keys: Tensor, nothing: Tensor, segment: int, least: float) -> Tensor:
    """Return which positions (N, H, L) a later one would use, if all were kept.

    Queries (N, H, L, D) see the keys of segments before theirs, and one entry that stands for
    nothing (H,); to use a position is to give it more than the share `least` of attention.
    """
    length = q.shape[2]
    place = torch.arange(length, device=q.device)
    unseen = place >= (place // segment * segment)[:, None]  # (L, L): by query, by key
    unseen[:, 0] = True  # nothing comes before the first
    scores = (q @ keys.transpose(2, 3)).masked_fill(unseen, -torch.inf)
    bare = nothing[:, None, None].expand(*q.shape[:3], 1)
    shares = torch.cat((scores, bare), dim=3).softmax(3)[..., :-1]
    return shares.amax(2) > least
