"""Registration: images looked up through a displacement field, and how good and how smooth the field is.

A field is (N, 2, H, W) float, in pixels: at each pixel of the fixed image, how far down and how far to the right one
has to look in the moving image. Lesson 17 writes these functions out.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from .arrays import finite


def warp(images, field, mode: str = "bilinear") -> torch.Tensor:
    """images looked up at p + field(p); beyond the border the nearest pixel of the border counts.

    images: (N, C, H, W) float. field: (N, 2, H, W), pixels, down and right; (1, 2, H, W) serves all images.
    mode: "bilinear", or "nearest" for labels. Raises ValueError for other shapes and modes.
    """
    images, field = _images(images), _field(field)
    if images.shape[2:] != field.shape[2:] or len(field) not in (1, len(images)):
        raise ValueError(
            f"images {tuple(images.shape)} and field {tuple(field.shape)} do not fit together"
        )
    if mode not in ("bilinear", "nearest"):
        raise ValueError(f"mode is bilinear or nearest, not {mode!r}")
    height, width = images.shape[2:]
    rows = torch.arange(height, dtype=field.dtype, device=field.device)
    columns = torch.arange(width, dtype=field.dtype, device=field.device)
    where = torch.stack(torch.meshgrid(rows, columns, indexing="ij")) + field
    size = torch.tensor([height, width], device=field.device).view(1, 2, 1, 1)
    grid = (2 * where / (size - 1).clamp_min(1) - 1).flip(1).permute(0, 2, 3, 1)
    grid = grid.expand(len(images), -1, -1, -1).to(images.dtype)
    return F.grid_sample(images, grid, mode, "border", align_corners=True)


def jacobian(field) -> torch.Tensor:
    """How much the area of each pixel grows, (N, H - 1, W - 1): the determinant of the field's forward differences.

    1 no change, between 0 and 1 shrinks, 0 or less a fold. Raises ValueError for a field of another shape.
    """
    field = _field(field)
    down, right = field.diff(dim=2)[..., :-1], field.diff(dim=3)[:, :, :-1]
    return (1 + down[:, 0]) * (1 + right[:, 1]) - down[:, 1] * right[:, 0]


def folded_share(field) -> float:
    """The share of pixels where the field folds: `jacobian` at most 0."""
    return float((jacobian(field) <= 0).double().mean())


def target_registration_error(points, field, truth, spacing: float = 1.0) -> torch.Tensor:
    """How far a field sends landmarks from where they belong, (K,): the target registration error.

    points: (K, 2), down and right, in the fixed image, pixels. truth: (K, 2), the same landmarks in the moving image.
    field: (1, 2, H, W). spacing: size of a pixel. Raises ValueError for other shapes, points outside the field, NaN and
    infinity.
    """
    field = _field(field)
    points, truth = (
        torch.as_tensor(finite(p, "landmark"), dtype=field.dtype) for p in (points, truth)
    )
    if points.shape != truth.shape or points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            "two lists of landmarks of one shape, (K, 2), are needed, not "
            f"{tuple(points.shape)} and {tuple(truth.shape)}"
        )
    size = torch.tensor(field.shape[2:])
    if len(field) != 1 or (points < 0).any() or (points > size - 1).any():
        raise ValueError("one field is needed, and landmarks inside it")
    grid = (2 * points / (size - 1) - 1).flip(1)[None, None]
    bends = F.grid_sample(field, grid, padding_mode="border", align_corners=True)[0, :, 0].T
    return (points + bends - truth).norm(dim=1) * spacing


def _images(images) -> torch.Tensor:
    images = torch.as_tensor(images)
    if images.ndim != 4 or not images.is_floating_point():
        raise ValueError(
            f"images are (N, C, H, W) float, not {tuple(images.shape)} {images.dtype}"
        )
    return images


def _field(field) -> torch.Tensor:
    field = torch.as_tensor(field)
    if field.ndim != 4 or field.shape[1] != 2 or not field.is_floating_point():
        raise ValueError(
            f"a field is (N, 2, H, W) float, not {tuple(field.shape)} {field.dtype}"
        )
    if min(field.shape[2:]) < 2:
        raise ValueError(f"a field has at least 2 x 2 pixels, not {tuple(field.shape[2:])}")
    return field
