"""How people hear of alerts: Alertmanager (API v2), a webhook, standard output; none can hold ingestion up."""
