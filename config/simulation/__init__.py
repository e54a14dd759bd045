"""A clinic's day played through: a script made from a seed, a stage that plays it, and the desks it is played at."""
