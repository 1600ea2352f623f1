package workspace

// Route is a method and a path of those that are served, with the parameters that its query may have.
type Route struct {
	Method, Path string
	Query        []string
}

// Routes are all routes.
func Routes() []Route {
	all := make([]Route, len(routes))
	for i, r := range routes {
		all[i] = Route{Method: r.method, Path: r.path, Query: r.query}
	}

	return all
}
