"""The film of the bowel: the real one as it is, the stand-in of the same form, and files made to do harm."""

import nibabel as nib
import numpy as np
import pytest
from real_data import real, standin

from course_utils.data.sets import bowel

BOTH = pytest.mark.parametrize("get", [standin, real])


@BOTH
def test_one_contraction(get):
    data = get("bowel_cine_mri")
    assert data.images.shape == data.targets["loop"].shape == (11, 128, 128)
    area = data.targets["loop"].sum((1, 2))
    narrow = area.argmin()
    assert 0 < narrow < 10 and area[narrow] < 0.85 * area[0] and area[-1] > 1.05 * area[narrow]
    assert data.images[data.targets["loop"]].mean() > data.images[~data.targets["loop"]].mean()


def test_the_area_that_its_card_tells():
    area = real("bowel_cine_mri").targets["loop"].sum((1, 2))
    assert [int(area[0]), int(area.min()), int(area[-1])] == [2244, 1624, 1834]


def test_a_mask_of_another_size(tmp_path):
    files = {}
    for name, frames in (("image", 3), ("label", 2)):
        files[f"{name}.nii.gz"] = tmp_path / f"{name}.nii.gz"
        volume = nib.Nifti1Image(np.zeros((8, 9, frames), np.float32), np.eye(4))
        nib.save(volume, files[f"{name}.nii.gz"])
    with pytest.raises(ValueError, match=r"\(2, 9, 8\) voxels, its film has \(3, 9, 8\)"):
        bowel.bowel_cine_mri.read(files)
    files["image.nii.gz"].write_bytes(b"nothing")
    with pytest.raises(ValueError, match="is not readable"):
        bowel.bowel_cine_mri.read(files)
