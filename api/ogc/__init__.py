"""OGC API - Features and Tiles over the layers of the result in service."""
