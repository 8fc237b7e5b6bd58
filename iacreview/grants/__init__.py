"""What a graph, seen through the catalog, lets whom do and reach: asked by checks and by reviews."""
