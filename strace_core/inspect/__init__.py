"""Looking inside one traced prediction: what a component adds, what it promotes, what a state would predict."""
