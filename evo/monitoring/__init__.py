"""Watches a network in use: is an input like those that it was made for?

`monitor.py` imports torch and safetensors alone and is handed out with exports as it stands; it
must not know evo.
"""
