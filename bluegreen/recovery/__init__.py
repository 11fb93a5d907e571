"""Takes into a stack what an interrupted update made and did not write down.

An engine that is killed while it creates something leaves a *pending create* in the stack's state:
all that it wanted, without an id. The thing may exist or not. The engine itself does not find out:
its next update only warns and creates it again, which either fails, as the name is taken, or makes
a second one.

Here each pending create is looked for: by its fixed name, by the tags that every AWS resource of
the program carries, or by what it belongs to. One that is there and is surely the stack's own goes
into the state, just as if the engine had heard of its end; the rest is forgotten, and the next
update makes it. Nothing that is not surely the stack's own is ever taken, changed or deleted.
"""
