"""Methods of domain generalisation against plain training, on other photographs."""
