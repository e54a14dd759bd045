"""How fast it is (`make bench`) and whether it keeps its promises (`make prove`)."""
