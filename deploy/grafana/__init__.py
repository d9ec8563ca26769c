"""Grafana's provisioning: data source, dashboards, and the code that the dashboards are made of."""
