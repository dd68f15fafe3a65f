"""Isochrones by Valhalla on tiles of one extract; runs in any Python that has pyvalhalla (it need not have ours).

Reads ``{pbf, points, minutes, speed_km_h}`` as JSON from its input, writes ``{shapes, seconds_each}``.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import valhalla
from valhalla.config import get_config


def main() -> None:
    asked = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        tiles = Path(folder)
        (tiles / "tiles").mkdir()
        config = get_config("", str(tiles / "tiles"), verbose=False)
        file = tiles / "valhalla.json"
        file.write_text(json.dumps(config), encoding="utf-8")
        build = [
            sys.executable,
            "-m",
            "valhalla",
            "valhalla_build_tiles",
            "-c",
            str(file),
            str(Path(asked["pbf"]).resolve()),
        ]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        env = {**os.environ, "PATH": path}
        subprocess.run(
            build, check=True, capture_output=True, env=env, cwd=folder
        )  # it writes lists there
        actor = valhalla.Actor(str(file))
        requests = [request(point, asked) for point in asked["points"]]
        actor.isochrone(requests[0])
        begun = time.process_time()
        answers = [actor.isochrone(one) for one in requests]
        spent = time.process_time() - begun
    parsed = [json.loads(one) if isinstance(one, str) else one for one in answers]
    shapes = [one["features"][0]["geometry"] for one in parsed]
    json.dump({"shapes": shapes, "seconds_each": spent / len(requests)}, sys.stdout)


def request(point: list[float], asked: dict) -> dict:
    return {
        "locations": [{"lon": point[0], "lat": point[1]}],
        "costing": "pedestrian",
        "costing_options": {
            "pedestrian": {"walking_speed": asked["speed_km_h"], "step_penalty": 0}
        },
        "contours": [{"time": asked["minutes"]}],
        "polygons": True,
        "reverse": True,
        "generalize": 0,
        "denoise": 0,
    }


if __name__ == "__main__":
    main()
