"""DICOM files for the tests: those that pydicom brings, and small ones made to order."""

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

TEST_FILES = Path(pydicom.__file__).parent / "data" / "test_files"


def write_dicom(path, syntax=ExplicitVRLittleEndian, **change):
    """A DICOM file of 4 x 4 pixels, with parts of its header changed; None leaves a part out."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    data = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    values = {
        "SOPClassUID": CTImageStorage, "SOPInstanceUID": "1.2.3", "Modality": "CT", "Rows": 4, "Columns": 4,
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "BitsAllocated": 16, "BitsStored": 16,
        "HighBit": 15, "PixelRepresentation": 0, "RescaleSlope": 2, "RescaleIntercept": -10,
        "PixelData": np.arange(16, dtype=np.uint16).tobytes(), **change,
    }  # fmt: skip
    for key, value in values.items():
        if value is not None:
            setattr(data, key, value)
    data.save_as(path, enforce_file_format=True)
    return path
