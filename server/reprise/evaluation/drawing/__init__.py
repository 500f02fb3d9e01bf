"""What people look at: piano rolls, plots, maps, and the page that gathers them."""
