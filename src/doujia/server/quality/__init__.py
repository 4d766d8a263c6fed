"""What the work is worth: gold and grades, records and shares of review, appeals, consensus, and what leads see of it.

One subject, one module, of the same name in each of ``models``, ``actions``, ``queries`` and ``api``: ``gold`` (known
answers, grades, pools), ``records`` (what is counted of a person, how much of hers is checked), ``rules`` (rules as
data and their firings), ``appeals``, ``consensus`` (several answers become one) and ``reports`` (the pages' figures).
"""
