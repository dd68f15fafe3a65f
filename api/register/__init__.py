"""The register of stations (阵地资源库): its tables, its history, imports and exports."""
