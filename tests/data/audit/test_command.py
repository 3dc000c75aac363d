"""What `fer data audit` prints."""

import json

from fer_core.cli.audit import audit
from fer_core.data.prepare.add import add_dataset
from tests.data.made import png, write_folder


def test_the_command_names_what_two_sets_share_and_says_none_found_or_unknown(
    data_home, tmp_path, capsys
):
    for name, first in (("ant", 1), ("bee", 3)):  # three files each, one of them in both
        files = {f"happy/{n}.png": png(n) for n in range(first, first + 3)}
        add_dataset("folder", write_folder(tmp_path / name, files), name, progress=False)
    capsys.readouterr()
    audit(["ant", "bee"], json=True)
    shared = {"images_a": 3, "images_b": 3, "copies_a": 1, "copies_b": 1, "near": 0}
    names = {"dataset_a": "ant", "dataset_b": "bee"}
    assert json.loads(capsys.readouterr().out)["shared"] == [names | shared | {"persons": None}]
    audit(["ant", "bee"])
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "ant bee 1 of 3 and 1 of 3 none found unknown" in lines
    assert "ant persons unknown unknown unknown" in lines
    assert "ant near copies none found none found none found" in lines
    audit(["ant"])
    assert "only one data set was named" in capsys.readouterr().out
