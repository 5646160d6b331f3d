"""The weights in the package: which script made each file, from which data, and that no number has changed since."""

import importlib.util
import re

import pytest
import torch

from course_utils import weights
from course_utils.data import fetch

NAMES = sorted(path.stem for path in weights.HERE.glob("*.safetensors"))
SCRIPTS = sorted(p.stem for p in weights.HERE.glob("*.py") if p.stem != "__init__")


def test_each_file_has_its_script():
    assert NAMES and NAMES == SCRIPTS


@pytest.mark.parametrize("name", NAMES)
def test_a_file_says_which_script_and_data_made_it(name):
    about = weights.about(name)
    assert importlib.util.find_spec(about["script"]).origin == str(weights.HERE / f"{name}.py")
    assert f'weights.save("{name}"' in (weights.HERE / f"{name}.py").read_text()
    assert "simulated" in about["data"] or "drawn" in about["data"]
    known = {entry.get("base_url") for entry in fetch.catalog().values()}
    assert set(re.findall(r"https:\S+", about["data"])) <= known, "other data than today's"


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_are_those_that_the_script_wrote(name):
    from safetensors.torch import load_file

    path = weights.HERE / f"{name}.safetensors"
    assert path.stat().st_size <= 1.5e6
    assert weights.digest(load_file(path)) == weights.about(name)["sha256"]
    assert not any(value.dtype == torch.float16 for value in weights.load(name).values())


def test_another_number_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "HERE", tmp_path)
    state = {"a": torch.zeros(2, 3), "b": torch.ones(1, dtype=torch.float16)}
    weights.save("toy", state, "nothing")
    assert weights.about("toy")["script"] == "course_utils.weights.toy"
    again = weights.load("toy")
    assert again["b"].dtype == torch.float32 and torch.equal(again["a"], state["a"])
    state["a"][0, 0] = 1e-6
    assert weights.digest(state) != weights.about("toy")["sha256"]
