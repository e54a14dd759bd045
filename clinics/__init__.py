"""Who we are and who may do what: places, users, memberships, access, audit, sealed personal data."""
