"""Looking back: figures and charts of what happened at a clinic."""
