import numpy as np

from groundup.autograd import Graph, Tensor


def small() -> tuple[Tensor, Graph]:
    a, b = Tensor(2.0, True, name='the "first"'), Tensor([3.0, 4.0], True)
    total = (a * b + a).sum()
    return total, Graph(total)


def test_a_graph_has_every_use_as_an_edge() -> None:
    total, graph = small()
    made = {(graph.label(i), graph.label(j)) for i, j in graph.edges}
    assert made == {('the "first"', "*"), ("leaf", "*"), ("*", "+"), ('the "first"', "+"), ("+", "sum")}
    assert graph.nodes[-1] is total


def test_dot_says_what_was_computed_and_after_backward_what_came_back() -> None:
    total, graph = small()
    before = graph.to_dot()
    total.backward()
    after = graph.to_dot()
    assert before.startswith("digraph")
    assert before.count("->") == after.count("->") == 5
    assert 'label="the \\"first\\"\\n2", shape=box' in before
    assert 'label="the \\"first\\"\\n2\\ngrad 9", shape=box' in after  # 3 + 4 through the product, 2 through the sum
    assert 'label="leaf\\n(2,)", shape=box' in after
    assert 'label="sum\\n18\\ngrad 1", shape=ellipse' in after


def test_positions_put_everything_right_of_what_it_was_made_of() -> None:
    x = Tensor(np.ones(3), True)
    w = Tensor(np.ones(3), True)
    graph = Graph(((x.exp().tanh() * w).sum() + x.sum()) * 1.0)
    places = graph.positions()
    assert all(places[i][0] < places[j][0] for i, j in graph.edges)
    assert len(set(places)) == len(places)
    at = {graph.label(i): place for i, place in enumerate(places)}
    assert places[graph.nodes.index(w)][0] == at["tanh"][0]  # beside what it is multiplied with, not at the far left
    assert Graph(x).positions() == [(0.0, 0.0)]
