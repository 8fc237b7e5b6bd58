"""A head compared with a base: what a change introduces, worsens, leaves and fixes."""
