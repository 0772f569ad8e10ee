"""Data that the engine and the page load: demo models, shipped studies, the first picture, the logo."""
