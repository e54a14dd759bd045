"""A provider of messages that speaks real HTTP as Twilio, an SMS gateway and a push service do, and keeps count.

By hand: `python -m tests.provider --port 9911`. It knows nothing of Oozham and nothing of Django: what it says it has
accepted is the judge of what was sent.
"""
