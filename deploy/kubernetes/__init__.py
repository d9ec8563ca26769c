"""Manifests for Kubernetes, made from the catalogue of topics and the list of services by `build`."""
