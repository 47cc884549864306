"""The meaning: orders, positions and events in the words of FIX. Pure; nothing here knows a wire, a clock or a
database.
"""
