"""Reports by kind of target: each file has `tables(answers, target)`, FIGURES and maybe `words`.

`tables` returns data frames by name. FIGURES draw some of them: by name, a function of the table
and a title. `words(tables)` says in a line what stands in them.
"""
