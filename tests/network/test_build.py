"""From ways to chains."""
from geo.network.build import build_graph
from geo.network.raw import RawNetwork, way_frame
import numpy as np

def test_smoke():
    raw = RawNetwork.from_ways([0,1,2,3,1],[0,0,0,0,5],[[0,1,2],[2,3],[1,4]],way_frame(way_ref=[1,2,3]))
    g=build_graph(raw)
    print(g.x,g.y,g.tail,g.head,g.edges.to_frame(),g.forward_cost)
