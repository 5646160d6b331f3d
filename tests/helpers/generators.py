"""The generators that the tests go through, one after the other."""

from course_utils.simulate.bowel import bowel_cine
from course_utils.simulate.brain import brain
from course_utils.simulate.cells import blood_smear, cell_crops, fluorescence
from course_utils.simulate.ct import ct_slices
from course_utils.simulate.endoscopy import endoscopy
from course_utils.simulate.filaments import filaments, membranes
from course_utils.simulate.fundus import fundus
from course_utils.simulate.lung import lung_texture
from course_utils.simulate.mammogram import mammogram
from course_utils.simulate.pen import drawing
from course_utils.simulate.radiograph import abdomen, chest
from course_utils.simulate.spinal_cord import spinal_cord
from course_utils.simulate.ultrasound import thyroid, ultrasound

GENERATORS = [
    chest, abdomen, fundus, ultrasound, thyroid, mammogram, ct_slices, lung_texture, spinal_cord, brain, fluorescence,
    blood_smear, endoscopy, membranes, filaments, bowel_cine, cell_crops, drawing,
]  # fmt: skip
