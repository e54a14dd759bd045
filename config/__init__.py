"""The project: settings, addresses, processes and the demo. It knows every app; no app knows it."""
