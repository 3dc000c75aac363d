"""The walks: which calls are stops, and how often one goes back to a file."""

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.walk import Step, Walk, follow, steps
from fer_core.data.own import Own


def call(stop, caller=None, carries=True):
    return {"stop": tuple(stop.split(":")), "caller": caller, "carries": carries}


def told(*calls):
    return [(f"{step.file}:{step.function}", step.returns) for step in steps(calls)]


def test_a_return_is_counted_to_the_callers_file_and_to_a_file_met_before():
    add = call("a:add")
    plan = call("b:plan", add)
    read, pack, finish = call("c:read", plan), call("d:pack", add), call("b:finish", add)
    look = call("c:look", pack)
    assert told(add, plan, read, pack, look, finish) == [
        ("a:add", 0),
        ("b:plan", 0),
        ("c:read", 0),
        ("d:pack", 1),  # back to a, and on to a new file
        ("c:look", 1),  # from d straight to a file that was met
        ("b:finish", 2),  # back to a, and to b that was met
    ]


def test_calls_within_one_file_are_no_returns():
    one = call("a:one")
    two = call("a:two", one)
    assert told(one, two, call("a:three", two), call("a:four", one)) == [
        ("a:one", 0),
        ("a:two", 0),
        ("a:three", 0),
        ("a:four", 0),
    ]


def test_a_function_is_a_stop_once_and_only_if_it_carries_and_is_not_nested_in_another():
    add = call("a:add")
    bare = call("b:format", add, carries=False)
    inner = call("c:make.<locals>.inner", bare)
    size = call("d:size", inner)
    assert told(add, bare, inner, size, call("d:size", add)) == [("a:add", 0), ("d:size", 0)]


def test_who_carries_nothing_is_passed_over_on_the_way_back_to_the_caller():
    add = call("a:add")
    plan = call("b:plan", add)
    bare = call("e:help", add, carries=False)
    assert told(add, plan, call("c:read", bare)) == [("a:add", 0), ("b:plan", 0), ("c:read", 1)]
    assert told(call("c:read", call("e:help", carries=False))) == [("c:read", 0)]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.booleans())))
def test_every_function_that_carries_stands_once_in_the_order_of_its_first_call(made):
    calls = [call(f"{file}:{name}", carries=carries) for file, name, carries in made]
    wanted = dict.fromkeys((file, name) for file, name, carries in made if carries)
    assert [(step.file, step.function) for step in steps(calls)] == list(wanted)
    assert sum(step.returns for step in steps(calls)) <= 2 * len(wanted)


def test_a_walk_takes_notes_of_our_functions_until_the_last_one_ends():
    own = Own(map={"Grin": "joy"})
    walk = follow(Walk(lambda value: value == "Grin", last="folded"), own.meanings)
    assert [(one["stop"], one["carries"]) for one in walk.calls] == [
        (("data/own.py", "Own.meanings"), False),
        (("data/own.py", "folded"), True),
    ]
    assert steps(walk.calls) == [Step("data/own.py", "folded", 0)]
