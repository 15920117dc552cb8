"""The live page of a run: the report in a browser, drawn anew while the run goes on.

A server of a few routes answers from memory; a second process of low priority gathers what
the page shows. Neither writes into the run's folder nor waits for the run, nor it for them.
"""
