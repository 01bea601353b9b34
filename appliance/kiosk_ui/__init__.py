"""Three faces: resident, officer, technician; server-rendered pages and one event stream."""
