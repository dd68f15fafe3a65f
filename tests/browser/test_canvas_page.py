"""The map's canvas while it is moved: only what came into view is drawn, and nobody can tell."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from geo.result import StudyResult

pytestmark = pytest.mark.browser
Opener = Callable[..., Page]

# Share of channels that differ from a drawing anew after every move (edges are smoothed a little
# otherwise), how many drawings the moves asked for, and where the canvas then lies.
MOVED = """([moves, zoom]) => {
  const {map, ground} = ServiceCircle.page;
  map.setZoom(map.getZoom() + zoom, {animate: false});
  let drawn = 0, differing = 0;
  const redraw = ground.redraw;
  ground.redraw = function () { drawn += 1; return redraw.call(this); };
  const pixels = () => {
    const {width, height} = ground._container, copy = document.createElement('canvas');
    copy.width = width; copy.height = height;
    const pen = copy.getContext('2d', {willReadFrequently: true});
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, width, height);
    pen.drawImage(ground._container, 0, 0);
    return pen.getImageData(0, 0, width, height).data;
  };
  for (const move of moves) {
    map.panBy(move, {animate: false});
    const moved = pixels();
    redraw.call(ground);
    const anew = pixels();
    for (let k = 0; k < anew.length; k++) if (Math.abs(anew[k] - moved[k]) > 64) differing += 1;
  }
  delete ground.redraw;
  const box = ground._container.getBoundingClientRect(), frame = map.getContainer().getBoundingClientRect();
  const at = map.containerPointToLayerPoint([0, 0]).subtract(ground._bounds.min);
  const share = differing / (moves.length * pixels().length);
  return [share, drawn, box.left + at.x - frame.left, box.top + at.y - frame.top];
}"""
MOVES = [[161, 63], [-158, -61], [0, 37], [-333, 0], [1, -1], [0, 0]]


@pytest.mark.parametrize("ratio", [1, 1.25, 2])
def test_a_moved_canvas_is_what_would_be_drawn_anew(
    open_map: Opener, small_demo: StudyResult, ratio: float
) -> None:
    screen = f"Object.defineProperty(window, 'devicePixelRatio', {{get: () => {ratio}}});"
    page = open_map(small_demo, screen)
    share, drawn, left, top = page.evaluate(MOVED, [MOVES, 2])
    assert share < 1e-4
    assert drawn == 0
    assert (left, top) == pytest.approx((0, 0), abs=0.01)  # the canvas lies where it is drawn for


def test_what_cannot_be_moved_is_drawn_anew(open_map: Opener, small_demo: StudyResult) -> None:
    odd = "Object.defineProperty(window, 'devicePixelRatio', {get: () => 1.1});"
    page = open_map(small_demo, odd)
    assert page.evaluate(MOVED, [MOVES, 0])[1] >= 3  # most moves are of parts of pixels
    page = open_map(small_demo)
    assert page.evaluate(MOVED, [[[4000, 0]], 0])[1] == 1  # nothing of it stays in view


def test_the_comparison_sees_what_is_missing(open_map: Opener, small_demo: StudyResult) -> None:
    page = open_map(small_demo)
    page.evaluate("{ServiceCircle.page.ground._paintIn = () => {}; 0}")
    assert page.evaluate(MOVED, [MOVES, 2])[0] > 1e-3
